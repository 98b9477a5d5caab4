"""The outbox and its worker on databases that are well, full, locked, lost or gone."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from arbees.errors import ConfigError
from arbees.messages import events as ev
from arbees.messages import records as rec
from arbees.pipeline.runtime import Runtime
from arbees.store.outbox import Outbox
from tests.store.world import (
    RECORDS,
    count,
    dump,
    sqlite_url,
    until,
    while_running,
    write_all,
)

pytestmark = pytest.mark.anyio


def refusals(number: int, first: int = 0) -> list[rec.AnyRecord]:
    return [rec.Refused("b" * 80, "risk", "stale", ts) for ts in range(first, first + number)]


async def test_records_reach_the_tables(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    outbox = await write_all(sqlite_url(path), RECORDS)
    assert (outbox.state, outbox.error, outbox.stats()["lost"]) == ("closed", None, 0)
    rows = await dump(sqlite_url(path))
    filled = {name for name, found in rows.items() if found}
    assert set(rows) - filled == {"games", "game_states", "market_prices"}
    outcomes = {r["intent_id"]: r["outcome"] for r in rows["paper_trades"]}
    assert outcomes == {
        "i": "filled",
        "j": "uneven",
        "k": "unfilled",
        "m": "voided",
        "n": "open",
        "q": "uneven",
        "r": "uneven",
        "s": "uneven",
        "t": "filled",
    }
    assert outbox.written == sum(map(len, rows.values())) + 9, "intents are written again"
    with sqlite3.connect(path) as connection:
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
    connection.close()


async def test_a_locked_database_holds_nothing_up_and_gets_everything(tmp_path: Path) -> None:
    """The engine steps on while the database answers nothing for seconds."""
    path = tmp_path / "a.db"
    await write_all(sqlite_url(path), [])
    outbox = Outbox(sqlite_url(path))
    outbox.put(refusals(1))
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("begin immediate")

    async def act() -> None:
        await until(lambda: outbox.state == "up")
        steps = 0
        while outbox.state == "up":
            outbox.put(refusals(1, steps))
            steps += 1
            await anyio.sleep(0.001)
        assert outbox.state == "slow", "two seconds without an answer are shown"
        assert outbox.written == 0
        assert steps > 200, "the loop went on meanwhile"
        assert outbox.waiting == steps + 1
        lock.execute("rollback")
        await until(lambda: outbox.waiting == 0)
        assert count(path, "refusals") == steps + 1

    await while_running(outbox, act)
    assert outbox.stats()["lost"] == outbox.stats()["dropped"] == 0
    lock.close()


async def test_a_full_disk_is_visible_and_over_when_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    outbox = Outbox(sqlite_url(path))
    outbox.put(refusals(1))

    async def act() -> None:
        await until(lambda: outbox.written == 1)
        size = (tmp_path / "a.db-wal").stat().st_size
        pid = outbox.worker_pid
        old = resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        outbox.put(refusals(2_000, 1))
        await until(lambda: outbox.state == "failing")
        assert outbox.error is not None and "OperationalError" in outbox.error
        assert outbox.waiting == 2_000
        resource.prlimit(pid, resource.RLIMIT_FSIZE, old)
        await until(lambda: outbox.waiting == 0)
        assert (outbox.state, outbox.worker_pid) == ("up", pid)
        assert count(path, "refusals") == 2_001

    await while_running(outbox, act)
    assert outbox.stats()["lost"] == 0


async def test_a_table_that_goes_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    outbox = Outbox(sqlite_url(path))
    outbox.put(refusals(1))

    def rename(old: str, new: str) -> None:
        connection = sqlite3.connect(path, timeout=10)
        connection.execute(f"alter table {old} rename to {new}")
        connection.close()

    async def act() -> None:
        await until(lambda: outbox.written == 1)
        rename("refusals", "away")
        outbox.put(refusals(3))
        await until(lambda: outbox.state == "failing")
        assert outbox.error is not None and "no such table: refusals" in outbox.error
        rename("away", "refusals")
        await until(lambda: outbox.waiting == 0)
        assert count(path, "refusals") == 4

    await while_running(outbox, act)


async def test_a_database_file_that_is_replaced_gets_its_tables(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    outbox = Outbox(sqlite_url(path))
    outbox.put(refusals(1))

    async def act() -> None:
        await until(lambda: outbox.written == 1)
        for suffix in ("", "-wal", "-shm"):
            path.with_name(f"a.db{suffix}").unlink()
        outbox.put(refusals(3))
        await until(lambda: outbox.written == 4)
        assert count(path, "refusals") == 3

    await while_running(outbox, act)


async def test_a_killed_worker_is_replaced_and_writes_each_row_once(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    outbox = Outbox(sqlite_url(path))
    outbox.put(refusals(1))

    async def act() -> None:
        for kill in range(2):
            await until(lambda: outbox.waiting == 0)
            outbox.put(refusals(3_000, 1 + 3_000 * kill))
            await until(lambda: outbox.waiting < 2_500)
            os.kill(outbox.worker_pid, signal.SIGKILL)
        await until(lambda: outbox.waiting == 0)
        assert outbox.starts == 3

    await while_running(outbox, act)
    rows = (await dump(sqlite_url(path), {"refusals"}))["refusals"]
    assert [row["ts_ns"] for row in rows] == list(range(6_001))


async def test_a_batch_that_comes_again_is_known(tmp_path: Path) -> None:
    from arbees.store.writer import Writer

    writer = Writer(sqlite_url(tmp_path / "a.db"), "run")
    row = ("refusals", {"basket_id": "b", "ts_ns": 1})
    await writer.write(1, [row])
    await writer.write(1, [row])
    await writer.write(2, [row])
    await writer.close()
    assert count(tmp_path / "a.db", "refusals") == 2


async def test_a_row_no_database_takes_is_left_out_alone(tmp_path: Path) -> None:
    outbox = Outbox(sqlite_url(tmp_path / "a.db"))
    odd: list[rec.AnyRecord] = [rec.Refused("b", "risk", "a\x00b", 1)]
    outbox.put(refusals(1) + odd + refusals(1))
    await while_running(outbox, lambda: until(lambda: outbox.waiting == 0))
    assert (outbox.stats()["written"], outbox.stats()["lost"]) == (2, 1)
    assert count(tmp_path / "a.db", "refusals") == 2


@pytest.mark.parametrize("kind", ["no directory", "read only"])
async def test_a_broken_database_is_visible_and_stops_only_itself(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arbees.store.outbox.CLOSE_S", 0.1)
    url = sqlite_url(tmp_path / "nowhere" / "a.db")
    if kind == "read only":
        await write_all(sqlite_url(tmp_path / "a.db"), [])
        url = sqlite_url(Path(f"file:{tmp_path}/a.db?mode=ro&uri=true"))
    outbox = Outbox(url)
    outbox.put(refusals(3))
    await while_running(outbox, lambda: until(lambda: outbox.state == "failing"))
    assert outbox.written == 0
    assert outbox.stats()["lost"] == 3
    assert outbox.error is not None and "rebuild" in outbox.error
    assert "unable to open" in outbox.error or "readonly" in outbox.error


def test_a_full_outbox_counts_what_it_loses_and_keeps_room_for_what_we_did() -> None:
    outbox = Outbox("sqlite+aiosqlite:///x")
    outbox.channel.capacity = 4
    for ts in range(5):
        outbox.put_price("kalshi", "A", (None, 0), (4_000, 5), ts)
    assert (outbox.waiting, outbox.stats()["dropped"]) == (2, 3)
    outbox.put(refusals(3))
    assert outbox.stats()["depth"] == 4
    assert outbox.stats()["dropped"] == 4


def test_an_impossible_address_is_refused_at_once() -> None:
    for url in ("nonsense", "oracle+nothing://x"):
        with pytest.raises(ConfigError, match=r"store\.url"):
            Outbox(url)


PARENT = """
import anyio, sys
from arbees.messages.records import Refused
from arbees.store.outbox import Outbox

