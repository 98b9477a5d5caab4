"""Parts of Kalshi's bodies: what is missing or odd is an error, never a default."""

import pytest

from arbees.errors import WireError
from arbees.markets.instrument import PriceBand
from arbees.venues.kalshi.read import CENT_RANGES, bands_of, payout_of, side_of, time_ns
from arbees.venues.kalshi.wire import Body


def test_an_absent_side_is_empty_but_a_side_in_cents_is_unread() -> None:
    rows = (("0.4000", "2.00"), ("0.4100", "0.00"))
    assert side_of(rows, None, "no", flip=True) == ((6_000, 2_000_000),)
    assert side_of(None, None, "yes", flip=False) == ()
    assert side_of((), [[40, 2]], "yes", flip=False) == ()
    with pytest.raises(WireError, match="cents"):
        side_of(None, [[40, 2]], "yes", flip=False)


def test_a_payout_is_stated_or_follows_the_result() -> None:
    assert payout_of(Body(result="yes")) == 10_000
    assert payout_of(Body(result="no", settlement_value="0.0000")) == 0
    assert payout_of(Body(result="scalar", settlement_value="0.2500")) == 2_500
    for odd in (
        Body(result="void"),
        Body(settlement_value="x"),
        Body(result="yes", settlement_value="0.5000"),
        Body(),
    ):
        with pytest.raises(WireError):
            payout_of(odd)


def test_bands_need_all_three_and_a_step() -> None:
    good = {"start": "0.0000", "end": "1.0000", "step": "0.0100"}
    assert bands_of([good]) == bands_of(CENT_RANGES) == (PriceBand(0, 10_000, 100),)
    for odd in ({"start": "0"}, good | {"step": "0.0000"}, good | {"end": "wide"}):
        with pytest.raises(WireError, match="price_ranges"):
            bands_of([odd])


def test_times_are_exact_and_have_a_zone() -> None:
    assert time_ns("") == 0
    assert time_ns("1970-01-01T00:00:01.000001Z") == 1_000_001_000
    assert time_ns("1970-01-01T02:00:00+02:00") == 0
    for odd in ("yesterday", "2026-01-01T00:00:00"):
        with pytest.raises(WireError, match="not a time"):
            time_ns(odd)
