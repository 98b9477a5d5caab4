"""Our Kalshi client on the simulated exchange: a scripted life, and every way it can go wrong.

The simulator shares no code with the client; what the client concludes must equal the simulator's
books to the micro-dollar. Time runs SPEED times as fast on both sides.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import anyio
import pytest

from arbees.messages import events as ev
from arbees.messages.commands import CancelOrder, LegSide, PlaceOrder, TimeInForce
from arbees.messages.frames import Frame
from arbees.units import NS_PER_S
from arbees.venues.egress import target_of
from arbees.venues.http1 import Http1Pool, PoolPolicy
from arbees.venues.kalshi.auth import KalshiSigner, Presigned
from arbees.venues.kalshi.client import KalshiClient
from arbees.venues.kalshi.gateway import KalshiGateway
from arbees.venues.kalshi.private import CHANNELS, KalshiPrivateSession
from arbees.venues.kalshi.shards import Shards
from tests.loopback import until
from tests.simulator.kalshi.bench import FED, WS, Bench, bench
from tests.venues.kalshi.venue import FastClock, Inbox

pytestmark = pytest.mark.anyio
CONTRACT = 1_000_000
CONN = 9
GTC, IOC = TimeInForce.GTC, TimeInForce.IOC


class Life:
    """The client with its gateway, an inbox, and a private socket that can be dropped."""

    def __init__(self, made: Bench, pool: Http1Pool, key: Any) -> None:
        self.made = made
        self.clock = FastClock()
        for name in ("clock", "wall", "steady"):
            setattr(made.venue.desk, name, self.clock.now_ns)
        # at this speed a busy machine's tenth of a second is ten seconds
        made.venue.desk.keys.skew_ms = 120_000
        self.inbox = Inbox()
        self.signer = KalshiSigner(key.id, key.pem.encode())
        self.client = KalshiClient(
            pool, pool, "x", Presigned(self.signer), self.clock, self.clock.now_ns
        )
        self.gateway = KalshiGateway(
            self.client, self.inbox, self.clock, Shards({FED: 0}, subaccount=None),
            lambda: False, CONN,
        )  # fmt: skip
        self.count = 0
        self.generation = 0
        self.subscribed = 0
        self.settled = 0
        self.asked: dict[str, PlaceOrder] = {}

    async def listen(self) -> None:
        """The private socket, dialled again whenever it ends."""
        while True:
            self.generation += 1
            opened = ev.ConnOpened(CONN, "kalshi", "private", self.generation, False, ())
            self.inbox.deliver_event(opened, self.clock.now_ns())
            signed = self.signer.headers("GET", WS, self.clock.now_ns() // 1_000_000)
            with anyio.CancelScope():
                async with self.made.http.ws_connect(WS, headers=signed) as socket:
                    for command in KalshiPrivateSession().subscribe_commands():
                        await socket.send_str(command.decode())
                    async for message in socket:
                        if message.type is not aiohttp.WSMsgType.TEXT:
                            break
                        data = message.data.encode()
                        self.subscribed += b'"subscribed"' in data
                        frame = Frame(CONN, self.generation, self.clock.now_ns(), data)
                        self.inbox.deliver_frame(frame)
            await anyio.sleep(0.01)

    def place(self, side: LegSide, price: int, contracts: int, tif: TimeInForce = IOC) -> str:
        self.count += 1
        order_id = f"e-{self.count}-0"
        command = PlaceOrder(
            order_id, f"e-{self.count}", 0, "kalshi", FED, side, price, contracts * CONTRACT, tif,
            self.clock.now_ns(),
        )  # fmt: skip
        self.asked[order_id] = command
        self.gateway.submit([command], self.clock.now_ns())
        return order_id

    async def meet(self, side: str, price: str, count: str) -> None:
        """The other user's order."""
        status, body = await self.made.order(side, price, count, other=True)
        assert status == 201, body

    def cancel(self, order_id: str) -> None:
        self.gateway.submit([CancelOrder(order_id, "kalshi", 0)], self.clock.now_ns())

    async def ended(self, order_id: str) -> list[str]:
        await until(lambda: order_id not in self.gateway.working)
        return self.inbox.answers(order_id)

    async def rests(self, order_id: str) -> None:
        await until(lambda: "accepted" in self.inbox.answers(order_id))

    def filled(self, order_id: str) -> int:
        fills = {e.fill_id: e.qty for e in self.fills() if e.order_id == order_id}
        return sum(fills.values()) // CONTRACT

    def fills(self) -> list[ev.FillReport]:
        """Each execution once, whichever connection told of it."""
        found = [e for e in self.inbox.events if isinstance(e, ev.FillReport)]
        return list({(e.order_id, e.fill_id): e for e in found}.values())

    def ledger(self) -> tuple[int, int]:
        """(position, cash) by our reports alone, netted as the venue nets."""
        yes = no = cash = 0
        for fill in sorted(self.fills(), key=lambda f: f.ts_event_ns):
            is_yes = self.asked[fill.order_id].side is LegSide.YES
            price = fill.price if is_yes else 10_000 - fill.price
            cash -= price * fill.qty // 10_000 + fill.fee
            yes, no = yes + fill.qty * is_yes, no + fill.qty * (not is_yes)
            both = min(yes, no)
            yes, no, cash = yes - both, no - both, cash + both
        return yes - no, cash

    def books(self) -> tuple[int, int]:
        """The same from the simulator's own books, as before a settlement at a dollar."""
        holding = self.made.venue.desk.exchange.holding("trader/0", FED)
        start = self.made.venue.desk.options.cash
        position = holding.qty[0] - holding.qty[1] + self.settled
        return position, self.made.balance() - start - self.settled

    def fault(self, name: str, **more: Any) -> None:
        self.made.venue.desk.faults.arm(name, "kalshi", **more)


