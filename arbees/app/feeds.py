"""Starts both venues' feeds for the linked instruments.

One Monitor per connection. Polymarket's tokens are spread over several sockets, because one that
carries too many stalls in silence (polymarket.md section 4).
"""

from collections.abc import Callable, Mapping, Sequence
from random import Random

import anyio
import httpx
from anyio.abc import TaskGroup, TaskStatus

from arbees.app.config import Settings
from arbees.app.rereads import make_rereader
from arbees.app.simulated import Venues
from arbees.clock import SystemClock
from arbees.messages.events import LinkSpec
from arbees.pipeline.backoff import Backoff, BackoffPolicy
from arbees.pipeline.bodies import USER_AGENT
from arbees.pipeline.feed_status import FeedStatus
from arbees.pipeline.monitors import Monitor
from arbees.pipeline.pacing import Pacer
from arbees.pipeline.polling import PollPlan, RestFallback
from arbees.pipeline.rereads import Rereader
from arbees.pipeline.runtime import Runtime
from arbees.pipeline.silence import SilenceWatch, WitnessPlan
from arbees.pipeline.sockets import SocketFeed, SocketPlan
from arbees.ports import Clock
from arbees.venues.kalshi import feed as kalshi_feed
from arbees.venues.kalshi.auth import KalshiSigner
from arbees.venues.polymarket import feed as polymarket_feed

KALSHI_WS, POLYMARKET_WS, KALSHI_REST, POLYMARKET_REST = 1, 2, 3, 4
MORE_CONNS = 100
"""Connections beyond the first of a venue are numbered from here, in pairs of socket and REST."""
JITTER_SEED = 20_260_000


class FeedSet:
    """The feeds of a process."""

    def __init__(
        self, monitors: Sequence[Monitor], rereader: Rereader, http: httpx.AsyncClient
    ) -> None:
        self.monitors = list(monitors)
        self.rereader = rereader
        self._http = http

    def statuses(self) -> list[FeedStatus]:
        rows = [row for monitor in self.monitors for row in monitor.statuses()]
        return [*rows, self.rereader.status]

    async def wait_ready(self) -> None:
        """Until every socket has brought its first frame."""
        for monitor in self.monitors:
            if monitor.socket is not None:
                await monitor.socket.is_up.wait()

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """For ever; started once every feed has begun."""
        async with self._http, anyio.create_task_group() as tasks:
            for monitor in self.monitors:
                tasks.start_soon(monitor.run)
            tasks.start_soon(self.rereader.run)
            await anyio.lowlevel.checkpoint()
            task_status.started()


class FeedBuilder:
    """Makes monitors that share one policy, one seeded chance and one pace per venue."""

    def __init__(
        self,
        settings: Settings,
        runtime: Runtime,
        clock: Clock,
        http: httpx.AsyncClient,
        seed: int = JITTER_SEED,
    ) -> None:
        self.settings = settings
        self.http = http
        self._runtime = runtime
        self._clock = clock
        said = settings.reconnect
        self.policy = BackoffPolicy(said.base_ms / 1000, said.cap_s, said.jitter, said.healthy_s)
        self._random = Random(seed)
        self.pacers = {
            "kalshi": Pacer(settings.kalshi.max_requests_per_s),
            "polymarket": Pacer(settings.polymarket.max_requests_per_s),
        }

    def kalshi(self, venues: Venues, tickers: Mapping[str, int]) -> list[Monitor]:
        """One socket carries all; without keys there is none."""
        said, reconnect = self.settings.kalshi, self.settings.reconnect
        poll = kalshi_feed.poll_plan(
            venues.kalshi_rest, self.http, tickers, KALSHI_REST, said.poll_interval_s,
            reconnect.rest_after_s,
        )  # fmt: skip
        if not (venues.kalshi_key_id and venues.kalshi_key_pem):
            monitor = self._monitor(None, poll, None, "kalshi")
            calls = -(-len(tickers) // poll.chunk)
            round_s = max(said.poll_interval_s, calls / said.max_requests_per_s)
            monitor.fallback.status.note = f"no keys: books polled every {round_s:g} s"
            return [monitor]
        signer = KalshiSigner(venues.kalshi_key_id, venues.kalshi_key_pem)
        plan = kalshi_feed.socket_plan(
            venues.kalshi_ws, tickers, signer, SystemClock().now_ns, KALSHI_WS,
            ping_s=said.ping_s, pong_s=said.pong_s, open_s=reconnect.open_s,
        )  # fmt: skip
        witness = kalshi_feed.witness_plan(poll, said.silence_s, said.stale_after_s)
        return [self._monitor(plan, poll, witness, "kalshi")]

    def polymarket(self, venues: Venues, tokens: Mapping[str, int]) -> list[Monitor]:
        """As many sockets as the tokens need, at least one."""
        said, reconnect = self.settings.polymarket, self.settings.reconnect
        names = list(tokens)
        monitors = []
        for number, start in enumerate(range(0, max(len(names), 1), said.tokens_per_socket)):
            part = {name: tokens[name] for name in names[start : start + said.tokens_per_socket]}
            ws, rest = POLYMARKET_WS, POLYMARKET_REST
            if number:
                ws, rest = MORE_CONNS + 2 * number, MORE_CONNS + 2 * number + 1
            plan = polymarket_feed.socket_plan(
                venues.polymarket_ws, part, ws,
                ping_s=said.ping_s, pong_s=said.pong_s, open_s=reconnect.open_s,
            )  # fmt: skip
            poll = polymarket_feed.poll_plan(
                venues.clob, self.http, part, rest, said.poll_interval_s, reconnect.rest_after_s
            )
            witness = polymarket_feed.witness_plan(poll, said.silence_s, said.stale_after_s)
            suffix = f"-{number + 1}" if number else ""
            monitors.append(self._monitor(plan, poll, witness, f"polymarket{suffix}"))
        return monitors

    def _monitor(
        self, plan: SocketPlan | None, poll: PollPlan, witness: WitnessPlan | None, name: str
    ) -> Monitor:
        sink, clock, pacer = self._runtime, self._clock, self.pacers[poll.venue]
        socket = SocketFeed(plan, sink, clock, self._backoff(), f"{name}-ws") if plan else None
        fallback = RestFallback(
            poll, sink, clock, pacer, self._backoff(), socket, name=f"{name}-rest"
        )
        watch = None
        if witness is not None and socket is not None:
            watch = SilenceWatch(witness, sink, clock, pacer, self._backoff(), socket)
        return Monitor(fallback, socket, watch)

    def rereader(self, venues: Venues) -> Rereader:
        """The reader of markets that were announced or are in doubt."""
        return make_rereader(
            venues, self._runtime, self._clock, self.http, self.pacers, self._backoff()
        )

    def _backoff(self) -> Backoff:
        return Backoff(self.policy, self._chance())

    def _chance(self) -> Callable[[], float]:
        """A sequence of its own per feed: one feed's losses do not shift another's waits."""
        return Random(self._random.getrandbits(64)).random


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
    tickers = {i.instrument_id: i.ix for i in watched if i.venue == "kalshi"}
    tokens = {i.instrument_id: i.ix for i in watched if i.venue == "polymarket"}
    http = httpx.AsyncClient(timeout=10.0, headers={"User-Agent": USER_AGENT})
    builder = FeedBuilder(settings, runtime, clock, http)
    monitors = [*builder.kalshi(venues, tickers), *builder.polymarket(venues, tokens)]
    feeds = FeedSet(monitors, builder.rereader(venues), http)
    await tasks.start(feeds.run)
    return feeds
