"""Makes the feeds of both venues from the settings: sockets, fallbacks, witnesses.

Polymarket's tokens are spread over several sockets, because one that carries too many stalls in
silence (polymarket.md section 4).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

import httpx

from arbees.app.config import Settings
from arbees.app.egress import dial_of
from arbees.app.pools import policy_of
from arbees.app.rereads import Announce, make_rereader
from arbees.app.simulated import Venues
from arbees.clock import SystemClock
from arbees.pipeline.backoff import Backoff
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


class FeedBuilder:
    """Makes monitors that share one policy, one seeded chance and one pace per venue."""

    def __init__(
        self,
        settings: Settings,
        runtime: Runtime,
        clock: Clock,
        http: httpx.AsyncClient,
        seed: int = JITTER_SEED,
        announce: Announce | None = None,
    ) -> None:
        self._announce = announce
        self.settings = settings
        self.http = http
        self._runtime = runtime
        self._clock = clock
        self._shards = 0
        self.policy = policy_of(settings.reconnect)
        self._random = Random(seed)
        self.pacers = {
            "kalshi": Pacer(settings.kalshi.max_requests_per_s),
            "polymarket": Pacer(settings.polymarket.max_requests_per_s),
        }

    def kalshi(self, venues: Venues, tickers: Mapping[str, int]) -> list[Monitor]:
        """One socket carries all; without keys there is none."""
        said, reconnect = self.settings.kalshi, self.settings.reconnect
        carried = dict(tickers)
        poll = kalshi_feed.poll_plan(
            venues.kalshi_rest, self.http, carried, KALSHI_REST, said.poll_interval_s,
            reconnect.rest_after_s,
        )  # fmt: skip
        if not (venues.kalshi_key_id and venues.kalshi_key_pem):
            monitor = self._monitor(None, poll, None, "kalshi")
            self.note_pace(monitor)
            return [monitor]
        signer = KalshiSigner(venues.kalshi_key_id, venues.kalshi_key_pem)
        plan = kalshi_feed.socket_plan(
            venues.kalshi_ws, carried, signer, SystemClock().now_ns, KALSHI_WS,
            ping_s=said.ping_s, pong_s=said.pong_s, open_s=reconnect.open_s,
        )  # fmt: skip
        plan = replace(plan, dial=dial_of(venues.proxies, "kalshi"))
        witness = kalshi_feed.witness_plan(poll, said.silence_s, said.stale_after_s)
        return [self._monitor(plan, poll, witness, "kalshi")]

    def note_pace(self, monitor: Monitor) -> None:
        """Let the status of a keyless feed say how often a book is seen."""
        said, plan = self.settings.kalshi, monitor.fallback.plan
        if monitor.socket is None:
            calls = -(-len(plan.instruments) // plan.chunk)
            round_s = max(said.poll_interval_s, calls / said.max_requests_per_s)
            monitor.fallback.status.note = f"no keys: books polled every {round_s:g} s"

    def polymarket(self, venues: Venues, tokens: Mapping[str, int]) -> list[Monitor]:
        """As many sockets as the tokens need, at least one."""
        said, reconnect = self.settings.polymarket, self.settings.reconnect
        names = list(tokens)
        monitors = []
        for start in range(0, max(len(names), 1), said.tokens_per_socket):
            part = {name: tokens[name] for name in names[start : start + said.tokens_per_socket]}
            number, self._shards = self._shards, self._shards + 1
            ws, rest = POLYMARKET_WS, POLYMARKET_REST
            if number:
                ws, rest = MORE_CONNS + 2 * number, MORE_CONNS + 2 * number + 1
            plan = polymarket_feed.socket_plan(
                venues.polymarket_ws, part, ws,
                ping_s=said.ping_s, pong_s=said.pong_s, open_s=reconnect.open_s,
            )  # fmt: skip
            plan = replace(plan, dial=dial_of(venues.proxies, "polymarket"))
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
        """The reader of markets that are in doubt, and of announced ones if nobody else is."""
        return make_rereader(
            venues, self._runtime, self._clock, self.http, self.pacers, self._backoff(),
            self._announce,
        )  # fmt: skip

    def _backoff(self) -> Backoff:
        return Backoff(self.policy, self._chance())

    def _chance(self) -> Callable[[], float]:
        """A sequence of its own per feed: one feed's losses do not shift another's waits."""
        return Random(self._random.getrandbits(64)).random
