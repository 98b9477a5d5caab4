"""Feeds whose sockets can be broken: the simulator as a process, a relay before each socket, and
the process's own feeds, runtime and engine behind them. One rule: nothing of ours is replaced.
"""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
from anyio.streams.buffered import BufferedByteReceiveStream

from arbees.app import compose
from arbees.app.config import Settings
from arbees.app.engine_settings import engine_settings
from arbees.app.feed_builder import FeedBuilder
from arbees.app.simulated import Venues, real_venues
from arbees.clock import SystemClock
from arbees.markets.instrument import Instrument
from arbees.messages import events as ev
from arbees.pipeline.bodies import USER_AGENT
from arbees.pipeline.monitors import Monitor
from arbees.pipeline.runtime import Runtime
from arbees.pipeline.sockets import SocketFeed
from arbees.simulator.relay import Relay

BACK_S = 60.0
LOOK_S = 0.002
SESSION_S = 600


@dataclass(slots=True)
class Feed:
    """One socket feed behind its relay."""

    name: str
    socket: SocketFeed
    monitor: Monitor
    relay: Relay
    runtime: Runtime
    control: str
    back_s: list[float] = field(default_factory=list)
    wait_s: list[float] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Every book of the connection is valid."""
        books = self.runtime.engine.books
        return all(books.is_valid(ix) for ix in self.socket.plan.instruments.values())

    async def whole(self, generation: int) -> None:
        """Wait for a connection later than `generation` with all its books."""
        with anyio.fail_after(BACK_S):
            while not self._is_back(generation):  # noqa: ASYNC110
                await anyio.sleep(LOOK_S)

    def _is_back(self, generation: int) -> bool:
        is_new = self.socket.status.generation > generation
        return is_new and not self.socket.is_down and self.is_whole


@asynccontextmanager
async def simulator(seed: int, *more: str) -> AsyncIterator[dict[str, Any]]:
    """The simulator's endpoints; it plays for longer than any campaign takes. `more` are further
    arguments of its command."""
    command = [sys.executable, "-m", "arbees.simulator", "--json", "--autostart",
               "--seed", str(seed), "--duration", str(SESSION_S), *more]  # fmt: skip
    process = await anyio.open_process(command, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    try:
        with anyio.fail_after(60):
            line = await BufferedByteReceiveStream(process.stdout).receive_until(b"\n", 65_536)
        yield json.loads(line)
    finally:
        with anyio.CancelScope(shield=True):
            process.terminate()
            await process.wait()
            await process.aclose()


def _venues(settings: Settings, said: dict[str, Any], kalshi: Relay, polymarket: Relay) -> Venues:
    """The simulator's addresses, with relays before the sockets."""
    keys = said["credentials"]
    return replace(
        real_venues(settings),
        kalshi_rest=said["kalshi_rest"], gamma=said["gamma"], clob=said["clob"],
        kalshi_ws=at(said["kalshi_ws"], kalshi.port),
        polymarket_ws=at(said["polymarket_ws"], polymarket.port),
        kalshi_key_id=keys["kalshi_key_id"],
        kalshi_key_pem=keys["kalshi_private_key_pem"].encode(),
    )  # fmt: skip


def at(url: str, port: int) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.hostname}:{port}").geturl()


async def relay_for(url: str) -> Relay:
    parts = urlsplit(url)
    relay = Relay(parts.hostname or "127.0.0.1", parts.port or 80)
    await relay.start()
    return relay


async def instruments_of(said: dict[str, Any]) -> list[Instrument]:
    """Everything a small simulator lists: one page of each listing holds it."""
    pages = {
        f"{said['kalshi_rest']}/events": {"with_nested_markets": "true", "status": "open"},
        f"{said['kalshi_rest']}/series": {},
        f"{said['kalshi_rest']}/series/fee_changes": {},
        f"{said['gamma']}/events/keyset": {"limit": "500", "closed": "false"},
    }
    async with httpx.AsyncClient(timeout=10.0) as http:
        bodies = [(await http.get(url, params=params)).content for url, params in pages.items()]
    events, series, changes, gamma = bodies
    return compose.instruments_from_bodies([events], series, changes, [gamma])


async def _client(
    number: int, settings: Settings, said: dict[str, Any], pairs: list[dict[str, str]],
    instruments: list[Instrument], http: httpx.AsyncClient,
) -> list[Feed]:  # fmt: skip
    """One process's worth of feeds: both venues, every linked instrument."""
    runtime = compose.build_runtime(engine_settings(settings, "reconnect"))
    clock = SystemClock()
    runtime.deliver_event(ev.InstrumentsAdded(tuple(instruments)), clock.now_ns())
    links = compose.links_from_pairs(pairs, instruments)
    runtime.deliver_event(ev.LinksAdded(tuple(links)), clock.now_ns())
    linked = {ix for link in links for ix in (link.a_ix, link.b_ix)}
    names = {v: {i.instrument_id: i.ix for i in instruments if i.venue == v and i.ix in linked}
             for v in ("kalshi", "polymarket")}  # fmt: skip
    relays = [await relay_for(said["kalshi_ws"]), await relay_for(said["polymarket_ws"])]
    venues = _venues(settings, said, *relays)
    builder = FeedBuilder(settings, runtime, clock, http, seed=1_000 + number)
    monitors = [*builder.kalshi(venues, names["kalshi"]),
                *builder.polymarket(venues, names["polymarket"])]  # fmt: skip
    return [
        Feed(f"{m.socket.status.name}-{number}", m.socket, m, relay, runtime, said["control"])
        for m, relay in zip(monitors, relays, strict=True)
        if m.socket is not None
    ]


@asynccontextmanager
async def running(settings: Settings, clients: int, seed: int) -> AsyncIterator[list[Feed]]:
    """Simulator, relays and feeds, all books valid."""
    async with (
        simulator(seed) as said,
        httpx.AsyncClient(timeout=10.0, headers={"User-Agent": USER_AGENT}) as http,
    ):
        listed = await instruments_of(said)
        pairs = (await http.get(f"{said['control']}/sim/pairs")).json()
        feeds: list[Feed] = []
        for number in range(clients):
            feeds += await _client(number, settings, said, pairs, listed, http)
        async with anyio.create_task_group() as tasks:
            for feed in feeds:
                tasks.start_soon(feed.monitor.run)
            for feed in feeds:
                await feed.whole(0)
            yield feeds
            tasks.cancel_scope.cancel()
        for feed in feeds:
            await feed.relay.stop()
