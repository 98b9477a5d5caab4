"""Commands -> Kalshi's trading requests, V2 (kalshi.md sections 7.1 to 7.4). Pure.

There is one YES book: buying NO at q is an `ask` at 1 - q, and so is selling YES at 1 - q; a sale
is reduce-only, so that it never opens the other side. Prices and counts leave as strings. What the
venue would refuse by its field rules is refused here, before it costs tokens and time.
"""

from collections.abc import Sequence
from enum import StrEnum
from urllib.parse import quote, urlencode

import msgspec

from arbees.errors import VenueRejected
from arbees.messages.commands import LegSide, PlaceOrder, TimeInForce
from arbees.messages.requests import Request, RequestKind
from arbees.units import PRICE_MAX, QTY_GRAIN, QTY_MAX, format_pips, format_qty

API = "/trade-api/v2"
ORDERS = f"{API}/portfolio/events/orders"
ORDER_COST, CANCEL_COST = 10, 2
CLIENT_PREFIX = "arbees-"
CLIENT_ID_MAX = 64
"""The venue's bound is not documented; ids in its examples have up to 36 characters."""
SUBACCOUNT_MAX = 63
AUTO = "auto"
"""The bucket of a write without a shard: it is charged to every shard's (section 10)."""

TIFS = {
    TimeInForce.IOC: "immediate_or_cancel",
    TimeInForce.FOK: "fill_or_kill",
    TimeInForce.GTC: "good_till_canceled",
}


class SelfTrade(StrEnum):
    """Which of two orders of ours gives way when they would meet."""

    INCOMING = "taker_at_cross"
    RESTING = "maker"


class Route(msgspec.Struct, frozen=True, gc=False):
    """Where an order goes. Without `exchange_index` the venue routes by ticker, which is slower
    and charged to every shard."""

    exchange_index: int | None = None
    subaccount: int | None = None


class NewOrder(msgspec.Struct, frozen=True, gc=False):
    """An order in the venue's terms: `price` pips of YES, `qty` micro-contracts."""

    ticker: str
    side: str
    qty: int
    price: int
    tif: TimeInForce
    client_order_id: str
    self_trade: SelfTrade = SelfTrade.INCOMING
    expiration_s: int | None = None
    post_only: bool = False
    reduce_only: bool = False
    cancel_on_pause: bool = False
    group_id: str | None = None


