"""The engine's side of discovery: keeps a worker running and hands on what it says.

It holds no catalogue. A worker that dies is started again and tells everything anew; whoever takes
the answers must bear hearing a link twice.
"""

import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol

import anyio
import anyio.abc
import msgspec
from anyio.streams.buffered import BufferedByteReceiveStream

from arbees.app.discovery.messages import (
    Answer,
    Begin,
    Command,
    Counted,
    Game,
    Games,
    GamesFound,
    Links,
    Look,
    Scanned,
    Unlinked,
    frame,
    next_answer,
)

RESTART_S = 0.5
RESTART_CAP_S = 30.0
WAITING_MAX = 1_000
VENUES = 2
LAST_WORDS_S = 1.0
COMPLAINT_MAX = 200
COMMAND = (sys.executable, "-m", "arbees.app.discovery")


class Listener(Protocol):
    """Who is told. A new worker `begins` knowing nothing and tells everything anew; once it
    `is_complete`, what it did not tell does not hold any more."""

    def begins(self) -> None: ...
    def take(self, answer: Links | Unlinked) -> None: ...
    def is_complete(self) -> None: ...


class Discovery:
    """A worker process. States: starting, scanning, up, down (it is started again), closed."""

    def __init__(self, begin: Begin, listener: Listener) -> None:
        self._begin = begin
        self._listener = listener
        self._commands: deque[Command] = deque()
        self._has_commands = anyio.Event()
        self._asked = 0
        self._games: dict[int, anyio.Event] = {}
        self._found: dict[int, GamesFound] = {}
        self._scanned: dict[str, float] = {}
        self.counted = Counted({}, {}, 0, 0)
        self.first_scan = anyio.Event()
        """Set once both venues were read whole."""
        self.state = "starting"
        self.error = self._complaint = ""
        self.starts = 0
        self.lost = 0
        self.worker_pid = 0

    async def run(self) -> None:
        """For ever."""
        delay = RESTART_S
        while True:
            try:
                await self._worker()
            except (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError) as error:
                self.error = f"worker: {type(error).__name__}: {error}"
            if self._scanned:
                delay = RESTART_S
            self.state = "down"
            self._scanned = {}
            await anyio.sleep(delay)
            delay = min(delay * 2, RESTART_CAP_S)

    def look(self, venue: str, market_ids: Sequence[str]) -> None:
        """Have these markets read soon. What does not fit is counted: the next scan finds it."""
        if len(self._commands) < WAITING_MAX:
            self._ask(Look(venue, tuple(market_ids)))
        else:
            self.lost += 1

    async def games(self, games: Sequence[Game]) -> GamesFound:
        """The markets of these games, read before anything else; their links come by themselves."""
        self._asked += 1
        number = self._asked
        self._games[number] = anyio.Event()
        self._ask(Games(number, tuple(games)))
        await self._games[number].wait()
        del self._games[number]
        return self._found.pop(number)

    def _ask(self, command: Command) -> None:
        self._commands.append(command)
        self._has_commands.set()

    def stats(self) -> dict[str, Any]:
        """Plain figures for `arbees status`."""
        said = msgspec.to_builtins(self.counted)
        error = self.error or self.counted.error
        return {**said, "state": self.state, "error": error, "starts": self.starts,
                "scan_s": dict(self._scanned), "not_asked": self.lost}  # fmt: skip

    async def _worker(self) -> None:
        self.starts += 1
        async with await anyio.open_process(
            COMMAND, stderr=subprocess.PIPE, start_new_session=True
        ) as process:
            self.worker_pid = process.pid
            assert process.stdin is not None
            await process.stdin.send(frame(self._begin))
            self.state = "scanning"
            self._listener.begins()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._write, process)
                tasks.start_soon(self._complaints, process)
                await self._read(process)
                with anyio.move_on_after(LAST_WORDS_S):
                    await process.wait()
                    await anyio.lowlevel.checkpoint()
                tasks.cancel_scope.cancel()
            self.error = f"the worker ended ({self._complaint or 'no word'}); another is started"

    async def _read(self, process: anyio.abc.Process) -> None:
        assert process.stdout is not None
        stream = BufferedByteReceiveStream(process.stdout)
        while True:
            try:
                answer = await next_answer(stream)
            except (anyio.EndOfStream, anyio.IncompleteRead, msgspec.DecodeError):
                return
            self._hear(answer)
            await anyio.lowlevel.checkpoint()  # frames of the venues go first

    async def _complaints(self, process: anyio.abc.Process) -> None:
        """The last line that the worker wrote of what ended it."""
        assert process.stderr is not None
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            async for part in process.stderr:
                lines = part.decode("utf-8", "replace").splitlines()
                words = [line.strip(" |+-") for line in lines if line.strip(" |+-^~")]
                self._complaint = (words or [self._complaint])[-1][:COMPLAINT_MAX]

    def _hear(self, answer: Answer) -> None:
        match answer:
            case Counted():
                self.counted = answer
            case GamesFound():
                if answer.number in self._games:
                    self._found[answer.number] = answer
                    self._games[answer.number].set()
            case Scanned():
                self._scanned[answer.venue] = answer.seconds
                if len(self._scanned) == VENUES and self.state != "up":
                    self.state, self.error = "up", ""
                    self._listener.is_complete()
                    self.first_scan.set()
            case Links() | Unlinked():
                self._listener.take(answer)

    async def _write(self, process: anyio.abc.Process) -> None:
        assert process.stdin is not None
        while True:
            while self._commands:
                await process.stdin.send(frame(self._commands.popleft()))
            self._has_commands = anyio.Event()
            await self._has_commands.wait()
