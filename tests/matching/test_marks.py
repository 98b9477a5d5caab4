"""Names that say what no field holds."""

import pytest

from arbees.matching import marks
from arbees.matching.records import KalshiRecord, PolymarketRecord
from arbees.matching.terms import Domain, Measure, Said, Terms


def terms(domain: Domain, scope: str, **more: object) -> Terms:
    said = {"measure": Said(Measure.MONEYLINE, "x"), "segment": Said("full", "x")} | more
    return Terms(
        market_id="m",
        venue="kalshi",
        domain=Said(domain, "x"),
        scope=Said(scope, "x"),
        **said,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("domain", "scope", "title", "faults"),
    [
        (Domain.SPORTS, "nba", "Game 3: Boston at Miami", ()),
        (Domain.SPORTS, "nba", "Boston at Miami: First Half Winner", ("segment",)),
        (Domain.SPORTS, "nhl", "Panthers: total shots", ("measure",)),
        (Domain.SPORTS, "cbb", "Women's College Basketball", ("scope",)),
        (Domain.SPORTS, "wnba", "Women's Pro Basketball", ()),
        (Domain.SPORTS, "epl", "Argentinos Juniors vs Boca Juniors", ()),
        (Domain.POLITICS, "us senate tx", "Special Senate election in Texas", ("scope",)),
        (Domain.POLITICS, "us senate tx", "Texas Senate race", ()),
        (Domain.ECONOMICS, "cpi yoy", "Core inflation in May", ("scope",)),
        (Domain.ECONOMICS, "core cpi yoy", "Core inflation in May", ()),
        (Domain.ECONOMICS, "cpi yoy", "CPI month-over-month", ("scope",)),
        (Domain.ECONOMICS, "cpi yoy", "UK inflation", ("scope",)),
    ],
)
def test_marks(domain: Domain, scope: str, title: str, faults: tuple[str, ...]) -> None:
    base = terms(domain, scope)
    assert marks.of_kalshi(KalshiRecord(title=title), base).faults == faults
    slug = title.casefold().replace(" ", "-")
    assert marks.of_polymarket(PolymarketRecord(slug=slug), base).faults == faults


def test_a_month_that_is_not_the_period_is_a_fault() -> None:
    base = terms(Domain.ECONOMICS, "cpi yoy", period=Said("2026-05", "x"))
    assert marks.of_kalshi(KalshiRecord(title="CPI in May"), base).faults == ()
    assert marks.of_kalshi(KalshiRecord(title="CPI in June"), base).faults == ("period",)


def test_what_only_words_describe_is_left_to_them() -> None:
    base = terms(Domain.SPORTS, "nba", measure=Said(Measure.CLAIM, "x"))
    assert marks.of_kalshi(KalshiRecord(title="first half"), base) is base
