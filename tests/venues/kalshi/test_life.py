"""Our client lives through a day on the simulated Kalshi: the two share no code but the units.

Both legs, partial fill, amend, decrease, cancel, reconnect in the middle, every fault that an order
can meet, and at the end our fills and the venue's cash agree to the micro-dollar.
"""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import anyio
import pytest

from arbees.messages import events as ev
from arbees.messages.commands import CancelOrder, LegSide, PlaceOrder, TimeInForce
from arbees.messages.requests import RequestKind
from arbees.pipeline.backoff import Backoff, BackoffPolicy
from arbees.pipeline.sockets import SocketFeed
from arbees.units import NS_PER_S, cost_ceil
from arbees.venues.egress import target_of
from arbees.venues.http1 import Http1Pool, PoolPolicy
from arbees.venues.kalshi import funds, groups, orders, reads, replies
from arbees.venues.kalshi import queries as ask
from arbees.venues.kalshi.auth import KalshiSigner, Presigned
from arbees.venues.kalshi.client import KalshiClient
from arbees.venues.kalshi.feed import private_plan
from arbees.venues.kalshi.gateway import KalshiGateway
from arbees.venues.kalshi.orders import NewOrder, Route, client_id_of
from arbees.venues.kalshi.shards import Shards
from arbees.venues.kalshi.stop import cancel_everything
from tests.loopback import until
from tests.simulator.kalshi.bench import BTC, FED, Bench, bench
from tests.venues.kalshi.venue import Inbox

pytestmark = pytest.mark.anyio
CONTRACT = 1_000_000
GTC, IOC, FOK = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK
WEDNESDAY = 1_795_622_400 * NS_PER_S
CONN = 9


class Noon:
    """Runs as the wall does, from a Wednesday noon: no test meets the Thursday pause."""

    def __init__(self) -> None:
        self._ahead = WEDNESDAY - time.time_ns()

    def now_ns(self) -> int:
        return time.time_ns() + self._ahead

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


class Life(Inbox):
    """Our side of one account: gateway, private socket, and what they told."""

    def __init__(self, venue: Bench, key: str) -> None:
        super().__init__()
        self.venue = venue
        self.clock = Noon()
        venue.venue.desk.clock = self.clock.now_ns
        issued = venue.venue.rsa_key if key == "rsa" else venue.venue.key
        self.signer = KalshiSigner(issued.id, issued.pem.encode())
        base = str(venue.http.make_url("")).rstrip("/")
        self.pool = Http1Pool(target_of(base), PoolPolicy(2, backoff=BackoffPolicy(0.01, 0.05)))
        self.client = KalshiClient(
            self.pool, self.pool, self.pool.target.authority, Presigned(self.signer), self.clock,
            time.time_ns,
        )  # fmt: skip
        self.shards = Shards({FED: 0, BTC: 2})
        self.gateway = KalshiGateway(
            self.client, self, self.clock, self.shards, lambda: False, CONN
        )
        plan = private_plan(
            base.replace("http", "ws", 1) + "/trade-api/ws/v2", self.signer, time.time_ns, CONN
        )
        backoff = Backoff(BackoffPolicy(0.01, 0.05), Random(1).random)
        self.socket = SocketFeed(plan, self, self.clock, backoff)
        self.number = 0
        self.reasons: dict[str, str] = {}

    def take_outgoing(self, conn_id: int) -> list[bytes]:
        return self.session.outgoing() if self.session else []

    def last_seen_ns(self, ix: int) -> int:
        return 0

    def levels(self, ix: int) -> None:
        return None

    def ask_again(self, conn_id: int, ixs: Sequence[int]) -> None:
        pass

    def place(
        self, side: LegSide, price: int, contracts: int, tif: TimeInForce = IOC, ticker: str = FED
    ) -> str:
        self.number += 1
        order_id = f"life-{self.number}-0"
        command = PlaceOrder(
            order_id, f"life-{self.number}", 0, "kalshi", ticker, side, price,
            contracts * CONTRACT, tif, self.clock.now_ns(),
        )  # fmt: skip
        self.gateway.submit([command], self.clock.now_ns())
        return order_id

    async def end(self, order_id: str) -> str:
        await until(lambda: self.answers(order_id)[-1:] in (["done"], ["rejected"]))
        await until(lambda: order_id not in self.gateway.working)
        last = [e for e in self.events if isinstance(e, ev.OrderAnswer) and e.order_id == order_id]
        self.reasons[order_id] = last[-1].reason
        return self.answers(order_id)[-1]

    def filled(self, order_id: str) -> int:
        fills = {e.fill_id: e.qty for e in self.events
                 if isinstance(e, ev.FillReport) and e.order_id == order_id}  # fmt: skip
        return sum(fills.values()) // CONTRACT

    def cancel(self, order_id: str) -> None:
        self.gateway.submit(
            [CancelOrder(order_id, "kalshi", self.clock.now_ns())], self.clock.now_ns()
        )

    async def fault(self, name: str, **more: Any) -> None:
        body = {"name": name, "venue": "kalshi", **more}
        async with self.venue.http.post("/control/faults", json=body) as answer:
            assert answer.status == 200, await answer.text()

    def fills(self) -> list[ev.FillReport]:
        found = {e.fill_id: e for e in self.events if isinstance(e, ev.FillReport)}
        return list(found.values())