class CreateBody(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The body of a create; the first six fields are required."""

    ticker: str
    side: str
    count: str
    price: str
    time_in_force: str
    self_trade_prevention_type: str
    client_order_id: str | None = None
    expiration_time: int | None = None
    post_only: bool = False
    reduce_only: bool = False
    cancel_order_on_pause: bool = False
    order_group_id: str | None = None
    subaccount: int | None = None
    exchange_index: int | None = None


def client_id_of(order_id: str) -> str:
    """The venue's idempotency key of our order. It can be read back, so that a fill finds its
    order without a table, also after a restart."""
    return CLIENT_PREFIX + order_id


def order_id_of(client_order_id: str | None) -> str | None:
    """Our order, or None: somebody else trades on this account."""
    if client_order_id is None or not client_order_id.startswith(CLIENT_PREFIX):
        return None
    return client_order_id.removeprefix(CLIENT_PREFIX) or None


def order_of(command: PlaceOrder) -> NewOrder:
    """The V2 order of a command."""
    is_yes = command.side is LegSide.YES
    price = command.price_limit if is_yes else PRICE_MAX - command.price_limit
    side = "bid" if is_yes is not command.is_sell else "ask"
    return NewOrder(
        command.instrument_id, side, command.qty, price, command.tif,
        client_id_of(command.order_id), reduce_only=command.is_sell,
    )  # fmt: skip


def create(order: NewOrder, route: Route = Route()) -> Request:  # frozen
    """POST one order. Raises VenueRejected naming the field that breaks a rule of the venue."""
    body = msgspec.json.encode(_body(order, route))
    return Request(
        "POST", ORDERS, RequestKind.ORDER, body, cost=ORDER_COST, bucket=bucket_of(route)
    )


def create_batch(orders: Sequence[tuple[NewOrder, Route]]) -> Request:
    """POST several at once; all must fit into the unscoped bucket together."""
    _some(orders)
    body = msgspec.json.encode({"orders": [_body(order, route) for order, route in orders]})
    return Request(
        "POST", f"{ORDERS}/batched", RequestKind.ORDER, body, cost=ORDER_COST * len(orders)
    )


def cancel(order_id: str, ticker: str, route: Route = Route()) -> Request:
    """DELETE one order by the venue's id. The ticker routes it: an id alone is looked for on
    shard 0 only."""
    query = _query(_routed(route) | {"market_ticker": ticker})
    path = f"{_order_path(order_id)}{query}"
    return Request(
        "DELETE", path, RequestKind.CANCEL, cost=CANCEL_COST, bucket=bucket_of(route),
        is_idempotent=True,
    )  # fmt: skip


def cancel_batch(orders: Sequence[tuple[str, str, Route]]) -> Request:
    """DELETE several: (venue id, ticker, route) each, in a body."""
    _some(orders)
    rows = [
        {"order_id": order_id, "market_ticker": ticker} | _routed(route)
        for order_id, ticker, route in orders
    ]
    body = msgspec.json.encode({"orders": rows})
    return Request(
        "DELETE", f"{ORDERS}/batched", RequestKind.CANCEL, body, cost=CANCEL_COST * len(orders),
        is_idempotent=True,
    )  # fmt: skip


def cancel_all(subaccount: int | None = None) -> Request:
    """DELETE everything that rests, and what arrives in the next minute."""
    query = _query(_routed(Route(None, subaccount)))
    return Request(
        "DELETE", f"{ORDERS}{query}", RequestKind.CANCEL, cost=CANCEL_COST, is_idempotent=True
    )


def amend(
    order_id: str, order: NewOrder, route: Route = Route(),
    new_client_order_id: str | None = None,
) -> Request:  # fmt: skip
    """Change price or total size. `order.qty` is the total: what is filled already plus what
    shall rest. It may cross and fill."""
    _check(order, route)
    body = {
        "ticker": order.ticker, "side": order.side, "price": format_pips(order.price),
        "count": format_qty(order.qty), "client_order_id": order.client_order_id,
        "updated_client_order_id": new_client_order_id, "expiration_time": order.expiration_s,
        "exchange_index": route.exchange_index,
    }  # fmt: skip
    said = msgspec.json.encode({key: value for key, value in body.items() if value is not None})
    path = f"{_order_path(order_id)}/amend{_query(_routed(Route(None, route.subaccount)))}"
    return Request("POST", path, RequestKind.ORDER, said, cost=ORDER_COST, bucket=bucket_of(route))


def decrease(
    order_id: str, route: Route = Route(), *, by: int | None = None, to: int | None = None
) -> Request:  # fmt: skip
    """Reduce what rests by, or to, a size: exactly one of them."""
    if (by is None) == (to is None):
        raise VenueRejected(
            "kalshi decrease: say reduce_by or reduce_to, one of them", "invalid_order", "reduce_by"
        )
    field, qty = ("reduce_by", by) if by is not None else ("reduce_to", to)
    assert qty is not None
    _count(qty, field, least=0 if field == "reduce_to" else QTY_GRAIN)
    body: dict[str, object] = {field: format_qty(qty)}
    if route.exchange_index is not None:
        body["exchange_index"] = route.exchange_index
    path = f"{_order_path(order_id)}/decrease{_query(_routed(Route(None, route.subaccount)))}"
    return Request(
        "POST", path, RequestKind.ORDER, msgspec.json.encode(body), cost=ORDER_COST,
        bucket=bucket_of(route), is_idempotent=field == "reduce_to",
    )  # fmt: skip


def bucket_of(route: Route) -> str:
    """Which write budget pays (section 10): shard 1 and up have their own."""
    if route.exchange_index is None:
        return AUTO
    return f"shard{route.exchange_index}" if route.exchange_index >= 1 else ""


def _order_path(order_id: str) -> str:
    if not order_id:
        raise VenueRejected("kalshi: an order without the venue's id", "not_found", "order_id")
    return f"{ORDERS}/{quote(order_id, safe='')}"


def _some(orders: Sequence[object]) -> None:
    if not orders:
        raise VenueRejected("kalshi: an empty batch", "invalid_order", "orders")


def _routed(route: Route) -> dict[str, object]:
    if route.subaccount is not None and not 0 <= route.subaccount <= SUBACCOUNT_MAX:
        raise VenueRejected(
            f"kalshi: subaccount {route.subaccount} is not 0..63", "invalid_order", "subaccount"
        )
    said = {"subaccount": route.subaccount, "exchange_index": route.exchange_index}
    return {key: value for key, value in said.items() if value is not None}


def _query(said: dict[str, object]) -> str:
    return f"?{urlencode(said)}" if said else ""


def _body(order: NewOrder, route: Route) -> CreateBody:
    _check(order, route)
    return CreateBody(
        order.ticker, order.side, format_qty(order.qty), format_pips(order.price),
        TIFS[order.tif], order.self_trade.value, order.client_order_id, order.expiration_s,
        order.post_only, order.reduce_only, order.cancel_on_pause, order.group_id,
        route.subaccount, route.exchange_index,
    )  # fmt: skip


def _count(qty: int, field: str, least: int = QTY_GRAIN) -> None:
    if not least <= qty <= QTY_MAX or qty % QTY_GRAIN:
        text = f"kalshi: {field} {format_qty(qty)} is no size in hundredths of a contract"
        raise VenueRejected(text, "invalid_order_size", field)


def _check(order: NewOrder, route: Route) -> None:
    """The venue's field rules (7.2)."""
    _routed(route)
    _count(order.qty, "count")
    rests = order.tif is TimeInForce.GTC
    client_id = order.client_order_id
    broken = {
        "ticker": not order.ticker,
        "side": order.side not in ("bid", "ask"),
        "price": not 0 < order.price < PRICE_MAX,
        "client_order_id": not client_id.isascii() or not 0 < len(client_id) <= CLIENT_ID_MAX,
        "expiration_time": order.expiration_s is not None and not rests,
        "post_only": order.post_only and not rests,
        "reduce_only": order.reduce_only and order.tif is not TimeInForce.IOC,
    }
    for field, is_broken in broken.items():
        if is_broken:
            reason = "invalid_price" if field == "price" else "invalid_order"
            raise VenueRejected(
                f"kalshi order {client_id[:CLIENT_ID_MAX]}: {field} breaks a rule of the venue;"
                " it was not sent", reason, field,
            )  # fmt: skip
