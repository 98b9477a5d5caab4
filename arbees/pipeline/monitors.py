"""Monitors keep every feed alive: a socket with reconnect, and REST polling beside it.

They only move bytes. A socket that is down, or silent for too long, is said to be down, which voids
its books; REST bodies enter by the same inbox on a connection of their own.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

import anyio
import httpx
import websockets
from websockets.asyncio.client import ClientConnection, connect

from arbees.errors import VenueError, VenueThrottled, VenueUnavailable
from arbees.messages import events as ev
from arbees.messages.frames import Frame
from arbees.pipeline.backoff import BackoffPolicy
from arbees.ports import Clock, Sink

USER_AGENT = "arbees/0.1.0"
FRAME_MAX = 16 << 20
YIELD_EVERY = 64
OPEN_S = 10.0
HEALTHY_S = 10.0


class FeedSink(Sink, Protocol):
    """A sink that can also say what a session wants sent, and when a book was last heard of."""

    def take_outgoing(self, conn_id: int) -> list[bytes]: ...

    def last_seen_ns(self, ix: int) -> int: ...


@dataclass(slots=True)
class FeedStatus:
    """What `arbees status` shows of one connection."""

    name: str
    venue: str
    mode: str = "down"
    generation: int = 0
    connects: int = 0
    frames: int = 0
    last_frame_ns: int = 0
    last_error: str = ""
    rest_polls: int = 0


@dataclass(frozen=True, slots=True)
class SocketPlan:
    """How one venue wants its socket: all timings in seconds.

    `text_ping` is sent every `ping_s` (Polymarket); without it a protocol ping is, whose pong
    proves the connection alive (Kalshi). `silent_s` without any sign of life means down.
    """

    venue: str
    conn_id: int
    url: str
    instruments: Mapping[str, int]
    is_sequenced: bool
    headers: Callable[[], dict[str, str]]
    commands: Callable[[], Sequence[bytes]]
    text_ping: str | None
    ping_s: float
    silent_s: float
    kind: str = "ws"
    """What its session is called (app/compose.py)."""


class SocketFeed:
    """One WebSocket, reconnected for ever."""

    def __init__(
        self, plan: SocketPlan, sink: FeedSink, clock: Clock, policy: BackoffPolicy, random: Random
    ) -> None:
        self.plan = plan
        self.status = FeedStatus(f"{plan.venue}-{plan.kind}", plan.venue)
        self.is_up = anyio.Event()
        self._sink = sink
        self._clock = clock
        self._policy = policy
        self._random = random
        self._life_s = 0.0
        self._opened_s: float | None = None

    @property
    def is_down(self) -> bool:
        return self.status.mode != "ws"

    async def run(self) -> None:
        """Connect, read until it breaks, wait as the policy says, again."""
        attempt = 0
        while True:
            self._opened_s = None
            error = await self._connection()
            if self._opened_s and anyio.current_time() - self._opened_s > HEALTHY_S:
                attempt = 0
            self.status.last_error = error
            self._down(error)
            await self._clock.sleep(self._policy.delay_s(attempt, self._random.random()))
            attempt += 1

    def _down(self, reason: str) -> None:
        """Said once per loss: a failed attempt must not void what REST brought meanwhile."""
        if self.status.mode == "down":
            return
        self.status.mode = "down"
        state = ev.FeedState(self.plan.conn_id, ev.FeedMode.DOWN, reason)
        self._sink.deliver_event(state, self._clock.now_ns())

    async def _connection(self) -> str:
        """One life of the socket; why it ended."""
        plan = self.plan
        try:
            async with connect(
                plan.url, compression=None, max_size=FRAME_MAX, open_timeout=OPEN_S,
                additional_headers=plan.headers(), user_agent_header=USER_AGENT,
                ping_interval=None, proxy=None,
            ) as socket:  # fmt: skip
                return await self._read(socket)
        except (OSError, websockets.exceptions.WebSocketException, VenueError) as error:
            return f"{type(error).__name__}: {error}"

    async def _read(self, socket: ClientConnection) -> str:
        status, plan = self.status, self.plan
        status.connects += 1
        status.generation += 1
        opened = ev.ConnOpened(
            plan.conn_id, plan.venue, plan.kind, status.generation, plan.is_sequenced,
            tuple(plan.instruments.items()),
        )  # fmt: skip
        self._sink.deliver_event(opened, self._clock.now_ns())
        self._opened_s = anyio.current_time()
        status.mode = "ws"
        for command in plan.commands():
            await socket.send(command, text=True)
        up = ev.FeedState(plan.conn_id, ev.FeedMode.WS, "connected")
        self._sink.deliver_event(up, self._clock.now_ns())
        reason = "closed"
        self._life_s = anyio.current_time()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._keep_alive, socket)
            reason = await self._frames(socket)
            tasks.cancel_scope.cancel()
        return reason

    async def _frames(self, socket: ClientConnection) -> str:
        status, plan, sink, clock = self.status, self.plan, self._sink, self._clock
        try:
            while True:
                data = await socket.recv(decode=False)
                now = clock.now_ns()
                sink.deliver_frame(Frame(plan.conn_id, status.generation, now, data))
                status.frames += 1
                status.last_frame_ns = now
                self._life_s = anyio.current_time()
                if not self.is_up.is_set():
                    self.is_up.set()
                for command in sink.take_outgoing(plan.conn_id):
                    await socket.send(command, text=True)
                if status.frames % YIELD_EVERY == 0:
                    await anyio.lowlevel.checkpoint()
        except websockets.exceptions.ConnectionClosed as error:
            return f"closed: {error}"

    async def _keep_alive(self, socket: ClientConnection) -> None:
        """Ping as the venue wants it; close a socket that shows no life."""
        plan = self.plan
        while True:
            await self._clock.sleep(plan.ping_s)
            try:
                if plan.text_ping is not None:
                    await socket.send(plan.text_ping)
                else:
                    with anyio.move_on_after(plan.silent_s):
                        await (await socket.ping())
                        self._life_s = anyio.current_time()
                        beat = ev.FeedBeat(plan.conn_id)
                        self._sink.deliver_event(beat, self._clock.now_ns())
            except websockets.exceptions.ConnectionClosed:
                return
            if anyio.current_time() - self._life_s > plan.silent_s:
                await socket.close(1001, "silent")
                return


@dataclass(frozen=True, slots=True)
class PollPlan:
    """How one venue's books are fetched: at most `chunk` ids a request, polite pauses between."""

    venue: str
    conn_id: int
    instruments: Mapping[str, int]
    fetch: Callable[[Sequence[str]], Awaitable[bytes]]
    chunk: int
    interval_s: float
    pause_s: float


