"""A Kalshi account's whole life on the simulator, over real sockets: nothing of ours is scripted
here, and the simulator checks every signature by its own code."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import pytest
from anyio.abc import TaskGroup

from arbees.app.config import Kalshi as Settings
from arbees.app.config import Reconnect
from arbees.app.kalshi_account import CANCEL_POOL, ORDER_POOL, READ_POOL, KalshiAccount
from arbees.errors import ConfigError, VenueUnavailable
from arbees.messages import events as ev
from arbees.messages.commands import CancelOrder, LegSide, PlaceOrder, TimeInForce
from arbees.venues.egress import Proxy
from arbees.venues.kalshi.auth import KalshiSigner
from arbees.venues.kalshi.shards import Shards
from tests.pipeline.feeds import until
from tests.proxies import connect_proxy, listen, socks_proxy
from tests.simulator.kalshi.bench import FED, Bench, bench
from tests.venues.kalshi.keys import ed25519_key, pem
from tests.venues.kalshi.venue import FastClock, Inbox

pytestmark = pytest.mark.anyio
CONTRACT = 1_000_000
LIMIT_S = 10.0
IOC, GTC = TimeInForce.IOC, TimeInForce.GTC


class Sink(Inbox):
    """The runtime's part that an account needs."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = 0
        self.modes: list[str] = []

    def deliver_event(self, event: ev.EngineEvent, ts_recv_ns: int) -> None:
        super().deliver_event(event, ts_recv_ns)
        self.opened += isinstance(event, ev.ConnOpened)
        if isinstance(event, ev.FeedState):
            self.modes.append(event.mode.value)

    def take_outgoing(self, conn_id: int) -> list[bytes]:
        return self.session.outgoing() if self.session else []

    def last_seen_ns(self, ix: int) -> int:
        return 0

    def levels(self, ix: int) -> None:
        return None

    def ask_again(self, conn_id: int, ixs: object) -> None:
        return None


