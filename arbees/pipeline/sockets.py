"""SocketFeed: one WebSocket of one venue, reconnected for ever. It only moves bytes.

The rule: every await has a deadline, so that no peer, however slow or dead, holds up the next
attempt; and no attempt comes sooner than the policy says.
"""

import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import anyio
import websockets
from websockets.asyncio.client import ClientConnection, connect

from arbees.errors import VenueError
from arbees.messages import events as ev
from arbees.messages.frames import Frame
from arbees.pipeline.backoff import Backoff
from arbees.pipeline.bodies import USER_AGENT
from arbees.pipeline.feed_status import FeedStatus
from arbees.ports import Clock, Sink

FRAME_MAX = 16 << 20
YIELD_EVERY = 64
OPEN_S = 10.0
SEND_S = 5.0
FAREWELL_S = 0.5

Levels = tuple[tuple[int, int], ...]
Dial = Callable[[str, int], Awaitable[socket.socket]]
"""A connected socket to a host and port, by whatever way. Raises VenueUnavailable."""


class FeedSink(Sink, Protocol):
    """A sink that can also say what its sessions want sent, and what it holds of a book."""

    def take_outgoing(self, conn_id: int) -> list[bytes]: ...

    def last_seen_ns(self, ix: int) -> int: ...

    def levels(self, ix: int) -> tuple[Levels, Levels] | None: ...

    def ask_again(self, conn_id: int, ixs: Sequence[int]) -> None: ...


@dataclass(frozen=True, slots=True)
class SocketPlan:
    """How one venue wants its socket: all timings in seconds. `instruments` may grow.

    `text_ping` is sent every `ping_s` (Polymarket, answered by `text_pong`); without it a protocol
    ping is, whose pong proves the connection alive (Kalshi). Without any sign of life `pong_s`
    after a ping the connection is dead.
    """

    venue: str
    conn_id: int
    url: str
    instruments: dict[str, int]
    is_sequenced: bool
    headers: Callable[[], dict[str, str]]
    commands: Callable[[], Sequence[bytes]]
    ping_s: float
    pong_s: float
    text_ping: str | None = None
    text_pong: bytes = b""
    open_s: float = OPEN_S
    kind: str = "ws"
    """What its session is called (app/compose.py)."""
    dial: Dial | None = None
    """None connects directly."""


