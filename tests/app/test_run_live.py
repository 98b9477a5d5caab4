"""The whole process trading live on the simulator: its ledger is what both venues say is held."""

from pathlib import Path
from types import SimpleNamespace as Namespace
from typing import Any

import pytest

from arbees.app.killswitch import KillLatch
from arbees.app.live import Live
from arbees.app.simulated import real_venues
from arbees.clock import SystemClock
from arbees.errors import ConfigError
from arbees.messages.events import TradingShut
from arbees.pipeline.ledger import Ledger
from arbees.simulator.polymarket.keys import issued_wallet
from tests.app.test_run import arbees
from tests.reference import tradelog as slow

LIVE = ("run", "--live", "--simulated", "--seed", "2", "--speed", "10", "--for", "4s", "--json")


def test_a_run_trades_live_and_both_venues_hold_what_its_ledger_says(tmp_path: Path) -> None:
    said = arbees(tmp_path, *LIVE)
    assert said["orders"] > 4 and said["fills"] > 4
    assert said["differences"] == []
    assert said["venue_cash_micro"]["kalshi"] == said["cash_micro"]["kalshi"]
    assert said["wire_errors"] == 0 and "TRADING LIVE" in said["stderr"]
    assert arbees(tmp_path, "replay", said["journal"], "--json")["digest"] == said["digest"]
    truth = slow.totals(slow.read_records(tmp_path / "trades.log"))
    assert dict(truth.cash) == said["cash_micro"]
    secret = issued_wallet(0)[0].removeprefix("0x").encode()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert secret not in path.read_bytes() and b"PRIVATE KEY" not in path.read_bytes()
    again = arbees(tmp_path, *LIVE, check=False)
    assert again["code"] == 2 and "another account" in again["stderr"]
    paper = arbees(tmp_path, "run", "--paper", "--simulated", "--for", "1s", check=False)
    assert paper["code"] == 2 and "its log is of live trading" in paper["stderr"]


def test_a_latched_home_sends_nothing(tmp_path: Path) -> None:
    KillLatch(tmp_path / "kill").set("test")
    said = arbees(tmp_path, *LIVE)
    assert said["orders"] == 0 and said["opportunities"] > 0
    assert said["differences"] == [] and said["positions"] == []


def live() -> Live:
    from arbees.app.config import Settings

    venues = real_venues(Settings())
    return Live(Settings(), venues, SystemClock(), bool)


def test_without_keys_nothing_is_made() -> None:
    with pytest.raises(ConfigError, match="needs a Kalshi key and a Polymarket wallet key"):
        live()


def test_the_engine_hears_once_that_a_venue_is_shut_and_once_that_it_is_open() -> None:
    made = Live.__new__(Live)
    reasons = {"kalshi": "", "polymarket": "access"}
    made._shut, made._clock = {}, SystemClock()
    made.kalshi = Namespace(gateway=Namespace(shut=lambda: reasons["kalshi"]))  # type: ignore[assignment]
    made.polymarket = Namespace(gateway=Namespace(shut=lambda now: reasons["polymarket"]))  # type: ignore[assignment]
    told: list[TradingShut] = []
    runtime: Any = Namespace(deliver_event=lambda event, ts: told.append(event))
    for _ in range(3):
        made._look_shut(runtime)
    reasons |= {"kalshi": "trading_paused", "polymarket": ""}
    made._look_shut(runtime)
    assert [(e.venue, e.reason) for e in told] == [
        ("polymarket", "access"), ("kalshi", "trading_paused"), ("polymarket", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kalshi", "polymarket", "in_flight", "says"),
    [
        (100, 100, (), ""), (100, 70, (), ""), (100, 69, (), "polymarket"),
        (100, 101, (), "polymarket"), (99, 100, (), "kalshi"), (100, 100, ("1-1-0",), "1 orders"),
    ],
)  # fmt: skip
def test_a_log_must_be_the_accounts(
    kalshi: int, polymarket: int, in_flight: tuple[str, ...], says: str
) -> None:
    made = Live.__new__(Live)
    made.cash = {"kalshi": 100, "polymarket": 100}
    ledger = Ledger({"kalshi": kalshi, "polymarket": polymarket})
    if not says:
        made.check(ledger, in_flight, fills=3)
        return
    with pytest.raises(ConfigError, match=says):
        made.check(ledger, in_flight, fills=3)
