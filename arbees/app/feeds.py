"""Starts both venues' feeds, and lets them carry more instruments while they run."""

from collections.abc import Iterable, Mapping, Sequence

import anyio
from anyio.abc import TaskGroup, TaskStatus

from arbees.app.config import Settings
from arbees.app.egress import open_client
from arbees.app.feed_builder import FeedBuilder
from arbees.app.rereads import Announce
from arbees.app.simulated import Venues
from arbees.markets.instrument import Instrument
from arbees.messages.events import LinkSpec
from arbees.pipeline.feed_status import FeedStatus
from arbees.pipeline.monitors import Monitor
from arbees.pipeline.runtime import Runtime
from arbees.ports import Clock

ANSWER_S = 10.0


class FeedSet:
    """The feeds of a process."""

    def __init__(
        self, builder: FeedBuilder, venues: Venues, instruments: Iterable[Instrument]
    ) -> None:
        names = _by_venue(instruments)
        self._builder = builder
        self._venues = venues
        self._tasks: TaskGroup | None = None
        self.kalshi = builder.kalshi(venues, names["kalshi"])
        self.polymarket = builder.polymarket(venues, names["polymarket"])
        self.rereader = builder.rereader(venues)

    @property
    def monitors(self) -> list[Monitor]:
        return [*self.kalshi, *self.polymarket]

    def statuses(self) -> list[FeedStatus]:
        rows = [row for monitor in self.monitors for row in monitor.statuses()]
        return [*rows, self.rereader.status]

    async def wait_ready(self) -> None:
        """Until every socket has brought its first frame."""
        for monitor in self.monitors:
            if monitor.socket is not None:
                await monitor.socket.is_up.wait()

    def watch(self, instruments: Iterable[Instrument]) -> int:
        """Carry these too, on the connections there are, else on new ones; how many are new.

        Their books are unknown until they come. Call it before the links that need them."""
        names = _by_venue(instruments)
        for monitor in self.monitors:
            for venue in names.values():
                for name in monitor.watched.keys() & venue.keys():
                    del venue[name]
        count = sum(len(venue) for venue in names.values())
        if names["kalshi"]:
            self.kalshi[0].watch(names["kalshi"])
            self._builder.note_pace(self.kalshi[0])
        self._watch_tokens(names["polymarket"])
        return count

    def _watch_tokens(self, tokens: dict[str, int]) -> None:
        """Fill the sockets that have room, then open more."""
        room_max = self._builder.settings.polymarket.tokens_per_socket
        for monitor in self.polymarket:
            room = max(0, room_max - len(monitor.watched))
            part = {name: tokens.pop(name) for name in list(tokens)[:room]}
            if part:
                monitor.watch(part)
        if tokens:
            more = self._builder.polymarket(self._venues, tokens)
            self.polymarket += more
            if self._tasks is not None:
                for monitor in more:
                    self._tasks.start_soon(monitor.run)

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """For ever; started once every feed has begun."""
        async with self._builder.http, anyio.create_task_group() as self._tasks:
            for monitor in self.monitors:
                self._tasks.start_soon(monitor.run)
            self._tasks.start_soon(self.rereader.run)
            await anyio.lowlevel.checkpoint()
            task_status.started()


def _by_venue(instruments: Iterable[Instrument]) -> Mapping[str, dict[str, int]]:
    names: dict[str, dict[str, int]] = {"kalshi": {}, "polymarket": {}}
    for instrument in instruments:
        names[instrument.venue][instrument.instrument_id] = instrument.ix
    return names


async def start_feeds(
    tasks: TaskGroup,
    venues: Venues,
    settings: Settings,
    runtime: Runtime,
    clock: Clock,
    links: Sequence[LinkSpec],
    announce: Announce | None = None,
) -> FeedSet:
    """Sockets where there are keys, pollers for fallback, witness and the keyless Kalshi. Markets
    that a feed speaks of and nobody carries are given to `announce`."""
    linked = {ix for link in links for ix in (link.a_ix, link.b_ix)}
    http = open_client(venues.routes(), ANSWER_S)
    builder = FeedBuilder(settings, runtime, clock, http, announce=announce)
    watched = [i for i in runtime.engine.instruments if i.ix in linked]
    feeds = FeedSet(builder, venues, watched)
    await tasks.start(feeds.run)
    return feeds
