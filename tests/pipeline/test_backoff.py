"""The reconnect policy's bounds, and what makes a wait short again."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from arbees.pipeline.backoff import Backoff, BackoffPolicy


@given(st.integers(0, 1_000), st.floats(0, 1))
def test_delays_stay_inside_base_jitter_and_cap(attempt: int, chance: float) -> None:
    policy = BackoffPolicy()
    delay = policy.delay_s(attempt, chance)
    assert policy.least_s(attempt) <= delay <= policy.cap_s
    assert policy.least_s(attempt) >= 0.2
    if attempt <= 4:
        plain = policy.base_s * 2**attempt
        assert plain * 0.8 <= delay <= plain * 1.2


def test_only_a_life_long_enough_makes_waits_short_again() -> None:
    backoff = Backoff(BackoffPolicy(jitter=0.0, healthy_s=2.0), lambda: 0.5)
    waits = []
    for life_s in (0.0, 1.9, 0.1, 2.0, 0.0):
        backoff.lived(life_s)
        waits.append(backoff.next_s())
    assert waits == [0.25, 0.5, 1.0, 0.25, 0.5]
    backoff.succeeded()
    assert backoff.next_s() == 0.25


def test_the_same_seed_gives_the_same_waits() -> None:
    def waits(seed: int) -> list[float]:
        backoff = Backoff(BackoffPolicy(), Random(seed).random)
        return [backoff.next_s() for _ in range(6)]

    assert waits(1) == waits(1)
    assert waits(1) != waits(2)
