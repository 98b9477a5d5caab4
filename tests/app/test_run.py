"""The whole process over real sockets: frames in = frames served, and its journal replays to its
own digest."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from arbees.app.killswitch import KillLatch
from arbees.tradelog import read_tradelog
from tests.reference import tradelog as slow


def arbees(home: Path, *arguments: str, check: bool = True) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "arbees", *arguments], capture_output=True, text=True, timeout=120,
        env={**os.environ, "ARBEES_HOME": str(home)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0 or not check, done.stderr[-2_000:]
    said: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {}
    return said | {"stderr": done.stderr, "code": done.returncode}


FILLED = ("market_prices", "paper_trades", "bankroll", "trading_signals", "orders", "order_ends",
          "fills", "positions", "links", "baskets", "refusals")  # fmt: skip


def sqlite_rows(path: Path) -> dict[str, list[Any]]:
    """Every row of every table, running numbers left out."""
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    names = [row[0] for row in connection.execute("select name from sqlite_master "
                                                  "where type = 'table'")]  # fmt: skip
    rows: dict[str, list[Any]] = {}
    for name in names:
        order = "intent_id" if name == "paper_trades" else "rowid"
        found = connection.execute(f"select * from {name} order by {order}").fetchall()
        rows[name] = [{k: r[k] for k in r.keys() if k != "id"} for r in found]  # noqa: SIM118
    connection.close()
    return rows


RUN = ("run", "--paper", "--simulated", "--seed", "3", "--speed", "5", "--for", "6s", "--json")


def test_a_run_trades_serves_and_replays(tmp_path: Path) -> None:
    said = arbees(tmp_path, *RUN)
    assert said["frames_ws"] == said["frames_served"] > 100
    assert said["wire_errors"] == 0
    assert said["orders"] > 0
    assert said["fills"] > 0
    assert said["store"]["written"] > 0
    assert said["store"]["lost"] == 0
    again = arbees(tmp_path, "replay", said["journal"], "--json")
    assert again["digest"] == said["digest"]
    assert again["torn"] is None
    before = sqlite_rows(tmp_path / "arbees.db")
    assert all(before[name] for name in FILLED), {name: len(before[name]) for name in FILLED}
    rebuilt = arbees(tmp_path, "db", "rebuild", "--json")
    assert rebuilt["fills"] == said["fills"]
    assert sqlite_rows(tmp_path / "arbees.db") == before
    truth = slow.totals(slow.read_records(tmp_path / "trades.log"))
    assert dict(truth.cash) == said["cash_micro"]
    status = arbees(tmp_path, "status", "--json", check=False)
    assert status["code"] == 2
    assert "not running" in status["stderr"]


def test_a_latched_home_places_no_order(tmp_path: Path) -> None:
    KillLatch(tmp_path / "kill").set("test")
    said = arbees(tmp_path, *RUN)
    assert said["orders"] == 0
    assert said["opportunities"] > 0
    records, _ = read_tradelog(tmp_path / "trades.log")
    assert {type(r).__name__ for r in records} == {"CashSet"}


@pytest.mark.parametrize(
    ("words", "says"),
    [((), "--paper"), (("--paper", "--live", "--simulated"), "--paper"),
     (("--live",), "real venues is refused"),
     (("--paper", "--seed", "3"), "run with --simulated"),
     (("--paper", "--simulated", "--seed", "3", "--session", "x"), "name one"),
     (("--paper", "--simulated", "--speed", "0"), "above 0"),
     (("--paper", "--simulated", "--session", "/nonexistent"), "No such file")],
)  # fmt: skip
def test_live_trading_is_refused(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    said = arbees(tmp_path, "run", *words, check=False)
    assert said["code"] == 2
    assert says in said["stderr"]


@pytest.mark.parametrize("text", ["[risk]\nmax_daily_loss = true\n", "[risk]\nmax_open = 1\n"])
def test_a_wrong_setting_names_its_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    said = arbees(tmp_path, *RUN, check=False)
    assert said["code"] == 2
    assert "config.toml: risk.max_" in said["stderr"]
