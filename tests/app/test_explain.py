"""What `arbees explain` tells of a log."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from arbees.app.explain import stories
from arbees.cli import app
from arbees.errors import ConfigError
from arbees.messages import events as ev
from arbees.messages.records import AnyRecord, OrdersVoided
from arbees.tradelog import TradeLogWriter
from tests.pipeline.test_restore import Life
from tests.pipeline.test_unwind import Uneven
from tests.pipeline.world import CONTRACT, SECOND, TOKEN

QTY = 100 * CONTRACT


def texts(records: list[AnyRecord], query: str = "") -> str:
    (story,) = stories(records, query)
    return "\n".join(text for _, text in story.lines)


def test_a_repair_says_why_and_what_it_brings() -> None:
    world = Uneven()
    world.show(([(3_900, QTY)], [(4_100, QTY)]), ([(5_800, QTY)], [(6_300, QTY)]))
    world.wait(SECOND)
    world.check()
    (story,) = stories(world.log)
    assert (story.trades, story.repairs, story.held, story.is_uneven) == (1, 1, [], False)
    said = texts(world.log)
    assert "legs differ: sells the surplus: kalshi KX-A 100.00 YES at least 0.3900" in said
    assert "$-2.6653 against what the surplus cost" in said
    assert "sold 100.00 YES at 0.3900, fee $1.6653" in said


def test_fills_that_fail_legs_that_follow_and_payouts_are_told() -> None:
    life = Life(SECOND)
    failed = ev.FillProgress("0-1-1", "f1", ev.TradeStage.FAILED, life.now)
    sure = ev.FillProgress("0-1-1", "g1", ev.TradeStage.CONFIRMED, life.now)
    life.tell(life.fill(1, 60 * CONTRACT), life.fill(1, 40 * CONTRACT, "g"), life.done(1))
    life.tell(life.fill(0), life.done(0), failed, sure)
    (story,) = stories(life.log, "0-1-1")
    assert story.is_uneven
    assert sorted(story.held) == [
        ("kalshi", "KX-A", "YES", QTY), ("polymarket", "111", "YES", 40 * CONTRACT),
    ]  # fmt: skip
    said = texts(life.log)
    assert "YES at most 0.4000, after the others" in said
    assert "stating $45.00" in said
    assert "order 0-1-0 at kalshi: follows for 100.00" in said
    assert "its settlement can still fail" in said
    assert "settlement FAILED, taken back: 60.00 YES at 0.4500" in said
    assert "settlement of fill g1 is final" in said
    life.tell(ev.MarketSettled(TOKEN, 10_000, life.now))
    assert "polymarket 111 settles at 1.0000: the account gets $40.00" in texts(life.log)


def test_one_leg_alone_is_uneven_and_a_dead_paper_venue_is_named() -> None:
    life = Life()
    life.tell(life.fill(0))
    (story,) = stories([*life.log, OrdersVoided(("0-1-1",), 9)])
    assert story.is_uneven
    assert story.lines[-1][1] == "order 0-1-1 at polymarket: void: the paper venue died"
    assert stories(life.log, "nothing like it") == []


def test_the_command_lists_all_and_tells_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARBEES_HOME", str(tmp_path))
    missing = CliRunner().invoke(app, ["explain"])
    assert isinstance(missing.exception, ConfigError)
    life = Life()
    life.tell(life.fill(0))
    log = TradeLogWriter(tmp_path / "trades.log")
    log.append(life.log)
    log.close()
    short = CliRunner().invoke(app, ["explain"]).stdout
    assert short == "L1: 1 trades, 0 repairs, holds kalshi YES 100.00: LEGS DIFFER\n"
    whole = CliRunner().invoke(app, ["explain", "KX-A"]).stdout.splitlines()
    assert len(whole) == 3 and whole[1].startswith("  2023-11-14 22:13:20.000000 buys the basket")
    (said,) = json.loads(CliRunner().invoke(app, ["explain", "L1", "--json"]).stdout)
    assert said["uneven"] and len(said["lines"]) == 2
    wrong = CliRunner().invoke(app, ["explain", "nobody"])
    assert isinstance(wrong.exception, ConfigError)
