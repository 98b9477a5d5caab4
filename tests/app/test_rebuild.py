"""The database of a run can be thrown away: the log rebuilds what it tells, row by row."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from arbees.store.tables import FROM_LOG

RUN = ("run", "--paper", "--simulated", "--seed", "3", "--speed", "10", "--for", "8s", "--json")


def arbees(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "arbees", *arguments], capture_output=True, text=True, timeout=120,
        env={**os.environ, "ARBEES_HOME": str(home)}, check=False,
    )  # fmt: skip


def rows(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    connection = sqlite3.connect(path)
    for table in FROM_LOG:
        names = ",".join(c.name for c in table.columns if c.name != "id")
        found[table.name] = connection.execute(f"select {names} from {table.name}").fetchall()
    connection.close()
    return found


def test_a_rebuilt_database_equals_the_one_that_was_written_behind(tmp_path: Path) -> None:
    assert arbees(tmp_path, *RUN).returncode == 0
    path = tmp_path / "arbees.db"
    written = rows(path)
    assert written["fills"] and written["positions"]
    path.unlink()
    done = arbees(tmp_path, "db", "rebuild")
    assert done.returncode == 0, done.stderr
    assert rows(path) == written
    assert f"{sum(map(len, written.values()))} rows" in done.stdout


def test_without_a_log_there_is_nothing_to_rebuild_from(tmp_path: Path) -> None:
    done = arbees(tmp_path, "db", "rebuild")
    assert done.returncode == 2
    assert "no trading log" in done.stderr
