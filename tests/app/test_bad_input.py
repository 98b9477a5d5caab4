"""Bad input through the real path: a clear error that names the place, and nothing else harmed."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from arbees.app import compose
from arbees.app.config import Settings
from arbees.app.engine_settings import engine_settings
from arbees.messages import events as ev
from arbees.messages.commands import LegSide
from arbees.messages.frames import Frame
from arbees.messages.records import CashSet, FillBooked
from arbees.pipeline.ledger import Ledger
from arbees.pipeline.runtime import Runtime
from arbees.tradelog import TradeLogWriter, read_tradelog
from arbees.units import QTY_MAX
from tests.pipeline.world import KALSHI, START, TOKEN, instruments

RUN = ("run", "--paper", "--simulated", "--seed", "3", "--speed", "10", "--for", "20s", "--json")
LATIN_NINES = "9" * 30


def kalshi(seq: int, **levels: Any) -> bytes:
    msg = {"market_ticker": "KX-A", **levels}
    said = {"type": "orderbook_snapshot", "sid": 1, "seq": seq, "msg": msg}
    return json.dumps(said).encode()


def token(*asks: tuple[str, str]) -> bytes:
    levels = [{"price": p, "size": s} for p, s in asks]
    said = {"event_type": "book", "asset_id": "111", "market": "0xm", "timestamp": "1"}
    return json.dumps({**said, "bids": [], "asks": levels}).encode()


def delta(seq: int, **fields: str) -> bytes:
    msg = {"market_ticker": "KX-A", "price_dollars": "0.4000", "delta_fp": "1.00", "side": "yes"}
    said = {"type": "orderbook_delta", "sid": 1, "seq": seq, "msg": {**msg, **fields}}
    return json.dumps(said).encode()


GOOD = kalshi(1, yes_dollars_fp=[["0.4000", "10.00"]], no_dollars_fp=[["0.5500", "10.00"]])


class Shell:
    """A runtime with both sockets open and a good book on each."""

    def __init__(self) -> None:
        self.runtime: Runtime = compose.build_runtime(engine_settings(Settings(), "t"), Ledger())
        self.runtime.deliver_event(ev.InstrumentsAdded(instruments()), START)
        for conn, venue, name, ix in (
            (1, "kalshi", "KX-A", KALSHI), (2, "polymarket", "111", TOKEN),
        ):  # fmt: skip
            opened = ev.ConnOpened(
                conn, venue, "ws", 0, conn == 1, ((name, ix),), uses_yes_price=False
            )
            self.runtime.deliver_event(opened, START)
        self.give(1, GOOD)
        self.give(2, token(("0.5", "10")))
        assert self.valid == (True, True)

    def give(self, conn: int, data: bytes) -> None:
        self.runtime.deliver_frame(Frame(conn, 0, START + self.runtime.frames, data))

    @property
    def valid(self) -> tuple[bool, bool]:
        books = self.runtime.engine.books
        return books.is_valid(KALSHI), books.is_valid(TOKEN)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe not json",
        b'{"type":"orderbook_delta","sid":1,"seq":2,"msg":',
        delta(2, price_dollars="0.0000"),
        delta(2, price_dollars="n/a"),
        delta(2, delta_fp=str(QTY_MAX)),
        delta(2, delta_fp=LATIN_NINES),
        json.dumps({"type": "orderbook_delta", "sid": 1, "seq": 2, "msg": {
            "market_ticker": "KX-A", "price": 40, "delta": 1, "side": "yes"}}).encode(),
        kalshi(2, yes_dollars_fp=[["0.0000", "1.00"]], no_dollars_fp=[["0.0000", "1.00"]]),
        kalshi(2, yes_dollars_fp=[["0.4000", LATIN_NINES]]),
        kalshi(2, yes_dollars_fp=[["0.6000", "1.00"]], no_dollars_fp=[["0.6000", "1.00"]]),
    ],
    ids=("no json", "cut", "zero price", "no price", "size over the limit", "absurd size",
         "removed fields", "all zero", "absurd level", "crossed"),
)  # fmt: skip
def test_a_bad_kalshi_frame_costs_that_book_and_the_next_snapshot_brings_it_back(
    data: bytes,
) -> None:
    shell = Shell()
    shell.give(1, data)
    assert shell.valid == (False, True)
    asked = b"".join(shell.runtime.take_outgoing(1))
    assert b"KX-A" in asked or b"get_snapshot" in asked
    seq = 3 if b'"seq": 2' in data else 2
    good = json.loads(GOOD)
    shell.give(1, json.dumps({**good, "seq": seq}).encode())
    assert shell.valid == (True, True)


@pytest.mark.parametrize(
    "asks", [(("0", "1"),), (("0.5", LATIN_NINES),), (("0.5", "-1"),), (("1e-1", "1"),)]
)
def test_a_bad_polymarket_book_costs_that_book_only(asks: tuple[tuple[str, str], ...]) -> None:
    shell = Shell()
    shell.give(2, token(*asks))
    assert shell.valid == (True, False)
    shell.give(2, token(("0.6", "1")))
    assert shell.valid == (True, True)


def test_what_names_no_book_is_counted_and_shown() -> None:
    shell = Shell()
    shell.give(1, b"<html>")
    assert shell.runtime.wire_errors == 1
    assert "kalshi" in shell.runtime.last_wire_error


def arbees(home: Path, *arguments: str, limit: int = 0) -> subprocess.CompletedProcess[str]:
    def small_files() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [sys.executable, "-m", "arbees", *arguments], capture_output=True, text=True, timeout=120,
        env={**os.environ, "ARBEES_HOME": str(home)}, preexec_fn=small_files, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[kalshi]\nprivate_key_file = "/nowhere/key.pem"\n', "/nowhere/key.pem: cannot read"),
        ("[risk]\nmax_daily_loss = 'much'\n", "config.toml: risk.max_daily_loss: not a plain"),
        ("risk = \n", "config.toml: not valid TOML"),
        ("[engine]\ncpu = 4000\n", "engine.cpu is 4000"),
    ],
)
def test_a_wrong_configuration_stops_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    command = ("run", "--paper", "--for", "1s", "--json")
    done = arbees(tmp_path, *command)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "trades.log").exists()


def test_a_log_damaged_before_its_end_stops_the_start_and_is_left_as_it_is(tmp_path: Path) -> None:
    log = TradeLogWriter(tmp_path / "trades.log")
    log.append([CashSet("kalshi", 1, 1), CashSet("polymarket", 1, 1)])
    log.close()
    damaged = (tmp_path / "trades.log").read_bytes().replace(b"kalshi", b"Kalshi", 1)
    (tmp_path / "trades.log").write_bytes(damaged)
    done = arbees(tmp_path, *RUN)
    assert done.returncode == 2
    assert "trades.log line 1: the checksum does not match" in done.stderr
    assert (tmp_path / "trades.log").read_bytes() == damaged


def test_a_full_disk_stops_before_the_order_leaves_and_a_restart_reads_all(tmp_path: Path) -> None:
    assert arbees(tmp_path, "db", "upgrade").returncode == 0
    path = tmp_path / "trades.log"
    log = TradeLogWriter(path)
    log.append([CashSet("kalshi", 10**9, 1), CashSet("polymarket", 10**9, 1)])
    fill = ("polymarket", "1", LegSide.YES, 1, 10_000, 0, 1)
    log.append([FillBooked(f"f{n}", "o", "i", *fill) for n in range(4_000)])
    log.close()
    before, _ = read_tradelog(path)
    done = arbees(tmp_path, *RUN, limit=path.stat().st_size + 100)
    assert done.returncode == 2, done.stderr[-2_000:]
    assert "trading log" in done.stderr and "disk full" in done.stderr
    assert "Traceback" not in done.stderr
    (journal,) = (tmp_path / "journal").iterdir()
    replayed = json.loads(arbees(tmp_path, "replay", str(journal), "--json").stdout)
    assert replayed["frames"] > 0 and replayed["torn"] is None and replayed["orders"] > 0
    again = arbees(tmp_path, *RUN[:-3], "--for", "1s", "--json")
    assert again.returncode == 0, again.stderr[-2_000:]
    after, torn = read_tradelog(path)
    assert after[: len(before)] == before and torn is None