class SocketFeed:
    """One WebSocket, reconnected for ever."""

    def __init__(
        self, plan: SocketPlan, sink: FeedSink, clock: Clock, backoff: Backoff, name: str = ""
    ) -> None:
        self.plan = plan
        name = name or f"{plan.venue}-{plan.kind}"
        self.status = FeedStatus(name, plan.venue, books=len(plan.instruments))
        self.is_up = anyio.Event()
        self.opened_ns = 0
        self.down_since_s = anyio.current_time()
        self._sink = sink
        self._clock = clock
        self._backoff = backoff
        self._socket: ClientConnection | None = None
        self._life_s = 0.0
        self._drop_reason = ""
        self._wake = anyio.Event()

    @property
    def is_down(self) -> bool:
        return self.status.mode != "ws"

    async def run(self) -> None:
        """Connect, read until it breaks, wait as the policy says, again."""
        while True:
            self.status.attempts += 1
            error = await self._connection()
            self.status.last_error = error
            self._down(error)
            await self._clock.sleep(self._backoff.next_s())

    def drop(self, reason: str) -> None:
        """Give this connection up; the next attempt follows as after any loss."""
        self._drop_reason = reason
        if self._socket is not None:
            self._socket.transport.abort()

    def watch(self, instruments: Mapping[str, int]) -> None:
        """Carry more instruments, from now on and after every reconnect."""
        self.plan.instruments.update(instruments)
        self.status.books = len(self.plan.instruments)
        if not self.is_down:
            grown = ev.ConnGrew(self.plan.conn_id, self.plan.kind, tuple(instruments.items()))
            self._sink.deliver_event(grown, self._clock.now_ns())
            self._wake.set()

    def resubscribe(self, ixs: Sequence[int]) -> None:
        """Ask the venue for whole books of these instruments on this connection."""
        self._sink.ask_again(self.plan.conn_id, ixs)
        self._wake.set()

    def _down(self, reason: str) -> None:
        """Said once per loss: a failed attempt must not void what REST brought meanwhile."""
        if self.status.mode == "down":
            return
        self.status.mode = "down"
        self.down_since_s = anyio.current_time()
        state = ev.FeedState(self.plan.conn_id, ev.FeedMode.DOWN, reason)
        self._sink.deliver_event(state, self._clock.now_ns())

    async def _connection(self) -> str:
        """One life of the socket; why it ended."""
        plan = self.plan
        try:
            with anyio.fail_after(plan.open_s):
                socket = await _open(plan)
        except TimeoutError:
            return f"not open after {plan.open_s:g} s"
        except (OSError, websockets.exceptions.WebSocketException, VenueError) as error:
            return f"{type(error).__name__}: {error}"
        opened_s = anyio.current_time()
        self._drop_reason = ""
        self._socket = socket
        try:
            return await self._live(socket)
        except anyio.get_cancelled_exc_class():
            with anyio.move_on_after(FAREWELL_S, shield=True):
                await socket.close()
            raise
        finally:
            self._socket = None
            socket.transport.abort()
            self._backoff.lived(anyio.current_time() - opened_s)

    async def _live(self, socket: ClientConnection) -> str:
        status, plan = self.status, self.plan
        status.connects += 1
        status.generation += 1
        opened = ev.ConnOpened(
            plan.conn_id, plan.venue, plan.kind, status.generation, plan.is_sequenced,
            tuple(plan.instruments.items()),
        )  # fmt: skip
        self.opened_ns = self._clock.now_ns()
        self._sink.deliver_event(opened, self.opened_ns)
        status.mode = "ws"
        up = ev.FeedState(plan.conn_id, ev.FeedMode.WS, "connected")
        self._sink.deliver_event(up, self.opened_ns)
        self._life_s = anyio.current_time()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._subscribe, socket)
            tasks.start_soon(self._keep_alive, socket)
            tasks.start_soon(self._flush, socket)
            reason = await self._frames(socket)
            tasks.cancel_scope.cancel()
        return self._drop_reason or reason

    async def _subscribe(self, socket: ClientConnection) -> None:
        """Beside the reading: a venue that answers while we still subscribe is not held up. Where
        a subscription has no answer, the pong behind it is one."""
        commands: list[bytes | str] = [*self.plan.commands()]
        if self.plan.text_ping is not None:
            commands.append(self.plan.text_ping)
        for command in commands:
            if not await self._send(socket, command):
                return

    async def _send(self, socket: ClientConnection, data: bytes | str) -> bool:
        """False when the connection is no more. A peer that takes nothing is dropped."""
        try:
            with anyio.fail_after(SEND_S):
                await socket.send(data, text=True)
        except TimeoutError:
            self.drop(f"took nothing for {SEND_S:g} s")
            return False
        except websockets.exceptions.ConnectionClosed:
            return False
        return True

    async def _frames(self, socket: ClientConnection) -> str:
        """Ends with the connection: `_keep_alive` cuts it when nothing comes any more."""
        status, plan, sink, clock = self.status, self.plan, self._sink, self._clock
        read = 0
        try:
            while True:
                data = await socket.recv(decode=False)
                now = clock.now_ns()
                sink.deliver_frame(Frame(plan.conn_id, status.generation, now, data))
                self._life_s = anyio.current_time()
                if not self.is_up.is_set():
                    self.is_up.set()
                if data == plan.text_pong:
                    status.frames += 1
                    continue
                status.took(now)
                for command in sink.take_outgoing(plan.conn_id):
                    if not await self._send(socket, command):
                        break
                read += 1
                if read % YIELD_EVERY == 0:
                    await anyio.lowlevel.checkpoint()
        except websockets.exceptions.ConnectionClosed as error:
            return f"closed: {error}"

    async def _flush(self, socket: ClientConnection) -> None:
        """Send what was asked for outside of a frame."""
        while True:
            await self._wake.wait()
            self._wake = anyio.Event()
            for command in self._sink.take_outgoing(self.plan.conn_id):
                if not await self._send(socket, command):
                    return

    async def _keep_alive(self, socket: ClientConnection) -> None:
        """Ping as the venue wants it; cut a socket that shows no life afterwards."""
        plan = self.plan
        while True:
            await self._clock.sleep(plan.ping_s - plan.pong_s)
            asked_s = anyio.current_time()
            with anyio.move_on_after(plan.pong_s):
                if plan.text_ping is not None:
                    if not await self._send(socket, plan.text_ping):
                        return
                    await anyio.sleep_forever()
                elif not await self._pong(socket):
                    return
            rest_s = plan.pong_s - (anyio.current_time() - asked_s)
            if self._life_s < asked_s:
                self.drop(f"no sign of life for {plan.pong_s:g} s after a ping")
                return
            await self._clock.sleep(max(0.0, rest_s))

    async def _pong(self, socket: ClientConnection) -> bool:
        """A protocol ping and its answer, which confirms what a sequenced connection carries."""
        try:
            await (await socket.ping())
        except websockets.exceptions.ConnectionClosed:
            return False
        self._life_s = anyio.current_time()
        self._sink.deliver_event(ev.FeedBeat(self.plan.conn_id), self._clock.now_ns())
        return True


async def _open(plan: SocketPlan) -> ClientConnection:
    """The handshake, over a way of the plan's own if it has one."""
    more: dict[str, Any] = {}
    if plan.dial is not None:
        parts = urlsplit(plan.url)
        port = parts.port or (443 if parts.scheme == "wss" else 80)
        more["sock"] = await plan.dial(parts.hostname or "", port)
    return await connect(
        plan.url, compression=None, max_size=FRAME_MAX, open_timeout=None,
        additional_headers=plan.headers(), user_agent_header=USER_AGENT,
        ping_interval=None, close_timeout=FAREWELL_S, proxy=None, **more,
    )  # fmt: skip
