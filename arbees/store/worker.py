"""`python -m arbees.store.worker --url URL`: a child process that writes batches to the database.

Batches come on stdin (u32 length, msgpack list of rows); one JSON status line answers each. A batch
that cannot be written is tried three times, counted and dropped; the worker goes on.
"""

import argparse
import asyncio
import json
import struct
import sys
from collections import defaultdict
from typing import Any, BinaryIO

import msgspec
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from arbees.store.rows import Row
from arbees.store.tables import METADATA

LENGTH = struct.Struct("<I")
TRIES = 3
RETRY_S = 0.2


def make_engine(url: str) -> AsyncEngine:
    """SQLite in WAL mode, anything else as it is."""
    engine = create_async_engine(url)
    if url.startswith("sqlite"):

        @event.listens_for(engine.sync_engine, "connect")
        def _wal(connection: Any, _record: object) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.close()

    return engine


async def write(engine: AsyncEngine, rows: list[Row]) -> None:
    """One transaction, one statement per table."""
    by_table: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, row in rows:
        by_table[name].append(row)
    async with engine.begin() as connection:
        for name, values in by_table.items():
            table = METADATA.tables[name]
            keys = {key for value in values for key in value}
            whole = [{key: value.get(key) for key in keys} for value in values]
            await connection.execute(table.insert(), whole)


async def _batch(engine: AsyncEngine, rows: list[Row]) -> str | None:
    """None when written, else why not after the last try."""
    why = None
    for attempt in range(TRIES):
        try:
            await write(engine, rows)
            return None
        except (SQLAlchemyError, OSError) as error:
            why = f"{type(error).__name__}: {str(error).splitlines()[0]}"
            await asyncio.sleep(RETRY_S * attempt)
    return why


async def serve(url: str, source: BinaryIO) -> None:
    """Until the source ends."""
    engine = make_engine(url)
    decoder = msgspec.msgpack.Decoder(list[tuple[str, dict[str, Any]]])
    written = dropped = 0
    while len(head := await asyncio.to_thread(source.read, LENGTH.size)) == LENGTH.size:
        rows = decoder.decode(await asyncio.to_thread(source.read, LENGTH.unpack(head)[0]))
        error = await _batch(engine, rows)
        if error is None:
            written += len(rows)
        else:
            dropped += len(rows)
        status = {"written": written, "dropped": dropped, "error": error}
        sys.stdout.write(json.dumps(status) + "\n")
        sys.stdout.flush()
    await engine.dispose()


def main() -> int:
    parser = argparse.ArgumentParser(prog="arbees.store.worker")
    parser.add_argument("--url", required=True)
    asyncio.run(serve(parser.parse_args().url, sys.stdin.buffer))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
