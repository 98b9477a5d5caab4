"""The same records make the same rows on PostgreSQL, and a killed server is waited for."""

from pathlib import Path

import anyio
import pytest

from arbees.messages import records as rec
from arbees.store.outbox import Outbox
from arbees.store.projection import Projection
from arbees.store.rebuild import rebuild
from tests.store.conftest import Postgres
from tests.store.world import LOGGED, RECORDS, dump, sqlite_url, until, while_running, write_all

pytestmark = pytest.mark.anyio


async def test_both_databases_hold_the_same_rows(tmp_path: Path, postgres: Postgres) -> None:
    here, there = sqlite_url(tmp_path / "a.db"), postgres.new_url()
    first, second = await write_all(here, RECORDS), await write_all(there, RECORDS)
    assert (first.error, second.error, first.written) == (None, None, second.written)
    rows = await dump(here)
    assert rows == await dump(there)
    assert sum(map(len, rows.values())) > 40
    projection = Projection(frozenset({"kalshi"}))
    await anyio.to_thread.run_sync(rebuild, there, LOGGED, projection)
    assert rows == await dump(there)


async def test_a_server_that_is_stopped_is_waited_for(postgres: Postgres) -> None:
    url = postgres.new_url()
    outbox = Outbox(url)
    outbox.put(RECORDS)

    async def act() -> None:
        await until(lambda: outbox.waiting == 0)
        written = outbox.written
        await anyio.to_thread.run_sync(postgres.stop)
        outbox.put([rec.Refused("b", "risk", "late", ts) for ts in range(300)])
        await until(lambda: outbox.state == "failing")
        assert (outbox.waiting, outbox.written, bool(outbox.error)) == (300, written, True)
        await anyio.to_thread.run_sync(postgres.start)
        await until(lambda: outbox.waiting == 0)
        assert (outbox.state, outbox.error, outbox.starts) == ("up", None, 1)

    await while_running(outbox, act)
    late = (await dump(url, {"refusals"}))["refusals"]
    assert [row["ts_ns"] for row in late if row["reason"] == "late"] == list(range(300))
    assert outbox.stats()["lost"] == 0


async def test_text_that_postgresql_refuses_costs_one_row(postgres: Postgres) -> None:
    url = postgres.new_url()
    names = ("a", "b\x00", "naïve 🎲", "d" * 5_000)
    outbox = await write_all(url, [rec.Refused(name, "risk", "x", 1) for name in names])
    kept = [row["basket_id"] for row in (await dump(url, {"refusals"}))["refusals"]]
    assert kept == [name for name in names if "\x00" not in name]
    assert outbox.stats()["lost"] == 1
