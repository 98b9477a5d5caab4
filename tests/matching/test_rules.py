"""Prose of rules, read by phrases that settle one field."""

import msgspec
import pytest

from arbees.matching import rules
from arbees.matching.terms import Domain, Said, Terms
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


WTA = (
    "If the match does not occur (signaled by a ball being played) due to a player injury, "
    "walkover, forfeiture, or any other cancellation (all before the match starts), the market "
    "will resolve to a fair price in accordance with the rules. If this match is postponed or "
    "delayed, the market will remain open and close after the rescheduled match has finished "
    "(within two weeks)."
)
CS2 = (
    "If the match is canceled (not played at all), ends in a tie, or is delayed beyond 7 days from "
    "the scheduled date without a winner determined, this market will resolve to 50-50."
)
NBA = (
    "If the game is postponed, this market will remain open until the game has been completed. If "
    "the game is canceled entirely, with no make-up game, this market will resolve 50-50. The "
    "result will be determined based on the final score including any overtime periods."
)
TWO_WEEKS = "stays open two weeks"


def test_recorded_texts() -> None:
    """As captured: Kalshi 2026-06, Polymarket 2026-02 and 2026-04."""
    wta, cs2, nba = (rules.read(text, NFL, "x") for text in (WTA, CS2, NBA))
    assert (wta.cancellation.value, wta.postponement.value) == (
        "fair price",
        "stays open two weeks",
    )
    assert (cs2.tie.value, cs2.cancellation.value) == ("half each", "half each")
    assert cs2.postponement.value == "half each after 7 days"
    assert (nba.overtime.value, nba.postponement.value) == ("included", "stays open until played")
    assert not wta.faults and not cs2.faults and not nba.faults


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
        "As reported by the Bureau of Labor Statistics; Binance shows it too.", CPI, "x"
    )
    assert said.source.value == "bls"
    assert rules.read("Bureau of Labor Statistics", NFL, "x").source.value is None
    assert rules.read("anything", Terms(market_id="m", venue="v"), "x").source.value is None


def test_prose_beats_the_table() -> None:
    silent = of_polymarket("nfl-den-kc-2026-09-14", "Broncos vs. Chiefs", outcome="Chiefs")
    assert silent.tie.value is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Yes if it happens by December 31, 2026, 11:59 PM ET.", "2026-12-31"),
        ("Yes if it happens before Jan 1, 2027.", "2026-12-31"),
        ("By June 30, 2026 or by July 1, 2026.", None),
        ("By June 30, 2026. Again: by June 30, 2026.", "2026-06-30"),
        ("By June 31, 2026.", None),
        ("Soon.", None),
    ],
)
def test_deadlines(text: str, day: str | None) -> None:
    assert rules.deadline(text) == day
    assert rules.read(text, NFL, "x").deadline.value == day


SPORTS = msgspec.structs.replace(CPI, domain=Said(Domain.SPORTS, "x"))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Settles on the score at the end of regulation (60 minutes of play).", "overtime"),
        ("If postponed by more than 48 hours, this market resolves 50-50.", "postponement"),
        ("If the game is canceled, it resolves to the last traded price.", "cancellation"),
        ("If either listed starting pitcher does not start, 50-50.", "cancellation"),
        ("In the event of a tie, both resolve to \u2018Maybe\u2019.", "tie"),
    ],
)
def test_a_sentence_that_no_phrase_reads_makes_its_matter_its_own_words(
    text: str, field: str
) -> None:
    said = getattr(rules.read(text, SPORTS, "x"), field).value
    assert said is not None and said.startswith(rules.STRANGE)
    assert getattr(rules.read(text.upper(), SPORTS, "x"), field).value == said
    assert rules.read(f"{text} Also level.", SPORTS, "x").tie.value != said


def test_an_aside_that_excludes_is_read() -> None:
    said = rules.read("The winner (not including overtime or shootouts).", SPORTS, "x")
    assert "overtime" in said.faults


def test_a_later_sentence_takes_back_what_one_said() -> None:
    told = "Includes any overtime. "
    assert rules.read(told, SPORTS, "x").overtime.value == "included"
    taken = rules.read(told + "Only the score at the end of regulation counts.", SPORTS, "x")
    assert (taken.overtime.value or "").startswith(rules.STRANGE)


def test_sources_keep_the_order_of_the_text() -> None:
    politics = msgspec.structs.replace(CPI, domain=Said(Domain.POLITICS, "x"))
    calls, last = "the calls of the Associated Press, Fox and NBC", "certification"
    one = rules.read(f"By {calls}, else by {last}", politics, "x").source.value
    two = rules.read(f"By {last}, else by {calls}", politics, "x").source.value
    assert one == "ap, fox and nbc calls then certification" and two != one


def test_on_or_before_is_by() -> None:
    assert rules.deadline("on or before November 7, 2028") == "2028-11-07"
    assert rules.deadline("before November 7, 2028") == "2028-11-06"


@pytest.mark.parametrize(
    "text",
    ["Toronto at Cleveland Winner?", "The quarterback of the Browns.", "Revenue of the arena.",
     "Whoever wins, however late, scores.", "Avoid the remedies around the ground."],
)  # fmt: skip
def test_a_word_inside_another_speaks_of_nothing(text: str) -> None:
    for domain in Domain:
        base = msgspec.structs.replace(CPI, domain=Said(domain, "x"))
        assert rules.read(text, base, "x") == base
