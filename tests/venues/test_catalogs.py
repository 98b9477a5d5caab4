"""Recorded listings of both venues decode, and become the instruments they describe."""

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
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


def test_a_nested_market_without_any_id_is_counted_at_its_event() -> None:
    assert tokens(id="", conditionId="") == ([], [("e", "unnamed")])


@pytest.mark.parametrize("delay", [-1, 1e308])
def test_an_absurd_delay_leaves_the_market_out(delay: float) -> None:
    assert tokens(secondsDelay=delay)[1][0][1] == "delay_unknown"


def test_a_tick_of_a_dollar_leaves_no_price() -> None:
    assert tokens(orderPriceMinTickSize=1)[1][0][1] == "tick_unknown"


def test_unknown_fees_are_unknown_and_closed_is_closed() -> None:
    assert not tokens(feeSchedule=None)[0][0].fees.at(0).is_known
    assert tokens(feeSchedule=None, feesEnabled=False)[0][0].fees.at(0).is_known
    odd = {"rate": 0.05, "exponent": 1.5}
    assert not tokens(feeSchedule=odd)[0][0].fees.at(0).is_known
    maker = {"rate": 0.05, "exponent": 1, "takerOnly": False}
    assert tokens(feeSchedule=maker)[0][0].fees.at(0).maker_rate == 50_000
    assert not tokens(closed=True)[0][0].is_open
    with pytest.raises(WireError):
        polymarket.decode_events(b"<html>")


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"error":"not found"}',
        b'{"type":"not found error","error":"id not found"}',
        b'{"error":{"code":"not_found","message":"not found"}}',
        b'{"code":"bad_request","message":"bad request","details":"x"}',
        b'{"msg":"Parameter validation failed"}',
        b'[{"error":"x"}]',
        b'{"events":null,"next_cursor":null}',
        b'{"markets":[{"question":"?"}]}',
        b"null",
        b"<html>",
    ],
)
def test_an_error_body_is_never_a_blank_listing(body: bytes) -> None:
    for decode in (
        kalshi.decode_events, kalshi.decode_event, kalshi.decode_market,
        kalshi.decode_series_list, polymarket.decode_events, polymarket.decode_markets,
        polymarket.decode_search,
    ):  # fmt: skip
        with pytest.raises(WireError):
            decode(body)


def test_the_last_page_of_a_listing_may_lack_its_cursor() -> None:
    page = polymarket.decode_events_page(b'{"events":[{"id":"1","title":"T"}]}')
    assert ([e.title for e in page.events], page.next_cursor) == (["T"], None)
    assert polymarket.decode_events_page(b'{"events":[],"next_cursor":"x"}').next_cursor == "x"
    assert polymarket.decode_events_page(b'{"id":"1","title":"T"}').events[0].id == "1"
    assert polymarket.decode_markets(b'{"markets":[{"id":"7"}]}')[0].id == "7"
    assert polymarket.decode_markets(b' [{"conditionId":"0x"}]')[0].condition_id == "0x"


def rows(path: Path) -> list[dict[str, Any]]:
    found = json.loads(gzip.decompress(path.read_bytes()))
    assert isinstance(found, list)
    return found


def test_the_kalshi_listing_of_march_is_counted_whole(test_data: Path) -> None:
    """Its author cut the price grids away (whole cents then) and there are no series."""
    events = rows(test_data / "listings" / "2026-03-01" / "kalshi_events.json.gz")
    page = kalshi.decode_events(json.dumps({"events": events}).encode())
    markets = [m for e in page.events for m in e.markets or ()]
    assert (len(page.events), len(markets)) == (200, 860)
    found, dropped = kalshi.instruments_from(page.events, (), (), 0)
    assert (len(found), dropped) == (860, [])
    assert {i.grid.step_min for i in found} == {100}
    assert all(i.title and i.close_ts_ns for i in found)
    listed = time_ns("2026-02-26T00:00:00Z")
    assert not [i.title for i in found if i.close_ts_ns < listed and i.is_open]
    assert not any(i.fees.at(0).is_known for i in found)
    wanted = {m["ticker"]: m["status"] == "active" for e in events for m in e["markets"]}
    assert {i.instrument_id: i.is_open for i in found} == wanted


def test_the_polymarket_listing_of_march_is_counted_whole(test_data: Path) -> None:
    """Its author wrote snake_case and cut the tick away: ids and outcomes read, none tradable."""
    events = rows(test_data / "listings" / "2026-03-01" / "polymarket_events.json.gz")
    wire = json.loads(re.sub(r'"(\w+)": ', _camel, json.dumps(events)))
    read = polymarket.decode_events(json.dumps(wire).encode())
    markets = [m for e in read for m in e.markets or ()]
    assert (len(read), len(markets)) == (100, 1_761)
    assert all(m.condition_id.startswith("0x") and m.question for m in markets)
    found, dropped = polymarket.instruments_from(read, 0)
    assert found == []
    assert Counter(reason for _, reason in dropped) == {"tick_unknown": 1_761}
    # With the tick of its day each record is a pair of tokens: nothing else is missing.
    ticked = [
        msgspec.structs.replace(
            event,
            markets=tuple(
                msgspec.structs.replace(m, order_price_min_tick_size=0.01)
                for m in event.markets or ()
            ),
        )
        for event in read
    ]
    found, dropped = polymarket.instruments_from(ticked, 0)
    assert (len(found), dropped) == (2 * 1_761, [])


def _camel(match: re.Match[str]) -> str:
    first, *rest = match[1].split("_")
    return f'"{first}{"".join(word.title() for word in rest)}": '


def test_the_gamma_listing_of_january_is_counted_whole(test_data: Path) -> None:
    path = test_data / "listings" / "polymarket_nba_gamma_2026-01-04" / "gamma_events.json.gz"
    events = polymarket.decode_events(gzip.decompress(path.read_bytes()))
    markets = [m for e in events for m in e.markets or ()]
    assert (len(events), len(markets)) == (50, 738)
    found, dropped = polymarket.instruments_from(events, 0)
    assert (len(found), dropped) == (2 * 738, [])
    assert all(i.title and i.outcome and i.market_id.startswith("0x") for i in found)
