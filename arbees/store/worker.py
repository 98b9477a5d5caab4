"""`python -m arbees.store.worker --run NAME`: a child process that writes batches.

The database's url comes first on stdin (u32 length, text), then batches (u32 length, msgpack
[number, rows]); JSON lines on stdout say how it goes. A
batch that cannot be written is tried until it can be, with back-off: the queue is the parent's,
which is bounded and counts. When stdin ends (the parent closed it, or died) so does the worker.
"""

import argparse
import asyncio
import json
import os
import struct
import sys
from typing import BinaryIO

import msgspec

from arbees.errors import ConfigError
from arbees.store.migrate import DB_ERRORS, first_line
from arbees.store.rows import Row
from arbees.store.writer import Writer, unfit

LENGTH = struct.Struct("<I")
RETRY_S = 0.2
RETRY_CAP_S = 5.0
GRACE_S = 1.0
"""How long a batch in hand is still tried once the parent is gone."""
TRY_AGAIN: tuple[type[Exception], ...] = (ConfigError, *DB_ERRORS)
Batch = tuple[int, list[Row]]


class Worker:
    """Reads ahead by one batch, so that the parent's end is heard while the database hangs."""

    def __init__(self, writer: Writer, source: BinaryIO) -> None:
        self._writer = writer
        self._source = source
        self._inbox: asyncio.Queue[Batch | None] = asyncio.Queue(1)
        self._ended = asyncio.Event()
        self._written = 0
        self._lost = 0
        self._done = 0
        self._unfit: str | None = None

    async def run(self) -> None:
        """Until the source ends; what is in hand then gets a moment more."""
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(self._read())
            writing = tasks.create_task(self._write())
            await self._ended.wait()
            await asyncio.wait([writing], timeout=GRACE_S)
            writing.cancel()
            reading.cancel()

    async def _read(self) -> None:
        decoder = msgspec.msgpack.Decoder(Batch)
        read = self._source.read
        while len(head := await asyncio.to_thread(read, LENGTH.size)) == LENGTH.size:
            body = await asyncio.to_thread(read, LENGTH.unpack(head)[0])
            await self._inbox.put(decoder.decode(body))
        self._ended.set()
        await self._inbox.put(None)

    async def _write(self) -> None:
        self._say("up", None)
        while (batch := await self._inbox.get()) is not None:
            await self._take(*batch)

    async def _take(self, number: int, rows: list[Row]) -> None:
        """Try until it is written. Rows that no database could take are left out and counted."""
        fit = [row for row in rows if (why := unfit(row)) is None or self._note(why)]
        delay = RETRY_S
        while True:
            try:
                await self._writer.write(number, fit)
                break
            except TRY_AGAIN as error:
                why = f"{type(error).__name__}: {first_line(error)}"
                self._say("failing", why)
                await self._writer.recover(why)
            await asyncio.sleep(delay)
            delay = min(delay * 2, RETRY_CAP_S)
        self._done = number
        self._written += len(fit)
        self._lost += len(rows) - len(fit)
        self._say("up", self._unfit)

    def _note(self, why: str) -> bool:
        self._unfit = f"a row was left out: {why}"
        return False

    def _say(self, state: str, error: str | None) -> None:
        said = {"state": state, "error": error, "done": self._done, "written": self._written,
                "lost": self._lost}  # fmt: skip
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(prog="arbees.store.worker")
    parser.add_argument("--run", required=True)
    options = parser.parse_args()
    source = sys.stdin.buffer
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return  # the parent ended before it said anything
    url = source.read(LENGTH.unpack(head)[0]).decode()
    asyncio.run(_serve(Writer(url, options.run)))


async def _serve(writer: Writer) -> None:
    """Ends the process hard: a thread may still wait for a database that hangs, or for stdin."""
    code = 1
    try:
        await Worker(writer, sys.stdin.buffer).run()
        await asyncio.wait_for(writer.close(), GRACE_S)
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
