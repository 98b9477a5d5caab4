"""Quantiles of a bucketed histogram."""

from hypothesis import given
from hypothesis import strategies as st

from arbees.pipeline.latency import LatencyHistogram


def test_empty() -> None:
    assert LatencyHistogram().summary() == {"p50": 0.0, "p99": 0.0, "max": 0.0, "n": 0}


@given(st.lists(st.integers(0, 20_000_000), min_size=1, max_size=50))
def test_quantiles_bound_the_true_ones(values: list[int]) -> None:
    histogram = LatencyHistogram()
    for value in values:
        histogram.add(value)
    median = sorted(values)[max(0, -(-len(values) // 2) - 1)]
    assert histogram.summary()["max"] == max(values) / 1_000
    assert round(histogram.quantile_us(0.5) * 1_000) >= min(median, 10_000_000)
    assert histogram.quantile_us(1.0) <= max(values) / 1_000
