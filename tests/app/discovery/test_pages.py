"""Pages as listed, and as broken as they come."""

import json
from collections import Counter
from typing import Any

import pytest

from arbees.app.discovery import pages
from arbees.errors import WireError
from arbees.venues.kalshi import catalog, fees
from tests.app.discovery import listings

SERIES = "KXNBAGAME"


def body(*events: Any, key: str = "events") -> bytes:
    return json.dumps({key: list(events)}).encode()


def known() -> pages.KalshiFees:
    found = pages.KalshiFees()
    found.learn([catalog.Series(SERIES, fee_type="quadratic", fee_multiplier=1.0)])
    return found


def test_a_kalshi_market_is_read_for_matcher_and_engine() -> None:
    dropped: Counter[str] = Counter()
    (event,) = pages.kalshi_page(body(listings.kalshi_event()), known(), dropped)
    assert (event.venue, event.event, event.flag) == ("kalshi", listings.GAME, True)
    assert [m.market_id for m in event.markets] == [f"{listings.GAME}-{s}" for s in ("MIL", "LAL")]
    (instrument,) = event.markets[0].instruments
    assert instrument.ix == 0 and instrument.fees.at(0).is_known and not dropped
    (bare,) = pages.kalshi_page(body(listings.kalshi_event()), pages.KalshiFees(), dropped)
    assert not bare.markets[0].instruments[0].fees.at(0).is_known


def test_one_event_by_itself_has_its_markets_beside_it() -> None:
    whole = listings.kalshi_event()
    markets = whole.pop("markets")
    said = json.dumps({"event": whole, "markets": markets}).encode()
    (event,) = pages.kalshi_page(said, known(), Counter())
    assert len(event.markets) == 2


def test_what_cannot_be_read_is_counted_and_takes_nothing_with_it() -> None:
    dropped: Counter[str] = Counter()
    odd = listings.kalshi_event("KXNBAGAME-26JAN10NYKBOS", "NYK BOS")
    odd["markets"][0]["close_time"] = 7
    shut = listings.kalshi_event("KXNBAGAME-26JAN11NYKBOS", "NYK BOS")
    shut["markets"][0]["status"] = "finalized"
    shut["markets"][1]["close_time"] = "soon"
    found = list(pages.kalshi_page(body(odd, shut, 7, listings.kalshi_event()), known(), dropped))
    assert [len(event.markets) for event in found] == [0, 2]
    assert found[0].left_out == ("KXNBAGAME-26JAN11NYKBOS-BOS", "KXNBAGAME-26JAN11NYKBOS-NYK")
    assert dropped["kalshi: unreadable (.markets.close_time)"] == 2
    assert dropped["kalshi: no longer trading"] == 1 and sum(dropped.values()) == 4


def test_polymarkets_own_outcome_leads() -> None:
    event = listings.gamma_event()
    (listed,) = pages.polymarket_page(body(event), Counter())
    (market,) = listed.markets
    assert [i.instrument_id for i in market.instruments] == ["11", "12"]
    assert [i.outcome for i in market.instruments] == ["Lakers", "Bucks"]
    (same,) = pages.polymarket_page(json.dumps(event).encode(), Counter())
    assert same == listed


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"closed": True}, "closed or not yet active"),
        ({"outcomes": "[]"}, "hydrating (outcomes are missing)"),
        ({"clobTokenIds": "[]"}, "hydrating"),
        ({"orderPriceMinTickSize": 0.7}, "tick_unknown"),
        ({"secondsDelay": "x"}, "unreadable (.markets.secondsDelay)"),
    ],
)
def test_polymarkets_doubtful_ones_are_left_out(more: dict[str, Any], reason: str) -> None:
    dropped: Counter[str] = Counter()
    found = list(pages.polymarket_page(body(listings.gamma_event(**more)), dropped))
    assert not [market for event in found for market in event.markets]
    assert [name.startswith(f"polymarket: {reason}") for name in dropped] == [True]


@pytest.mark.parametrize("said", [b"", b"{}", b"[", b"7", b'{"error":"no"}', b'{"events":7}'])
def test_what_is_no_page_is_a_wire_error(said: bytes) -> None:
    with pytest.raises(WireError):
        list(pages.kalshi_page(said, known(), Counter()))
    with pytest.raises(WireError):
        list(pages.polymarket_page(said, Counter()))
    with pytest.raises(WireError):
        pages.series_of(said)


def test_small_readings() -> None:
    assert pages.series_of(body(listings.kalshi_event())) == {SERIES}
    both = body(listings.gamma_event(), listings.gamma_event(number=2))
    assert pages.created_of(both) == "2026-01-01T00:00:00Z"
    assert pages.created_of(body()) == ""
    assert pages.cursor_of(b'{"next_cursor":null}') == "" == pages.cursor_of(b"{}")
    assert pages.cursor_of(b'{"cursor":"a"}') == "a" and pages.cursor_of(b'{"next_cursor":"b"}')
    with pytest.raises(WireError):
        pages.cursor_of(b"[")
    named = [
        {"id": "7", "events": [{"id": "3"}]},
        {"id": "8", "events": [{"id": "3"}]},
        {"id": "9"},
    ]
    assert pages.event_ids_of(body(*named, key="markets")) == ["3"]


def test_a_fee_change_names_what_it_is_about() -> None:
    found = known()
    change = fees.FeeChange(SERIES, "quadratic", 0.5, "2030-01-01T00:00:00Z")
    assert found.replace([change], []) == {SERIES}
    assert found.replace([change], []) == set()
    assert found.replace([], []) == {SERIES}
