"""The simulator's session clock, followed from here: offset and speed over a WebSocket.

Real time drives it between messages; every skip of idle time is acknowledged, so that no frame
from behind a skip is read with the time before it.
"""

import json
from typing import Any

import anyio
import websockets
from websockets.asyncio.client import connect

from arbees.clock import monotonic_ns


class SessionClock:
    """A ports.Clock in session time. `sleep` sleeps real seconds: timers of the process are not
    part of the session."""

    def __init__(self, session_ns: int = 0, speed: float = 1.0) -> None:
        self._base_ns = session_ns
        self._read_ns = monotonic_ns()
        self._speed = speed
        self._last_ns = session_ns
        self.has_ended = False
        self.is_running = False

    def now_ns(self) -> int:
        """Session time; never goes back."""
        elapsed = monotonic_ns() - self._read_ns if self.is_running else 0
        now = self._base_ns + int(elapsed * self._speed)
        self._last_ns = max(self._last_ns, now)
        return self._last_ns

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)

    def update(self, said: dict[str, Any]) -> None:
        """Take the simulator's word."""
        self._base_ns = int(said["session_ns"])
        self._speed = float(said["speed"])
        self._read_ns = monotonic_ns()
        self.is_running = bool(said["running"])
        self.has_ended = bool(said["ended"])

    async def follow(self, url: str) -> None:
        """Follow the clock until its socket closes."""
        try:
            async with connect(url, compression=None) as socket:
                async for text in socket:
                    self.update(json.loads(text))
                    await socket.send(json.dumps({"ack": self._base_ns}))
        except (OSError, websockets.exceptions.WebSocketException):
            self.has_ended = True
