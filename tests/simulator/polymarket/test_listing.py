"""Gamma markets as the venue trades them."""

import json
from fractions import Fraction

import pytest

from arbees.simulator.exchange.fees import FREE
from arbees.simulator.polymarket.listing import grain_of, listing_of, listings_of
from arbees.units import NS_PER_S
from tests.simulator.polymarket.rig import catalogue, event, market


def test_every_market_of_the_catalogue_is_listed() -> None:
    found = {listing.raw["slug"]: listing for listing in listings_of(catalogue())}
    assert len(found) == 8
    assert (found["game"].delay_ns, found["game"].start_ns) == (
        3 * NS_PER_S, 1_798_761_600 * NS_PER_S)  # fmt: skip
    assert found["free"].fees is FREE and found["plain"].fees.rate == Fraction(5, 100)
    assert (found["neg0"].tick, found["neg0"].amount_decimals) == (10, 5)
    assert found["protocol"].domain.version == "3"
    assert found["neg0"].domain.contract != found["plain"].domain.contract


@pytest.mark.parametrize("missing", ["clobTokenIds", "outcomes", "conditionId"])
def test_a_market_without_its_ids_is_not_listed(missing: str) -> None:
    assert listing_of(market("plain", **{missing: ""}), event("e")) is None


def test_ticks_and_resolutions_show_in_the_catalogue() -> None:
    listing = next(listings_of(catalogue()))
    assert [grain_of(tick) for tick in (1_000, 100, 50, 25, 10, 1)] == [1_000, 100, 10, 1, 10, 1]
    listing.set_tick(10)
    assert listing.raw["orderPriceMinTickSize"] == 0.001
    assert listing.market.allows(9_990) and not listing.market.allows(9_995)
    with pytest.raises(KeyError):
        listing.set_tick(20)
    listing.close(5_000)
    assert json.loads(listing.raw["outcomePrices"]) == ["0.5", "0.5"]
