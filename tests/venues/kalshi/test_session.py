"""Kalshi's frames: both price modes, gaps, bad input; every recorded line decodes."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.errors import WireError
from arbees.markets.instrument import FeeOverride, PriceBand
from arbees.messages import events as ev
from arbees.venues.kalshi.session import KalshiWsSession

CONTRACT = 1_000_000


def frame(kind: str, seq: int | None = None, at: int | None = 1, **body: Any) -> bytes:
    return json.dumps({"type": kind, "sid": at, "seq": seq, "msg": body}).encode()


def delta(seq: int, **body: Any) -> bytes:
    said = {"market_ticker": "A", "price_dollars": "0.4000", "delta_fp": "1.00", "side": "no"}
    return frame("orderbook_delta", seq, **(said | body))


def session(use_yes_price: bool = True) -> KalshiWsSession:
    fresh = KalshiWsSession({"A": 0, "B": 1}, use_yes_price)
    for seq, ticker in ((1, "A"), (2, "B")):
        fresh.receive(frame("orderbook_snapshot", seq, market_ticker=ticker))
    return fresh


@pytest.mark.parametrize("yes", [True, False])
def test_no_levels_become_asks_in_both_price_modes(yes: bool) -> None:
    levels: dict[str, Any] = {
        "yes_dollars_fp": [["0.3900", "2.00"]],
        "no_dollars_fp": [["0.4000", "3.00"]],
    }
    fresh = KalshiWsSession({"A": 0}, yes)
    (snapshot,) = fresh.receive(frame("orderbook_snapshot", 1, market_ticker="A", **levels))
    assert isinstance(snapshot, ev.BookSnapshot)
    assert snapshot.bids == ((3_900, 2 * CONTRACT),)
    assert snapshot.asks == ((4_000 if yes else 6_000, 3 * CONTRACT),)
    (change,) = fresh.receive(delta(2))
    assert isinstance(change, ev.BookDelta)
    assert (change.side, change.price) == (ev.BookSide.ASK, 4_000 if yes else 6_000)


def test_a_gap_voids_every_book_of_the_sid_and_asks_again() -> None:
    fresh = session()
    events = fresh.receive(delta(5))
    assert events == (ev.BookInvalid(0, "gap"), ev.BookInvalid(1, "gap"))
    (command,) = fresh.outgoing()
    said = json.loads(command)
    assert said["params"]["action"] == "get_snapshot"
    assert said["params"]["market_tickers"] == ["A", "B"]
    assert fresh.outgoing() == []
    assert len(fresh.receive(delta(6))) == 1
    events = fresh.receive(delta(9, price_dollars=4))
    assert events == (ev.BookInvalid(0, "gap"), ev.BookInvalid(1, "gap"))


def test_a_snapshot_that_comes_with_the_gap_is_believed() -> None:
    events = session().receive(frame("orderbook_snapshot", 9, market_ticker="A"))
    assert [type(e) for e in events] == [ev.BookInvalid, ev.BookInvalid, ev.BookSnapshot]


@pytest.mark.parametrize(
    "body",
    [
        {"price_dollars": None},
        {"price_dollars": "0.0000"},
        {"price_dollars": "1.0000"},
        {"price_dollars": 40},
        {"price_dollars": "0.40001"},
        {"delta_fp": "100000001.00"},
        {"delta_fp": None},
        {"side": "maybe"},
    ],
)
def test_bad_fields_lose_that_book_only_and_ask_for_it(body: dict[str, Any]) -> None:
    fresh = session()
    (event,) = fresh.receive(delta(3, **body))
    assert isinstance(event, ev.BookInvalid)
    assert event.ix == 0
    assert json.loads(fresh.outgoing()[0])["params"]["market_tickers"] == ["A"]
    assert fresh.receive(delta(4, market_ticker="B")) != ()


@pytest.mark.parametrize(
    "levels",
    [
        {"yes_dollars_fp": [["0.6000", "1.00"]], "no_dollars_fp": [["0.5000", "1.00"]]},
        {"yes_dollars_fp": [["0.6000", "-1.00"]]},
        {"yes_dollars_fp": [["0.0000", "1.00"]]},
    ],
)
def test_crossed_and_implausible_snapshots_are_not_believed(levels: dict[str, Any]) -> None:
    (event,) = session().receive(frame("orderbook_snapshot", 3, market_ticker="A", **levels))
    assert isinstance(event, ev.BookInvalid)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"type":1}', b"\xff", delta(3, market_ticker=None)]
)
def test_what_names_no_book_is_a_wire_error(data: bytes) -> None:
    with pytest.raises(WireError):
        session().receive(data)


def test_terminal_errors_end_the_subscription() -> None:
    fresh = session()
    events = fresh.receive(frame("error", 3, code=25, msg="overflow"))
    assert [e.ix for e in events if isinstance(e, ev.BookInvalid)] == [0, 1]
    assert any(b"subscribe" in command for command in fresh.outgoing())
    assert fresh.receive(frame("error", None, code=7, msg="x")) == ()


def test_lifecycle_ticker_and_trades() -> None:
    fresh = session()

    def life(event_type: str, **body: Any) -> list[ev.EngineEvent]:
        said = frame("market_lifecycle_v2", None, market_ticker="A", event_type=event_type, **body)
        return list(fresh.receive(said))

    assert life("settled") == [ev.MarketSeen("kalshi", "A", 0)]
    assert life("deactivated") == [ev.StatusChanged(0, ev.MarketStatus.PAUSED, 0)]
    assert life("determined", result="no") == [ev.StatusChanged(0, ev.MarketStatus.DETERMINED, 0)]
    assert life("settled") == [ev.MarketSettled(0, 0, 0)]
    life("determined", result="scalar", settlement_value="0.5000")
    assert life("settled") == [ev.MarketSettled(0, 5_000, 0)]
    ranges = [{"start": "0.0000", "end": "1.0000", "step": "0.0010"}]
    assert life("price_level_structure_updated", price_ranges=ranges) == [
        ev.GridChanged(0, (PriceBand(0, 10_000, 10),), False, 0)
    ]
    seen = frame("market_lifecycle_v2", None, market_ticker="NEW", event_type="created")
    assert fresh.receive(seen) == (ev.MarketSeen("kalshi", "NEW", 0),)
    ticker: dict[str, Any] = {"yes_bid_dollars": "0.0000", "yes_ask_dollars": "0.5300"}
    assert fresh.receive(frame("ticker", None, market_ticker="A", **ticker)) == (
        ev.QuoteHint(0, None, 5_300, 0),
    )
    trade: dict[str, Any] = {
        "yes_price_dollars": "0.3600",
        "count_fp": "136.00",
        "taker_book_side": "ask",
    }
    assert fresh.receive(frame("trade", 1, 2, market_ticker="A", **trade)) == (
        ev.PublicTrade(0, 3_600, 136 * CONTRACT, ev.BookSide.ASK, 0),
    )
    assert fresh.receive(frame("something_new", None)) == ()
    assert fresh.unknown == 1
    with pytest.raises(WireError, match="msg is missing"):
        fresh.receive(b'{"type":"orderbook_delta","sid":1,"seq":3}')


def test_subscriptions_are_chunked_and_say_the_price_mode() -> None:
    fresh = KalshiWsSession({f"T{n}": n for n in range(250)})
    commands = [json.loads(c) for c in fresh.subscribe_commands()]
    assert [len(c["params"].get("market_tickers", [])) for c in commands] == [100, 100, 50, 0]
    assert all(c["params"]["use_yes_price"] for c in commands[:3])
    fresh.watch({"X": 999})
    (more,) = (json.loads(c) for c in fresh.outgoing())
    assert more["params"]["market_tickers"] == ["X"]
    commands.append(more)
    assert len({c["id"] for c in commands}) == 5


def test_every_recorded_line_decodes(test_data: Path) -> None:
    for name, yes in (("noleg", False), ("yes", True)):
        path = test_data / "captures" / "kalshi" / "ws" / f"orderbook_trade_{name}.jsonl"
        lines = path.read_bytes().splitlines()
        ticker = "KXWTACHALLENGERMATCH-26JUN11JIMLEP-LEP"
        fresh = KalshiWsSession({ticker: 0}, yes)
        found = [event for line in lines for event in fresh.receive(line)]
        assert fresh.gaps == 0
        assert any(isinstance(event, ev.BookDelta) for event in found)


@given(st.binary(max_size=40), st.integers(0, 200))
def test_only_wire_errors_come_out(noise: bytes, at: int) -> None:
    data = delta(3)
    with contextlib.suppress(WireError):
        session().receive(data[:at] + noise + data[at + len(noise) :])


def test_a_snapshot_that_speaks_only_the_old_cents_is_no_empty_book() -> None:
    fresh = session()
    events = fresh.receive(frame("orderbook_snapshot", 3, market_ticker="A", yes=[[39, 2]]))
    assert events == (ev.BookInvalid(0, "bad yes_dollars_fp"),)


def test_a_settlement_that_reveals_a_gap_is_still_heard() -> None:
    fresh = session()
    life = {"market_ticker": "A", "event_type": "determined", "result": "yes"}
    fresh.receive(frame("market_lifecycle_v2", 1, 2, **life))
    late = frame("market_lifecycle_v2", 5, 2, market_ticker="A", event_type="settled")
    (settled,) = fresh.receive(late)
    assert isinstance(settled, ev.MarketSettled)
    assert settled.payout == 10_000


def test_an_unreadable_trade_asks_for_the_book_where_books_come_from() -> None:
    fresh = session()
    bad = frame("trade", 1, 7, market_ticker="A", yes_price_dollars="x", count_fp="1.00")
    assert fresh.receive(bad) == (ev.BookInvalid(0, "bad yes_price_dollars"),)
    (command,) = fresh.outgoing()
    assert json.loads(command)["params"]["sids"] == [1]


@pytest.mark.parametrize(
    "ending",
    [
        {"type": "error", "msg": {"code": 25, "msg": "overflow"}},
        {"type": "error", "sid": 1, "msg": {"code": 10, "msg": "ended"}},
        {"type": "error", "msg": {"code": 10, "msg": "ended", "sid": 1}},
        {"type": "unsubscribed", "msg": {"sid": 1}},
        {"id": 102, "sid": 1, "seq": 3, "type": "unsubscribed"},
    ],
)
def test_an_ended_subscription_leaves_no_book_believed(ending: dict[str, Any]) -> None:
    events = session().receive(json.dumps(ending).encode())
    assert list(events) == [ev.BookInvalid(ix, "subscription_ended") for ix in (0, 1)]


def test_a_gap_asks_for_snapshots_in_chunks() -> None:
    many = {f"T{n}": n for n in range(250)}
    fresh = KalshiWsSession(many)
    for seq, ticker in enumerate(many, 1):
        fresh.receive(frame("orderbook_snapshot", seq, market_ticker=ticker))
    fresh.receive(frame("orderbook_snapshot", 999, market_ticker="T0"))
    asked = [json.loads(c)["params"]["market_tickers"] for c in fresh.outgoing()]
    assert [len(part) for part in asked] == [100, 100, 50]


def test_an_absurd_venue_time_is_no_time() -> None:
    (change,) = session().receive(delta(3, ts_ms=10**15))
    assert isinstance(change, ev.BookDelta)
    assert change.ts_event_ns == 0


def with_lifecycle() -> KalshiWsSession:
    fresh = session()
    fresh.receive(frame("subscribed", None, None, channel="market_lifecycle_v2", sid=3))
    return fresh


TO_READ = [ev.MarketSeen("kalshi", "A", 0), ev.MarketSeen("kalshi", "B", 0)]


@pytest.mark.parametrize("code", [10, 25])
def test_a_terminal_error_without_a_sid_ends_every_subscription(code: int) -> None:
    fresh = with_lifecycle()
    fresh.receive(frame("orderbook_snapshot", 1, 2, market_ticker="B"))
    events = list(fresh.receive(json.dumps({"type": "error", "msg": {"code": code}}).encode()))
    ended = {e.ix for e in events if isinstance(e, ev.BookInvalid)}
    assert ended == {0, 1}
    assert [e for e in events if isinstance(e, ev.MarketSeen)] == TO_READ
    again = [json.loads(c) for c in fresh.outgoing()]
    assert [c["cmd"] for c in again] == ["subscribe", "subscribe"]
    assert fresh.receive(frame("orderbook_snapshot", 40, market_ticker="A")) != ()
    assert fresh.gaps == 0


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            {"fee_type_override": "quadratic", "fee_multiplier_override": 1},
            FeeOverride(0, 70_000, 0),
        ),
        ({"fee_multiplier_override": 0.5}, FeeOverride(0, 35_000, None)),
        ({"fee_type_override": None, "fee_multiplier_override": None}, FeeOverride(0, None, None)),
        ({}, FeeOverride(0, None, None, is_known=False)),
        ({"fee_multiplier_override": {}}, FeeOverride(0, None, None, is_known=False)),
    ],
)
def test_an_event_fee_update_is_an_override_of_that_event(
    said: dict[str, Any], expected: FeeOverride
) -> None:
    events = session().receive(frame("event_fee_update", 9, 5, event_ticker="KX-26", **said))
    assert events == (ev.EventFeeChanged("kalshi", "KX-26", expected),)


def test_facts_that_were_missed_are_read_again_and_no_book_is_blamed() -> None:
    fresh = with_lifecycle()
    life = {"market_ticker": "NEW", "event_type": "created"}
    assert fresh.receive(frame("market_lifecycle_v2", 1, 3, **life)) == (
        ev.MarketSeen("kalshi", "NEW", 0),
    )
    assert list(fresh.receive(frame("event_lifecycle", 3, 3, event_ticker="E"))) == TO_READ
    assert fresh.receive(frame("market_lifecycle_v2", 4, 3, market_ticker="X", close_ts="?")) == ()
    for unnamed in ({"close_ts": "?"}, {"event_type": "created"}):
        events = fresh.receive(frame("market_lifecycle_v2", None, 3, **unnamed))
        assert list(events) == TO_READ
    assert list(fresh.receive(frame("event_fee_update", None, 3))) == TO_READ
    garbled = frame("market_lifecycle_v2", 5, 3, market_ticker="A", close_ts="?")
    assert fresh.receive(garbled) == (ev.BookInvalid(0, "unreadable"), TO_READ[0])
    assert fresh.gaps == 1


def test_replies_to_commands_are_no_news_but_count_in_the_sequence() -> None:
    fresh = session()
    fresh.receive(b'{"id":3,"type":"ok","msg":[{"channel":"orderbook_delta","sid":1}]}')
    fresh.receive(b'{"id":4,"sid":1,"seq":3,"type":"ok","msg":{"market_tickers":["A","B"]}}')
    assert len(fresh.receive(delta(4))) == 1
    assert (fresh.unknown, fresh.gaps) == (0, 0)


def test_what_nobody_understands_voids_all_and_asks_for_all_again() -> None:
    fresh = session()
    with pytest.raises(WireError):
        fresh.receive(delta(3, market_ticker=None))
    (command,) = fresh.outgoing()
    assert json.loads(command)["params"]["market_tickers"] == ["A", "B"]


def test_an_end_that_names_no_subscription_is_a_wire_error() -> None:
    with pytest.raises(WireError, match="sid"):
        session().receive(b'{"id":102,"type":"unsubscribed"}')


def test_a_price_that_comes_twice_is_no_book() -> None:
    levels = [["0.3000", "1.00"], ["0.3000", "2.00"]]
    said = frame("orderbook_snapshot", 3, market_ticker="A", yes_dollars_fp=levels)
    assert session().receive(said) == (ev.BookInvalid(0, "bad yes_dollars_fp"),)
