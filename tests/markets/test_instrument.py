"""Instrument: legal prices per grid and the fee term in force at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.markets.instrument import (
    FeeSchedule,
    FeeTerm,
    PriceBand,
    PriceGrid,
    uniform_grid,
)

TAPERED = PriceGrid(
    (PriceBand(0, 1_000, 10), PriceBand(1_000, 9_000, 100), PriceBand(9_000, 10_000, 10))
)


@given(st.integers(-100, 10_100), st.sampled_from([1, 10, 100]))
def test_uniform_grid(price: int, step: int) -> None:
    grid = uniform_grid(step)
    assert grid.is_legal(price) == (0 < price < 10_000 and price % step == 0)
    assert grid.step_min == step


@pytest.mark.parametrize("price", [10, 990, 1_000, 1_100, 8_900, 9_000, 9_010, 9_990])
def test_tapered_grid_accepts(price: int) -> None:
    assert TAPERED.is_legal(price)


@pytest.mark.parametrize("price", [0, 5, 995, 1_010, 8_990, 9_005, 10_000, -10, 10_010])
def test_tapered_grid_refuses(price: int) -> None:
    assert not TAPERED.is_legal(price)


def test_finest_step_of_a_tapered_grid() -> None:
    assert TAPERED.step_min == 10


def test_a_shared_boundary_is_legal_in_either_band() -> None:
    """The lower band's step does not meet 1_000, the upper one starts there; and turned round."""
    upper = PriceGrid((PriceBand(0, 1_000, 300), PriceBand(1_000, 10_000, 100)))
    lower = PriceGrid((PriceBand(0, 1_000, 100), PriceBand(1_000, 10_000, 300)))
    assert upper.is_legal(1_000)
    assert lower.is_legal(1_000)
    assert not upper.is_legal(100)


TERMS = (FeeTerm(100, 70_000, 0), FeeTerm(200, 50_000, 0), FeeTerm(300, 30_000, 0))


@pytest.mark.parametrize("start", [100, 200, 300])
def test_fee_term_starts_on_its_nanosecond(start: int) -> None:
    assert FeeSchedule(TERMS).at(start).from_ns == start
    assert FeeSchedule(TERMS).at(start - 1).from_ns == max(100, start - 100)


@pytest.mark.parametrize(("ts_ns", "rate"), [(0, 70_000), (250, 50_000), (10**18, 30_000)])
def test_fee_term_in_force(ts_ns: int, rate: int) -> None:
    assert FeeSchedule(TERMS).at(ts_ns).taker_rate == rate


def test_a_fee_schedule_needs_a_term() -> None:
    with pytest.raises(IndexError):
        FeeSchedule(()).at(0)
