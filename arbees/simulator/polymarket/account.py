"""CLOB calls that need a wallet or a key: keys, orders, cancels, what is open, balances.

One rule: who asks is checked before anything else, on the exact bytes that came.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from arbees.simulator.faults import Faults
from arbees.simulator.polymarket.desk import Desk
from arbees.simulator.polymarket.errors import Problem, problem
from arbees.simulator.polymarket.gamma import cursor_of, position_of
from arbees.simulator.polymarket.keys import Credentials, Keys
from arbees.simulator.polymarket.limits import Limits
from arbees.simulator.polymarket.listing import CRYPTO_DELAY_NS
from arbees.simulator.polymarket.orders import Placed
from arbees.simulator.polymarket.shapes import Body, open_order, refused_leg, trade_body
from arbees.units import NS_PER_S

BATCH_MOST = 15
CANCELS_MOST = 1_000
PAGE = 500
END = "LTE="


class Account:
    """Routes over a desk and its keys."""

    def __init__(
        self, desk: Desk, keys: Keys, limits: Limits, faults: Faults, now_ns: Callable[[], int],
        speed: float,
    ) -> None:  # fmt: skip
        self._desk, self._keys, self._limits = desk, keys, limits
        self._faults, self._now_ns, self._speed = faults, now_ns, speed

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.post("/auth/api-key", self._create), web.delete("/auth/api-key", self._delete),
            web.get("/auth/derive-api-key", self._derive), web.get("/auth/api-keys", self._list),
            web.get("/auth/ban-status/closed-only", self._closed_only),
            web.post("/order", self._order), web.post("/orders", self._orders),
            web.delete("/order", self._cancel), web.delete("/orders", self._cancel_many),
            web.delete("/cancel-all", self._cancel_all),
            web.delete("/cancel-market-orders", self._cancel_market),
            web.get("/data/order/{id}", self._open_order), web.get("/data/orders", self._open),
            web.get("/data/trades", self._trades), web.post("/v1/heartbeats", self._heartbeat),
            web.get("/balance-allowance", self._balance),
            web.get("/balance-allowance/update", self._update),
            web.get("/v1/user/rate-limit-tier", self._tier),
            web.get("/notifications", self._notifications),
        ]  # fmt: skip

    def _now_s(self, request: web.Request) -> int:
        fault = self._faults.take("clock_skew", "polymarket", request.path)
        return self._now_ns() // NS_PER_S + (fault.number("ms", 120_000) // 1000 if fault else 0)

    async def _owner(self, request: web.Request) -> Credentials:
        """Raises Problem 401."""
        body = await request.read()
        path = request.rel_url.raw_path
        return self._keys.owner(request.headers, request.method, path, body, self._now_s(request))

    async def _said(self, request: web.Request) -> tuple[Credentials, Any]:
        owner = await self._owner(request)
        try:
            return owner, json.loads(await request.read())
        except ValueError:
            raise problem("payload") from None

    async def _create(self, request: web.Request) -> web.Response:
        wallet = self._keys.wallet(request.headers, self._now_s(request))
        return web.json_response(self._keys.create(*wallet).body())

    async def _derive(self, request: web.Request) -> web.Response:
        wallet = self._keys.wallet(request.headers, self._now_s(request))
        return web.json_response(self._keys.derive(*wallet).body())

    async def _list(self, request: web.Request) -> web.Response:
        owner = await self._owner(request)
        return web.json_response({"apiKeys": self._keys.of(owner.address)})

    async def _delete(self, request: web.Request) -> web.Response:
        self._keys.delete((await self._owner(request)).key)
        return web.json_response("OK")

    async def _closed_only(self, request: web.Request) -> web.Response:
        owner = await self._owner(request)
        named = owner.address.lower() in self._desk.wallets.closed_only
        closed = named or self._faults.active("closed_only", "polymarket")
        return web.json_response({"closed_only": closed})

    async def _place(self, body: Any, owner: Credentials) -> Body:
        """One order to its answer. Raises Problem."""
        placed = self._desk.admit(body, owner, self._now_ns())
        if placed.listing.takes_50ms and self._desk.crosses(placed):
            await asyncio.sleep(CRYPTO_DELAY_NS / NS_PER_S / self._speed)
        now_ns = self._now_ns()
        wait_ns = self._desk.delay_of(placed)
        if wait_ns:
            return self._desk.delay(placed, int(wait_ns / self._speed), now_ns)
        return self._desk.execute(placed, now_ns)

    async def _order(self, request: web.Request) -> web.Response:
        owner, body = await self._said(request)
        headers = self._limits.charge(owner.address, "orders", 1, self._now_ns())
        return web.json_response(await self._place(body, owner), headers=headers)

    async def _orders(self, request: web.Request) -> web.Response:
        owner, bodies = await self._said(request)
        if not isinstance(bodies, list) or not bodies:
            raise problem("payload")
        if len(bodies) > BATCH_MOST:
            raise problem("too_many", count=len(bodies), most=BATCH_MOST)
        headers = self._limits.charge(owner.address, "orders", len(bodies), self._now_ns())
        said = []
        for body in bodies:
            try:
                said.append(await self._place(body, owner))
            except Problem as refused:
                if refused.status in (403, 425, 503):
                    raise
                said.append(refused_leg(refused.text))
        return web.json_response(said, headers=headers)

    def _end(self, ids: list[str], owner: Credentials, cost: int) -> web.Response:
        now_ns = self._now_ns()
        headers = self._limits.charge(owner.address, "cancels", cost, now_ns)
        return web.json_response(self._desk.cancel(ids, owner, now_ns), headers=headers)

    async def _cancel(self, request: web.Request) -> web.Response:
        owner, body = await self._said(request)
        if not isinstance(body, dict) or not isinstance(body.get("orderID"), str):
            raise problem("payload")
        return self._end([body["orderID"]], owner, 1)

    async def _cancel_many(self, request: web.Request) -> web.Response:
        owner, ids = await self._said(request)
        if not isinstance(ids, list) or not all(isinstance(i, str) for i in ids):
            raise problem("payload")
        if len(ids) > CANCELS_MOST:
            raise problem("too_many", count=len(ids), most=CANCELS_MOST)
        return self._end(ids, owner, len(ids))

    async def _cancel_all(self, request: web.Request) -> web.Response:
        owner = await self._owner(request)
        ids = [placed.id for placed in self._desk.open_of(owner.key)]
        return self._end(ids, owner, 1 + len(ids))

    async def _cancel_market(self, request: web.Request) -> web.Response:
        owner, body = await self._said(request)
        if not isinstance(body, dict):
            raise problem("payload")
        market, token = body.get("market"), body.get("asset_id")
        ids = [
            p.id for p in self._desk.open_of(owner.key) if _fits(p, market or "", token or "", "")
        ]
        return self._end(ids, owner, 1 + len(ids))

    async def _open_order(self, request: web.Request) -> web.Response:
        owner = await self._owner(request)
        placed = self._desk.placed.get(request.match_info["id"])
        open_now = placed is not None and (placed.is_open or placed.delayed)
        if placed is None or placed.owner.key != owner.key or not open_now:
            raise problem("no_order")
        return web.json_response(open_order(placed))

    async def _open(self, request: web.Request) -> web.Response:
        owner = await self._owner(request)
        wanted = [request.query.get(name, "") for name in ("market", "asset_id", "id")]
        rows = [open_order(p) for p in self._desk.open_of(owner.key) if _fits(p, *wanted)]
        return _page(request, rows)

    async def _trades(self, request: web.Request) -> web.Response:
        owner = await self._owner(request)
        orders = self._desk.placed
        rows = [
            trade_body(deal, owner.key, orders)
            for deal in self._desk.deals.all.values()
            if any(orders[i].owner.key == owner.key for i in deal.order_ids())
        ]
        return _page(request, [row for row in rows if _trade_fits(row, request)])

    async def _heartbeat(self, request: web.Request) -> web.Response:
        owner, body = await self._said(request)
        said = body.get("heartbeat_id") if isinstance(body, dict) else None
        if not isinstance(said, str):
            raise problem("payload")
        following = self._desk.hearts.beat(owner.key, said, self._now_ns())
        return web.json_response({"heartbeat_id": following})

    async def _balance(self, request: web.Request) -> web.Response:
        owner = await self._owner(request)
        query, desk = request.query, self._desk
        kind = query.get("signature_type", "0")
        if not kind.isdecimal():
            raise problem("bad_payload")
        account = desk.wallets.of(owner.address, int(kind))
        if query.get("asset_type") == "COLLATERAL":
            balance = desk.exchange.accounts.balance(account)
        else:
            listing = desk.board.by_token.get(query.get("token_id", ""))
            if listing is None:
                raise problem("token")
            outcome = listing.tokens.index(query["token_id"])
            holding = desk.exchange.holding(account, listing.condition)
            balance = holding.qty[outcome] - holding.unsettled[outcome]
        allowances = desk.wallets.allowances(account)
        return web.json_response({"balance": str(balance), "allowances": allowances})

    async def _update(self, request: web.Request) -> web.Response:
        await self._owner(request)
        return web.Response()

    async def _tier(self, request: web.Request) -> web.Response:
        await self._owner(request)
        return web.json_response({"tier": self._limits.tier.name})

    async def _notifications(self, request: web.Request) -> web.Response:
        await self._owner(request)
        return web.json_response([])


def _fits(placed: Placed, market: str, token: str, order_id: str) -> bool:
    """Empty fits everything."""
    return (
        market in ("", placed.listing.condition)
        and token in ("", placed.token)
        and order_id in ("", placed.id)
    )


def _trade_fits(row: Body, request: web.Request) -> bool:
    query = request.query
    named = all(
        row[field] == query[name]
        for name, field in (("id", "id"), ("market", "market"), ("asset_id", "asset_id"))
        if name in query
    )
    makers = [row["maker_address"], *(m["maker_address"] for m in row["maker_orders"])]
    address = query.get("maker_address", "").lower()
    at = int(row["match_time"])
    return (
        named
        and (not address or address in (m.lower() for m in makers))
        and int(query.get("after", 0)) <= at
        and at <= int(query.get("before", at))
    )


def _page(request: web.Request, rows: list[Body]) -> web.Response:
    start = position_of(request.query.get("next_cursor", ""))
    page = rows[start : start + PAGE]
    cursor = cursor_of(start + PAGE) if start + PAGE < len(rows) else END
    head = {"limit": PAGE, "count": len(page), "next_cursor": cursor}
    return web.json_response({**head, "data": page})