@asynccontextmanager
async def life(key: str = "ed25519", **options: Any) -> AsyncIterator[Life]:
    async with bench(**options) as venue:
        made = Life(venue, key)
        venue.liquidity({47: 300, 46: 100}, {52: 30, 53: 100})
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(made.pool.run)
            tasks.start_soon(made.socket.run)
            await made.pool.wait_warm()
            await made.socket.is_up.wait()
            await made.client.check_clock()
            await made.client.refresh()
            tasks.start_soon(made.gateway.run)
            await anyio.lowlevel.checkpoint()
            yield made
            tasks.cancel_scope.cancel()


@pytest.mark.parametrize("key", ["rsa", "ed25519"])
async def test_both_legs_and_the_books_agree(key: str) -> None:
    async with life(key) as us:
        before = us.venue.balance()
        yes = us.place(LegSide.YES, 5_300, 50)
        no = us.place(LegSide.NO, 5_400, 10)
        assert (await us.end(yes), await us.end(no)) == ("done", "done")
        assert (us.filled(yes), us.filled(no)) == (50, 10)
        assert us.gateway.lookups == 0, "the socket told it all"
        bought, sold = ({f.fill_id for f in us.fills() if f.order_id == o} for o in (yes, no))
        assert (len(bought), len(sold)) == (2, 1)
        paid = sum(cost_ceil(f.price, f.qty) + f.fee for f in us.fills() if f.order_id == yes)
        got = sum(f.price * f.qty // 10_000 - f.fee for f in us.fills() if f.order_id == no)
        assert us.venue.balance() == before - paid + got
        assert await funds.read_balances(us.client, us.shards) == sum(us.shards.cash.values())
        (held,) = reads.decode_positions(await us.client.read(ask.positions_request())).rows
        assert (held.ticker, held.qty) == (FED, 40 * CONTRACT)
        seen = [e.qty for e in us.events if isinstance(e, ev.PositionSeen)]
        assert seen[-1] == held.qty


async def test_resting_partly_filled_amended_decreased_cancelled() -> None:
    async with life(read_lag_ms=150) as us:
        order_id = us.place(LegSide.YES, 4_800, 20, GTC)
        await until(lambda: us.answers(order_id) == ["accepted"])
        await us.venue.order("ask", "0.4800", "5.00", other=True)
        await until(lambda: us.filled(order_id) == 5)
        assert us.session is not None
        venue_id = us.session.tracker.venue_id(order_id)
        assert venue_id is not None
        changed = NewOrder(FED, "bid", 30 * CONTRACT, 4_900, GTC, client_id_of(order_id))
        answer = await us.client.send(orders.amend(venue_id, changed, Route(0)))
        amended = replies.decode_changed(answer, RequestKind.ORDER, order_id)
        assert amended.qty_left == 25 * CONTRACT
        answer = await us.client.send(orders.decrease(venue_id, Route(0), to=10 * CONTRACT))
        assert replies.decode_changed(answer, RequestKind.ORDER, order_id).qty_left == 10 * CONTRACT
        us.cancel(order_id)
        assert await us.end(order_id) == "done"
        assert us.filled(order_id) == 5


async def test_a_socket_lost_in_the_middle_loses_no_fill() -> None:
    async with life() as us:
        order_id = us.place(LegSide.YES, 4_800, 20, GTC)
        await until(lambda: us.answers(order_id) == ["accepted"])
        generation = us.socket.status.generation
        us.socket.drop("test")
        await us.venue.order("ask", "0.4800", "20.00", other=True)
        assert await us.end(order_id) == "done"
        assert us.filled(order_id) == 20
        assert us.socket.status.generation > generation


NOT_SEEN = ("html", "server_error", "throttle", "maintenance", "clock_skew")
"""Faults before the venue does anything."""
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("lost_ack", {"match": "POST /trade-api"}),
    ("late_ack", {"match": "POST /trade-api", "ms": 50}),
    ("html", {"match": "POST /trade-api"}),
    ("server_error", {"match": "POST /trade-api"}),
    ("slow", {"match": "POST /trade-api", "ms": 50}),
    ("schema_drift", {"match": "POST /trade-api", "field": "order_id", "to": "id"}),
    ("gap", {}),
    ("duplicate", {}),
    ("reorder", {}),
    ("disconnect", {}),
    ("freeze_socket", {}),
    ("throttle", {"match": "POST /trade-api"}),
    ("maintenance", {"match": "POST /trade-api"}),
    ("clock_skew", {"match": "events/orders"}),
]


