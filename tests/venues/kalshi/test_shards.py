"""Shards: routes, cash where the market is, transfers in the venue's unit."""

import json

import pytest

from arbees.errors import VenueRejected, WireError
from arbees.messages.requests import RequestKind
from arbees.venues.kalshi import shards
from arbees.venues.kalshi.catalog import decode_events
from arbees.venues.kalshi.orders import Route
from arbees.venues.kalshi.shards import Shards, decode_balance
from tests.venues.kalshi.conftest import Captured

DOLLAR = 1_000_000


def test_a_market_is_routed_where_it_said_it_is() -> None:
    known = Shards(subaccount=1)
    assert known.route("A") == Route(None, 1)
    known.learn("A", 3)
    known.learn("B", None)
    known.learn("C", -1)
    assert [known.route(t).exchange_index for t in "ABC"] == [3, None, None]
    known.forget("A")
    assert known.route("A").exchange_index is None


def test_the_catalogue_says_where_and_silence_is_not_shard_zero() -> None:
    body = (
        b'{"events":[{"event_ticker":"E","series_ticker":"S","markets":['
        b'{"ticker":"A","event_ticker":"E","exchange_index":2},{"ticker":"B","event_ticker":"E"}'
        b']},{"event_ticker":"F","series_ticker":"S"}],"cursor":""}'
    )
    known = Shards()
    known.learn_events(decode_events(body).events)
    assert known.index_of == {"A": 2}
    assert known.route("B").exchange_index is None


def test_cash_is_counted_where_the_market_is() -> None:
    known = Shards({"A": 2, "B": 0, "C": 5}, {0: 100 * DOLLAR, 2: 5 * DOLLAR, 3: 50 * DOLLAR})
    assert known.lacking("A", 20 * DOLLAR) == 15 * DOLLAR
    assert known.lacking("B", 20 * DOLLAR) == 0
    assert known.lacking("C", 20 * DOLLAR) == known.lacking("?", DOLLAR) == 0
    assert known.source_for(2, 15 * DOLLAR) == 0
    assert known.source_for(0, 15 * DOLLAR) == 3
    assert known.source_for(0, 51 * DOLLAR) is None
    assert known.source_for(0, 0) is None
    assert Shards().source_for(0, 1) is None


def test_balances(captured: Captured) -> None:
    assert decode_balance(captured("auth/balance_ok")) == (98_018_600, {0: 98_018_600})
    locked = b'{"balance":9801,"portfolio_value":198,"updated_ts":1}'
    assert decode_balance(locked) == (98_010_000, {})
    split = (
        b'{"balance":300,"balance_dollars":"3.0050","balance_breakdown":['
        b'{"balance":"1.0000","exchange_index":0},{"balance":"2.0050","exchange_index":2}]}'
    )
    assert decode_balance(split) == (3_005_000, {0: 1_000_000, 2: 2_005_000})
    for bad in (
        b"{}",
        split.replace(b"3.0050", b"3.0051"),
        split.replace(b"3.0050", b"much"),
        b'{"error":{"code":"x"}}',
    ):
        with pytest.raises(WireError):
            decode_balance(bad)


def test_transfers_move_whole_centi_cents() -> None:
    request = shards.transfer_request(12_345_678, 0, 2)
    assert (request.method, request.kind) == ("POST", RequestKind.WRITE)
    assert not request.is_idempotent
    assert json.loads(request.body) == {
        "source": "event_contract", "destination": "event_contract", "amount": 123_456,
        "source_exchange_shard": 0, "destination_exchange_shard": 2,
    }  # fmt: skip
    for cash, source, destination in ((99, 0, 1), (-5, 0, 1), (100, 1, 1), (100, -1, 1)):
        with pytest.raises(VenueRejected, match="nothing to move"):
            shards.transfer_request(cash, source, destination)
    assert shards.decode_transfer(b'{"transfer_id":"t"}') == "t"
    assert shards.decode_transfer(b"{}") == ""
    assert shards.transfers_request().path.endswith("_instance_transfers")
    assert shards.transfers_request("t").path.endswith("_instance_transfers/t")


def test_balance_requests() -> None:
    assert shards.balance_request().path == "/trade-api/v2/portfolio/balance"
    assert shards.balance_request(Route(2, 0)).path.endswith("?subaccount=0&exchange_index=2")
