"""`python -m arbees.store.worker --url URL`: a child process that writes batches to the database.

Batches come on stdin (u32 length, msgpack list of rows); a JSON status line answers every try. A
batch is tried until the database takes it: what waits meanwhile waits in the outbox, which is
bounded and counts what it loses.
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
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from arbees.store.rows import Row
from arbees.store.tables import METADATA

LENGTH = struct.Struct("<I")
RETRY_S = 0.2
RETRY_MAX_S = 5.0
BUSY_S = 1.0


def make_engine(url: str) -> AsyncEngine:
    """SQLite in WAL mode, anything else as it is."""
    is_sqlite = url.startswith("sqlite")
    engine = create_async_engine(url, connect_args={"timeout": BUSY_S} if is_sqlite else {})
    if is_sqlite:

        @event.listens_for(engine.sync_engine, "connect")
        def _wal(connection: Any, _record: object) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.close()

    return engine


async def insert(connection: AsyncConnection, rows: list[Row]) -> None:
    """One statement per table. A row of a table that is keyed by name replaces the one of that
    name."""
    by_table: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, row in rows:
        by_table[name].append(row)
    for name, values in by_table.items():
        table = METADATA.tables[name]
        keys = {key for value in values for key in value}
        whole = [{key: value.get(key) for key in keys} for value in values]
        (key_column,) = table.primary_key.columns
        if key_column.name != "id":
            whole = list({row[key_column.name]: row for row in whole}.values())
            named = [row[key_column.name] for row in whole]
            await connection.execute(table.delete().where(key_column.in_(named)))
        await connection.execute(table.insert(), whole)


class Writer:
    """Writes batches and says how it goes after every try."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._written = self._dropped = 0

    def _say(self, error: str | None) -> None:
        status = {"written": self._written, "dropped": self._dropped, "error": error}
        sys.stdout.write(json.dumps(status) + "\n")
        sys.stdout.flush()

    async def take(self, rows: list[Row]) -> None:
        """Until it is written. Rows that no database could take are dropped and counted."""
        pause = RETRY_S
        while True:
            try:
                async with self._engine.begin() as connection:
                    await insert(connection, rows)
            except (IntegrityError, DataError) as error:
                self._dropped += len(rows)
                self._say(_first_line(error))
                return
            except (SQLAlchemyError, OSError) as error:
                self._say(_first_line(error))
                await asyncio.sleep(pause)
                pause = min(2 * pause, RETRY_MAX_S)
                continue
            self._written += len(rows)
            self._say(None)
            return


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0]}"


async def serve(url: str, source: BinaryIO) -> None:
    """Until the source ends."""
    engine = make_engine(url)
    decoder = msgspec.msgpack.Decoder(list[tuple[str, dict[str, Any]]])
    writer = Writer(engine)
    while len(head := await asyncio.to_thread(source.read, LENGTH.size)) == LENGTH.size:
        await writer.take(
            decoder.decode(await asyncio.to_thread(source.read, LENGTH.unpack(head)[0]))
        )
    await engine.dispose()


def main() -> int:
    parser = argparse.ArgumentParser(prog="arbees.store.worker")
    parser.add_argument("--url", required=True)
    asyncio.run(serve(parser.parse_args().url, sys.stdin.buffer))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
