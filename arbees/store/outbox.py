"""The outbox: what waits for the database. `put` never waits; what does not fit is counted.

A worker process does the writing, so that neither its CPU nor its locks are ours. When it dies it
is started again; the state is shown.
"""

import json
import struct
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import anyio
import anyio.abc
import msgspec
from anyio.streams.buffered import BufferedByteReceiveStream

from arbees.messages.records import AnyRecord
from arbees.pipeline.bus import Channel, WhenFull
from arbees.store.rows import Row, rows_of

CAPACITY = 100_000
FLUSH_S = 0.25
BATCH_ROWS = 500
RESTART_S = 1.0
CLOSE_S = 5.0
LINE_MAX = 65_536
LENGTH = struct.Struct("<I")


class Outbox:
    """A ports.StoreOutbox in front of a worker process."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.channel: Channel[Row] = Channel("store", CAPACITY, WhenFull.DROP_OLDEST)
        self.state = "starting"
        self.error: str | None = None
        self.written = 0
        self.lost = 0
        self.unsent = 0
        self.starts = 0
        self._in_flight = 0
        self._written_before = self._lost_before = 0
        self._closing = anyio.Event()
        self._closed = anyio.Event()

    def put(self, records: Sequence[AnyRecord]) -> None:
        """Turn records into rows that wait."""
        for row in rows_of(records):
            self.channel.put(row)

    def put_price(
        self,
        venue: str,
        instrument_id: str,
        bid: tuple[int | None, int],
        ask: tuple[int | None, int],
        ts_ns: int,
    ) -> None:
        """Best prices (pips, micro-contracts) of one instrument."""
        row = {
            "venue": venue, "instrument_id": instrument_id, "ts_ns": ts_ns,
            "bid_pips": bid[0], "bid_qty_micro": bid[1], "ask_pips": ask[0],
            "ask_qty_micro": ask[1],
        }  # fmt: skip
        self.channel.put(("market_prices", row))

    async def run(self) -> None:
        """Keep a worker running until closed."""
        while True:
            self.starts += 1
            try:
                await self._worker()
            except (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError) as error:
                self.error = f"worker: {type(error).__name__}: {error}"
            finally:
                self.unsent += self._in_flight  # nobody said that they were written
                self._in_flight = 0
            if self._closing.is_set():
                self.state = "closed"
                self._closed.set()
                return
            self.state = "down"
            await anyio.sleep(RESTART_S)

    async def _worker(self) -> None:
        command = [sys.executable, "-m", "arbees.store.worker", "--url", self._url]
        self._written_before, self._lost_before = self.written, self.lost
        async with await anyio.open_process(command, stderr=subprocess.DEVNULL) as process:
            self.state = "up"
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._read, process, tasks.cancel_scope)
                tasks.start_soon(self._write, process)

    async def _read(self, process: anyio.abc.Process, scope: anyio.CancelScope) -> None:
        assert process.stdout is not None
        stream = BufferedByteReceiveStream(process.stdout)
        while True:
            try:
                said = json.loads(await stream.receive_until(b"\n", LINE_MAX))
            except (anyio.EndOfStream, anyio.IncompleteRead):
                if not self._closing.is_set():
                    self.error = "the worker ended"
                scope.cancel()
                return
            written = self._written_before + said["written"]
            lost = self._lost_before + said["dropped"]
            self._in_flight -= written + lost - self.written - self.lost
            self.written, self.lost, self.error = written, lost, said["error"]

    async def _write(self, process: anyio.abc.Process) -> None:
        """Small batches, so that encoding never holds the loop for long."""
        assert process.stdin is not None
        encoder = msgspec.msgpack.Encoder()
        while True:
            while len(self.channel):
                rows: list[Row] = []
                while len(rows) < BATCH_ROWS and (row := self.channel.take()) is not None:
                    rows.append(row)
                body = encoder.encode(rows)
                self._in_flight += len(rows)
                try:
                    await process.stdin.send(LENGTH.pack(len(body)) + body)
                except (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
                    return  # the reader says that the worker ended
            if self._closing.is_set():
                await process.stdin.aclose()
                return
            with anyio.move_on_after(FLUSH_S):
                await self._closing.wait()

    async def close(self) -> None:
        """Write what waits, for at most five seconds."""
        self._closing.set()
        with anyio.move_on_after(CLOSE_S):
            await self._closed.wait()

    def stats(self) -> dict[str, Any]:
        """Plain figures for `arbees status`."""
        return {
            **self.channel.stats(),
            "state": self.state,
            "written": self.written,
            "lost": self.lost + self.unsent,
            "error": self.error,
            "starts": self.starts,
        }
