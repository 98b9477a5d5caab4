"""The player: sends a session's lines at recorded pace or faster, and keeps the session clock.

Idle time over 2 s is skipped. Before what follows a skip, clock followers are told and waited for,
so that nobody reads a frame with the time before it.
"""

import asyncio
import json
import time
from typing import Any, Protocol

from aiohttp import web

from arbees.simulator.session import Line, SessionData
from arbees.units import NS_PER_S

IDLE_NS = 2 * NS_PER_S
ACK_S = 0.1
BEAT_S = 0.1


class VenueSide(Protocol):
    """What the player needs of a venue."""

    async def play(self, line: Line) -> None: ...


class Player:
    """Plays once. `venues` by name."""

    def __init__(self, session: SessionData, speed: float, venues: dict[str, VenueSide]) -> None:
        self._lines = session.lines
        self._speed = speed
        self._venues = venues
        self._base_ns = session.lines[0].t if session.lines else 0
        self._began = 0.0
        self.running = False
        self.ended = False
        self.started = asyncio.Event()
        self.finished = asyncio.Event()
        self._followers: set[web.WebSocketResponse] = set()
        self._acked = asyncio.Event()

    def now_ns(self) -> int:
        elapsed = time.perf_counter() - self._began if self.running else 0.0
        return self._base_ns + int(elapsed * self._speed * NS_PER_S)

    def clock(self) -> dict[str, Any]:
        return {
            "session_ns": self.now_ns(),
            "speed": self._speed,
            "running": self.running,
            "ended": self.ended,
        }

    def _set(self, session_ns: int) -> None:
        self._base_ns = session_ns
        self._began = time.perf_counter()

    async def run(self) -> None:
        """Wait for the start, then play to the end or until stopped."""
        await self.started.wait()
        self.running = True
        self._set(self._base_ns)
        await self._tell()
        for line in self._lines:
            if self.ended:
                break
            await self._wait_for(line.t)
            await self._venues[line.venue].play(line)
        await self.stop()

    async def _wait_for(self, t_ns: int) -> None:
        ahead = t_ns - self.now_ns()
        if ahead > IDLE_NS:
            self._set(t_ns)
            await self._tell()
        elif ahead > 0:
            await asyncio.sleep(ahead / self._speed / NS_PER_S)
        else:
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """End of play: the clock stands still from here."""
        if not self.ended:
            self._base_ns = self.now_ns()
            self.running = False
            self.ended = True
            await self._tell()
            self.finished.set()

    async def _tell(self) -> None:
        """Push the clock and wait a little for one acknowledgement."""
        if not self._followers:
            return
        self._acked.clear()
        await self._push()
        try:
            await asyncio.wait_for(self._acked.wait(), ACK_S)
        except TimeoutError:
            return

    async def _push(self) -> None:
        text = json.dumps(self.clock())
        for socket in list(self._followers):
            try:
                await socket.send_str(text)
            except (ConnectionError, RuntimeError):
                self._followers.discard(socket)

    async def beat(self) -> None:
        """The clock ten times a second, for followers that joined late."""
        while True:
            await asyncio.sleep(BEAT_S)
            await self._push()

    async def follow(self, request: web.Request) -> web.WebSocketResponse:
        """WebSocket of the clock."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._followers.add(socket)
        await socket.send_str(json.dumps(self.clock()))
        async for _ in socket:
            self._acked.set()
        self._followers.discard(socket)
        return socket
