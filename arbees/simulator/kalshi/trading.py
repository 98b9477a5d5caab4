"""Order mutations: create, batch, cancel, cancel all, amend, decrease (kalshi.md section 7).

One rule: the exchange decides; here its answer only gets the venue's words and status codes.
"""

import asyncio
from dataclasses import replace
from typing import Any

from aiohttp import web

from arbees.simulator.exchange.core import Events
from arbees.simulator.exchange.events import refusal
from arbees.simulator.exchange.orders import Order, Reason, Status, Terms
from arbees.simulator.kalshi import parse, shapes
from arbees.simulator.kalshi.desk import Desk
from arbees.simulator.kalshi.errors import Problem, bad_request, invalid_order, not_found, problem
from arbees.simulator.kalshi.publish import Publisher
from arbees.units import NS_PER_S, PIPS_PER_DOLLAR

Body = dict[str, Any]
SWEEP_NS = 60 * NS_PER_S
"""Cancel-all also takes orders that arrive within the next minute."""
PARTIAL_MS = 20


class Trading:
    """One method per operation; each returns the body of a success or raises Problem."""

    def __init__(self, desk: Desk, publisher: Publisher) -> None:
        self._desk = desk
        self._publisher = publisher
        self._swept: dict[str, int] = {}

    def _say(self, events: Events) -> None:
        self._publisher.publish(events)
        self._publisher.publish(self._publisher.groups.settle())

    def _done(self, events: Events) -> None:
        refused = refusal(events)
        if refused is not None:
            raise problem(refused)
        self._say(events)

    def _routed(self, ticker: str, index: int | None) -> None:
        """An explicit shard that is not the market's knows no such market."""
        market = self._desk.exchange.markets.get(ticker)
        if market is None or (index is not None and index >= 0 and index != market.shard):
            raise Problem(404, "market_not_found")

    def _group_open(self, terms: Terms) -> None:
        if not terms.group:
            return
        group = self._publisher.groups.of(terms.account, terms.group)
        if group is None or group.triggered:
            raise invalid_order(
                "order group not found" if group is None else "order group triggered"
            )

    def create(self, body: Body, user: str) -> Body:
        now = self._desk.now_ns()
        terms = parse.create(body, user, now)
        self._routed(terms.market, parse.whole(body, "exchange_index", "CreateOrderV2Request"))
        self._group_open(terms)
        order_id = self._desk.new_id()
        self._done(self._desk.exchange.submit(terms, order_id, now))
        order = self._desk.exchange.orders[order_id]
        answer = shapes.acknowledgement(order, now)
        if order.status is Status.RESTING and self._swept.get(terms.account, 0) > now:
            self._say(self._desk.exchange.cancel(order_id, now))
        self._spoil(order)
        return answer

    def _spoil(self, order: Order) -> None:
        """The fault partial_then_cancel: after the answer half is filled, the rest is cancelled."""
        ticker = order.terms.market
        fault = self._desk.faults.take("partial_then_cancel", "kalshi", ticker)
        if fault is None or order.status is not Status.RESTING:
            return

        def later() -> None:
            now = self._desk.now_ns()
            grain = self._desk.exchange.markets[ticker].qty_grain
            self._say(
                self._desk.exchange.nibble(order.id, order.remaining // 2 // grain * grain, now)
            )
            self._say(self._desk.exchange.cancel(order.id, now, reason=Reason.VENUE))
            self._publisher.hub.kick()

        asyncio.get_running_loop().call_later(fault.seconds(PARTIAL_MS), later)

    def batch(self, body: Body, user: str) -> Body:
        """One entry per item, its error inline and flat."""
        return {"orders": [self._item(row, user) for row in rows_of(body)]}

    def _item(self, row: Body, user: str) -> Body:
        empty = {
            "order_id": None, "client_order_id": row.get("client_order_id"), "fill_count": None,
            "remaining_count": None, "ts_ms": None,
        }  # fmt: skip
        try:
            return {**self.create(row, user), "error": None}
        except Problem as error:
            return {**empty, "error": error.flat()}

    def _find(self, order_id: str, user: str, subaccount: int | None, route: Body) -> Order:
        """A user's resting order. Without a route only shard 0 is looked at."""
        order = self._desk.exchange.orders.get(order_id)
        if order is None or order.terms.account != parse.account(user, subaccount):
            raise not_found()
        market = self._desk.exchange.markets[order.terms.market]
        index = route.get("exchange_index")
        named = route.get("market_ticker") == market.name or index in (market.shard, -1)
        if market.shard != 0 and not named:
            raise not_found()
        return order

    def cancel(self, order_id: str, user: str, subaccount: int | None, route: Body) -> Body:
        order = self._find(order_id, user, subaccount, route)
        now, left = self._desk.now_ns(), order.remaining
        self._done(self._desk.exchange.cancel(order_id, now, account=order.terms.account))
        body: Body = {
            "order_id": order_id, "reduced_by": shapes.count(left), "ts_ms": shapes.ms(now)
        }  # fmt: skip
        if order.terms.tag:
            body["client_order_id"] = order.terms.tag
        return body

    def cancel_batch(self, body: Body, user: str) -> Body:
        out = []
        for row in rows_of(body):
            order_id = parse.text(row, "order_id", "CancelOrderV2Request")
            number = parse.whole(row, "subaccount", "CancelOrderV2Request")
            try:
                out.append({**self.cancel(order_id, user, number, row), "error": None})
            except Problem as error:
                out.append({
                    "order_id": order_id, "client_order_id": None, "reduced_by": "0.00",
                    "ts_ms": None, "error": error.flat(),
                })  # fmt: skip
        return {"orders": out}

    def cancel_all(self, account: str) -> None:
        gate, now = self._desk.exchange.gate, self._desk.now_ns()
        if gate.exchange_paused:
            raise Problem(503, "exchange_unavailable")
        self._swept[account] = now + SWEEP_NS
        mine = self._desk.exchange.resting(account)
        alive = [
            o for o in mine if gate.cancels(self._desk.exchange.markets[o.terms.market]) is None
        ]
        self._say(self._desk.exchange.cancel_many(alive, now, Reason.USER))

    def amend(self, order_id: str, body: Body, user: str, subaccount: int | None) -> Body:
        """`count` is the total, filled included; what must match is checked before anything."""
        struct = "AmendOrderV2Request"
        ticker, side = parse.text(body, "ticker", struct), parse.text(body, "side", struct)
        order = self._find(order_id, user, subaccount, {**body, "market_ticker": ticker})
        was = order.terms
        said = parse.text(body, "client_order_id", struct, needed=False)
        for wrong, name in (
            (ticker != was.market, "order_ticker_mismatch"),
            (side != ("bid", "ask")[was.outcome], "order_side_mismatch"),
            (bool(said) and said != was.tag, "order_id_and_client_order_id_mismatch"),
        ):
            if wrong:
                raise Problem(400, name)
        yes = parse.price(parse.text(body, "price", struct))
        expires = parse.whole(body, "expiration_time", struct)
        kept = was.expires_ns if expires is None else expires * NS_PER_S or None
        tag = parse.text(body, "updated_client_order_id", struct, needed=False) or was.tag
        if tag != was.tag and self._desk.exchange.taken_tag(was.account, tag):
            raise Problem(409, "order_already_exists")
        terms = replace(
            was, price=yes if was.outcome == 0 else PIPS_PER_DOLLAR - yes,
            qty=parse.quantity(parse.text(body, "count", struct)), expires_ns=kept, tag=tag,
        )  # fmt: skip
        now = self._desk.now_ns()
        self._done(self._desk.exchange.amend(order_id, terms, now))
        return shapes.acknowledgement(order, now)

    def decrease(self, order_id: str, body: Body, user: str, subaccount: int | None) -> Body:
        struct = "DecreaseOrderV2Request"
        by = parse.text(body, "reduce_by", struct, needed=False)
        to = parse.text(body, "reduce_to", struct, needed=False)
        if bool(by) == bool(to):
            raise invalid_order("exactly one of reduce_by and reduce_to")
        order = self._find(order_id, user, subaccount, body)
        if by:
            left = max(0, order.remaining - parse.quantity(by))
        else:
            left = 0 if to.strip("0.") == "" else parse.quantity(to)
        now, account = self._desk.now_ns(), order.terms.account
        self._done(self._desk.exchange.decrease(order_id, left, now, account=account))
        return {
            "order_id": order_id, "remaining_count": shapes.count(order.remaining),
            "ts_ms": shapes.ms(now), "client_order_id": order.terms.tag,
        }  # fmt: skip


def rows_of(body: Body) -> list[Body]:
    """The `orders` of a batch. Raises Problem."""
    rows = body.get("orders")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise bad_request("orders is required")
    return rows


def route_of(request: web.Request) -> Body:
    """Where a cancel by id is to look: the market or the shard, where named."""
    index = parse.number_of(request, "exchange_index")
    return {"market_ticker": request.query.get("market_ticker"), "exchange_index": index}
