"""`arbees links` on small files."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from arbees.cli import app
from arbees.errors import ConfigError

GAME = "KXNBAGAME-26JAN09MILLAL"
SIDES = [{"ticker": f"{GAME}-MIL"}, {"ticker": f"{GAME}-LAL"}]
KALSHI = [{"event_ticker": GAME, "title": "Milwaukee at Los Angeles L", "markets": SIDES}]
POLYMARKET = [{"slug": "nba-mil-lal-2026-01-09", "title": "Bucks vs. Lakers", "markets": [
    {"slug": "nba-mil-lal-2026-01-09", "conditionId": "0xa", "question": "Bucks vs. Lakers",
     "outcomes": ["Bucks", "Lakers"], "sportsMarketType": "moneyline"},
]}]  # fmt: skip

ROW: dict[str, Any] = {
    "id": "1", "label": "same", "source": "s", "grain": "market",
    "a": {"venue": "kalshi", "ticker": "KXNBAGAME-26JAN09MILLAL-MIL"},
    "b": {"venue": "polymarket", "slug": "nba-mil-lal-2026-01-09", "outcome": "LAL"},
}  # fmt: skip


def test_eval_prints_scores_and_every_false_yes(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text(json.dumps(ROW) + "\n\n" + json.dumps({**ROW, "label": "inverse"}) + "\n")
    said = json.loads(CliRunner().invoke(app, ["links", "eval", str(file), "--json"]).output)
    assert (said["total"]["tp"], said["total"]["fp"], said["total"]["precision"]) == (1, 1, 0.5)
    assert said["false_positives"][0]["checks"] and said["domains"]["sports"]["tp"] == 1
    shown = CliRunner().invoke(app, ["links", "eval", str(file)]).output
    assert "wrong inverse (labelled same)" in shown


def test_eval_reads_nulls_as_not_recorded(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    sides = {side: {**ROW[side], "title": None, "close_time": None} for side in ("a", "b")}
    file.write_text(json.dumps({**ROW, **sides, "label": "inverse"}))
    said = json.loads(CliRunner().invoke(app, ["links", "eval", str(file), "--json"]).output)
    assert said["total"]["tp"] == 1


def test_eval_names_the_file_and_line_that_is_no_row(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text(json.dumps(ROW) + "\n{\n")
    result = CliRunner().invoke(app, ["links", "eval", str(file)])
    assert "line 2" in str(result.exception)
    missing = CliRunner().invoke(app, ["links", "eval", str(tmp_path / "no")])
    assert "cannot be read" in str(missing.exception)


@pytest.fixture
def listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A listing in a home of its own."""
    monkeypatch.setenv("ARBEES_HOME", str(tmp_path / "home"))
    folder = tmp_path / "home" / "listing"
    folder.mkdir(parents=True)
    (folder / "kalshi_events.json").write_text(json.dumps(KALSHI))
    (folder / "polymarket_events.json").write_text(json.dumps(POLYMARKET))
    return folder


def say(*words: str) -> str:
    listing = str(Path(os.environ["ARBEES_HOME"]) / "listing")
    result = CliRunner().invoke(app, ["links", *words, "--from", listing])
    assert result.exception is None, result.exception
    return result.output


def listed() -> list[dict[str, Any]]:
    links: list[dict[str, Any]] = json.loads(say("list", "--json"))["links"]
    return links


def test_a_person_reads_approves_and_vetoes(listing: Path, tmp_path: Path) -> None:
    links = listed()
    assert sorted(each["identity"] for each in links) == ["inverse", "same"]
    assert not any(each["is_tradable"] for each in links)
    link = next(each["link"] for each in links if each["identity"] == "same")
    assert "postponement" in say("show", link) and "kalshi.ticker" in say("show", link)
    say("approve", link, "--note", "read both rules")
    assert [each["is_tradable"] for each in listed() if each["link"] == link] == [True]
    out = tmp_path / "links.jsonl"
    assert "1 links" in say("export", str(out))
    exported = json.loads(out.read_text())
    assert exported["relation"] == "same" and exported["decision"]["note"] == "read both rules"
    assert "approve by" in say("show", link)
    say("veto", link, "--note", "changed my mind")
    assert not any(each["is_tradable"] for each in listed())


@pytest.mark.parametrize(("relation", "says"), [("foo", "say same or inverse"),
                                                ("inverse", "would lose every time")])  # fmt: skip
def test_what_its_terms_deny_is_not_approved(listing: Path, relation: str, says: str) -> None:
    link = next(each["link"] for each in listed() if each["identity"] == "same")
    words = ["links", "approve", link, "--as", relation, "--from", str(listing)]
    done = CliRunner().invoke(app, words)
    assert isinstance(done.exception, ConfigError) and says in str(done.exception)
    assert not any(each["is_tradable"] for each in listed())


def test_a_decision_falls_away_when_the_terms_change(listing: Path) -> None:
    link = listed()[0]["link"]
    say("approve", link)
    assert [each["is_tradable"] for each in listed() if each["link"] == link] == [True]
    changed = json.loads((listing / "polymarket_events.json").read_text())
    changed[0]["markets"][0]["description"] = "New rules."
    (listing / "polymarket_events.json").write_text(json.dumps(changed))
    assert not any(each["is_tradable"] for each in listed())


def test_why_and_tables(listing: Path) -> None:
    ticker = "KXNBAGAME-26JAN09MILLAL-MIL"
    assert json.loads(say("why", ticker, "0xa", "--json"))["identity"] == "same"
    assert "competitors" in say("why", ticker, "nba-mil-lal-2026-01-09")
    assert "links" in say("list") and "1 sets" in say("list")
    assert "## Linked pairs (2)" in say("list", "--markdown")
    for words, reason in (
        (["why", "NO", "0xa", "--from", str(listing)], "not in"),
        (["show", "zzz", "--from", str(listing)], "no link"),
        (["list", "--from", str(listing.parent)], "no kalshi"),
        (["list"], "no catalogue there yet"),
    ):  # fmt: skip
        assert reason in str(CliRunner().invoke(app, ["links", *words]).exception)


def test_a_broken_store_names_its_line(listing: Path) -> None:
    (listing.parent / "links.jsonl").write_text("{}\n")
    words = ["links", "list", "--from", str(listing)]
    assert "line 1" in str(CliRunner().invoke(app, words).exception)
