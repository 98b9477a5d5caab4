"""Recorded listings of both venues decode, and become the instruments they describe."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from arbees.errors import WireError
from arbees.markets.instrument import FeeRounding
from arbees.venues.kalshi import catalog as kalshi
from arbees.venues.kalshi.fees import decode_event_fee_changes, decode_fee_changes
from arbees.venues.kalshi.read import time_ns
from arbees.venues.polymarket import catalog as polymarket

CLOSE = "2026-01-01T00:00:00Z"


def event(**more: Any) -> dict[str, Any]:
    markets = [
        {"ticker": "A-1", "event_ticker": "A", "status": "active", "close_time": CLOSE},
        {"ticker": "KXMVE-1", "event_ticker": "A", "status": "active"},
    ]
    return {"event_ticker": "A", "series_ticker": "S", "markets": markets} | more


def built(row: dict[str, Any], fee_type: str = "quadratic", multiplier: float = 1) -> Any:
    page = kalshi.decode_events(json.dumps({"events": [row]}).encode())
    series = {"ticker": "S", "fee_type": fee_type, "fee_multiplier": multiplier}
    many = kalshi.decode_series_list(json.dumps({"series": series}).encode())
    change = {
        "series_ticker": "S", "fee_type": "quadratic", "fee_multiplier": 0.5,
        "scheduled_ts": "2026-07-03T00:00:00Z",
    }  # fmt: skip
    said = json.dumps({"series_fee_change_arr": [change]}).encode()
    pitch = {
        "event_ticker": "A", "scheduled_ts": "2026-08-01T17:00:00Z",
        "fee_type_override": None, "fee_multiplier_override": 1,
    }  # fmt: skip
    others = [pitch | {"event_ticker": "B", "fee_multiplier_override": 9}, pitch]
    event_said = json.dumps({"event_fee_changes": others, "cursor": ""}).encode()
    return kalshi.instruments_from(
        page.events, many, decode_fee_changes(said), 5,
        decode_event_fee_changes(event_said).event_fee_changes or (),
    )  # fmt: skip


def test_kalshi_fees_follow_series_changes_and_overrides() -> None:
    (one,), dropped = built(event(), "quadratic_with_maker_fees")
    assert (one.ix, one.has_no_side, dropped) == (5, True, [("KXMVE-1", "combo")])
    july, pitch = time_ns("2026-07-03T00:00:00Z"), time_ns("2026-08-01T17:00:00Z")
    early, late, game = one.fees.at(july - 1), one.fees.at(pitch - 1), one.fees.at(pitch)
    assert (early.taker_rate, early.maker_rate) == (70_000, 17_500)
    assert (late.taker_rate, late.maker_rate) == (35_000, 0)
    assert (game.taker_rate, game.maker_rate) == (70_000, 0)
    (over,), _ = built(event(fee_type_override="quadratic", fee_multiplier_override=0))
    assert over.fees.at(july).taker_rate == 0
    assert over.fees.at(pitch).taker_rate == 70_000
    (half,), _ = built(event(fee_multiplier_override=0.5))
    assert half.fees.at(0).taker_rate == 35_000
    (odd,), _ = built(event(), "flat")
    assert not odd.fees.at(0).is_known
    lonely = kalshi.decode_events(json.dumps({"events": [event(series_ticker="?")]}).encode())
    assert not kalshi.instruments_from(lonely.events, (), (), 0)[0][0].fees.at(0).is_known


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"ticker": ""}, "unnamed"),
        ({"market_type": "scalar"}, "not_binary"),
        ({"close_time": "soon"}, "bad time"),
        ({"price_ranges": [{"start": "0", "end": "1", "step": "0"}]}, "bad price_ranges"),
    ],
)
def test_a_kalshi_market_is_left_out_with_its_reason(more: dict[str, Any], reason: str) -> None:
    good = {"ticker": "A-1", "event_ticker": "A", "status": "active", "close_time": CLOSE}
    found, dropped = built(event(markets=[good | more, good]))
    assert dropped == [((good | more)["ticker"], reason)]
    assert [i.ix for i in found] == [5]


def test_a_single_event_carries_its_markets_in_either_place() -> None:
    whole = event()
    beside = {"event": {k: v for k, v in whole.items() if k != "markets"}}
    beside["markets"] = whole["markets"]
    for body in ({"event": whole}, beside):
        markets = kalshi.decode_event(json.dumps(body).encode()).markets
        assert [m.ticker for m in markets or ()] == ["A-1", "KXMVE-1"]


def test_every_gamma_body_decodes(test_data: Path) -> None:
    folder = test_data / "captures" / "polymarket" / "gamma"
    for path in sorted(folder.glob("market*.json")):
        polymarket.decode_markets(path.read_bytes())
    for name in ("event", "event_py", "events_list_py"):
        polymarket.decode_events((folder / f"{name}.json").read_bytes())
    listing = test_data / "listings" / "polymarket_nba_gamma_2026-01-04" / "gamma_events.json.gz"
    events = polymarket.decode_events(gzip.decompress(listing.read_bytes()))
    found, dropped = polymarket.instruments_from(events, 0)
    assert len(found) + 2 * len(dropped) == 2 * sum(len(e.markets or ()) for e in events)
    assert [i.ix for i in found] == list(range(len(found)))


def market(**more: Any) -> dict[str, Any]:
    return {
        "id": "7", "conditionId": "0xc", "question": "?", "outcomes": '["Yes","No"]',
        "clobTokenIds": '["11","22"]', "orderPriceMinTickSize": 0.001, "enableOrderBook": True,
        "acceptingOrders": True, "closed": False, "feesEnabled": True,
        "feeSchedule": {"rate": 0.05, "exponent": 1, "takerOnly": True}, "secondsDelay": 3,
    } | more  # fmt: skip


def tokens(**more: Any) -> Any:
    body = json.dumps({"events": [{"id": "e", "markets": [market(**more)]}], "next_cursor": None})
    return polymarket.instruments_from(polymarket.decode_events(body.encode()), 0)


def test_tokens_carry_grid_fee_and_delay() -> None:
    (yes, no), dropped = tokens()
    assert (yes.instrument_id, no.outcome, dropped) == ("11", "No", [])
    assert yes.grid.step_min == 10
    assert yes.delay_ns == 3_000_000_000
    term = yes.fees.at(0)
    assert (term.taker_rate, term.rounding) == (50_000, FeeRounding.POLYMARKET)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"clobTokenIds": None}, "hydrating"),
        ({"clobTokenIds": "[oops"}, "hydrating"),
        ({"outcomes": '["Yes"]'}, "hydrating"),
        ({"conditionId": ""}, "hydrating"),
        ({"orderPriceMinTickSize": None}, "tick_unknown"),
        ({"orderPriceMinTickSize": 0.00001}, "tick_unknown"),
    ],
)
def test_what_is_not_ready_is_left_out_with_a_reason(more: dict[str, Any], reason: str) -> None:
    assert tokens(**more) == ([], [("7", reason)])


def test_unknown_fees_are_unknown_and_closed_is_closed() -> None:
    assert not tokens(feeSchedule=None)[0][0].fees.at(0).is_known
    assert tokens(feeSchedule=None, feesEnabled=False)[0][0].fees.at(0).is_known
    odd = {"rate": 0.05, "exponent": 1.5}
    assert not tokens(feeSchedule=odd)[0][0].fees.at(0).is_known
    maker = {"rate": 0.05, "exponent": 1, "takerOnly": False}
    assert tokens(feeSchedule=maker)[0][0].fees.at(0).maker_rate == 50_000
    assert not tokens(closed=True)[0][0].is_open
    compact = b'{"c":"0x","t":[{"t":"1","o":"A"}],"mts":0.01,"fd":{"r":0.05,"e":1,"to":true}}'
    assert polymarket.decode_clob_market(compact).t[0].o == "A"
    with pytest.raises(WireError):
        polymarket.decode_events(b"<html>")
