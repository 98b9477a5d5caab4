"""Parts of Kalshi's bodies: what is missing or odd is an error, never a default."""

import pytest

from arbees.errors import WireError
from arbees.markets.instrument import PriceBand
from arbees.venues.kalshi.read import bands_of, hint_of, levels_of, payout_of
from arbees.venues.kalshi.wire import Body


def test_hints_know_the_empty_side() -> None:
    assert [hint_of(t) for t in ("0.4200", "0.0000", "1.0000", "", None)] == [4_200] + [None] * 4
    with pytest.raises(WireError, match="ticker"):
        hint_of("soon")


def test_levels_flip_and_leave_zeros_out() -> None:
    rows = (("0.4000", "2.00"), ("0.4100", "0.00"))
    assert levels_of(rows, "yes", flip=False) == ((4_000, 2_000_000),)
    assert levels_of(rows, "no", flip=True) == ((6_000, 2_000_000),)
    assert levels_of(None, "yes", flip=False) == ()
    with pytest.raises(WireError, match="negative"):
        levels_of((("0.4000", "-2.00"),), "yes", flip=False)


def test_a_payout_is_stated_or_follows_the_result() -> None:
    assert payout_of(Body(result="yes")) == 10_000
    assert payout_of(Body(result="no")) == 0
    assert payout_of(Body(result="scalar", settlement_value="0.2500")) == 2_500
    for odd in (Body(result="void"), Body(settlement_value="x"), Body()):
        with pytest.raises(WireError):
            payout_of(odd)


def test_bands_need_all_three_and_a_step() -> None:
    good = {"start": "0.0000", "end": "1.0000", "step": "0.0100"}
    assert bands_of([good]) == (PriceBand(0, 10_000, 100),)
    for odd in ({"start": "0"}, good | {"step": "0.0000"}, good | {"end": "wide"}):
        with pytest.raises(WireError, match="price_ranges"):
            bands_of([odd])
