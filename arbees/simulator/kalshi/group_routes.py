"""Order groups over HTTP (kalshi.md section 7.7)."""

from typing import Any

from aiohttp import web

from arbees.simulator.exchange.core import Events
from arbees.simulator.kalshi import parse, shapes
from arbees.simulator.kalshi.desk import Desk
from arbees.simulator.kalshi.errors import invalid_order, not_found
from arbees.simulator.kalshi.groups import Group
from arbees.simulator.kalshi.publish import Publisher
from arbees.simulator.kalshi.shapes import Body
from arbees.units import QTY_PER_CONTRACT


class GroupRoutes:
    """(request, user) -> answers; groups belong to one subaccount."""

    def __init__(self, desk: Desk, publisher: Publisher) -> None:
        self._desk = desk
        self._publisher = publisher
        self._groups = publisher.groups
        self._groups.say = self._say

    def _say(self, group: Group, kind: str) -> None:
        msg = {
            "event_type": kind, "order_group_id": group.id,
            "contracts_limit_fp": shapes.count(group.limit),
            "ts_ms": shapes.ms(self._desk.now_ns()),
        }  # fmt: skip
        user = shapes.split_account(group.account)[0]
        self._publisher.hub.say("order_group_updates", "order_group_updates", msg, "", user)

    def _find(self, request: web.Request, user: str) -> Group:
        account = parse.account(user, parse.number_of(request, "subaccount"))
        group = self._groups.of(account, request.match_info["group_id"])
        if group is None:
            raise not_found()
        return group

    def _body(self, group: Group) -> Body:
        return {
            "id": group.id, "contracts_limit_fp": shapes.count(group.limit),
            "is_auto_cancel_enabled": not group.triggered, "exchange_index": group.shard,
        }  # fmt: skip

    def listed(self, request: web.Request, user: str) -> Body:
        mine = [g for g in self._groups.groups.values() if g.account.startswith(f"{user}/")]
        return {"order_groups": [self._body(group) for group in mine]}

    def one(self, request: web.Request, user: str) -> Body:
        group = self._find(request, user)
        return {**self._body(group), "orders": self._groups.orders(group)}

    async def create(self, request: web.Request, user: str) -> tuple[int, Body]:
        body = await self._charged(request, user)
        number = parse.whole(body, "subaccount", "CreateOrderGroupRequest") or 0
        shard = parse.whole(body, "exchange_index", "CreateOrderGroupRequest") or 0
        group = self._groups.create(parse.account(user, number), limit_of(body), shard)
        return 201, {"order_group_id": group.id, "subaccount": number, "exchange_index": shard}

    async def _charged(self, request: web.Request, user: str) -> Body:
        self._desk.limits.write(user)
        return await parse.body_of(request)

    def _done(self, events: Events) -> tuple[int, Body]:
        self._publisher.publish(events)
        return 200, {}

    async def delete(self, request: web.Request, user: str) -> tuple[int, Body]:
        await self._charged(request, user)
        return self._done(self._groups.delete(self._find(request, user)))

    async def reset(self, request: web.Request, user: str) -> tuple[int, Body]:
        await self._charged(request, user)
        self._groups.reset(self._find(request, user))
        return 200, {}

    async def trigger(self, request: web.Request, user: str) -> tuple[int, Body]:
        await self._charged(request, user)
        return self._done(self._groups.trigger(self._find(request, user)))

    async def limit(self, request: web.Request, user: str) -> tuple[int, Body]:
        body = await self._charged(request, user)
        return self._done(self._groups.resize(self._find(request, user), limit_of(body)))


def limit_of(body: Body) -> int:
    """`contracts_limit_fp`, or whole `contracts_limit`. Raises Problem."""
    said: Any = body.get("contracts_limit_fp")
    if said is not None:
        return parse.quantity(parse.text(body, "contracts_limit_fp", "OrderGroupRequest"))
    number = parse.whole(body, "contracts_limit", "OrderGroupRequest")
    if number is None or number <= 0:
        raise invalid_order("contracts_limit_fp is required")
    return number * QTY_PER_CONTRACT
