"""How a whole process ends: told to, by a bug, by a journal that cannot go on; nothing is lost."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from arbees.app.replay import replay_journal
from benchmarks.crash import check
from tests.reference import tradelog as slow

RUN = ("run", "--paper", "--simulated", "--seed", "3", "--speed", "10", "--json")
TIMEOUT_S = 120.0
BUG = """
import sys
from arbees.app import build
from arbees.app.gateway import LatchedPaperGateway
from arbees.cli import main
from arbees.errors import InvariantError

class Broken(LatchedPaperGateway):
    def submit(self, commands, ts_ns):
        super().submit(commands, ts_ns)
        raise InvariantError("made for a test")

vars(build).update(LatchedPaperGateway=Broken)
main()
"""
SMALL_FILES = """
import resource
from arbees.app import run
from arbees.cli import main

def then_small_files(folder, warm_up=run.warm_up):
    rehearsal = warm_up(folder)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16_000, 16_000))
    return rehearsal

vars(run).update(warm_up=then_small_files)
main()
"""


def environment(home: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "ARBEES_HOME": str(home), "PYTHONUNBUFFERED": "1", **more}


@contextmanager
def started(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A run that has said its first line, so its signals are received."""
    with subprocess.Popen(
        [sys.executable, "-m", "arbees", *RUN, "--for", "60s"], env=environment(home), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        assert child.stderr is not None
        try:
            assert "trading on paper" in child.stderr.readline()
            yield child
        finally:
            child.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_a_summary(tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path) as child:
        child.send_signal(number)
        out, errors = child.communicate(timeout=TIMEOUT_S)
    assert child.returncode == 0, errors[-2_000:]
    said: dict[str, Any] = json.loads(out)
    assert said["stopped"] == number.name
    assert said["frames_ws"] == said["frames_served"]
    again = replay_journal(Path(said["journal"]))
    assert (again["digest"], again["torn"]) == (said["digest"], None)
    assert not (tmp_path / "arbees.sock").exists()


def test_a_bug_ends_it_at_once_and_a_restart_knows_what_the_log_says(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BUG, *RUN, "--for", "20s"], env=environment(tmp_path), text=True,
        capture_output=True, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    assert "InvariantError: made for a test" in done.stderr
    (journal,) = (tmp_path / "journal").iterdir()
    again = replay_journal(journal)
    records = slow.read_records(tmp_path / "trades.log")
    meant = [leg["order_id"] for r in records for leg in r.get("legs", ())]
    assert again["torn"] is None
    assert again["orders"] == len(meant) == 2
    assert check(tmp_path)["voided"] == 2


def test_a_full_disk_under_the_journal_stops_the_recording_only(tmp_path: Path) -> None:
    more = {"ARBEES_STORE__ENABLED": "false", "ARBEES_ENGINE__KEEP_WARM_MS": "0",
            "ARBEES_PAPER__CASH_KALSHI": "60"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", SMALL_FILES, *RUN, "--for", "5s"], env=environment(tmp_path, **more),
        text=True, capture_output=True, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    said = json.loads(done.stdout)
    assert "disk full" in said["journal_error"] and str(tmp_path) in said["journal_error"]
    assert "NOT RECORDED: journal stopped" in done.stderr
    assert said["orders"] > 0 and said["fills"] > 0
    truth = slow.totals(slow.read_records(tmp_path / "trades.log"))
    assert dict(truth.cash) == said["cash_micro"]
    again = replay_journal(Path(said["journal"]))
    assert again["torn"] is None
    assert 0 < again["frames"] < said["frames"]
