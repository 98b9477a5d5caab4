"""What the words of a question settle, and that the rest stays words."""

import pytest

from arbees.matching.questions import UNDATED
from arbees.matching.terms import Measure
from tests.matching.tables import of_polymarket


@pytest.mark.parametrize(
    ("question", "scope", "period", "who"),
    [
        ("Will the Detroit Pistons win the 2026 NBA Finals?", "nba:finals", "2026", "nba:det"),
        (
            "Will the Buffalo Sabres win the 2026 NHL Stanley Cup?",
            "nhl:stanley cup",
            "2026",
            "nhl:buf",
        ),
        ("Will Arsenal win the 2025–26 Champions League?", "ucl:cup", "2026", "ucl:epl.ars"),
        ("Will South Korea win the 2026 FIFA World Cup?", "fifwc:cup", "2026", "fifwc:kor"),
        ("MLB World Series Champion 2026: New York Yankees", "mlb:world series", "2026", "mlb:nyy"),
        ("NBA Champion 2026", "nba:finals", "2026", None),
        ("Oscar Best Picture 2026", "oscars:best picture", "2026", None),
        ("World Cup Group A Winner: Mexico", "fifwc:group a", None, ""),
    ],
)
def test_champions(question: str, scope: str, period: str | None, who: str | None) -> None:
    terms = of_polymarket("", question)
    assert (terms.measure.value, terms.scope.value) == (Measure.CHAMPION, scope)
    assert terms.period.value == period
    assert (terms.subject.value.entity if terms.subject.value else None) == who


@pytest.mark.parametrize(
    ("question", "measure", "scope", "who"),
    [
        (
            "Will Wes Moore win the 2028 Democratic presidential nomination?",
            Measure.NOMINEE,
            "us president:d",
            "Wes Moore",
        ),
        ("Democratic nominee for President in 2028?", Measure.NOMINEE, "us president:d", None),
        (
            "Will Marco Rubio be the Republican Presidential nominee in 2028?",
            Measure.NOMINEE,
            "us president:r",
            "Marco Rubio",
        ),
        (
            "Will AOC win the 2028 US Presidential Election?",
            Measure.OFFICE,
            "us president",
            "Alexandria Ocasio-Cortez",
        ),
    ],
)
def test_politics(question: str, measure: Measure, scope: str, who: str | None) -> None:
    terms = of_polymarket("", question)
    assert (terms.measure.value, terms.scope.value, terms.period.value) == (measure, scope, "2028")
    assert (terms.subject.value.name if terms.subject.value else None) == who


def test_placeholders_name_nobody() -> None:
    for question in (
        "Will another team win the 2026 NBA Finals?",
        "Will Person A win the 2028 US Presidential Election?",
    ):
        assert of_polymarket("", question).subject.value is None


def test_everything_else_is_a_claim() -> None:
    said = of_polymarket("", "Will Rabby launch a token by June 30, 2026?")
    assert (said.measure.value, said.date.value) == (Measure.CLAIM, "2026-06-30")
    assert of_polymarket("", "Will Rabby launch a token by ___?").claim.value is None
    assert of_polymarket("", "").claim.value is None
    game = of_polymarket("", "Texas Rangers vs. Houston Astros", end_date="2026-05-23")
    assert game.date.source == UNDATED