async def main():
    outbox = Outbox(sys.argv[1])
    outbox.put([Refused("b", "risk", "stale", 1)])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(outbox.run)
        while outbox.state != "up":
            await anyio.sleep(0.01)
        print(outbox.worker_pid, flush=True)

anyio.run(main)
"""


async def test_the_worker_dies_with_its_parent_even_while_the_database_hangs(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.db"
    await write_all(sqlite_url(path), [])
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("begin immediate")
    parent = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", PARENT, sqlite_url(path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    worker = Path("/proc") / parent.stdout.readline().strip()
    assert worker.exists()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    await until(lambda: not worker.exists() or "Z" in worker.joinpath("stat").read_text().split())
    lock.close()


async def test_a_step_costs_the_same_with_a_database_that_never_answers(tmp_path: Path) -> None:
    """The runtime's own way to the outbox: events in, records out, no answer from below."""
    from tests.pipeline.world import KALSHI, START, World

    path = tmp_path / "a.db"
    await write_all(sqlite_url(path), [])
    outbox = Outbox(sqlite_url(path))
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("begin immediate")
    world = World()
    runtime = Runtime(world.engine, lambda _: None, outbox=outbox)  # type: ignore[arg-type, return-value]

    async def act() -> None:
        await until(lambda: outbox.state == "up")
        for step in range(2_000):
            status = ev.MarketStatus.PAUSED if step % 2 else ev.MarketStatus.OPEN
            runtime.deliver_event(ev.StatusChanged(KALSHI, status, START), START + step)
            if step % 100 == 0:
                await anyio.lowlevel.checkpoint()
        assert runtime.seq == 2_000
        assert (outbox.written, outbox.waiting >= 2_000) == (0, True)
        lock.execute("rollback")
        await until(lambda: outbox.waiting == 0)

    await while_running(outbox, act)
    assert count(path, "event_states") == 2_000
    lock.close()