@asynccontextmanager
async def life(kind: str = "key", *, is_alone: bool = True, **options: Any) -> AsyncIterator[Life]:
    """Connected, and equal to the books at its end if nobody else trades for the account."""
    async with bench(**options) as made:
        pool = Http1Pool(target_of(str(made.http.make_url("/"))), PoolPolicy(3))
        it = Life(made, pool, getattr(made.venue, kind))
        made.liquidity({47: 100}, {52: 100})
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(pool.run)
            await pool.wait_warm()
            await it.client.check_clock()
            await it.client.refresh()
            tasks.start_soon(it.listen)
            tasks.start_soon(it.gateway.run)
            # connected is not yet subscribed: what fills in between is not pushed
            await until(lambda: it.subscribed == len(CHANNELS))
            yield it
            tasks.cancel_scope.cancel()
        if is_alone:
            assert it.ledger() == it.books()


@pytest.mark.parametrize("kind", ["key", "rsa_key"])
async def test_place_fill_rest_partial_cancel(kind: str) -> None:
    async with life(kind) as it:
        taken = it.place(LegSide.YES, 5_200, 3)
        assert (await it.ended(taken))[-1] == "done"
        assert it.filled(taken) == 3
        rest = it.place(LegSide.NO, 4_900, 4, GTC)
        await it.rests(rest)
        await it.meet("bid", "0.5100", "1.00")
        await until(lambda: it.filled(rest) == 1)
        it.cancel(rest)
        assert (await it.ended(rest))[-1] == "done"
        assert it.ledger() == it.books()
        assert it.books()[0] == 2 * CONTRACT


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("lost_ack", {}), ("late_ack", {"ms": 200}), ("slow", {"ms": 200}),
        ("html", {"status": 502}), ("html", {"status": 200}), ("server_error", {"status": 503}),
        ("throttle", {}), ("schema_drift", {"field": "order_id", "to": "id"}),
        ("schema_drift", {"field": "fill_count"}),
    ],
)  # fmt: skip
async def test_what_happens_to_an_answer_changes_no_books(name: str, more: dict[str, Any]) -> None:
    async with life(read_lag_ms=300) as it:
        it.fault(name, match="POST", **more)
        order = it.place(LegSide.YES, 5_200, 2)
        assert (await it.ended(order))[-1] in ("done", "rejected")
        held = it.made.venue.desk.exchange.holding("trader/0", FED).qty[0]
        # an answer that says 0.00 where 2.00 filled is believed until the fill is heard
        await until(lambda: it.filled(order) * CONTRACT == held)
        assert it.made.venue.desk.faults.armed[0].fired == 1


