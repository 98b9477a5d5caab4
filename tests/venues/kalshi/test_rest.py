"""Kalshi's REST market data: one bad book harms no other; old forms and errors are refused."""

import json
from typing import Any

import pytest

from arbees.errors import WireError
from arbees.messages import events as ev
from arbees.venues.kalshi import rest
from arbees.venues.kalshi.rest import KalshiRestSession

CONTRACT = 1_000_000
TRADE = {
    "ticker": "A", "trade_id": "t", "yes_price_dollars": "0.0300", "count_fp": "7.77",
    "created_time": "1970-01-01T00:00:01Z", "taker_book_side": "bid",
}  # fmt: skip


def one(**sides: Any) -> bytes:
    return json.dumps({"orderbook_fp": sides}).encode()


def test_rest_books_turn_no_dollars_into_asks() -> None:
    books = [
        ("A", {"yes_dollars": [["0.4700", "3.00"]], "no_dollars": None}),
        ("B", {"yes_dollars": [["zero", "3.00"]]}),
        ("C", {"yes_dollars": [[0.47, 3]]}),
        ("D", {"yes_dollars": [["0.6000", "1.00"]], "no_dollars": [["0.4000", "1.00"]]}),
        ("E", {"yes": [[47, 3]]}),
        ("other", {}),
    ]
    body = {"orderbooks": [{"ticker": t, "orderbook_fp": b} for t, b in books]}
    body["orderbooks"].append({"ticker": "F", "orderbook": {"yes": [[47, 3]]}})
    session = KalshiRestSession({t: n for n, t in enumerate("ABCDEF")})
    assert session.receive(json.dumps(body).encode()) == [
        ev.BookSnapshot(0, ((4_700, 3 * CONTRACT),), (), 0),
        ev.BookInvalid(1, "bad yes_dollars"),
        ev.BookInvalid(2, "unreadable"),
        ev.BookInvalid(3, "bad orderbook_fp"),
        ev.BookInvalid(4, "bad yes_dollars"),
        ev.BookInvalid(5, "unreadable"),
    ]
    assert session.outgoing() == []


def test_a_single_book_is_of_the_market_that_was_asked_for() -> None:
    body = one(no_dollars=[["0.4800", "3.00"]], yes_dollars=[["0.4700", "3.00"]])
    both = ((4_700, 3 * CONTRACT),), ((5_200, 3 * CONTRACT),)
    assert rest.decode_orderbook(body, 4) == ev.BookSnapshot(4, *both, 0)
    assert rest.decode_orderbook(one(), 4) == ev.BookSnapshot(4, (), (), 0)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"{}",
        b'{"error":{"code":"not_found","message":"not found"}}',
        b'{"orderbook":{"yes":[[47,3]],"no":[[48,3]]}}',
        one(yes=[[47, 3]], no=[[48, 3]]),
        one(yes_dollars=[["0.0000", "1.00"]]),
        one(yes_dollars=[["1.0000", "1.00"]]),
        one(yes_dollars=[["0.4000", "100000001.00"]]),
        one(yes_dollars=[["0.4000", "1.00"], ["0.4000", "2.00"]]),
        one(yes_dollars=[["0.6000", "1.00"]], no_dollars=[["0.4000", "1.00"]]),
    ],
)
def test_a_body_that_is_no_book_is_a_wire_error(body: bytes) -> None:
    with pytest.raises(WireError):
        rest.decode_orderbook(body, 0)
    with pytest.raises(WireError):
        KalshiRestSession({"A": 0}).receive(body)


def test_a_print_is_the_event_that_the_socket_would_have_told() -> None:
    page = rest.decode_trades(json.dumps({"trades": [TRADE], "cursor": "x"}).encode())
    event = rest.trade_of(3, page.trades[0])
    assert event == ev.PublicTrade(3, 300, 7_770_000, ev.BookSide.BID, 10**9)
    for odd in ({"count_fp": "-1.00"}, {"yes_price_dollars": "1.0000"}, {"created_time": "soon"}):
        body = json.dumps({"trades": [TRADE | odd]}).encode()
        with pytest.raises(WireError):
            rest.trade_of(3, rest.decode_trades(body).trades[0])


@pytest.mark.parametrize(
    "body",
    [
        b'{"error":"too many requests"}',
        b'{"trades":[{"ticker":"A","trade_id":"t","yes_price":3,"count":7,"created_time":""}]}',
    ],
)
def test_trades_in_cents_and_error_bodies_are_refused(body: bytes) -> None:
    with pytest.raises(WireError):
        rest.decode_trades(body)


def test_the_exchange_says_which_shards_trade() -> None:
    shard = {"exchange_index": 3, "exchange_active": True, "trading_active": False}
    said = {"exchange_active": True, "trading_active": True, "exchange_index_statuses": [shard]}
    status = rest.decode_exchange_status(json.dumps(said).encode())
    assert [(s.exchange_index, s.trading_active) for s in status.exchange_index_statuses] == [
        (3, False)
    ]
    for body in (b"{}", b'{"error":"x"}', b'{"exchange_active":"yes","trading_active":true}'):
        with pytest.raises(WireError):
            rest.decode_exchange_status(body)
