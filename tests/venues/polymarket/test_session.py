"""Polymarket's frames: all schemas, arrays, bad input; every recorded body decodes."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.errors import WireError
from arbees.markets.instrument import PriceBand
from arbees.messages import events as ev
from arbees.venues.polymarket.session import PolymarketRestSession, PolymarketWsSession

CONTRACT = 1_000_000
BOOK = {
    "event_type": "book", "asset_id": "1", "market": "0x", "timestamp": "5",
    "bids": [{"price": "0.4", "size": "2"}], "asks": [{"price": "0.6", "size": "3.5"}],
}  # fmt: skip
SNAPSHOT = ev.BookSnapshot(0, ((4_000, 2 * CONTRACT),), ((6_000, 3_500_000),), 5_000_000)
CHANGE = {"price": "0.41", "size": "7", "side": "BUY"}
LEVEL = ev.LevelSet(0, ev.BookSide.BID, 4_100, 7 * CONTRACT, 0)


def receive(message: Any) -> list[ev.EngineEvent]:
    return list(PolymarketWsSession({"1": 0, "2": 1}).receive(json.dumps(message).encode()))


def test_books_come_as_objects_and_arrays() -> None:
    assert receive(BOOK) == [SNAPSHOT]
    assert receive([BOOK, BOOK | {"asset_id": "9"}]) == [SNAPSHOT]
    old = {k: v for k, v in BOOK.items() if k not in ("bids", "asks")}
    assert receive(old | {"buys": BOOK["bids"], "sells": BOOK["asks"]}) == [SNAPSHOT]


@pytest.mark.parametrize(
    "message",
    [
        {"price_changes": [CHANGE | {"asset_id": "1"}, CHANGE | {"asset_id": "unwatched"}]},
        {"asset_id": "1", "changes": [CHANGE]},
        {"asset_id": "1", **CHANGE},
    ],
)
def test_all_three_schemas_of_price_change(message: dict[str, Any]) -> None:
    assert receive({"event_type": "price_change"} | message) == [LEVEL]


def test_the_rarer_events() -> None:
    head = {"asset_id": "1", "market": "0x", "timestamp": "0"}
    tick = {"event_type": "tick_size_change", "old_tick_size": "0.01", "new_tick_size": "0.001"}
    assert receive(head | tick) == [ev.GridChanged(0, (PriceBand(0, 10_000, 10),), True, 0)]
    trade = {"event_type": "last_trade_price", "price": "0.5", "size": "1", "side": "SELL"}
    assert receive(head | trade) == [ev.PublicTrade(0, 5_000, CONTRACT, ev.BookSide.ASK, 0)]
    best = {"event_type": "best_bid_ask", "best_bid": "0.4", "best_ask": ""}
    assert receive(head | best) == [ev.QuoteHint(0, 4_000, None, 0)]
    assert receive({"event_type": "new_market", "market": "0x"}) == [
        ev.MarketSeen("polymarket", "0x", 0)
    ]
    assert receive({"event_type": "news"}) == []
    assert PolymarketWsSession({}).receive(b"PONG") == ()


@pytest.mark.parametrize(
    "message",
    [
        BOOK | {"bids": [{"price": "0", "size": "1"}]},
        BOOK | {"bids": [{"price": "0.7", "size": "1"}]},
        BOOK | {"bids": [{"price": 0.4, "size": "1"}]},
        BOOK | {"bids": [{"price": "0.4", "size": "1e9"}]},
        BOOK | {"bids": [{"price": "0.4", "size": "100000001"}]},
        BOOK | {"bids": [{"price": "0.4", "size": "-1"}]},
        BOOK | {"bids": [{"price": "1", "size": "1"}]},
        BOOK | {"bids": [{"price": "0.4", "size": "1"}, {"price": "0.40", "size": "2"}]},
        {k: v for k, v in BOOK.items() if k != "asks"},
        {"event_type": "price_change", "price_changes": [CHANGE | {"asset_id": "1", "side": "?"}]},
        {"event_type": "price_change", "price_changes": [{"asset_id": "1", "price": "0.4"}]},
        {"event_type": "best_bid_ask", "asset_id": "1", "best_bid": "x"},
    ],
)
def test_bad_fields_lose_that_book_and_ask_for_it(message: dict[str, Any]) -> None:
    session = PolymarketWsSession({"1": 0, "2": 1})
    (event,) = session.receive(json.dumps(message).encode())
    assert isinstance(event, ev.BookInvalid)
    assert event.ix == 0
    assert [json.loads(c)["operation"] for c in session.outgoing()] == ["unsubscribe", "subscribe"]
    assert session.outgoing() == []


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[1]", b"{}", b"\xff", b'{"event_type":"book"}',
        b'{"event_type":"price_change","asset_id":"1"}',
        b'{"event_type":"price_change","price_changes":[{"price":"0.4","size":"1","side":"BUY"}]}',
    ],
)  # fmt: skip
def test_what_names_no_book_is_a_wire_error(data: bytes) -> None:
    with pytest.raises(WireError):
        PolymarketWsSession({"1": 0}).receive(data)


def test_subscriptions_are_chunked_and_more_can_be_watched() -> None:
    session = PolymarketWsSession({str(n): n for n in range(150)})
    first, second = (json.loads(c) for c in session.subscribe_commands())
    assert first["type"] == "market"
    assert (len(first["assets_ids"]), len(second["assets_ids"])) == (100, 50)
    assert second["operation"] == "subscribe"
    session.watch({"x": 999})
    (more,) = (json.loads(c) for c in session.outgoing())
    assert (more["operation"], more["assets_ids"]) == ("subscribe", ["x"])
    empty = PolymarketWsSession({})
    empty.watch({"x": 0})
    assert json.loads(empty.outgoing()[0])["type"] == "market"
    assert len(session.subscribe_commands(1_000)) == 1


def test_rest_bodies_are_snapshots() -> None:
    rest = PolymarketRestSession({"1": 0})
    assert rest.receive(json.dumps(BOOK).encode()) == [SNAPSHOT]
    assert rest.receive(json.dumps([BOOK, BOOK | {"asset_id": "9"}]).encode()) == [SNAPSHOT]
    assert rest.outgoing() == []
    for body in (b"<html>", b"{}", b'{"error":"No orderbook exists"}', b'[{"error":"x"}]'):
        with pytest.raises(WireError):
            rest.receive(body)


@given(st.binary(max_size=40), st.integers(0, 200))
def test_only_wire_errors_come_out(noise: bytes, at: int) -> None:
    data = json.dumps(BOOK).encode()
    with contextlib.suppress(WireError):
        PolymarketWsSession({"1": 0}).receive(data[:at] + noise + data[at + len(noise) :])


OVER = [ev.StatusChanged(ix, ev.MarketStatus.DETERMINED, 0) for ix in (0, 1)]
RESOLVED = {
    "event_type": "market_resolved", "market": "0x", "assets_ids": ["1", "2"],
    "winning_asset_id": "2",
}  # fmt: skip


def test_the_winner_pays_a_dollar_and_the_market_is_over() -> None:
    settled = [ev.MarketSettled(0, 0, 0), ev.MarketSettled(1, 10_000, 0)]
    assert receive(RESOLVED) == [*OVER, *settled]
    assert receive(RESOLVED | {"assets_ids": ["8", "9"], "winning_asset_id": "9"}) == []


@pytest.mark.parametrize(
    "more",
    [
        {"winning_asset_id": None},
        {"winning_asset_id": ""},
        {"winning_asset_id": "3"},
        {"winning_asset_id": "50-50", "winning_outcome": "50-50"},
        {"assets_ids": ["1", "2", "3"]},
        {"assets_ids": ["2", "2", "1"]},
    ],
)
def test_a_split_or_unclear_result_settles_nothing(more: dict[str, Any]) -> None:
    assert receive(RESOLVED | more) == [*OVER, ev.MarketSeen("polymarket", "0x", 0)]


def test_a_result_that_contradicts_the_books_settles_nothing() -> None:
    session = PolymarketWsSession({"1": 0, "2": 1})
    session.receive(json.dumps(BOOK).encode())
    others = json.dumps(RESOLVED | {"market": "0xother"}).encode()
    assert list(session.receive(others)) == [*OVER, ev.MarketSeen("polymarket", "0xother", 0)]
    lone = json.dumps(RESOLVED | {"assets_ids": ["2", "9"]}).encode()
    assert list(session.receive(lone)) == [*OVER, ev.MarketSeen("polymarket", "0x", 0)]
    garbled = json.dumps(RESOLVED | {"assets_ids": "1,2"}).encode()
    events = list(session.receive(garbled))
    assert events[-1] == ev.MarketSeen("polymarket", "0x", 0)
    assert not any(isinstance(e, ev.MarketSettled) for e in events)


GOOD = CHANGE | {"asset_id": "1"}


@pytest.mark.parametrize(
    "odd",
    [
        {**CHANGE, "asset_id": "nobody", "price": "x"},
        {**CHANGE, "asset_id": "nobody", "side": "?"},
        {**CHANGE, "asset_id": "nobody", "size": 7},
        {**CHANGE, "asset_id": 12},
        CHANGE,
    ],
)
def test_a_nameless_change_voids_every_book_of_its_market(odd: dict[str, Any]) -> None:
    """Tokens 1 and 2 belong to 0x, 3 to 0y, and of 4 no book has come yet."""
    session = PolymarketWsSession({"1": 0, "2": 1, "3": 2, "4": 3})
    for token, market in (("1", "0x"), ("2", "0x"), ("3", "0y")):
        session.receive(json.dumps(BOOK | {"asset_id": token, "market": market}).encode())
    said = {"event_type": "price_change", "market": "0x", "price_changes": [GOOD, odd]}
    events = session.receive(json.dumps(said).encode())
    assert {e.ix for e in events if isinstance(e, ev.BookInvalid)} == {0, 1, 3}
    assert all("4" in json.loads(c)["assets_ids"] for c in session.outgoing())
    with pytest.raises(WireError):
        session.receive(json.dumps(said | {"market": None}).encode())
    assert [json.loads(c)["assets_ids"] for c in session.outgoing()] == [["1", "2", "3", "4"]] * 2


def test_a_good_change_of_an_unwatched_token_is_nobodys_business() -> None:
    changes = [GOOD, CHANGE | {"asset_id": "nobody"}]
    assert receive({"event_type": "price_change", "market": "0x", "price_changes": changes}) == [
        LEVEL
    ]


def test_a_book_that_states_its_tick_tells_a_change_that_was_missed() -> None:
    session = PolymarketWsSession({"1": 0})

    def kinds(**more: Any) -> list[str]:
        events = session.receive(json.dumps(BOOK | more).encode())
        return [type(e).__name__ for e in events]

    assert kinds() == ["BookSnapshot"]
    assert kinds(tick_size="0.01") == ["GridChanged", "BookSnapshot"]
    assert kinds(tick_size="0.01") == ["BookSnapshot"]
    finer = session.receive(json.dumps(BOOK | {"tick_size": "0.001"}).encode())
    assert finer[0] == ev.GridChanged(0, (PriceBand(0, 10_000, 10),), False, 5_000_000)
    assert kinds(tick_size=0.001) == kinds(tick_size="") == ["BookSnapshot"]
    assert kinds(tick_size=0.003) == kinds(tick_size={}) == ["BookInvalid"]


def test_a_tick_that_does_not_divide_a_dollar_loses_the_book() -> None:
    odd = {"event_type": "tick_size_change", "asset_id": "1", "new_tick_size": "0.003"}
    assert receive(odd) == [ev.BookInvalid(0, "bad new_tick_size")]


def test_a_garbled_announcement_of_another_market_harms_no_book() -> None:
    session = PolymarketWsSession({"1": 0})
    session.receive(json.dumps(BOOK).encode())
    garbled = {"event_type": "new_market", "market": "0xnew", "assets_ids": "8,9"}
    assert list(session.receive(json.dumps(garbled).encode())) == [
        ev.MarketSeen("polymarket", "0xnew", 0)
    ]
    later = {"event_type": "new_market", "condition_id": "0xlater"}
    assert list(session.receive(json.dumps(later).encode())) == [
        ev.MarketSeen("polymarket", "0xlater", 0)
    ]


def test_a_frame_with_one_change_nobody_can_name_blames_the_whole_connection() -> None:
    changes = [
        {"asset_id": "T", "price": "0.5", "size": 7, "side": "BUY"},
        {"asset_id": 12, "price": "0.5", "size": "7", "side": "BUY"},
    ]
    body = {"event_type": "price_change", "price_changes": changes}
    with pytest.raises(WireError):
        PolymarketWsSession({"T": 0}).receive(json.dumps(body).encode())
