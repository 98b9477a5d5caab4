"""Kalshi's REST books: one bad book harms no other."""

import json

import pytest

from arbees.errors import WireError
from arbees.messages import events as ev
from arbees.venues.kalshi.rest import KalshiRestSession

CONTRACT = 1_000_000


def test_rest_books_turn_no_dollars_into_asks() -> None:
    body = {
        "orderbooks": [
            {
                "ticker": "A",
                "orderbook_fp": {"yes_dollars": [["0.4700", "3.00"]], "no_dollars": None},
            },
            {"ticker": "B", "orderbook_fp": {"yes_dollars": [["zero", "3.00"]]}},
            {"ticker": "C", "orderbook_fp": {"yes_dollars": [[0.47, 3]]}},
            {"ticker": "other", "orderbook_fp": {}},
        ]
    }
    rest = KalshiRestSession({"A": 0, "B": 1, "C": 2})
    first, second, third = rest.receive(json.dumps(body).encode())
    assert first == ev.BookSnapshot(0, ((4_700, 3 * CONTRACT),), (), 0)
    assert second == ev.BookInvalid(1, "bad yes_dollars")
    assert third == ev.BookInvalid(2, "unreadable")
    assert rest.outgoing() == []
    with pytest.raises(WireError):
        rest.receive(b"<html>")
