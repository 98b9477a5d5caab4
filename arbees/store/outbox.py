"""The outbox: what waits for the database. `put` never waits; what does not fit is counted.

A worker process does the writing, so that neither its CPU nor its locks are ours. One batch is on
its way at a time and stays here until the worker says that it is written; when the worker or the
database dies, the batch is sent again.
"""

import json
import secrets
import struct
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import anyio
import anyio.abc
import msgspec
from anyio.streams.buffered import BufferedByteReceiveStream

from arbees.clock import monotonic_ns
from arbees.messages.records import AnyRecord
from arbees.pipeline.bus import Channel, WhenFull
from arbees.store.migrate import check_url
from arbees.store.projection import Projection
from arbees.store.rows import Row

CAPACITY = 100_000
PRICE_SHARE = 0.5
"""Prices may fill half of the outbox: the rest is kept for what we did."""
FLUSH_S = 0.25
BATCH_ROWS = 200
RESTART_S = 0.5
RESTART_CAP_S = 30.0
SLOW_S = 2.0
CLOSE_S = 5.0
LINE_MAX = 65_536
NS = 1_000_000_000
LENGTH = struct.Struct("<I")
Price = tuple[int | None, int]


class Outbox:
    """A ports.StoreOutbox in front of a worker process. Raises ConfigError for an impossible url.

    States: starting, up, slow (two seconds without a word about a batch), failing (the worker
    says why and tries again), down (no worker; one is started), closed.
    """

    def __init__(self, url: str, projection: Projection | None = None) -> None:
        check_url(url)
        self._url = url
        self._run = secrets.token_hex(8)
        self.projection = projection or Projection()
        self.channel: Channel[Row] = Channel("store", CAPACITY, WhenFull.DROP_OLDEST)
        self.error: str | None = None
        self.starts = 0
        self.worker_pid = 0
        self._state = "starting"
        self._written = self._lost = 0
        self._said: dict[str, int] = {}
        self._prices_dropped = 0
        self._batch: list[Row] = []
        self._number = 0
        self._heard_ns = 0
        self._acked = anyio.Event()
        self._closing = anyio.Event()
        self._closed = anyio.Event()

    def put(self, records: Sequence[AnyRecord]) -> None:
        """Turn records into rows that wait."""
        for row in self.projection.rows(records):
            self.channel.put(row)

    def put_price(self, venue: str, instrument_id: str, bid: Price, ask: Price, ts_ns: int) -> None:
        """Best prices (pips, micro-contracts) of one instrument."""
        if len(self.channel) >= self.channel.capacity * PRICE_SHARE:
            self._prices_dropped += 1
            return
        row = {
            "venue": venue, "instrument_id": instrument_id, "ts_ns": ts_ns,
            "bid_pips": bid[0], "bid_qty_micro": bid[1], "ask_pips": ask[0],
            "ask_qty_micro": ask[1],
        }  # fmt: skip
        self.channel.put(("market_prices", row))

    @property
    def state(self) -> str:
        is_slow = self._batch and monotonic_ns() - self._heard_ns > SLOW_S * NS
        return "slow" if is_slow and self._state == "up" else self._state

    @property
    def waiting(self) -> int:
        """Rows that are not in the database yet."""
        return len(self.channel) + len(self._batch)

    @property
    def written(self) -> int:
        return self._written + self._said.get("written", 0)

    async def run(self) -> None:
        """Keep a worker running until closed and empty, or given up by `close`."""
        delay = RESTART_S
        while True:
            before = self.written
            try:
                await self._worker()
            except (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError) as error:
                self.error = f"worker: {type(error).__name__}: {error}"
            self._written = self.written
            self._lost += self._said.get("lost", 0)
            self._said = {}
            if self._closing.is_set() and not self.waiting:
                self._state = "closed"
                self._closed.set()
                return
            self._state = "down"
            delay = RESTART_S if self._written > before else min(delay * 2, RESTART_CAP_S)
            await anyio.sleep(delay)

    async def _worker(self) -> None:
        """A session of its own: a Ctrl-C in the terminal is for us, and the worker must still
        write what waits."""
        command = [sys.executable, "-m", "arbees.store.worker"]
        self.starts += 1
        async with await anyio.open_process(
            [*command, "--run", self._run], stderr=subprocess.DEVNULL, start_new_session=True
        ) as process:
            self.worker_pid = process.pid
            assert process.stdin is not None
            url = self._url.encode()  # it may hold a password, and arguments are for all to see
            await process.stdin.send(LENGTH.pack(len(url)) + url)
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
                if not self._closing.is_set() or self.waiting:
                    self.error = "the worker ended; another is started"
                scope.cancel()
                return
            self._said, self._state, self.error = said, said["state"], said["error"]
            self._heard_ns = monotonic_ns()
            if self._batch and said["done"] == self._number:
                self._batch = []
                self._acked.set()

    async def _write(self, process: anyio.abc.Process) -> None:
        """Small batches, so that encoding never holds the loop for long."""
        assert process.stdin is not None
        encoder = msgspec.msgpack.Encoder()
        while True:
            if not self._batch and not self._next_batch():
                if self._closing.is_set():
                    await process.stdin.aclose()
                    return
                with anyio.move_on_after(FLUSH_S):
                    await self._closing.wait()
                continue
            self._acked = anyio.Event()
            body = encoder.encode((self._number, self._batch))
            self._heard_ns = monotonic_ns()
            try:
                await process.stdin.send(LENGTH.pack(len(body)) + body)
            except (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
                return  # the reader says that the worker ended
            await self._acked.wait()

    def _next_batch(self) -> bool:
        while len(self._batch) < BATCH_ROWS and (row := self.channel.take()) is not None:
            self._batch.append(row)
        self._number += bool(self._batch)
        return bool(self._batch)

    async def close(self) -> None:
        """Write what waits, for at most five seconds; the rest is counted as lost."""
        self._closing.set()
        with anyio.move_on_after(CLOSE_S):
            await self._closed.wait()
            return
        self._lost += self.waiting
        self.error = (
            f"{self.waiting} rows were not written ({self.error or self.state}); `arbees db "
            "rebuild` brings back what the trading log holds of them"
        )

    def stats(self) -> dict[str, Any]:
        """Plain figures for `arbees status`."""
        return {
            **self.channel.stats(),
            "state": self.state,
            "error": self.error,
            "waiting": self.waiting,
            "written": self.written,
            "lost": self._lost + self._said.get("lost", 0),
            "dropped": self.channel.dropped + self._prices_dropped,
            "starts": self.starts,
        }
