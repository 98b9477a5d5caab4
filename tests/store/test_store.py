"""The store on real SQLite: migrated, written behind, and harmless when it fails."""

import sqlite3
from pathlib import Path

import anyio
import pytest

from arbees.errors import ConfigError
from arbees.messages import records as rec
from arbees.messages.commands import LegSide
from arbees.store.migrate import upgrade
from arbees.store.outbox import Outbox
from arbees.store.rows import rows_of
from arbees.store.tables import METADATA

pytestmark = pytest.mark.anyio
LEG = rec.LegPlan("o", 0, "kalshi", "A", LegSide.NO, 4_000, 1, 2)
RECORDS: list[rec.AnyRecord] = [
    rec.OpportunitySeen("b", 1, 2, 3, 4, (5, 6)),
    rec.IntentMade("i", "b", 1, (LEG, LEG), 4),
    rec.Refused("b", "risk", "stale", 1),
    rec.FillBooked("f", "o", "i", "kalshi", "A", LegSide.YES, 1, 2, 3, 4),
    rec.OrderClosed("o", "done", "filled", 1, 1, 2),
    rec.SettlementBooked("kalshi", "A", 1, 10_000, 1, 2),
    rec.CashSet("kalshi", 1, 2),
    rec.OrdersVoided(("o", "p"), 2),
    rec.AccountSeen("kalshi", "A", 1, 2, 3, 4),
    rec.LinkKept("l", "kalshi", "A", "polymarket", "1", "same", "read", 1),
    rec.LinkKept("l", "kalshi", "A", "polymarket", "1", "same", "read again", 2),
    rec.BasketKept("b", "same", "l", 10_000, "read", 1),
    rec.MarketStateSeen("kalshi", "E", "A", "closed", 1),
]
ROWS = {"orders": 2, "order_ends": 3, "fills": 1, "paper_trades": 1, "refusals": 1,
        "trading_signals": 1, "positions": 1, "settlements": 1, "bankroll": 2,
        "market_prices": 1, "links": 1, "baskets": 1, "event_states": 1}  # fmt: skip


def url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def count(path: Path, table: str) -> int:
    with sqlite3.connect(path) as connection:
        number: int = connection.execute(f"select count(*) from {table}").fetchone()[0]
    connection.close()
    return number


async def run(outbox: Outbox) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(outbox.run)
        with anyio.fail_after(20):
            await outbox.close()
        tasks.cancel_scope.cancel()


def test_every_named_table_is_there_and_every_row_fits_its_table() -> None:
    named = {"games", "game_states", "market_prices", "paper_trades", "bankroll",
             "trading_signals", "event_states", "orders", "fills", "positions", "links",
             "baskets", "refusals"}  # fmt: skip
    assert named <= set(METADATA.tables)
    for table, row in rows_of(RECORDS):
        assert set(row) <= set(METADATA.tables[table].columns.keys())


async def test_records_reach_the_tables(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    await anyio.to_thread.run_sync(upgrade, url(path))
    await anyio.to_thread.run_sync(upgrade, url(path))
    outbox = Outbox(url(path))
    outbox.put(RECORDS)
    outbox.put_price("kalshi", "A", (None, 0), (4_000, 5), 1)
    await run(outbox)
    assert (outbox.state, outbox.error, outbox.lost) == ("closed", None, 0)
    assert {table: count(path, table) for table in ROWS} == ROWS
    assert outbox.written == sum(ROWS.values()) + 1  # a link replaced the one of its name


async def test_a_broken_database_is_visible_and_stops_only_itself(tmp_path: Path) -> None:
    outbox = Outbox(url(tmp_path / "nowhere" / "a.db"))
    outbox.put(RECORDS)
    await run(outbox)
    assert outbox.written == 0
    assert outbox.stats()["lost"] > 0
    assert outbox.error is not None and "unable to open" in outbox.error
    with pytest.raises(ConfigError, match="unable to open"):
        await anyio.to_thread.run_sync(upgrade, url(tmp_path / "nowhere" / "a.db"))


def test_a_full_outbox_counts_what_it_loses() -> None:
    outbox = Outbox("sqlite+aiosqlite:///x")
    outbox.channel.capacity = 3
    outbox.put(RECORDS)
    assert outbox.stats()["depth"] == 3
    assert outbox.stats()["dropped"] > 0


async def test_a_locked_database_is_shown_and_nothing_is_lost_when_it_comes_back(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.db"
    await anyio.to_thread.run_sync(upgrade, url(path))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin exclusive")
    outbox = Outbox(url(path))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(outbox.run)
        outbox.put(RECORDS)
        with anyio.fail_after(20):
            while outbox.error is None:
                outbox.put(RECORDS)  # whoever puts never waits
                await anyio.sleep(0.05)
            assert "locked" in outbox.error
            assert outbox.written == 0
            other.execute("rollback")
            await outbox.close()
        tasks.cancel_scope.cancel()
    other.close()
    assert (outbox.error, outbox.stats()["lost"]) == (None, 0)
    assert count(path, "fills") == outbox.written // (sum(ROWS.values()))


async def test_a_dropped_table_costs_nothing_once_it_is_back(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    await anyio.to_thread.run_sync(upgrade, url(path))
    with sqlite3.connect(path) as connection:
        connection.execute("alter table fills rename to gone")
    connection.close()
    outbox = Outbox(url(path))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(outbox.run)
        outbox.put(RECORDS)
        with anyio.fail_after(20):
            while outbox.error is None:  # noqa: ASYNC110
                await anyio.sleep(0.05)
            assert "fills" in outbox.error
            with sqlite3.connect(path) as connection:
                connection.execute("alter table gone rename to fills")
            connection.close()
            await outbox.close()
        tasks.cancel_scope.cancel()
    assert count(path, "fills") == 1
    assert outbox.stats()["lost"] == 0
