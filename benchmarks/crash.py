"""SIGKILL of the whole process at seeded points: what the log says is what a restart knows.

`python -m benchmarks.crash --kills 50 --seed 1` runs `arbees run --paper --simulated` again and
again over one home and kills it with SIGKILL: before an intent is written, in the middle of its
line, between the write and the send, after the send, and at any moment. After each kill the
campaign's own parser (tests/reference/tradelog.py, which knows nothing of the program) adds up the
log; a restart with the kill latch set must come to the same cash and positions, leave no order
open, and no order may ever have left without its intent on disk. The killed life's journal must
replay as far as it goes.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from arbees.app.killswitch import KillLatch
from arbees.app.replay import replay_journal
from arbees.messages.commands import AnyCommand, PlaceOrder
from arbees.messages.records import AnyRecord, IntentMade
from arbees.tradelog import TradeLogWriter, encode_line
from tests.reference import tradelog as slow

POINTS = ("before the write", "inside the line", "between write and send", "after the send",
          "at any moment")  # fmt: skip
RUN = ("run", "--paper", "--simulated", "--speed", "20", "--for", "8s", "--json")
CHECK = ("run", "--paper", "--simulated", "--speed", "1", "--for", "0.2s", "--json")
SENT = "sent.txt"
INTENTS_MAX = 5
TIMEOUT_S = 60.0


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DyingLog(TradeLogWriter):
    """The trading log of a process that dies at its `number`-th intent."""

    point, number = "", 0

    def append(self, records: Sequence[AnyRecord]) -> None:
        if any(isinstance(r, IntentMade) for r in records):
            DyingLog.number -= 1
        dies = DyingLog.number == 0
        if dies and self.point == POINTS[0]:
            _die()
        if dies and self.point == POINTS[1]:
            data = b"".join(encode_line(r) for r in records if isinstance(r, IntentMade))
            os.write(self._file, data[: len(data) // 2])
            _die()
        super().append(records)
        if dies and self.point == POINTS[2]:
            _die()


def _child(point: str, number: int) -> None:
    """The real command line with the log and the gateway's door watched. Never returns."""
    from arbees.app import build
    from arbees.app.gateway import LatchedPaperGateway
    from arbees.cli import main

    DyingLog.point, DyingLog.number = point, number
    sent = os.open(Path(os.environ["ARBEES_HOME"]) / SENT, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    class DyingGateway(LatchedPaperGateway):
        """Writes down what leaves."""

        def submit(self, commands: Sequence[AnyCommand], ts_ns: int) -> None:
            names = [c.order_id for c in commands if isinstance(c, PlaceOrder)]
            os.write(sent, "".join(f"{name}\n" for name in names).encode())
            super().submit(commands, ts_ns)
            if DyingLog.number == 0 and point == POINTS[3]:
                _die()

    vars(build).update(TradeLogWriter=DyingLog, LatchedPaperGateway=DyingGateway)
    sys.argv = ["arbees", *RUN, "--seed", os.environ["CRASH_SEED"]]
    main()


def _environment(home: Path, seed: int) -> dict[str, str]:
    return {**os.environ, "ARBEES_HOME": str(home), "CRASH_SEED": str(seed),
            "ARBEES_RISK__MAX_COST_PER_EVENT": "1000000", "ARBEES_RISK__COOLDOWN_MS": "0",
            "ARBEES_RISK__MAX_POSITION_PER_INSTRUMENT": "1000000",
            "ARBEES_PAPER__CASH_KALSHI": "1000000",
            "ARBEES_PAPER__CASH_POLYMARKET": "1000000"}  # fmt: skip


def kill(home: Path, rng: Random, point: str, intents_max: int = INTENTS_MAX) -> bool:
    """One life that ends by SIGKILL at its n-th intent at most; False if it ended by itself."""
    seed, number = rng.randint(1, 10**6), rng.randint(1, intents_max)
    command = [sys.executable, "-m", "benchmarks.crash", "--child", point, str(number)]
    log = home / "trades.log"
    goal = (log.stat().st_size if log.exists() else 0) + rng.randint(1, 6_000)
    with subprocess.Popen(
        command, env=_environment(home, seed), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as child:
        assert child.stderr is not None
        if point == POINTS[4]:
            while child.poll() is None and (not log.exists() or log.stat().st_size < goal):
                os.sched_yield()
            child.kill()
        _, said = child.communicate(timeout=TIMEOUT_S)
    if child.returncode not in (0, -signal.SIGKILL):
        raise AssertionError(f"the process failed by itself: {said.decode()[-2_000:]}")
    return child.returncode == -signal.SIGKILL


def _restart(home: Path) -> dict[str, Any]:
    """What a restarted process knows before it trades: the latch keeps it from trading."""
    latch = KillLatch(home / "kill")
    latch.set("the campaign looks")
    done = subprocess.run(
        [sys.executable, "-m", "arbees", *CHECK, "--seed", "1"], env=_environment(home, 1),
        capture_output=True, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    latch.clear()
    if done.returncode:
        raise AssertionError(f"the restart failed: {done.stderr.decode()[-2_000:]}")
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _open_orders(records: list[dict[str, Any]]) -> set[str]:
    found: set[str] = set()
    for record in records:
        found |= {leg["order_id"] for leg in record.get("legs", ())}
        found -= {record["order_id"]} if record["type"] == "OrderClosed" else set()
        found -= set(record.get("order_ids", ()))
    return found


def _replay(home: Path, meant: set[str]) -> dict[str, int]:
    """The killed life's journal: what it holds replays, and decides nothing the log does not know.
    It may be behind the log by what its thread had not written yet, and end in half a block."""
    journals = sorted(home.glob("journal/*"), key=lambda folder: int(folder.name, 16))
    if not journals or not any(journals[-1].glob("*.arbj")):
        return {"replayed": 0, "torn_journals": 0}  # killed before its first block
    said = replay_journal(journals[-1])
    epoch = journals[-1].name
    known = sum(name.startswith(f"{epoch}-") for name in meant)
    assert said["orders"] <= known, f"{journals[-1]} replays {said['orders']} orders, not {known}"
    return {"replayed": said["orders"], "torn_journals": int(said["torn"] is not None)}


def check(home: Path) -> dict[str, int]:
    """Compare log and restart. Raises AssertionError saying what differs."""
    log, before = home / "trades.log", home / SENT
    records = slow.read_records(log, last_may_be_torn=True) if log.exists() else []
    truth = slow.totals(records)
    meant = {leg["order_id"] for r in records for leg in r.get("legs", ())}
    sent = before.read_text().split() if before.exists() else []
    assert set(sent) <= meant, f"left without an intent on disk: {set(sent) - meant}"
    assert len(sent) == len(set(sent)), "an order left twice"
    replayed = _replay(home, meant)
    said = _restart(home)
    held = {(p["venue"], p["instrument"]): p["qty"] for p in said["positions"]}
    assert held == truth.positions, f"positions {held}, the log says {truth.positions}"
    if truth.cash:
        assert said["cash_micro"] == truth.cash, f"{said['cash_micro']}, not {truth.cash}"
    after = slow.read_records(log)
    assert not _open_orders(after), "orders were left open"
    assert said["orders"] == 0
    return {"orders": len(sent), "fills": truth.counts.get("FillBooked", 0),
            "voided": len(_open_orders(records)), **replayed,
            "torn": len(list(home.glob("trades.log.torn-*")))}  # fmt: skip


def campaign(home: Path, kills: int, seed: int) -> tuple[Counter[str], dict[str, int]]:
    """(kills by point, the last check's figures)."""
    rng, done = Random(seed), Counter[str]()
    figures: dict[str, int] = {}
    sums = Counter[str]()
    while done.total() < kills:
        point = POINTS[done.total() % len(POINTS)]
        if not kill(home, rng, point):
            continue
        done[point] += 1
        figures = check(home)
        sums.update({name: figures[name] for name in ("voided", "replayed", "torn_journals")})
    return done, {**figures, **sums}


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.crash")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", nargs=2, metavar=("POINT", "NUMBER"))
    options = parser.parse_args()
    if options.child:
        _child(options.child[0], int(options.child[1]))
        return
    with tempfile.TemporaryDirectory() as home:
        done, figures = campaign(Path(home), options.kills, options.seed)
    print(f"machine: {platform.machine()}, Python {sys.version.split()[0]}, seed {options.seed}")
    for point, count in done.items():
        print(f"{count:3} kills {point}: cash, positions and orders equal the log's")
    print(f"{done.total()} kills in all; at the end {figures}")


if __name__ == "__main__":
    main()
