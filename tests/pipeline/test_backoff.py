"""The reconnect policy's bounds."""

from hypothesis import given
from hypothesis import strategies as st

from arbees.pipeline.backoff import BackoffPolicy


@given(st.integers(0, 1_000), st.floats(0, 1))
def test_delays_stay_inside_base_jitter_and_cap(attempt: int, chance: float) -> None:
    policy = BackoffPolicy()
    delay = policy.delay_s(attempt, chance)
    assert policy.base_s * (1 - policy.jitter) <= delay <= policy.cap_s
    if attempt <= 4:
        plain = policy.base_s * 2**attempt
        assert plain * 0.8 <= delay <= plain * 1.2
