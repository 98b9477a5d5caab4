"""Prose of rules, read by phrases that settle one field."""

import pytest

from arbees.matching import rules
from arbees.matching.terms import Terms
from tests.matching.tables import of_kalshi, of_polymarket

NFL = of_kalshi("KXNFLGAME-26SEP14DENKC-KC")
CPI = of_kalshi("KXCPIYOY-26MAY-T4.1")


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("If the game ends in a tie, the market will resolve 50-50.", "tie", "half each"),
        ("In the event of a tie, each team resolves to $0.50.", "tie", "half each"),
        ("If the game ends in a tie, the market resolves to No.", "tie", "loses"),
        ("The result includes any overtime.", "overtime", "included"),
        ("Including overtime.", "overtime", "included"),
        (
            "Only the first 90 minutes plus stoppage time count.",
            "overtime",
            "90 minutes and stoppage",
        ),
        (
            "If the game is postponed, this market will remain open until it is played.",
            "postponement",
            "stays open until played",
        ),
        (
            "If delayed by more than 48 hours, the market resolves to a fair market price.",
            "postponement",
            "fair price after 48 h",
        ),
        (
            "If the game is canceled entirely, this market will resolve 50-50.",
            "cancellation",
            "half each",
        ),
    ],
)
def test_phrases(text: str, field: str, value: str) -> None:
    said = rules.read(text, NFL, "here")
    assert getattr(said, field).value == value and getattr(said, field).source == "here"
    assert not said.faults


def test_two_answers_are_a_fault() -> None:
    text = "If the game ends in a tie it resolves 50-50. Tied games resolve to No."
    assert rules.read(text, NFL, "here").faults == ("tie",)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("The result does not include overtime.", "overtime"),
        ("Overtime is not included.", "overtime"),
        ("If the game ends in a tie, this market will not resolve 50-50.", "tie"),
    ],
)
def test_a_negated_phrase_is_a_fault(text: str, field: str) -> None:
    assert rules.read(text, NFL, "here").faults == (field,)


def test_sources_are_read_in_their_domain_only() -> None:
    said = rules.read(
        "As reported by the Bureau of Labor Statistics; Binance is no source.", CPI, "x"
    )
    assert said.source.value == "bls"
    assert rules.read("Bureau of Labor Statistics", NFL, "x").source.value is None
    assert rules.read("anything", Terms(market_id="m", venue="v"), "x").source.value is None


def test_prose_beats_the_table() -> None:
    silent = of_polymarket("nfl-den-kc-2026-09-14", "Broncos vs. Chiefs", outcome="Chiefs")
    assert silent.tie.value is None
