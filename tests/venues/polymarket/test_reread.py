"""Reading single conditions: results from the CLOB, new markets from Gamma."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from arbees.errors import VenueThrottled, VenueUnavailable
from arbees.messages.events import MarketStatus
from arbees.simulator.catalog import build_catalog
from arbees.venues.polymarket.reread import PolymarketMarkets

pytestmark = pytest.mark.anyio
GAMMA: list[dict[str, Any]] = build_catalog(60.0)["polymarket"]["gamma_events"]
MARKET = GAMMA[0]["markets"][0]
CONDITION = MARKET["conditionId"]
TOKENS = msgspec.json.decode(MARKET["clobTokenIds"])


def clob_market(**more: Any) -> dict[str, Any]:
    tokens = [{"token_id": t, "outcome": str(n), "winner": False} for n, t in enumerate(TOKENS)]
    return {
        "condition_id": CONDITION, "question": "?", "tokens": tokens, "minimum_tick_size": 0.01,
        "minimum_order_size": 5, "enable_order_book": True, "accepting_orders": True,
        "closed": False,
    } | more  # fmt: skip


class Venue:
    def __init__(self, said: dict[str, Any] | Exception | None = None) -> None:
        self.said = said
        self.asked: list[tuple[str, Sequence[tuple[str, str]]]] = []

    async def fetch(self, url: str, params: Sequence[tuple[str, str]]) -> bytes:
        self.asked.append((url, params))
        if isinstance(self.said, Exception):
            raise self.said
        return msgspec.json.encode(self.said)

    def reader(self) -> PolymarketMarkets:
        return PolymarketMarkets("http://g", "http://c", self.fetch)


WON = [{"token_id": TOKENS[0], "outcome": "a", "winner": True},
       {"token_id": TOKENS[1], "outcome": "b", "winner": False}]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "status", "payouts"),
    [
        ({}, MarketStatus.OPEN, (None, None)),
        ({"accepting_orders": False}, MarketStatus.PAUSED, (None, None)),
        ({"closed": True}, MarketStatus.CLOSED, (None, None)),
        ({"closed": True, "tokens": WON}, MarketStatus.DETERMINED, (10_000, 0)),
        ({"closed": True, "is_50_50_outcome": True}, MarketStatus.DETERMINED, (5_000, 5_000)),
    ],
)
async def test_a_known_conditions_state_and_result(
    more: dict[str, Any], status: MarketStatus, payouts: tuple[int | None, ...]
) -> None:
    venue = Venue(clob_market(**more))
    reads = await venue.reader().read([CONDITION], {CONDITION})
    assert [read.instrument_id for read in reads] == TOKENS
    assert {read.status for read in reads} == {status}
    assert tuple(read.payout for read in reads) == payouts
    assert venue.asked == [(f"http://c/markets/{CONDITION}", ())]


async def test_a_condition_the_clob_does_not_know_is_missing_but_a_429_is_an_error() -> None:
    venue = Venue(VenueUnavailable("HTTP 404"))
    assert await venue.reader().read([CONDITION], {CONDITION}) == []
    venue.said = VenueThrottled("429")
    with pytest.raises(VenueThrottled):
        await venue.reader().read([CONDITION], {CONDITION})


async def test_a_new_condition_becomes_two_instruments_of_its_event() -> None:
    venue = Venue({"markets": [MARKET | {"events": [{"id": "852046"}]}], "next_cursor": None})
    reads = await venue.reader().read([CONDITION], ())
    assert [read.instrument_id for read in reads] == TOKENS
    assert {read.status for read in reads} == {MarketStatus.OPEN}
    for read in reads:
        assert read.instrument is not None
        assert read.instrument.event_id == "852046"
        assert read.market_id == read.instrument.market_id == CONDITION
    assert venue.asked[0][1] == [("condition_ids", CONDITION), ("limit", "100")]


@pytest.mark.parametrize(
    "market",
    [
        MARKET,
        MARKET | {"events": [{"id": "1"}], "clobTokenIds": "[]"},
        MARKET | {"events": [{"id": "1"}], "conditionId": "0xother"},
    ],
)
async def test_without_an_event_or_while_it_hydrates_it_is_missing(market: dict[str, Any]) -> None:
    venue = Venue({"markets": [market], "next_cursor": None})
    assert await venue.reader().read([CONDITION], ()) == []
