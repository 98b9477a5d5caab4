"""The labelled pairs of the data folder, scored as `arbees links eval` scores them."""

from pathlib import Path

import msgspec

from arbees.app.links import evaluate as run
from arbees.matching.evaluate import Correction, Row, Score, Side, answer, count, score
from arbees.matching.verdicts import Answer
from tests.matching.tables import MATCHER

LEAST_PRECISION = 0.995
LEAST_RECALL = 0.90


def test_the_labelled_pairs(test_data: Path) -> None:
    report = run(sorted((test_data / "matcher" / "dev").glob("*.jsonl")))
    wrong = [(miss.id, miss.a, miss.b) for miss in report.false_yes]
    assert report.total.precision() >= LEAST_PRECISION, wrong
    assert report.total.recall() >= LEAST_RECALL
    assert report.sources["crypto_strike"].fp == 0
    assert report.total.tp + report.total.fn == 548, "the list of positives is fixed"


def test_counting() -> None:
    total = Score()
    for label, said in [
        ("same", Answer.SAME),
        ("same", Answer.INVERSE),
        ("same", Answer.UNKNOWN),
        ("different", Answer.SAME),
        ("different", Answer.UNKNOWN),
        ("different", Answer.DIFFERENT),
        ("unsure", Answer.SAME),
        ("excluded", Answer.SAME),
    ]:
        count(total, label, said)
    assert msgspec.to_builtins(total) == {
        "tp": 1,
        "fp": 2,
        "fn": 2,
        "tn": 2,
        "unknown": 2,
        "excluded": 2,
    }
    assert total.precision() == 1 / 3 and total.recall() == 1 / 3
    assert Score().precision() == Score().recall() == 1.0


def row(b_title: str, **more: object) -> Row:
    a = Side(
        venue="kalshi",
        ticker="KXNBA-26-DET",
        title="Will the Detroit win the 2026 Pro Basketball Finals?",
    )
    return Row("1", a, Side(venue="polymarket", title=b_title), **more)  # type: ignore[arg-type]


def test_a_correction_changes_the_label() -> None:
    rows = [row("Will the Detroit Pistons win the 2026 NBA Finals?", label="different", source="s")]
    wrong = score(rows, MATCHER, {})
    assert [miss.id for miss in wrong.false_yes] == ["1"] and wrong.sources["s"].fp == 1
    fixed = score(rows, MATCHER, {"1": Correction("1", "same", "read")})
    assert fixed.total.tp == 1 and not fixed.false_yes
    missed = score([row("Detroit?", label="same")], MATCHER, {})
    assert [miss.answer for miss in missed.missed] == ["unknown"]


def test_events_are_the_same_when_a_child_is() -> None:
    def side(*titles: str) -> Side:
        children = tuple(Side(title=title) for title in titles)
        return Side(venue="polymarket", title="By ___?", children=children)

    one = side("X launches by June 30, 2026?", "X launches by July 31, 2026?")
    same = Row("1", one, side("X launches by July 31, 2026?"), grain="event")
    other = Row("1", one, side("X launches by May 31, 2026?"), grain="event")
    assert answer(same, MATCHER).identity is Answer.SAME
    assert answer(other, MATCHER).identity is Answer.UNKNOWN
