"""The venue's HTTP surface: paths, who may call them and what each costs (kalshi.md 5.1 and 7.1).

One rule: check the key, then the bucket, then do the work; every Problem becomes its answer here.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from arbees.simulator.faults import Fault
from arbees.simulator.kalshi import parse
from arbees.simulator.kalshi.desk import Desk
from arbees.simulator.kalshi.errors import Problem, too_many
from arbees.simulator.kalshi.group_routes import GroupRoutes
from arbees.simulator.kalshi.keys import HEADERS
from arbees.simulator.kalshi.limits import DEFAULT_COST
from arbees.simulator.kalshi.portfolio import Portfolio, endpoint_costs
from arbees.simulator.kalshi.public import Public
from arbees.simulator.kalshi.publish import Publisher
from arbees.simulator.kalshi.subaccounts import Subaccounts
from arbees.simulator.kalshi.trading import Trading, route_of, rows_of
from arbees.units import NS_PER_MS

Body = dict[str, Any]
REST = "/trade-api/v2"
ORDERS = "/portfolio/events/orders"
Read = Callable[[web.Request, str], Body]
Write = Callable[[web.Request, str], Awaitable[tuple[int, Body | None]]]


class Routes:
    """Builds every route but the socket's."""

    def __init__(self, desk: Desk, publisher: Publisher, public: Public) -> None:
        self._desk, self._publisher, self._public = desk, publisher, public
        self._trading = Trading(desk, publisher)
        self._portfolio = Portfolio(desk)
        self.count = 0

    def user(self, request: web.Request) -> str:
        return self._desk.keys.user_of(request, self._desk.wall() // NS_PER_MS)

    def _open(self, path: str, work: Callable[[web.Request], Body]) -> web.RouteDef:
        async def handler(request: web.Request) -> web.Response:
            self.count += 1
            try:
                self._admit(request)
                return web.json_response(work(request))
            except Problem as problem:
                return problem.answer()

        return web.get(f"{REST}{path}", handler)

    def _admit(self, request: web.Request) -> None:
        """Public reads need no key; who signs is charged as who they are."""
        rate = self._desk.options.anonymous_rate
        if HEADERS[0] in request.headers:
            self._desk.limits.read(self.user(request))
        elif rate is not None:
            self._desk.limits.anonymous(str(request.remote), rate)

    def _read(self, path: str, work: Read, cost: int = DEFAULT_COST) -> web.RouteDef:
        async def handler(request: web.Request) -> web.Response:
            self.count += 1
            try:
                user = self.user(request)
                self._desk.limits.read(user, cost)
                return web.json_response(work(request, user))
            except Problem as problem:
                return problem.answer()

        return web.get(f"{REST}{path}", handler)

    def _write(self, method: str, path: str, work: Write) -> web.RouteDef:
        async def handler(request: web.Request) -> web.Response:
            self.count += 1
            try:
                user = self.user(request)
                self._desk.keys.may_write(request)
                status, body = await work(request, user)
            except Problem as problem:
                return problem.answer()
            finally:
                self._publisher.hub.kick()
            return (
                web.Response(status=status)
                if body is None
                else web.json_response(body, status=status)
            )

        return web.route(method, f"{REST}{path}", handler)

    async def _create(self, request: web.Request, user: str) -> tuple[int, Body]:
        body = await parse.body_of(request)
        self._desk.limits.write(user, 10, shard_of(body))
        return 201, self._trading.create(body, user)

    async def _batch(self, request: web.Request, user: str) -> tuple[int, Body]:
        body = await parse.body_of(request)
        self._desk.limits.write(user, 10 * len(rows_of(body)))
        return 201, self._trading.batch(body, user)

    async def _cancel(self, request: web.Request, user: str) -> tuple[int, Body]:
        route = route_of(request)
        self._desk.limits.write(user, 2, route["exchange_index"])
        number = parse.number_of(request, "subaccount")
        return 200, self._trading.cancel(request.match_info["order_id"], user, number, route)

    async def _cancel_batch(self, request: web.Request, user: str) -> tuple[int, Body]:
        body = await parse.body_of(request)
        self._desk.limits.write(user, 2 * len(rows_of(body)))
        return 200, self._trading.cancel_batch(body, user)

    async def _cancel_all(self, request: web.Request, user: str) -> tuple[int, Body | None]:
        self._desk.limits.write(user, 2)
        self._trading.cancel_all(parse.account(user, parse.number_of(request, "subaccount")))
        return 204, None

    async def _amend(self, request: web.Request, user: str) -> tuple[int, Body]:
        self._desk.limits.write(user)
        body = await parse.body_of(request)
        number = parse.number_of(request, "subaccount")
        return 200, self._trading.amend(request.match_info["order_id"], body, user, number)

    async def _decrease(self, request: web.Request, user: str) -> tuple[int, Body]:
        self._desk.limits.write(user)
        body = await parse.body_of(request)
        number = parse.number_of(request, "subaccount")
        return 200, self._trading.decrease(request.match_info["order_id"], body, user, number)

    async def _transfer(self, request: web.Request, user: str) -> tuple[int, Body]:
        self._desk.limits.write(user)
        return 200, self._portfolio.transfer(await parse.body_of(request), user)

    async def _gone(self, request: web.Request, user: str) -> tuple[int, Body]:
        raise Problem(410, "deprecated_v1_order_endpoint")

    def trading(self) -> list[web.AbstractRouteDef]:
        one = f"{ORDERS}/{{order_id}}"
        old = "/portfolio/orders"
        return [
            self._write("POST", f"{ORDERS}/batched", self._batch),
            self._write("DELETE", f"{ORDERS}/batched", self._cancel_batch),
            self._write("POST", ORDERS, self._create),
            self._write("DELETE", ORDERS, self._cancel_all),
            self._write("DELETE", one, self._cancel),
            self._write("POST", f"{one}/amend", self._amend),
            self._write("POST", f"{one}/decrease", self._decrease),
            *(self._write(method, path, self._gone) for method, path in (
                ("POST", old), ("POST", f"{old}/batched"), ("DELETE", f"{old}/batched"),
                ("DELETE", f"{old}/{{order_id}}"), ("POST", f"{old}/{{order_id}}/amend"),
                ("POST", f"{old}/{{order_id}}/decrease"),
            )),
        ]  # fmt: skip

    def private(self) -> list[web.AbstractRouteDef]:
        reads = self._portfolio
        groups = GroupRoutes(self._desk, self._publisher)
        base, one = "/portfolio/order_groups", "/portfolio/order_groups/{group_id}"
        return [
            self._read("/portfolio/orders", reads.orders),
            self._read("/portfolio/orders/queue_positions", reads.queue_positions),
            self._read("/portfolio/orders/{order_id}", reads.order, 2),
            self._read("/portfolio/orders/{order_id}/queue_position", reads.queue_position),
            self._read("/portfolio/fills", reads.fills),
            self._read("/portfolio/positions", reads.positions),
            self._read("/portfolio/settlements", reads.settlements),
            self._read("/portfolio/balance", reads.balance),
            self._read("/portfolio/summary/total_resting_order_value", reads.resting_value),
            *self._subaccounts(),
            self._read("/portfolio/intra_exchange_instance_transfers", reads.transfers),
            self._write("POST", "/portfolio/intra_exchange_instance_transfer", self._transfer),
            self._read("/account/limits", reads.limits),
            self._read(base, groups.listed),
            self._read(one, groups.one),
            self._write("POST", f"{base}/create", groups.create),
            self._write("DELETE", one, groups.delete),
            self._write("PUT", f"{one}/reset", groups.reset),
            self._write("PUT", f"{one}/trigger", groups.trigger),
            self._write("PUT", f"{one}/limit", groups.limit),
        ]

    def _subaccounts(self) -> list[web.AbstractRouteDef]:
        made, base = Subaccounts(self._desk), "/portfolio/subaccounts"
        return [
            self._write("POST", base, made.create),
            self._write("POST", f"{base}/transfer", made.transfer),
            self._read(f"{base}/balances", made.balances),
            self._read(f"{base}/transfers", made.transfers),
            self._read(f"{base}/netting", made.netting),
            self._write("PUT", f"{base}/netting", made.set_netting),
        ]

    def open(self) -> list[web.AbstractRouteDef]:
        see = self._public
        return [
            self._open("/exchange/status", lambda _: see.status()),
            self._open("/exchange/schedule", lambda _: see.schedule()),
            self._open("/exchange/user_data_timestamp", lambda _: see.as_of()),
            self._open("/series", see.all_series),
            self._open("/series/fee_changes", see.series_fee_changes),
            self._open("/series/{series}", see.one_series),
            self._open("/events", see.events),
            self._open("/events/fee_changes", see.event_fee_changes),
            self._open("/events/{event}", see.event),
            self._open("/markets", see.markets),
            self._open("/markets/orderbooks", see.orderbooks),
            self._open("/markets/trades", see.trades),
            self._open("/markets/{ticker}", see.one_market),
            self._open("/markets/{ticker}/orderbook", see.orderbook),
            self._open("/milestones", see.milestones),
            self._open("/milestones/{id}", lambda r: see.one_of("milestones", "milestone", r)),
            self._open("/structured_targets", see.structured_targets),
            self._open(
                "/structured_targets/{id}",
                lambda r: see.one_of("structured_targets", "structured_target", r),
            ),
            self._open("/historical/cutoff", lambda _: see.cutoff()),
            self._open("/account/endpoint_costs", lambda _: endpoint_costs()),
        ]


def shard_of(body: Body) -> int | None:
    index = body.get("exchange_index")
    return index if isinstance(index, int) and index > 0 else None


def refusals(desk: Desk, public: Public) -> Callable[[Fault], web.StreamResponse]:
    """Kalshi's words for the HTTP faults; outages answer with the status body."""

    def say(fault: Fault) -> web.StreamResponse:
        if fault.name == "throttle":
            return too_many(fault.fired).answer()
        status = fault.number("status", 503 if fault.name == "maintenance" else 500)
        if fault.name == "maintenance":
            down = {"exchange_active": False, "trading_active": False}
            return web.json_response(public.status() | down, status=status)
        return Problem(status, "internal_error").answer()

    return say
