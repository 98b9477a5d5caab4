"""RestFallback: whole books over REST while a socket is down, or where there is none.

The rule: a body never overrules a socket. It is dropped if the socket came up, or lived and died,
between the question and the answer. Bodies enter by the same inbox as frames.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import anyio

from arbees.errors import VenueThrottled, VenueUnavailable
from arbees.messages import events as ev
from arbees.messages.frames import Frame
from arbees.pipeline.backoff import Backoff
from arbees.pipeline.bodies import ask
from arbees.pipeline.feed_status import FeedStatus
from arbees.pipeline.pacing import Pacer
from arbees.pipeline.sockets import FeedSink, SocketFeed
from arbees.ports import Clock

LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class PollPlan:
    """How one venue's books are fetched: at most `chunk` ids a request, a round every
    `interval_s`, and only once a socket has been down for `after_s` (all seconds)."""

    venue: str
    conn_id: int
    instruments: dict[str, int]
    fetch: Callable[[Sequence[str]], Awaitable[bytes]]
    decode: Callable[[bytes], Sequence[ev.EngineEvent]]
    chunk: int
    interval_s: float
    after_s: float = 0.0
    grow: Callable[[Mapping[str, int]], None] = lambda instruments: None
    """Tells `decode` of more instruments."""


def chunks(ids: Sequence[str], size: int) -> list[Sequence[str]]:
    """`ids` in pieces of at most `size`."""
    return [ids[start : start + size] for start in range(0, len(ids), size)]


class RestFallback:
    """Polls every book of its plan while its socket is down; for ever without a socket."""

    def __init__(
        self,
        plan: PollPlan,
        sink: FeedSink,
        clock: Clock,
        pacer: Pacer,
        backoff: Backoff,
        socket: SocketFeed | None = None,
        name: str = "",
    ) -> None:
        self.plan = plan
        name = name or f"{plan.venue}-rest"
        self.status = FeedStatus(name, plan.venue, mode="idle", books=len(plan.instruments))
        self._sink = sink
        self._clock = clock
        self._pacer = pacer
        self._backoff = backoff
        self._socket = socket

    @property
    def is_needed(self) -> bool:
        socket = self._socket
        if socket is None:
            return True
        return socket.is_down and anyio.current_time() - socket.down_since_s >= self.plan.after_s

    def watch(self, instruments: Mapping[str, int]) -> None:
        """Poll these too, from the next round on."""
        plan = self.plan
        plan.instruments.update(instruments)
        plan.grow(instruments)
        self.status.books = len(plan.instruments)
        grown = ev.ConnGrew(plan.conn_id, "rest", tuple(instruments.items()))
        self._sink.deliver_event(grown, self._clock.now_ns())

    async def run(self) -> None:
        """Open the connection once, then a round of all books whenever they are needed."""
        plan = self.plan
        opened = ev.ConnOpened(
            plan.conn_id, plan.venue, "rest", 0, False, tuple(plan.instruments.items())
        )
        self._sink.deliver_event(opened, self._clock.now_ns())
        while True:
            if not self.is_needed:
                self.status.mode = "idle"
                await anyio.sleep(LOOK_S)
                continue
            self._begin()
            for ids in chunks(list(plan.instruments), plan.chunk):
                await self._pacer.turn()
                if not self.is_needed:
                    break
                await self._poll(ids)
            else:
                await anyio.sleep(plan.interval_s)

    def _begin(self) -> None:
        """Said once per stretch of polling."""
        if self.status.mode == "rest":
            return
        self.status.mode = "rest"
        why = "the socket is down" if self._socket else "no keys: polling books is the feed"
        state = ev.FeedState(self.plan.conn_id, ev.FeedMode.REST, why)
        self._sink.deliver_event(state, self._clock.now_ns())

    async def _poll(self, ids: Sequence[str]) -> None:
        life = self._life()
        try:
            body = await ask(self.plan.fetch(ids))
        except VenueUnavailable as error:
            self.status.last_error = str(error)
            self.status.unanswered += 1
            delay = max(self._backoff.next_s(), error.retry_after_s or 0.0)
            if isinstance(error, VenueThrottled):
                self._pacer.hold(delay)
            await anyio.sleep(delay)
            return
        self._backoff.succeeded()
        self.status.rest_polls += 1
        if not self.is_needed or self._life() != life:
            return  # a socket spoke meanwhile: this body is older than what it said
        now = self._clock.now_ns()
        self.status.took(now)
        self.status.last_error = ""
        self._sink.deliver_frame(Frame(self.plan.conn_id, 0, now, body))

    def _life(self) -> int:
        return self._socket.status.generation if self._socket else 0
