"""Instrument: legal prices per grid and the fee term in force at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.markets.instrument import (
    FeeOverride,
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


MAKER = FeeTerm(0, 70_000, 17_500)


@pytest.mark.parametrize(
    ("override", "taker", "maker", "is_known"),
    [
        (FeeOverride(5, 35_000, 500_000), 35_000, 17_500, True),
        (FeeOverride(5, 35_000, None), 35_000, 8_750, True),
        (FeeOverride(5, None, 0), 70_000, 0, True),
        (FeeOverride(5, 33, None), 33, 9, True),
        (FeeOverride(5, None, None), 70_000, 17_500, True),
        (FeeOverride(5, None, None, is_known=False), 70_000, 17_500, False),
    ],
)
def test_an_override_takes_from_the_series_what_it_does_not_say(
    override: FeeOverride, taker: int, maker: int, is_known: bool
) -> None:
    term = override.over(MAKER)
    assert (term.taker_rate, term.maker_rate, term.is_known) == (taker, maker, is_known)


def test_an_override_of_an_unknown_fee_must_say_everything() -> None:
    unknown = FeeTerm(0, 0, 0, is_known=False)
    assert not FeeOverride(0, 70_000, None).over(unknown).is_known
    assert not FeeOverride(0, None, 0).over(unknown).is_known
    assert FeeOverride(0, 70_000, 0).over(unknown).is_known


def test_a_maker_share_that_a_free_series_cannot_tell_is_the_whole() -> None:
    assert FeeOverride(0, 70_000, None).over(FeeTerm(0, 0, 0)).maker_rate == 70_000


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True).map(sorted),
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from([None, 1, 2])), max_size=4),
    st.integers(0, 10),
)
def test_a_schedule_is_the_last_term_under_the_last_override(
    starts: list[int], said: list[tuple[int, int | None]], ts_ns: int
) -> None:
    """Against a reading that looks at every entry by itself, in the order it was given."""
    schedule = FeeSchedule(tuple(FeeTerm(s, 100 + s, 0) for s in starts))
    for start, rate in said:
        schedule = schedule.with_override(FeeOverride(start, rate, None))
    expected = 100 + max([s for s in starts if s <= ts_ns], default=starts[0])
    by_start = dict(said)
    heard = [s for s in by_start if s <= ts_ns]
    if heard and by_start[max(heard)] is not None:
        assert schedule.at(ts_ns).taker_rate == by_start[max(heard)]
    else:
        assert schedule.at(ts_ns).taker_rate == expected
    later = schedule.starts_after(ts_ns)
    assert later == sorted({s for s in (*starts, *by_start) if s > ts_ns})


def test_a_term_replaces_what_was_planned_from_its_start_on() -> None:
    schedule = FeeSchedule(TERMS, (FeeOverride(150, 1, 0), FeeOverride(350, 2, 0)))
    now = schedule.with_term(FeeTerm(250, 9, 0))
    assert [now.at(t).taker_rate for t in (100, 150, 249, 250, 300, 400)] == [70_000, 1, 1, 9, 9, 9]
