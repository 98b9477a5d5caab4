"""Commands that need no running process, and the status socket with one that answers or hangs."""

import json
import socket
from pathlib import Path
from typing import Any

import anyio
import pytest
from rich.console import Console
from typer.testing import CliRunner

from arbees.app.killswitch import KillLatch
from arbees.app.status import ProcessLock, StatusServer, fetch_status, socket_path
from arbees.cli import app, main
from arbees.cli.durations import seconds
from arbees.cli.tables import LiveTable, print_summary, render
from arbees.errors import ConfigError, VenueUnavailable

SAID: dict[str, Any] = {
    "feeds": [{"name": "kalshi-ws", "mode": "ws", "age_ms": 1, "frames": 2, "connects": 1}],
    "books": {"watched": 2, "valid": 1, "invalid": 1},
    "funnel": {"risk": {"in": 1, "passed": 0, "refused": {"stale": 1}, "in_flight": 0}},
    "opportunities": [{"basket": "b" * 80, "qty": 1_000_000, "edge": 5, "ts_ns": 1}],
    "positions": [{"venue": "v", "instrument": "9" * 70, "qty": 1, "cost": 2}],
    "uneven": [{
        "basket": "lonely", "reason": "unwind_loss", "next_ns": 1,
        "legs": [{"venue": "v", "instrument": "i", "side": "YES", "qty": 2_500_000}],
    }],
    "channels": [{"name": "c", "depth": 0, "capacity": 1, "high_water": 1, "dropped": 0}],
    "kill": {"on": True, "reason": "test"}, "journal": {"error": "journal stopped: full"},
    "discovery": {"state": "scanning", "listed": {"kalshi": 7}, "dropped": {"kalshi:combo": 3},
                  "pairs": 2, "links": 1, "error": "no answer"},
    "mode": "live", "differences": ["cash kalshi: ours 1, theirs 2"],
    "pnl_micro": -1, "latency_us": {"p50": 1.0, "p99": 2.0, "max": 3.0, "n": 4},
}  # fmt: skip


def test_the_kill_switch_works_without_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARBEES_HOME", str(tmp_path))
    runner = CliRunner()

    def say(*words: str) -> str:
        return runner.invoke(app, ["killswitch", *words]).output

    assert "off" in say("status")
    assert "ON" in say("on", "--reason", "storm")
    assert "storm" in say("status")
    assert json.loads(say("status", "--json"))["on"] is True
    assert KillLatch(tmp_path / "kill").is_on()
    assert "off" in say("off")
    assert not KillLatch(tmp_path / "kill").is_on()
    (tmp_path / "kill").write_text("{")
    assert "unreadable" in say("status")


def test_a_latch_that_cannot_be_set_or_released_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    latch = KillLatch(tmp_path / "file" / "kill")
    assert latch.is_on()
    with pytest.raises(ConfigError, match="file/kill: cannot latch"):
        latch.set("storm")
    with pytest.raises(ConfigError, match="file/kill: cannot release"):
        latch.clear()


def test_a_disk_too_full_for_the_reason_still_latches(tmp_path: Path) -> None:
    (tmp_path / "kill.new").symlink_to("/dev/full")
    latch = KillLatch(tmp_path / "kill")
    latch.set("storm")
    assert latch.is_on()
    assert "unreadable" in latch.read().reason


def test_durations() -> None:
    assert [seconds(t) for t in ("60s", "2m", "1h", "90", "250ms")] == [60, 120, 3600, 90, 0.25]
    with pytest.raises(ConfigError, match="such as 60s"):
        seconds("soon")


def test_tables_render(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(width=120)
    console.print(render(SAID))
    text = capsys.readouterr().out
    assert "KILLED: test" in text and "stale 1" in text
    assert "listed kalshi 7 | left out 3 | pairs 2 | links 1 | no answer" in text
    assert "OTHERWISE: cash kalshi: ours 1, theirs 2" in " ".join(text.split())
    assert "v YES 2.50" in text and "unwind_loss" in text
    summary = {"refused": {}, "fees_micro": 1, "cash_micro": {"v": 1}, "digest": "d"}
    print_summary({**SAID, **summary, "journal": "home/journal/1"})
    assert "digest" in capsys.readouterr().out
    table = LiveTable(as_json=True)
    table.start()
    table.update(SAID)
    table.update(SAID)
    table.stop()
    assert capsys.readouterr().err.count("KILLED") == 1


@pytest.mark.anyio
async def test_a_running_process_answers(tmp_path: Path) -> None:
    home = tmp_path / ("deep" * 40)
    home.mkdir()
    assert len(str(socket_path(home))) < 108
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(StatusServer(home, lambda: SAID).run)
        with anyio.fail_after(5):
            while not socket_path(home).exists():  # noqa: ASYNC110
                await anyio.sleep(0.01)
        assert await anyio.to_thread.run_sync(fetch_status, home) == SAID
        tasks.cancel_scope.cancel()


def test_gone_and_hanging_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(VenueUnavailable, match="not running"):
        fetch_status(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(socket_path(tmp_path)))
        server.listen()
        with pytest.raises(VenueUnavailable, match="hangs"):
            fetch_status(tmp_path, timeout_s=0.05)
    with pytest.raises(VenueUnavailable):
        fetch_status(tmp_path, timeout_s=0.5)
    (tmp_path / "file").touch()
    with pytest.raises(VenueUnavailable, match="not running"):
        fetch_status(tmp_path / "file")


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    first, second = ProcessLock(tmp_path / "lock"), ProcessLock(tmp_path / "lock")
    with first, pytest.raises(ConfigError, match="another arbees"), second:
        pass
    with ProcessLock(tmp_path / "lock"):
        pass


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (ConfigError("that is wrong"), 2, "arbees: that is wrong"),
        (PermissionError(13, "Permission denied", "home/trades.log"), 2, "home/trades.log: Perm"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_what_stops_a_command_is_one_line(
    error: BaseException, code: int, says: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def stop() -> None:
        raise error

    monkeypatch.setattr("arbees.cli.app", stop)
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == code
    said = capsys.readouterr().err
    assert said.startswith(says) or says in said
    assert said.count("\n") <= 1
