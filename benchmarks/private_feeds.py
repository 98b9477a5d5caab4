"""Both accounts' private sockets behind relays: a run's own Live, and the simulator as a process.

Back means: a new connection said something, which it does only when it is subscribed (Kalshi's
answer, Polymarket's pong behind the subscription).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import anyio
from anyio.abc import TaskGroup

from arbees.app import compose
from arbees.app.config import Settings
from arbees.app.engine_settings import engine_settings
from arbees.app.live import Live
from arbees.app.session_clock import SessionClock
from arbees.app.simulated import real_venues
from arbees.pipeline.ledger import Ledger
from arbees.pipeline.sockets import SocketFeed
from arbees.simulator.relay import Relay
from benchmarks.broken_feeds import BACK_S, LOOK_S, at, relay_for, simulator


@dataclass(slots=True)
class PrivateFeed:
    """One private socket behind its relay; as broken_feeds.Feed, but it carries no books."""

    name: str
    socket: SocketFeed
    relay: Relay
    back_s: list[float] = field(default_factory=list)
    wait_s: list[float] = field(default_factory=list)

    async def whole(self, generation: int) -> None:
        """Wait for a connection later than `generation` that has been answered."""
        status = self.socket.status
        heard = status.frames  # a cut connection says nothing more
        with anyio.fail_after(BACK_S):
            while status.generation <= generation or status.frames == heard:  # noqa: ASYNC110
                await anyio.sleep(LOOK_S)


@asynccontextmanager
async def private(settings: Settings, seed: int) -> AsyncIterator[list[PrivateFeed]]:
    """Both accounts open and going; equal to the venues' books at the end."""
    async with simulator(seed) as said:
        relays = [await relay_for(said["kalshi_ws"]), await relay_for(said["polymarket_user_ws"])]
        keys = said["credentials"]
        venues = replace(
            real_venues(settings),
            kalshi_rest=said["kalshi_rest"], gamma=said["gamma"], clob=said["clob"],
            site=said["gamma"], kalshi_ws=at(said["kalshi_ws"], relays[0].port),
            polymarket_user_ws=at(said["polymarket_user_ws"], relays[1].port),
            kalshi_key_id=keys["kalshi_key_id"],
            kalshi_key_pem=keys["kalshi_private_key_pem"].encode(),
            polymarket_key=keys["polymarket_private_key"].encode(),
        )  # fmt: skip
        clock = SessionClock(speed=1.0)
        control = str(said["control"]).replace("http", "ws", 1)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(clock.follow, f"{control}/sim/clock/ws")
            live = Live(settings, venues, clock, bool)
            yield await _going(live, settings, tasks, relays)
            assert live.runtime is not None
            if found := await live.compare(live.runtime):
                raise RuntimeError(f"after the cuts: {found}")
            tasks.cancel_scope.cancel()
        for relay in relays:
            await relay.stop()


async def _going(
    live: Live, settings: Settings, tasks: TaskGroup, relays: list[Relay]
) -> list[PrivateFeed]:
    """Open, let go, and wait until both private sockets are up."""
    await live.open(tasks)
    ledger = Ledger()
    compose.open_accounts(ledger, live.cash, 0)
    runtime = compose.build_runtime(engine_settings(settings, "cuts"), ledger, gateway=live)
    await live.go(tasks, runtime)
    kalshi, polymarket = live.kalshi.private, live.polymarket.user
    assert kalshi is not None and polymarket is not None
    feeds = [PrivateFeed("kalshi-private", kalshi, relays[0]),
             PrivateFeed("polymarket-user", polymarket, relays[1])]  # fmt: skip
    for feed in feeds:
        with anyio.fail_after(BACK_S):
            await feed.socket.is_up.wait()
    return feeds
