"""One reconnect policy for every feed: exponential with jitter, capped. Pure; chance is given."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BackoffPolicy:
    """Delays of base * 2**attempt seconds, at most `cap_s`, spread by +-`jitter`."""

    base_s: float = 0.25
    cap_s: float = 30.0
    jitter: float = 0.2

    def delay_s(self, attempt: int, random_unit: float) -> float:
        """Seconds before attempt number `attempt` (0 the first); `random_unit` in 0..1."""
        plain = self.base_s * 2.0 ** min(attempt, 32)
        return min(self.cap_s, plain * (1.0 + self.jitter * (2.0 * random_unit - 1.0)))
