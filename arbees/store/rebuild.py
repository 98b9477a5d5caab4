"""Writes anew what the trading log tells. The rest of the database is left as it is."""

from collections.abc import Iterable, Iterator
from itertools import islice

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from arbees.errors import ConfigError
from arbees.messages.records import AnyRecord
from arbees.store.rows import Row, rows_of
from arbees.store.tables import FROM_LOG
from arbees.store.worker import insert, make_engine

BATCH = 2_000


async def rebuild(url: str, records: Iterable[AnyRecord]) -> int:
    """Replace the rows of every table that comes from the log, all or none; how many were
    written. Raises ConfigError if the database refuses; it is then as it was."""
    names = {table.name for table in FROM_LOG}
    rows = (row for record in records for row in rows_of((record,)) if row[0] in names)
    engine = make_engine(url)
    try:
        async with engine.begin() as connection:
            for table in FROM_LOG:
                await connection.execute(delete(table))
            return await _write(connection, iter(rows))
    except (SQLAlchemyError, OSError) as error:
        first = str(error).splitlines()[0]
        raise ConfigError(f"database {url.partition('@')[2] or url}: {first}") from error
    finally:
        await engine.dispose()


async def _write(connection: AsyncConnection, rows: Iterator[Row]) -> int:
    count = 0
    while batch := list(islice(rows, BATCH)):
        await insert(connection, batch)
        count += len(batch)
    return count
