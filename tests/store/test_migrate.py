"""Migrations on SQLite and PostgreSQL: up, down, up again, and they say what tables.py says."""

from pathlib import Path
from typing import Any

import anyio
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import create_async_engine

from arbees.errors import ConfigError
from arbees.store.migrate import check_url, downgrade, upgrade
from arbees.store.tables import METADATA
from tests.store.conftest import Postgres
from tests.store.world import sqlite_url

pytestmark = pytest.mark.anyio


async def ask(url: str, question: Any) -> Any:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        answer = await connection.run_sync(question)
    await engine.dispose()
    return answer


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def differences(connection: Connection) -> list[Any]:
    return list(compare_metadata(MigrationContext.configure(connection), METADATA))


async def up_and_down(url: str) -> None:
    await anyio.to_thread.run_sync(upgrade, url)
    await anyio.to_thread.run_sync(upgrade, url)
    assert await ask(url, differences) == []
    await anyio.to_thread.run_sync(downgrade, url, "0001")
    assert "outbox_marks" not in await ask(url, tables)
    await anyio.to_thread.run_sync(upgrade, url)
    assert await ask(url, differences) == []
    await anyio.to_thread.run_sync(downgrade, url, "base")
    assert await ask(url, tables) == {"alembic_version"}


async def test_sqlite_goes_up_and_down(tmp_path: Path) -> None:
    await up_and_down(sqlite_url(tmp_path / "a.db"))


async def test_postgresql_goes_up_and_down(postgres: Postgres) -> None:
    await up_and_down(postgres.new_url())


def test_every_named_table_is_there() -> None:
    named = {"games", "game_states", "market_prices", "paper_trades", "bankroll",
             "trading_signals", "event_states", "orders", "fills", "positions", "links",
             "baskets", "refusals"}  # fmt: skip
    assert named <= set(METADATA.tables)


def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unable to open"):
        upgrade(sqlite_url(tmp_path / "nowhere" / "a.db"))
    (tmp_path / "a.db").write_text("this is no database, it only looks like a file" * 100)
    with pytest.raises(ConfigError, match="not a database"):
        upgrade(sqlite_url(tmp_path / "a.db"))
    with pytest.raises(ConfigError, match="database /x"):
        upgrade(f"postgresql+asyncpg://postgres:secret@/x?host={tmp_path}")


def test_addresses() -> None:
    check_url("sqlite+aiosqlite:///x")
    check_url("postgresql+asyncpg://u@h/x")
    with pytest.raises(ConfigError, match=r"store\.url"):
        check_url("postgresql+psycopg2://u@h/x")
