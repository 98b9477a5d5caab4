"""The trading log: valid lines, torn tails kept aside, and a SIGKILL at any moment."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from arbees.app.compose import rebuild_ledger
from arbees.errors import JournalError
from arbees.messages.commands import LegSide
from arbees.messages.records import CashSet, FillBooked, Refused
from arbees.tradelog import TradeLogWriter, encode_line, read_tradelog
from tests.reference import tradelog as slow

CASH = CashSet("kalshi", 5, 1)


def test_only_logged_records_are_written_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "trades.log"
    log = TradeLogWriter(path, fsync=True)
    log.append([CASH, Refused("b", "risk", "stale", 1)])
    log.append([])
    log.close()
    assert read_tradelog(path) == ([CASH], None)


def test_a_torn_line_is_reported_and_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "trades.log"
    whole = encode_line(CASH)
    for cut in range(1, len(whole)):
        path.write_bytes(whole + whole[:cut])
        records, torn = read_tradelog(path)
        assert records == [CASH]
        assert torn is not None
    log = TradeLogWriter(path)
    log.append([CASH])
    log.close()
    assert read_tradelog(path) == ([CASH, CASH], None)
    assert (tmp_path / "trades.log.torn-1").read_bytes() == whole[:-1]


def test_damage_in_the_middle_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "trades.log"
    path.write_bytes(encode_line(CASH) + b"00000000 {}\n" + encode_line(CASH))
    with pytest.raises(JournalError, match="line 2"):
        read_tradelog(path)


def test_a_log_that_failed_once_writes_nothing_more(tmp_path: Path) -> None:
    log = TradeLogWriter(tmp_path / "trades.log")
    log.close()
    for expected in ("Bad file", "restart"):
        with pytest.raises(JournalError, match=expected):
            log.append([CASH])


CHILD = """
import sys
from pathlib import Path
from arbees.messages.commands import LegSide
from arbees.messages.records import CashSet, FillBooked
from arbees.tradelog import TradeLogWriter
log = TradeLogWriter(Path(sys.argv[1]))
log.append([CashSet("kalshi", 10**9, 0), CashSet("polymarket", 10**9, 0)])
print("ready", flush=True)
n = 0
while True:
    n += 1
    side = LegSide.YES if n % 3 else LegSide.NO
    price, qty = 100 + n % 9800, n % 50 * 10000 + 10000
    kalshi = ("kalshi", f"T{n % 7}", side, price, qty, n % 9, n)
    token = ("polymarket", f"9{n % 5}", LegSide.YES, 50 + n % 9900, 20000, n % 7, n)
    log.append([FillBooked(f"k{n}", "o", "i", *kalshi), FillBooked(f"p{n}", "o", "i", *token)])
"""


@pytest.mark.parametrize("seed", range(6))
def test_positions_and_cash_after_a_kill_equal_a_parser_of_its_own(
    tmp_path: Path, seed: int
) -> None:
    path = tmp_path / "trades.log"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, cwd=os.getcwd()
    )
    assert child.stdout is not None
    child.stdout.readline()
    size = random.Random(seed).randint(2_000, 60_000)
    while path.stat().st_size < size:
        os.sched_yield()
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    records, _ = read_tradelog(path)
    ledger = rebuild_ledger(records)
    truth = slow.totals(slow.read_records(path, last_may_be_torn=True))
    assert dict(ledger.cash) == dict(truth.cash)
    held = {key: p.qty for key, p in ledger.positions.items()}
    assert held == {key: qty for key, qty in truth.positions.items() if qty}
    assert isinstance(records[0], CashSet) and isinstance(records[2], FillBooked)
    assert records[2].side is LegSide.YES