class Desk:
    """One account on one venue."""

    def __init__(self, made: Bench, **more: Any) -> None:
        self.made, self.sink, self.clock = made, Sink(), FastClock()
        made.venue.desk.clock = self.clock.now_ns  # the market's time; signatures go by real time
        self.is_killed = False
        self.count = 0
        key = getattr(made.venue, more.pop("kind", "key"))
        signer = more.pop("signer", None) or KalshiSigner(key.id, key.pem.encode())
        base = str(made.http.make_url("")).rstrip("/")
        settings = Settings(
            rest_url=f"{base}/trade-api/v2",
            ws_url=f"{base.replace('http', 'ws', 1)}/trade-api/ws/v2",
        )
        reconnect = Reconnect(base_ms=20, cap_s=0.1)
        self.account = KalshiAccount(
            settings, reconnect, signer, self.clock, Shards({FED: 0}), lambda: self.is_killed,
            **more,
        )  # fmt: skip

    async def start(self, tasks: TaskGroup) -> None:
        await self.account.open(tasks)
        self.gateway = await self.account.go(tasks, self.sink)

    def buy(self, price: int, contracts: int, tif: TimeInForce = IOC) -> str:
        self.count += 1
        order_id = f"1-{self.count}-0"
        command = PlaceOrder(
            order_id, f"1-{self.count}", 0, "kalshi", FED, LegSide.YES, price,
            contracts * CONTRACT, tif, self.clock.now_ns(),
        )  # fmt: skip
        self.gateway.submit([command], command.ts_ns)
        return order_id

    def cancel(self, order_id: str) -> None:
        self.gateway.submit([CancelOrder(order_id, "kalshi", 0)], 0)

    async def ended(self, order_id: str) -> list[str]:
        await until(lambda: bool({"done", "rejected"} & {*self.sink.answers(order_id)}))
        return self.sink.answers(order_id)

    def fills(self) -> list[ev.FillReport]:
        """Each once, whichever connection told of it."""
        found = [e for e in self.sink.events if isinstance(e, ev.FillReport)]
        return list({e.fill_id: e for e in found}.values())

    def held(self) -> int:
        return sum(fill.qty for fill in self.fills()) // CONTRACT

    def spent(self) -> int:
        return sum(f.price * f.qty // 10_000 + f.fee for f in self.fills())

    def check(self) -> None:
        """Our fills are the simulator's books."""
        holding = self.made.venue.desk.exchange.holding("trader/0", FED)
        assert self.held() * CONTRACT == holding.qty[0]
        assert self.made.venue.desk.options.cash - self.made.balance() == self.spent()


@asynccontextmanager
async def trading(**more: Any) -> AsyncIterator[Desk]:
    async with bench(read_lag_ms=100) as made:
        made.liquidity({47: 100}, {52: 100})
        desk = Desk(made, **more)
        async with anyio.create_task_group() as tasks:
            await desk.start(tasks)
            assert desk.account.private is not None
            with anyio.fail_after(LIMIT_S):
                await desk.account.private.is_up.wait()
            yield desk
            tasks.cancel_scope.cancel()


@pytest.mark.parametrize("kind", ["key", "rsa_key"])
async def test_an_account_trades_rests_and_cancels_and_the_books_agree(kind: str) -> None:
    async with trading(kind=kind) as desk:
        assert desk.account.cash == desk.made.venue.desk.options.cash
        assert desk.account.shards.cash[0] == desk.made.balance()
        assert (await desk.ended(desk.buy(5_200, 3)))[-1] == "done"
        rest = desk.buy(5_000, 4, GTC)
        await until(lambda: "accepted" in desk.sink.answers(rest))
        await desk.made.order("ask", "0.5000", "1.00", other=True)
        await until(lambda: desk.held() == 4)
        desk.cancel(rest)
        assert (await desk.ended(rest))[-1] == "done"
        desk.check()


def has_more(desk: Desk, contracts: int, opened: int) -> bool:
    return desk.held() == contracts and desk.sink.opened > opened


async def test_what_fills_while_the_private_socket_is_away_is_read_afterwards() -> None:
    async with trading() as desk:
        rest = desk.buy(5_000, 4, GTC)
        await until(lambda: "accepted" in desk.sink.answers(rest))
        for number in range(3):
            opened = desk.sink.opened
            for connection in list(desk.made.venue.publisher.hub.connections):
                connection.wire.cut()
            await desk.made.order("ask", "0.5000", "1.00", other=True)
            await until(partial(has_more, desk, number + 1, opened))
        desk.cancel(rest)
        assert (await desk.ended(rest))[-1] == "done"
        assert desk.sink.modes.count("down") >= 3
        desk.check()


async def test_the_latch_stops_orders_and_not_cancels() -> None:
    async with trading() as desk:
        rest = desk.buy(5_000, 4, GTC)
        await until(lambda: "accepted" in desk.sink.answers(rest))
        desk.is_killed = True
        assert await desk.ended(desk.buy(5_200, 1)) == ["rejected"]
        desk.cancel(rest)
        assert (await desk.ended(rest))[-1] == "done"
        desk.check()


@pytest.mark.parametrize(("scheme", "kind"), [("http", connect_proxy), ("socks5", socks_proxy)])
async def test_everything_goes_through_the_operators_proxy(scheme: str, kind: Any) -> None:
    seen: list[bytes] = []
    server, port = await listen(kind(seen))
    try:
        async with trading(proxy=Proxy(scheme, "127.0.0.1", port, "me", "secret")) as desk:
            assert (await desk.ended(desk.buy(5_200, 3)))[-1] == "done"
            desk.check()
    finally:
        server.close()
    assert len(seen) >= ORDER_POOL + READ_POOL + CANCEL_POOL + 1, "pools and the private socket"


async def refused(made: Bench, **more: Any) -> BaseExceptionGroup[Any]:
    desk = Desk(made, **more)
    with pytest.raises(BaseExceptionGroup) as caught:
        async with anyio.create_task_group() as tasks:
            await desk.start(tasks)
    assert not desk.made.venue.publisher.hub.connections
    return caught.value


async def test_a_key_that_the_venue_does_not_know_starts_nothing() -> None:
    async with bench() as made:
        stranger = KalshiSigner("nobody", pem(ed25519_key()))
        error = await refused(made, signer=stranger)
        found = error.split(ConfigError)[0]
        assert found is not None and "refused" in str(found.exceptions[0])


async def test_a_clock_that_is_wrong_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arbees.app.kalshi_account.SystemClock", FastClock)
    async with bench() as made:
        error = await refused(made)
        found = error.split(VenueUnavailable)[0]
        assert found is not None and "clock" in str(found.exceptions[0])


async def test_a_venue_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arbees.app.kalshi_account.WARM_S", 0.2)
    async with bench() as made:
        error = await refused(made, proxy=Proxy("http", "127.0.0.1", 9))
        found = error.split(VenueUnavailable)[0]
        assert found is not None and "not reached" in str(found.exceptions[0])


def test_an_address_that_orders_do_not_go_to_is_an_error() -> None:
    signer = KalshiSigner("key", pem(ed25519_key()))
    settings = Settings(rest_url="https://example.invalid/v1")
    with pytest.raises(ConfigError, match=r"kalshi.rest_url.*not to /v1"):
        KalshiAccount(settings, Reconnect(), signer, None, Shards(), bool)  # type: ignore[arg-type]
