"""Seats, parties and nominees; placeholders name nobody."""

import pytest

from arbees.matching.politics import party
from arbees.matching.records import KalshiRecord, PolymarketRecord
from arbees.matching.terms import Terms
from tests.matching.tables import MATCHER


def k(ticker: str, label: str = "") -> Terms:
    return MATCHER.of_kalshi(KalshiRecord(ticker=ticker, yes_sub_title=label))


def p(question: str, end: str = "2026-11-03") -> Terms:
    return MATCHER.of_polymarket(PolymarketRecord(question=question, end_date=end))


@pytest.mark.parametrize(
    ("ticker", "label", "question", "said"),
    [
        ("HOUSEIL17-26-D", "", "Will the Democratic Party win the IL-17 House seat?", "same"),
        ("HOUSEIL17-26-R", "", "Will the Democratic Party win the IL-17 House seat?", "disjoint"),
        ("HOUSEIL17-26-D", "", "Will C win the IL-17 House seat?", "unknown"),
        ("HOUSEIL17-26-D", "", "Will another party win the IL-17 House seat?", "unknown"),
        (
            "KXHOUSERACE-NE01-26-D",
            "",
            "Will the Democratic Party win the NE-01 House seat?",
            "same",
        ),
        (
            "KXHOUSERACE-NE01-26-D",
            "",
            "Will the Democratic Party win the NE-02 House seat?",
            "different",
        ),
        ("HOUSEAKAL-26-R", "", "Will the Republican Party win the AK-AL House seat?", "same"),
        ("SENATETX-26-R", "", "Will the Republicans win the Texas Senate race in 2026?", "same"),
        (
            "SENATETX-28-R",
            "",
            "Will the Republicans win the Texas Senate race in 2026?",
            "different",
        ),
        ("GOVPARTYNH-26-D", "", "Will the Democrats win the New Hampshire governor race?", "same"),
        (
            "GOVPARTYNH-26-D",
            "Republican",
            "Will the Democrats win the New Hampshire governor race?",
            "unknown",
        ),
        (
            "KXPRESPARTY-2028-D",
            "",
            "Will the Democratic Party win the 2028 US Presidential Election?",
            "same",
        ),
        (
            "KXPRESPERSON-28-JSHA",
            "Josh Shapiro",
            "Will Josh Shapiro win the 2028 US Presidential Election?",
            "same",
        ),
        (
            "KXPRESPERSON-28-JSHA",
            "Josh Shapiro",
            "Will Person BG win the 2028 US Presidential Election?",
            "unknown",
        ),
        (
            "KXGOVMINOMR-26-AN",
            "Aric Nesbitt",
            "Will Aric Nesbitt win the 2026 Michigan Governor Republican primary election?",
            "same",
        ),
        (
            "KXGOVNYNOMD-26-AB",
            "Alvin Bragg",
            "Will Alvin Bragg win the 2026 New York Democratic Gubernatorial Primary?",
            "same",
        ),
        (
            "KXGOVNYNOMD-26-AB",
            "Alvin Bragg",
            "Will Candidate A win the 2026 New York Democratic Gubernatorial Primary?",
            "unknown",
        ),
        (
            "KXPRESNOMD-28-DTJR",
            "Donald Trump",
            "Will Donald Trump Jr. win the 2028 Democratic presidential nomination?",
            "disjoint",
        ),
    ],
)
def test_seats(ticker: str, label: str, question: str, said: str) -> None:
    assert MATCHER.judge(k(ticker, label), p(question)).identity.value == said


def test_control_of_a_chamber_is_no_seat() -> None:
    control = p("Will the Democratic Party control the Senate after the 2026 Midterm elections?")
    assert control.scope.value == "us senate control"
    assert control.subject.value is not None and control.subject.value.entity == "party:d"


def test_parties() -> None:
    assert [party(text) for text in ("the Democrats", "GOP", "D", "Green", "Party A")] == [
        "d",
        "r",
        "d",
        None,
        None,
    ]
    assert k("SENATE-26-D").subject.value is None