@pytest.mark.parametrize(("name", "how"), FAULTS)
async def test_with_each_fault_once_the_end_is_the_venues_truth(
    name: str, how: dict[str, Any]
) -> None:
    async with life(read_lag_ms=50) as us:
        before = us.venue.balance()
        await us.fault(name, **how)
        order_id = us.place(LegSide.YES, 5_200, 10)
        # Where the venue never saw it, only reads 75 s later prove so: not waited for here.
        with anyio.move_on_after(0.7 if name in NOT_SEEN else 20.0):
            await us.end(order_id)
        known = list(us.venue.venue.desk.exchange.orders)
        paid = sum(cost_ceil(f.price, f.qty) + f.fee for f in us.fills())
        assert us.venue.balance() == before - paid
        assert bool(known) == (name not in NOT_SEEN)
        if known:
            assert us.answers(order_id)[-1] == "done"
            assert us.filled(order_id) == 10
        elif name == "clock_skew":
            assert us.answers(order_id) == ["rejected"]
            assert us.client.clock_error
        else:
            assert us.answers(order_id) == ["unknown"]
            assert order_id in us.gateway.working


async def test_partly_filled_then_cancelled_by_the_venue() -> None:
    async with life(read_lag_ms=50) as us:
        await us.fault("partial_then_cancel")
        order_id = us.place(LegSide.YES, 4_000, 8, GTC)
        assert await us.end(order_id) == "done"
        assert us.filled(order_id) == 4


async def test_refusals_of_the_venue() -> None:
    async with life() as us:
        cases = {
            us.place(LegSide.YES, 5_205, 1): "invalid_price",
            us.place(LegSide.YES, 9_000, 900_000_0): "insufficient_balance",
            us.place(LegSide.YES, 5_300, 9_999, FOK): "fill_or_kill_insufficient_resting_volume",
            us.place(LegSide.YES, 5_000, 1, ticker="NOSUCH"): "market_not_found",
        }
        for order_id, reason in cases.items():
            assert await us.end(order_id) == "rejected"
            assert us.reasons[order_id] == reason


async def test_groups_and_stopping() -> None:
    async with life(read_lag_ms=150) as us:
        answer = await us.client.send(groups.create_group(100 * CONTRACT, Route(0)))
        made = groups.decode_group_made(replies.check(answer, RequestKind.WRITE, "order group"))
        grouped = NewOrder(
            FED, "bid", 5 * CONTRACT, 4_000, GTC, client_id_of("g-1-0"),
            group_id=made.order_group_id,
        )  # fmt: skip
        answer = await us.client.send(orders.create(grouped, Route(0)))
        assert replies.decode_created(answer, "g").qty_left == 5 * CONTRACT
        answer = await us.client.send(groups.trigger_group(made.order_group_id))
        replies.check(answer, RequestKind.CANCEL, "trigger")
        await until(lambda: any(isinstance(e, ev.OrderGroupSeen) for e in us.events))
        resting = [us.place(LegSide.YES, 4_000 + 100 * n, 1, GTC) for n in range(3)]
        await until(lambda: all(us.answers(order_id) == ["accepted"] for order_id in resting))
        assert await cancel_everything(us.client, us.clock) == 0
        for order_id in resting:
            assert await us.end(order_id) == "done"


async def test_another_shard_needs_its_own_cash() -> None:
    async with life() as us:
        us.venue.liquidity({40: 10}, {45: 10}, BTC)
        first = us.place(LegSide.YES, 4_500, 2, ticker=BTC)
        assert await us.end(first) == "rejected"
        assert us.reasons[first] == "insufficient_balance"
        await funds.move_cash(us.client, us.clock, us.shards, 2, 10 * CONTRACT)
        second = us.place(LegSide.YES, 4_500, 2, ticker=BTC)
        assert await us.end(second) == "done"
        assert us.filled(second) == 2
