"""Order transport: HTTP/1.1 over a few kept-alive, pre-warmed connections.

Bytes leave inside `send`, where a connection is free. The one rule: a request is written once. What
failed before the write is VenueUnavailable, after it OutcomeUnknown; a connection that says a word
out of turn is closed, so that no answer ever reaches the wrong order.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import cast

import anyio

from arbees.errors import ArbeesError, OutcomeUnknown, VenueUnavailable, WireError
from arbees.messages.requests import Response
from arbees.pipeline.backoff import BackoffPolicy
from arbees.venues.egress import Proxy, Target, open_through
from arbees.venues.http_message import AnswerParser

WAITING_MAX = 256
HEALTHY_S = 1.0
Gate = Callable[[], None]


@dataclass(frozen=True, slots=True)
class PoolPolicy:
    """How a pool behaves, seconds."""

    size: int = 3
    dial_s: float = 5.0
    idle_max_s: float = 45.0
    backoff: BackoffPolicy = field(default_factory=BackoffPolicy)


class _Call:
    """One request on its way."""

    __slots__ = ("connection", "data", "future", "gate", "timer")

    def __init__(self, data: bytes, gate: Gate | None, future: asyncio.Future[Response]) -> None:
        self.data = data
        self.gate = gate
        self.future = future
        self.connection: _Connection | None = None
        self.timer: asyncio.TimerHandle | None = None

    def fail(self, error: Exception) -> None:
        if self.timer is not None:
            self.timer.cancel()
        if not self.future.done():
            self.future.set_exception(error)


class _Connection(asyncio.Protocol):
    """One connection: at most one request is on it at a time."""

    def __init__(self, pool: "Http1Pool") -> None:
        self.closed = asyncio.Event()
        self.is_retired = False
        self.opened_at = self.idle_at = 0.0
        self._pool = pool
        self._parser = AnswerParser()
        self._transport: asyncio.Transport | None = None
        self._call: _Call | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.opened_at = self.idle_at = asyncio.get_running_loop().time()

    @property
    def is_usable(self) -> bool:
        transport = self._transport
        return transport is not None and not transport.is_closing() and self._call is None

    def write(self, call: _Call) -> None:
        """From here on the request may have been carried out."""
        assert self._transport is not None
        self._call = call
        call.connection = self
        self._transport.write(call.data)

    def data_received(self, data: bytes) -> None:
        call = self._call
        if call is None:
            self.close("spoke out of turn")
            return
        try:
            answer = self._parser.feed(data)
        except WireError as error:
            self.close(str(error))
            return
        if answer is None:
            return
        self._call = None
        self.idle_at = asyncio.get_running_loop().time()
        if call.timer is not None:
            call.timer.cancel()
        if not call.future.done():
            call.future.set_result(answer)
        if self._parser.keeps_alive:
            self._pool.release(self)
        else:
            self.close("the venue ends this connection")

    def eof_received(self) -> bool:
        return False

    def close(self, why: str) -> None:
        """End it at once; a request that was on it has an unknown outcome."""
        self._fail(why)
        self._pool.forget(self)
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"connection lost: {exc or 'closed by the other side'}")
        self._pool.forget(self)
        self.closed.set()

    def _fail(self, why: str) -> None:
        call, self._call = self._call, None
        if call is not None:
            text = f"{self._pool.name}: {why}; the request had left and may have been carried out"
            call.fail(OutcomeUnknown(text))


class Http1Pool:
    """An OrderTransport. `run` keeps the connections; it is started in the task group."""

    def __init__(
        self,
        target: Target,
        policy: PoolPolicy | None = None,
        proxy: Proxy | None = None,
        random: Random | None = None,
    ) -> None:
        self.target = target
        self.name = target.authority
        self.dials = 0
        self.last_error = ""
        self.connections: set[_Connection] = set()
        self._policy = policy or PoolPolicy()
        self._proxy = proxy
        self._random = random or Random(target.authority)
        self._idle: deque[_Connection] = deque()
        self._waiting: deque[_Call] = deque()
        self._warm = asyncio.Event()

    @property
    def idle(self) -> int:
        """Connections that could take a request now."""
        return sum(connection.is_usable for connection in self._idle)

    def send(
        self, data: bytes, deadline_s: float, gate: Gate | None = None
    ) -> asyncio.Future[Response]:
        """See ports.OrderTransport. Where all connections are busy the request waits for one."""
        loop = asyncio.get_running_loop()
        call = _Call(data, gate, loop.create_future())
        connection = self._take()
        if connection is None and (not self.connections or len(self._waiting) >= WAITING_MAX):
            state = "busy" if self.connections else "up"
            why = f"{self.name}: no connection is free" if state == "busy" else self._down()
            call.fail(VenueUnavailable(f"{why}; nothing was sent"))
            return call.future
        call.timer = loop.call_later(deadline_s, self._expire, call, deadline_s)
        if connection is None:
            self._waiting.append(call)
        else:
            self._start(connection, call)
        return call.future

    def _down(self) -> str:
        return f"{self.name}: no connection is up ({self.last_error or 'still connecting'})"

    def _take(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.popleft()
            if connection.is_usable:
                return connection
        return None

    def _start(self, connection: _Connection, call: _Call) -> None:
        """The gate's word is the last before the write."""
        if call.gate is not None:
            try:
                call.gate()
            except ArbeesError as error:
                call.fail(error)
                self.release(connection)
                return
        connection.write(call)

    def release(self, connection: _Connection) -> None:
        """This connection is free: the oldest waiting request takes it."""
        while self._waiting and connection.is_usable:
            call = self._waiting.popleft()
            if not call.future.done():
                self._start(connection, call)
                return
        if connection.is_usable and connection not in self._idle:
            self._idle.append(connection)

    def forget(self, connection: _Connection) -> None:
        """It is gone. With the last one, nobody waits any longer."""
        self.connections.discard(connection)
        if not self.connections:
            self._warm.clear()
            while self._waiting:
                self._waiting.popleft().fail(VenueUnavailable(f"{self._down()}; nothing was sent"))

    def _expire(self, call: _Call, deadline_s: float) -> None:
        if call.connection is None:
            text = f"{self.name}: no connection was free within {deadline_s} s; nothing was sent"
            call.fail(VenueUnavailable(text))
        else:
            call.connection.close(f"no answer within {deadline_s} s")

    async def wait_warm(self) -> None:
        """Until one connection is up."""
        await self._warm.wait()

    async def run(self) -> None:
        """Keep the connections until cancelled."""
        try:
            async with anyio.create_task_group() as tasks:
                for _ in range(self._policy.size):
                    tasks.start_soon(self._keep)
                tasks.start_soon(self._retire)
        finally:
            for connection in tuple(self.connections):
                connection.close("we are ending")

    async def _keep(self) -> None:
        attempt = 0
        while True:
            try:
                connection = await self._dial()
            except (OSError, TimeoutError, VenueUnavailable) as error:
                self.last_error = str(error) or type(error).__name__
            else:
                await connection.closed.wait()
                if connection.is_retired:
                    continue
                lived = asyncio.get_running_loop().time() - connection.opened_at
                attempt = 0 if lived >= HEALTHY_S else attempt
            await anyio.sleep(self._policy.backoff.delay_s(attempt, self._random.random()))
            attempt += 1

    async def _dial(self) -> _Connection:
        loop = asyncio.get_running_loop()
        target, tls = self.target, self.target.tls
        self.dials += 1
        async with asyncio.timeout(self._policy.dial_s):
            name = target.host if tls else None
            if self._proxy is None:
                _, made = await loop.create_connection(
                    lambda: _Connection(self), target.host, target.port, ssl=tls,
                    server_hostname=name,
                )  # fmt: skip
            else:
                sock = await open_through(self._proxy, target.host, target.port)
                _, made = await loop.create_connection(
                    lambda: _Connection(self), sock=sock, ssl=tls, server_hostname=name
                )
        if not made.closed.is_set():
            self.connections.add(made)
            self._warm.set()
            self.release(made)
        return made

    async def _retire(self) -> None:
        """Replace connections that idle for long, before the venue ends them under a request."""
        while True:
            await anyio.sleep(self._policy.idle_max_s / 4)
            oldest = asyncio.get_running_loop().time() - self._policy.idle_max_s
            for connection in tuple(self._idle):
                if connection.idle_at < oldest and connection.is_usable:
                    connection.is_retired = True
                    self._idle.remove(connection)
                    connection.close("idle")
