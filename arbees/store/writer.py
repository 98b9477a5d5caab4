"""Writes batches of rows to the database, each batch exactly once.

A batch's number goes into `outbox_marks` in the batch's own transaction, so a batch that comes
again (the worker died after the commit and before it said so) is known and left alone.
"""

import asyncio
from collections import defaultdict
from pathlib import Path
from typing import Any

from sqlalchemy import Table, event, make_url, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from arbees.store.migrate import upgrade
from arbees.store.rows import Row
from arbees.store.tables import METADATA, OUTBOX_MARKS

ATTEMPT_S = 30.0
INT_MAX = 2**63 - 1
TABLE_IS_MISSING = ("no such table", "does not exist", "UndefinedTable")
Values = dict[str, Any]


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


def unfit(row: Row) -> str | None:
    """Why no database could ever take this row, or None."""
    name, values = row
    table = METADATA.tables.get(name)
    if table is None:
        return f"no table {name}"
    for key, value in values.items():
        if key not in table.columns:
            return f"{name} has no column {key}"
        if isinstance(value, int) and abs(value) > INT_MAX:
            return f"{name}.{key}: {value} is beyond 64 bits"
        if isinstance(value, str) and "\x00" in value:
            return f"{name}.{key}: a zero byte in {value!r}"
    return None


async def insert_rows(connection: AsyncConnection, rows: list[Row]) -> None:
    """One statement per table; where the key is not a running number, the newest row wins."""
    by_table: dict[str, list[Values]] = defaultdict(list)
    for name, row in rows:
        by_table[name].append(row)
    for name, values in by_table.items():
        table = METADATA.tables[name]
        keys = {key for value in values for key in value}
        whole = [{key: value.get(key) for key in keys} for value in values]
        await _insert(connection, table, whole, keys)


async def _insert(
    connection: AsyncConnection, table: Table, rows: list[Values], columns: set[str]
) -> None:
    (key,) = table.primary_key.columns
    if key.name == "id":
        await connection.execute(table.insert(), rows)
        return
    newest = list({row[key.name]: row for row in rows}.values())
    make = postgres_insert if connection.dialect.name == "postgresql" else sqlite_insert
    statement = make(table)
    change = {name: statement.excluded[name] for name in sorted(columns - {key.name})}
    await connection.execute(
        statement.on_conflict_do_update(index_elements=[key], set_=change), newest
    )


class Writer:
    """One database, one run's batches. `write` raises what the driver raises; call it again."""

    def __init__(self, url: str, run: str) -> None:
        self._url = url
        self._run = run
        self._engine = make_engine(url)
        self._is_migrated = False
        name = make_url(url).database or ""
        is_file = url.startswith("sqlite") and not name.startswith((":", "file:"))
        self._file = Path(name) if is_file else None
        self._inode = 0

    async def write(self, number: int, rows: list[Row]) -> None:
        """The batch and its mark in one transaction; nothing if the mark is already there."""
        if self._inode_now() != self._inode:
            await self.forget()  # the file was replaced: the open one has no name any more
        if not self._is_migrated:
            await asyncio.to_thread(upgrade, self._url)
            self._is_migrated, self._inode = True, self._inode_now()
        async with asyncio.timeout(ATTEMPT_S), self._engine.begin() as connection:
            query = select(OUTBOX_MARKS.c.batch).where(OUTBOX_MARKS.c.run == self._run)
            if ((await connection.execute(query)).scalar() or 0) >= number:
                return
            await insert_rows(connection, rows)
            mark = {"run": self._run, "batch": number}
            await _insert(connection, OUTBOX_MARKS, [mark], set(mark))

    def _inode_now(self) -> int:
        if self._file is None:
            return 0
        try:
            return self._file.stat().st_ino
        except OSError:
            return -1

    async def recover(self, why: str) -> None:
        """After a failure: new connections, and the tables once more where one was missed."""
        await self._engine.dispose()
        if any(sign in why for sign in TABLE_IS_MISSING):
            self._is_migrated = False

    async def close(self) -> None:
        await self._engine.dispose()

    async def forget(self) -> None:
        """Connect anew and migrate before the next batch."""
        await self._engine.dispose()
        self._is_migrated = False
