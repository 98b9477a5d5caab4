"""Requests as the venue accepts them: recorded bodies, routes, and what never leaves."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.errors import VenueRejected
from arbees.messages.commands import LegSide, PlaceOrder, TimeInForce
from arbees.messages.requests import Request, RequestKind
from arbees.units import PRICE_MAX, QTY_GRAIN, QTY_MAX, parse_pips, parse_qty
from arbees.venues.kalshi import orders
from arbees.venues.kalshi.orders import NewOrder, Route, SelfTrade, client_id_of, order_id_of

CONTRACT = 1_000_000
ID = "2597b999-f887-4195-8bac-c3f97a1f2021"
TICKER = "KXWTACHALLENGERMATCH-26JUN11JIMLEP-LEP"
OLD = "2b8394e0-515e-4b89-b624-f34067756855"
GTC, IOC, FOK = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK


def order(**said: Any) -> NewOrder:
    plain: dict[str, Any] = {
        "ticker": TICKER, "side": "bid", "qty": CONTRACT, "price": 9_900, "tif": IOC,
        "client_order_id": OLD,
    }  # fmt: skip
    return NewOrder(**(plain | said))


def body(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.body)
    return found


def test_the_recorded_create_is_reproduced() -> None:
    request = orders.create(order())
    assert (request.method, request.path) == ("POST", "/trade-api/v2/portfolio/events/orders")
    assert body(request) == {
        "client_order_id": OLD, "count": "1.00", "price": "0.9900",
        "self_trade_prevention_type": "taker_at_cross", "side": "bid", "ticker": TICKER,
        "time_in_force": "immediate_or_cancel",
    }  # fmt: skip
    assert (request.kind, request.cost, request.is_idempotent) == (RequestKind.ORDER, 10, False)


def test_every_optional_field_has_its_name() -> None:
    whole = order(
        tif=GTC, self_trade=SelfTrade.RESTING, expiration_s=1_800_000_000, post_only=True,
        cancel_on_pause=True, group_id="g",
    )  # fmt: skip
    said = body(orders.create(whole, Route(2, 3)))
    assert said["self_trade_prevention_type"] == "maker"
    assert said["time_in_force"] == "good_till_canceled"
    assert said["expiration_time"] == 1_800_000_000
    assert (said["post_only"], said["cancel_order_on_pause"]) == (True, True)
    assert (said["order_group_id"], said["subaccount"], said["exchange_index"]) == ("g", 3, 2)
    assert body(orders.create(order(reduce_only=True)))["reduce_only"] is True
    assert body(orders.create(order(tif=FOK)))["time_in_force"] == "fill_or_kill"
    assert body(orders.create(order(), Route(0, 0))).items() >= {"exchange_index": 0}.items()


@given(
    st.sampled_from(LegSide), st.integers(1, PRICE_MAX - 1), st.integers(1, QTY_MAX // QTY_GRAIN)
)
def test_commands_arrive_exactly_and_no_is_an_ask_at_one_minus(
    side: LegSide, price: int, hundredths: int
) -> None:
    qty = hundredths * QTY_GRAIN
    command = PlaceOrder("e-1-0", "e-1", 7, "kalshi", TICKER, side, price, qty, IOC, 5)
    said = body(orders.create(orders.order_of(command)))
    assert said["side"] == ("bid" if side is LegSide.YES else "ask")
    assert parse_pips(said["price"]) == (price if side is LegSide.YES else PRICE_MAX - price)
    assert parse_qty(said["count"]) == qty
    assert order_id_of(said["client_order_id"]) == "e-1-0"


def test_a_resend_is_the_same_order_and_strangers_are_not_ours() -> None:
    command = PlaceOrder("e-1-0", "e-1", 7, "kalshi", TICKER, LegSide.NO, 3_100, CONTRACT, IOC, 5)
    assert orders.create(orders.order_of(command)) == orders.create(orders.order_of(command))
    assert client_id_of("e-1-0") == "arbees-e-1-0"
    for stranger in (None, "", "my-order-1", "arbees-"):
        assert order_id_of(stranger) is None


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"ticker": ""}, "ticker"),
        ({"side": "yes"}, "side"),
        ({"price": 0}, "price"),
        ({"price": PRICE_MAX}, "price"),
        ({"qty": 0}, "count"),
        ({"qty": QTY_GRAIN // 2}, "count"),
        ({"qty": QTY_MAX + QTY_GRAIN}, "count"),
        ({"client_order_id": ""}, "client_order_id"),
        ({"client_order_id": "x" * 65}, "client_order_id"),
        ({"client_order_id": "é"}, "client_order_id"),
        ({"expiration_s": 5}, "expiration_time"),
        ({"post_only": True}, "post_only"),
        ({"reduce_only": True, "tif": GTC}, "reduce_only"),
    ],
)
def test_what_breaks_a_field_rule_is_not_sent(said: dict[str, Any], field: str) -> None:
    for make in (orders.create, lambda o: orders.create_batch([(o, Route())])):
        with pytest.raises(VenueRejected) as caught:
            make(order(**said))
        assert caught.value.where == field
        assert field in str(caught.value)


def test_cancels_say_the_ticker_so_that_they_find_their_shard() -> None:
    request = orders.cancel(ID, "KXBTC-T86799.99", Route(2, 1))
    assert request.path == (
        f"/trade-api/v2/portfolio/events/orders/{ID}"
        "?subaccount=1&exchange_index=2&market_ticker=KXBTC-T86799.99"
    )
    assert request.sign_path == f"/trade-api/v2/portfolio/events/orders/{ID}"
    assert (request.kind, request.cost, request.bucket) == (RequestKind.CANCEL, 2, "shard2")
    assert request.is_idempotent
    assert orders.cancel("a/b?c", "T").sign_path.endswith("/a%2Fb%3Fc")
    with pytest.raises(VenueRejected, match="without the venue's id"):
        orders.cancel("", "T")


def test_all_and_many_are_cancelled_with_their_cost() -> None:
    assert orders.cancel_all().path == "/trade-api/v2/portfolio/events/orders"
    assert orders.cancel_all(4).path.endswith("orders?subaccount=4")
    batch = orders.cancel_batch([(ID, "A", Route()), ("other", "B", Route(3))])
    assert (batch.method, batch.cost, batch.bucket) == ("DELETE", 4, "")
    assert body(batch) == {
        "orders": [
            {"order_id": ID, "market_ticker": "A"},
            {"order_id": "other", "market_ticker": "B", "exchange_index": 3},
        ]
    }
    many = orders.create_batch([(order(), Route(2)), (order(client_order_id="b"), Route(2))])
    assert (many.path[-8:], many.cost, many.bucket) == ("/batched", 20, "")
    assert [o["client_order_id"] for o in body(many)["orders"]] == [OLD, "b"]
    for make in (orders.create_batch, orders.cancel_batch):
        with pytest.raises(VenueRejected, match="empty batch"):
            make([])


def test_amend_states_the_total_and_decrease_one_of_two() -> None:
    request = orders.amend(
        ID, order(tif=GTC, qty=5 * CONTRACT, expiration_s=0), Route(2, 1), "arbees-new"
    )
    assert request.path.endswith(f"{ID}/amend?subaccount=1")
    assert body(request) == {
        "ticker": TICKER, "side": "bid", "price": "0.9900", "count": "5.00",
        "client_order_id": OLD, "updated_client_order_id": "arbees-new", "expiration_time": 0,
        "exchange_index": 2,
    }  # fmt: skip
    by, to = orders.decrease(ID, by=CONTRACT), orders.decrease(ID, Route(2), to=0)
    assert body(by) == {"reduce_by": "1.00"}
    assert body(to) == {"reduce_to": "0.00", "exchange_index": 2}
    assert (by.is_idempotent, to.is_idempotent) == (False, True)
    for by_, to_ in ((None, None), (1, 1), (0, None), (None, 5)):
        with pytest.raises(VenueRejected):
            orders.decrease(ID, by=by_, to=to_)


def test_who_pays() -> None:
    assert orders.create(order()).bucket == "auto"
    assert orders.create(order(), Route(0)).bucket == ""
    assert orders.create(order(), Route(3)).bucket == "shard3"
    with pytest.raises(VenueRejected, match="subaccount"):
        orders.create(order(), Route(0, 64))