class RestPoller:
    """Polls books while `wanted()` names some: the feed without a socket, and the witness."""

    def __init__(
        self,
        plan: PollPlan,
        sink: FeedSink,
        clock: Clock,
        wanted: Callable[[], Sequence[str]],
        policy: BackoffPolicy,
        random: Random,
    ) -> None:
        self.plan = plan
        self.status = FeedStatus(f"{plan.venue}-rest", plan.venue, mode="idle")
        self._sink = sink
        self._clock = clock
        self._wanted = wanted
        self._policy = policy
        self._random = random
        self._failures = 0

    async def run(self) -> None:
        plan = self.plan
        opened = ev.ConnOpened(
            plan.conn_id, plan.venue, "rest", 0, False, tuple(plan.instruments.items())
        )
        self._sink.deliver_event(opened, self._clock.now_ns())
        while True:
            ids = list(self._wanted())
            self.status.mode = "rest" if ids else "idle"
            for start in range(0, len(ids), plan.chunk):
                await self._poll(ids[start : start + plan.chunk])
                await self._clock.sleep(plan.pause_s)
            await self._clock.sleep(plan.interval_s)

    async def _poll(self, ids: Sequence[str]) -> None:
        try:
            with anyio.fail_after(OPEN_S):
                body = await self.plan.fetch(ids)
        except (httpx.HTTPError, TimeoutError, VenueUnavailable) as error:
            self.status.last_error = f"{type(error).__name__}: {error}"
            delay = self._policy.delay_s(self._failures, self._random.random())
            self._failures += 1
            await self._clock.sleep(delay)
            return
        self._failures = 0
        now = self._clock.now_ns()
        self.status.rest_polls += 1
        wanted = set(self._wanted())
        if not wanted.issuperset(ids):
            return  # a socket spoke of one of them meanwhile: this body is older than that
        self.status.frames += 1
        self.status.last_frame_ns = now
        self._sink.deliver_frame(Frame(self.plan.conn_id, 0, now, body))


def body_of(response: httpx.Response) -> bytes:
    """The body of a good answer. Raises VenueThrottled or VenueUnavailable for the rest."""
    where = f"{response.request.method} {response.request.url.path}"
    if response.status_code == 429:
        raise VenueThrottled(f"{where}: 429, too many requests")
    if response.status_code != 200:
        raise VenueUnavailable(f"{where}: HTTP {response.status_code}")
    if response.content[:1] not in (b"{", b"["):
        raise VenueUnavailable(f"{where}: the body is not JSON")
    return response.content
