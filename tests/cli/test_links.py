"""`arbees links` on small files."""

import json
from pathlib import Path

from typer.testing import CliRunner

from arbees.cli import app

ROW = {
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


def test_eval_names_the_file_and_line_that_is_no_row(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text(json.dumps(ROW) + "\n{\n")
    result = CliRunner().invoke(app, ["links", "eval", str(file)])
    assert "line 2" in str(result.exception)
    missing = CliRunner().invoke(app, ["links", "eval", str(tmp_path / "no")])
    assert "cannot be read" in str(missing.exception)
