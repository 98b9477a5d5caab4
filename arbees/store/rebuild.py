"""Makes the tables that the trading log alone determines once more, in one transaction.

Everything else in the database stays as it is. No process may write meanwhile.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence

from arbees.errors import ConfigError
from arbees.messages.records import AnyRecord
from arbees.store.migrate import DB_ERRORS, first_line
from arbees.store.projection import Projection
from arbees.store.tables import FROM_LOG
from arbees.store.writer import insert_rows, make_engine

CHUNK = 1_000


def rebuild(url: str, records: Sequence[AnyRecord], projection: Projection) -> dict[str, int]:
    """Rows per table. Raises ConfigError if the database refuses; it is then as it was."""
    try:
        return asyncio.run(_rebuild(url, records, projection))
    except DB_ERRORS as error:
        raise ConfigError(f"database: {first_line(error)}: nothing was changed") from error


async def _rebuild(
    url: str, records: Sequence[AnyRecord], projection: Projection
) -> dict[str, int]:
    names = {table.name for table in FROM_LOG}
    rows = [row for row in projection.rows(records) if row[0] in names]
    engine = make_engine(url)
    try:
        async with engine.begin() as connection:
            for table in FROM_LOG:
                await connection.execute(table.delete())
            for start in range(0, len(rows), CHUNK):
                await insert_rows(connection, rows[start : start + CHUNK])
            counts = Counter(name for name, _ in rows)
    finally:
        await engine.dispose()
    counts["paper_trades"] = len({r["intent_id"] for n, r in rows if n == "paper_trades"})
    return {table.name: counts[table.name] for table in FROM_LOG}
