"""One reconnect policy for every feed: exponential with jitter, capped. Pure; chance is given."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BackoffPolicy:
    """Delays of base * 2**attempt seconds, at most `cap_s`, spread by +-`jitter`.

    Only a connection that lived for `healthy_s` seconds counts as a success: a peer that accepts
    and hangs up at once is waited for longer and longer, like one that refuses.
    """

    base_s: float = 0.25
    cap_s: float = 30.0
    jitter: float = 0.2
    healthy_s: float = 2.0

    def delay_s(self, attempt: int, random_unit: float) -> float:
        """Seconds before attempt number `attempt` (0 the first); `random_unit` in 0..1."""
        spread = 1.0 + self.jitter * (2.0 * random_unit - 1.0)
        return min(self.cap_s, self._plain_s(attempt) * spread)

    def least_s(self, attempt: int) -> float:
        """The shortest delay that `delay_s` can give."""
        return min(self.cap_s, self._plain_s(attempt) * (1.0 - self.jitter))

    def _plain_s(self, attempt: int) -> float:
        return self.base_s * 2.0 ** min(attempt, 32)


class Backoff:
    """How long one feed waits next. `chance` gives numbers in 0..1, seeded by whoever composes."""

    def __init__(self, policy: BackoffPolicy, chance: Callable[[], float]) -> None:
        self.policy = policy
        self.attempt = 0
        self._chance = chance

    def next_s(self) -> float:
        """Seconds to wait now; the next wait is longer."""
        delay = self.policy.delay_s(self.attempt, self._chance())
        self.attempt += 1
        return delay

    def lived(self, seconds: float) -> None:
        """A connection, or an answer's whole series, was good for that long."""
        if seconds >= self.policy.healthy_s:
            self.attempt = 0

    def succeeded(self) -> None:
        """A single request was answered: start from the base again."""
        self.attempt = 0
