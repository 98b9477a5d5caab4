"""Polymarket's game markets (polymarket.md section 12.1)."""

import pytest

from arbees.matching.terms import Interval, Measure, Terms
from tests.matching.tables import of_polymarket

GAME = {"event_title": "Panthers vs. Cardinals", "event_slug": "nfl-car-ari-2026-08-06"}
START = {"game_start_time": "2026-08-07 00:00:00+00"}


def subject(terms: Terms) -> str:
    said = terms.subject.value
    return (said.entity or said.name) if said else ""


def test_moneyline_by_outcome_and_by_index() -> None:
    slug = "nfl-car-ari-2026-08-06"
    for more in ({"outcome": "Cardinals"}, {"outcome_index": 1}, {"outcome": "ARI"}):
        terms = of_polymarket(
            slug,
            "Panthers vs. Cardinals",
            sports_market_type="moneyline",
            **GAME,
            **START,
            **more,
        )
        assert subject(terms) == "nfl:ari" and not terms.faults
        assert terms.measure.value is Measure.MONEYLINE
        assert (terms.date.value, terms.start.value) == ("2026-08-06", 1_786_060_800)


def test_a_start_on_another_day_than_the_slug_is_a_fault() -> None:
    moved = of_polymarket(
        "nfl-car-ari-2026-08-06", game_start_time="2026-08-09 00:00:00+00", **GAME
    )
    assert moved.faults == ("date",)
    absurd = of_polymarket("nfl-car-ari-2026-08-06", game_start_time="soon", **GAME)
    assert absurd.faults == ("start",)


def test_totals_and_spreads() -> None:
    total = of_polymarket(
        "nfl-car-ari-2026-08-06-total-32pt5",
        "Panthers vs. Cardinals: O/U 32.5",
        outcome="Under",
        **GAME,
    )
    assert total.interval.value == Interval(low=32_500_000) and total.negated
    spread = of_polymarket(
        "nfl-car-ari-2026-08-06-spread-home-3pt5",
        "Spread: Cardinals (-3.5)",
        sports_market_type="spreads",
        line=-3.5,
        outcome="Panthers",
        outcomes=("Cardinals", "Panthers"),
        **GAME,
    )
    assert subject(spread) == "nfl:ari" and spread.negated
    assert spread.interval.value == Interval(low=3_500_000)
    denied = of_polymarket(
        "nfl-car-ari-2026-08-06-spread-home-3pt5",
        "Spread: Cardinals (-4.5)",
        sports_market_type="spreads",
        line=-3.5,
        outcome="Cardinals",
        outcomes=("Cardinals", "Panthers"),
        **GAME,
    )
    assert denied.faults == ("interval",)


@pytest.mark.parametrize(
    ("slug", "question", "outcome", "who", "negated"),
    [
        (
            "epl-ars-che-2026-03-01-ars",
            "Will Arsenal FC win on 2026-03-01?",
            "Yes",
            "epl:ars",
            False,
        ),
        ("epl-ars-che-2026-03-01-che", "", "No", "epl:che", True),
        (
            "epl-ars-che-2026-03-01-draw",
            "Will Arsenal FC vs. Chelsea FC end in a draw?",
            "Yes",
            "draw",
            False,
        ),
    ],
)
def test_soccer_has_three_markets(
    slug: str, question: str, outcome: str, who: str, negated: bool
) -> None:
    terms = of_polymarket(
        slug,
        question,
        outcome=outcome,
        event_title="Arsenal FC vs. Chelsea FC",
        event_slug="epl-ars-che-2026-03-01",
    )
    assert (subject(terms), terms.negated, terms.ways.value) == (who, negated, 3)


def test_maps_are_not_matches_and_unknown_types_are_unread() -> None:
    child = of_polymarket(
        "cs2-faze-ill-2026-04-05-map-2", "", outcome="FaZe", event_title="FaZe vs illwill"
    )
    assert child.segment.value == "map 2"
    odd = of_polymarket("nfl-car-ari-2026-08-06-x", sports_market_type="anytime_touchdowns", **GAME)
    assert odd.measure.value is None
    assert of_polymarket("nfl-car-ari-2026-08-06-what-is-this", **GAME).measure.value is None
