"""Starts both venues' feeds for the linked instruments."""

from collections.abc import Callable, Sequence
from random import Random

import anyio
import httpx
from anyio.abc import TaskGroup

from arbees.app.config import Settings
from arbees.app.simulated import Venues
from arbees.clock import SystemClock
from arbees.messages.events import LinkSpec
from arbees.pipeline.backoff import BackoffPolicy
from arbees.pipeline.monitors import USER_AGENT, FeedStatus, RestPoller, SocketFeed
from arbees.pipeline.runtime import Runtime
from arbees.ports import Clock
from arbees.units import NS_PER_S
from arbees.venues.kalshi import feed as kalshi_feed
from arbees.venues.kalshi.auth import KalshiSigner
from arbees.venues.polymarket import feed as polymarket_feed

KALSHI_WS, POLYMARKET_WS, KALSHI_REST, POLYMARKET_REST = 1, 2, 3, 4
JITTER_SEED = 20_260_000


class FeedSet:
    """The feeds of a process."""

    def __init__(self, sockets: list[SocketFeed], pollers: list[RestPoller]) -> None:
        self.sockets = sockets
        self.pollers = pollers

    def statuses(self) -> list[FeedStatus]:
        return [f.status for f in self.sockets] + [p.status for p in self.pollers]

    async def wait_ready(self) -> None:
        """Until every socket has brought its first frame."""
        for feed in self.sockets:
            await feed.is_up.wait()


async def start_feeds(
    tasks: TaskGroup,
    venues: Venues,
    settings: Settings,
    runtime: Runtime,
    clock: Clock,
    links: Sequence[LinkSpec],
) -> FeedSet:
    """Sockets where there are keys, pollers for fallback, witness and the keyless Kalshi."""
    linked = {ix for link in links for ix in (link.a_ix, link.b_ix)}
    watched = [i for i in runtime.engine.instruments if i.ix in linked]
    kalshi = {i.instrument_id: i.ix for i in watched if i.venue == "kalshi"}
    tokens = {i.instrument_id: i.ix for i in watched if i.venue == "polymarket"}
    reconnect = settings.reconnect
    policy = BackoffPolicy(reconnect.base_ms / 1000, reconnect.cap_s, reconnect.jitter)
    random = Random(JITTER_SEED)
    http = httpx.AsyncClient(timeout=10.0, headers={"User-Agent": USER_AGENT})
    sockets: list[SocketFeed] = []
    plan = polymarket_feed.socket_plan(venues.polymarket_ws, tokens, POLYMARKET_WS)
    polymarket = SocketFeed(plan, runtime, clock, policy, random)
    sockets.append(polymarket)
    kalshi_socket: SocketFeed | None = None
    if venues.kalshi_key_id and venues.kalshi_key_pem:
        signer = KalshiSigner(venues.kalshi_key_id, venues.kalshi_key_pem)
        signed = kalshi_feed.socket_plan(
            venues.kalshi_ws, kalshi, signer, SystemClock().now_ns, KALSHI_WS
        )
        kalshi_socket = SocketFeed(signed, runtime, clock, policy, random)
        sockets.append(kalshi_socket)
    pollers = [
        RestPoller(
            kalshi_feed.poll_plan(
                venues.kalshi_rest, http, kalshi, KALSHI_REST, settings.kalshi.poll_interval_s,
                settings.kalshi.max_requests_per_s,
            ),
            runtime, clock, _when_down(kalshi_socket, kalshi), policy, random,
        ),
        RestPoller(
            polymarket_feed.poll_plan(venues.clob, http, tokens, POLYMARKET_REST, 1.0),
            runtime, clock,
            _when_silent(polymarket, tokens, runtime, clock, settings.polymarket.silence_s),
            policy, random,
        ),
    ]  # fmt: skip
    if kalshi_socket is None:
        pollers[0].status.last_error = "no keys: polling books is the feed"
    for socket in sockets:
        tasks.start_soon(socket.run)
    for poller in pollers:
        tasks.start_soon(poller.run)
    await anyio.lowlevel.checkpoint()
    return FeedSet(sockets, pollers)


def _when_down(socket: SocketFeed | None, ids: dict[str, int]) -> Callable[[], Sequence[str]]:
    """All books while the socket is down or there is none."""
    return lambda: list(ids) if socket is None or socket.is_down else []


def _when_silent(
    socket: SocketFeed, tokens: dict[str, int], runtime: Runtime, clock: Clock, silence_s: float
) -> Callable[[], Sequence[str]]:
    """All books while the socket is down, else the tokens that were silent for too long."""

    def wanted() -> Sequence[str]:
        if socket.is_down:
            return list(tokens)
        if not socket.is_up.is_set():
            return []
        oldest = clock.now_ns() - int(silence_s * NS_PER_S)
        return [t for t, ix in tokens.items() if runtime.last_seen_ns(ix) < oldest]

    return wanted