@pytest.mark.parametrize(
    ("name", "more"),
    [("gap", {}), ("duplicate", {"count": -1}), ("reorder", {}), ("freeze_socket", {}),
     ("disconnect", {}), ("frame_drift", {"field": "order_id"}),
     ("frame_drift", {"field": "count_fp", "to": "count"})],
)  # fmt: skip
async def test_what_happens_to_the_private_socket_changes_no_books(
    name: str, more: dict[str, Any]
) -> None:
    async with life(read_lag_ms=300) as it:
        it.fault(name, **more)
        rest = it.place(LegSide.YES, 5_000, 4, GTC)
        await it.rests(rest)
        await it.meet("ask", "0.5000", "4.00")
        assert (await it.ended(rest))[-1] == "done"
        assert it.filled(rest) == 4


async def test_a_cut_in_the_middle_and_reconciliation() -> None:
    async with life(read_lag_ms=200) as it:
        rest = it.place(LegSide.YES, 5_000, 4, GTC)
        await it.rests(rest)
        for connection in list(it.made.venue.publisher.hub.connections):
            connection.wire.cut()
        await it.meet("ask", "0.5000", "3.00")
        await until(lambda: it.filled(rest) == 3 and it.generation > 1)
        it.cancel(rest)
        assert (await it.ended(rest))[-1] == "done"


async def test_partial_then_cancel_by_the_venue() -> None:
    async with life() as it:
        it.fault("partial_then_cancel", ms=5)
        rest = it.place(LegSide.YES, 5_000, 4, GTC)
        assert (await it.ended(rest))[-1] == "done"
        assert it.filled(rest) == 2


async def test_a_pause_refuses_orders_and_takes_cancels() -> None:
    async with life() as it:
        rest = it.place(LegSide.YES, 5_000, 4, GTC)
        await it.rests(rest)
        it.fault("pause", ms=3_600_000)
        late = it.place(LegSide.YES, 5_200, 1)
        assert await it.ended(late) == ["rejected"]
        it.cancel(rest)
        assert (await it.ended(rest))[-1] == "done"


async def test_an_engine_restart() -> None:
    async with life() as it:
        rest = it.place(LegSide.YES, 5_000, 4, GTC)
        await it.rests(rest)
        it.fault("engine_restart", ms=20_000)
        lost = it.place(LegSide.YES, 5_200, 1)
        it.made.venue.desk.clock = it.clock.now_ns
        await until(lambda: it.generation > 1)
        now = it.clock.now_ns()
        await until(lambda: it.clock.now_ns() > now + 21 * NS_PER_S)
        it.made.tick()
        assert (await it.ended(lost))[-1] in ("done", "rejected")
        it.cancel(rest)
        assert (await it.ended(rest))[-1] == "done"


async def test_settlement_pays_what_the_ledger_holds() -> None:
    async with life() as it:
        order = it.place(LegSide.YES, 5_200, 3)
        await it.ended(order)
        assert it.ledger() == it.books()
        position, cash = it.ledger()
        it.made.venue.life.determine(FED, 10_000, timer_ms=0)
        it.made.tick()
        assert it.made.balance() - it.made.venue.desk.options.cash == cash + position
        refund = it.made.venue.desk.settlements["trader/0"][0]
        assert refund.cash == position
        it.settled = position
