"""Witness: is a silent book still the venue's? A socket that is up proves nothing about a token.

The rule: silence is unknown until a second source spoke. The same book over REST confirms ours; a
different one voids it and has the socket asked again; without an answer it ends as unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import anyio

from arbees.errors import VenueUnavailable, WireError
from arbees.messages import events as ev
from arbees.pipeline.backoff import Backoff
from arbees.pipeline.bodies import ask
from arbees.pipeline.feed_status import FeedStatus
from arbees.pipeline.pacing import Pacer
from arbees.pipeline.polling import PollPlan, chunks
from arbees.pipeline.sockets import FeedSink, Levels, SocketFeed
from arbees.ports import Clock
from arbees.units import NS_PER_S

LOOK_S = 0.25
LOOK_AT = 500
"""Books looked at in one turn: 0.1 ms, during which the engine waits."""
ASK_ABOUT = 25
"""Books of one question: their decoding is about 1 ms of the engine's time, 500 would be 60."""
RETRY_S = 5.0
ABSENT_S = 60.0
STRIKES_MAX = 2


@dataclass(frozen=True, slots=True)
class WitnessPlan:
    """When a silent book is asked for, in seconds of the process's clock.

    `silence_s` without a word: ask. `void_s` without a word and without an answer: unknown.
    `is_absolute`: the socket states sizes, not changes, so a witness's book may replace ours at
    once. `depth`: levels of a side that are compared, 0 is all.
    """

    poll: PollPlan
    silence_s: float
    void_s: float
    is_absolute: bool
    depth: int = 0


class SilenceWatch:
    """Asks about the silent books of one socket while it is up."""

    def __init__(
        self,
        plan: WitnessPlan,
        sink: FeedSink,
        clock: Clock,
        pacer: Pacer,
        backoff: Backoff,
        socket: SocketFeed,
    ) -> None:
        self.plan = plan
        self.status = FeedStatus(f"{socket.status.name}-witness", plan.poll.venue, mode="idle")
        self._sink = sink
        self._clock = clock
        self._pacer = pacer
        self._backoff = backoff
        self._socket = socket
        self._not_before_s: dict[int, float] = {}
        self._strikes: dict[int, int] = {}
        self._drops: dict[int, int] = {}

    async def run(self) -> None:
        while True:
            watched = list(self.plan.poll.instruments)
            self.status.books = len(watched)
            for names in chunks(watched, LOOK_AT) or ((),):
                await anyio.sleep(LOOK_S)
                for ids in chunks(self._silent(names), ASK_ABOUT):
                    await self._pacer.turn()
                    if self._socket.is_down:
                        break
                    await self._ask(ids)

    def _silent(self, names: Sequence[str]) -> list[str]:
        """Books that have said nothing for too long on a connection that is old enough."""
        socket, plan = self._socket, self.plan
        oldest = self._clock.now_ns() - int(plan.silence_s * NS_PER_S)
        if socket.is_down or socket.opened_ns > oldest:
            return []
        now_s, seen, waits = anyio.current_time(), self._sink.last_seen_ns, self._not_before_s
        ix_of = plan.poll.instruments
        return [
            name
            for name in names
            if seen(ix_of[name]) < oldest and waits.get(ix_of[name], 0.0) <= now_s
        ]

    async def _ask(self, ids: Sequence[str]) -> None:
        poll, status = self.plan.poll, self.status
        asked_ns, life = self._clock.now_ns(), self._socket.status.generation
        self._postpone([poll.instruments[name] for name in ids], RETRY_S)
        try:
            events = poll.decode(await ask(poll.fetch(ids)))
        except (VenueUnavailable, WireError) as error:
            status.last_error = str(error)
            status.unanswered += 1
            self._unanswered(ids)
            delay = self._backoff.next_s()
            if isinstance(error, VenueUnavailable):
                delay = max(delay, error.retry_after_s or 0.0)
            await anyio.sleep(delay)
            return
        self._backoff.succeeded()
        status.last_error = ""
        status.rest_polls += 1
        if self._socket.is_down or self._socket.status.generation != life:
            return  # these books are void already, and newer ones are on their way
        status.took(self._clock.now_ns())
        told = {self._hear(event, asked_ns) for event in events}
        absent = [ix for ix in (poll.instruments[name] for name in ids) if ix not in told]
        self._postpone(absent, ABSENT_S)
        for ix in absent:
            self._void(ix, "no_book")

    def _postpone(self, ixs: Sequence[int], seconds: float) -> None:
        until_s = anyio.current_time() + seconds
        self._not_before_s.update(dict.fromkeys(ixs, until_s))

    def _hear(self, event: ev.EngineEvent, asked_ns: int) -> int:
        """Judge one thing the witness said; the index of the book it was about, -1 for none."""
        if isinstance(event, ev.BookInvalid):
            self._void(event.ix, event.reason)
            return event.ix
        if not isinstance(event, ev.BookSnapshot):
            self._sink.deliver_event(event, self._clock.now_ns())
            return -1
        if self._sink.last_seen_ns(event.ix) >= asked_ns:
            self._forgive(event.ix)  # it spoke while we asked: the answer may be the older one
            return event.ix
        ours = self._sink.levels(event.ix)
        if ours is not None and self._agrees(ours, event):
            self.status.confirmed += 1
            self._forgive(event.ix)
            self._sink.deliver_event(ev.BookConfirmed(event.ix), self._clock.now_ns())
        else:
            self._replace(event, is_contradicted=ours is not None)
        return event.ix

    def _agrees(self, ours: tuple[Levels, Levels], said: ev.BookSnapshot) -> bool:
        depth = self.plan.depth or None
        bids, asks = sorted(said.bids, reverse=True), sorted(said.asks)
        return list(ours[0])[:depth] == bids[:depth] and list(ours[1])[:depth] == asks[:depth]

    def _replace(self, said: ev.BookSnapshot, *, is_contradicted: bool) -> None:
        """Ours is wrong or unknown: take the witness's where that is safe, ask the socket again.

        A token that is contradicted again and again is frozen, and so may be the others: the
        connection is dropped. Each time it did not help, more strikes are needed.
        """
        ix = said.ix
        self._void(ix, "witness")
        if self.plan.is_absolute:
            self._forget_wait(ix)
            self._sink.deliver_event(said, self._clock.now_ns())
        self._socket.resubscribe([ix])
        if not is_contradicted and (self.plan.is_absolute or ix not in self._strikes):
            return
        self.status.contradicted += is_contradicted
        self._strikes[ix] = self._strikes.get(ix, 0) + 1
        if self._strikes[ix] >= STRIKES_MAX << min(self._drops.get(ix, 0), 16):
            self._drops[ix] = self._drops.get(ix, 0) + 1
            self._strikes.clear()
            self._socket.drop(f"frozen: the witness contradicts instrument {ix} again")

    def _unanswered(self, ids: Sequence[str]) -> None:
        """No witness: what has been silent beyond the limit is unknown."""
        oldest = self._clock.now_ns() - int(self.plan.void_s * NS_PER_S)
        for name in ids:
            ix = self.plan.poll.instruments[name]
            if self._sink.last_seen_ns(ix) < oldest:
                self._void(ix, "no_witness")

    def _void(self, ix: int, reason: str) -> None:
        if self._sink.levels(ix) is not None:
            self._sink.deliver_event(ev.BookInvalid(ix, reason), self._clock.now_ns())

    def _forgive(self, ix: int) -> None:
        self._strikes.pop(ix, None)
        self._forget_wait(ix)

    def _forget_wait(self, ix: int) -> None:
        self._not_before_s.pop(ix, None)
