"""Kalshi's game tickers (kalshi.md section 14)."""

import pytest

from arbees.matching import kalshi_sports
from arbees.matching.terms import Interval
from tests.matching.tables import DIRECTORY, of_kalshi


def sides(ticker: str, title: str = "") -> list[str]:
    found = of_kalshi(ticker, title).competitors.value
    return [side.entity or side.name or side.code for side in found or ()]


@pytest.mark.parametrize(
    ("ticker", "title", "expected"),
    [
        ("KXNFLGAME-26JAN10LACAR-LAR", "", ["nfl:la", "nfl:car"]),
        ("KXNFLGAME-26SEP24ATLGB-GB", "", ["nfl:atl", "nfl:gb"]),
        ("KXMLBGAME-26SEP271510CLEKC-CLE", "Cleveland vs Kansas City", ["mlb:cle", "mlb:kc"]),
        ("KXNHLGAME-26MAY08VGKANA-VGK", "Game 3: Vegas at Anaheim", ["nhl:vgk", "nhl:ana"]),
        ("KXATPMATCH-26APR16MEDBOR-BOR", "Medjedovic vs Borges", ["Medjedovic", "Borges"]),
        (
            "KXIPLGAME-26MAY04LSGMI-MI",
            "Mumbai Indians vs Lucknow Super Giants",
            ["Lucknow Super Giants", "Mumbai Indians"],
        ),
        ("KXCS2MAP-26MAY1010009ZFAL-1-FAL", "", ["9Z", "FAL"]),
        ("KXNCAAFGAME-26JAN09OREIND-ORE", "CFP: Oregon vs Indiana", ["cfb:ore", "cfb:ind"]),
    ],
)
def test_sides(ticker: str, title: str, expected: list[str]) -> None:
    assert sides(ticker, title) == expected


def test_date_start_and_doubleheader() -> None:
    first = of_kalshi("KXMLBGAME-26SEP271510CLEKCG1-CLE", "Cleveland vs Kansas City")
    assert first.date.value == "2026-09-27"
    assert first.start.value == 1_790_536_200  # 15:10 EDT
    assert first.game_number.value == 1
    assert of_kalshi("KXNBAGAME-26OCT20PHINYK-NYK").start.value is None


def test_an_evening_in_new_york_is_two_dates_outside_the_us_leagues() -> None:
    assert of_kalshi("KXCS2GAME-26MAY112200AABB-AA").date.value == "2026-05-11/2026-05-12"
    assert of_kalshi("KXMLBGAME-26MAY112200LADSD-SD").date.value == "2026-05-11"


def test_segments() -> None:
    ticker = "KXATPSETWINNER-26MAY04MOLBAS-2-MOL"
    assert of_kalshi(ticker).segment.value == "set 2"
    assert of_kalshi("KXATPMATCH-26MAY04MOLBAS-MOL").segment.value == "full"


def test_spreads_and_totals() -> None:
    spread = of_kalshi("KXNFLSPREAD-26SEP27KCMIA-KC4", floor_strike=3.5)
    assert spread.interval.value == Interval(low=3_500_000)
    assert spread.subject.value is not None and spread.subject.value.entity == "nfl:kc"
    assert of_kalshi("KXNFLSPREAD-26SEP27KCMIA-KC4").interval.value == Interval(low=3_500_000)
    total = of_kalshi("KXNBATOTAL-26JUN13NYKSAS-217", floor_strike="217.5")
    assert total.interval.value == Interval(low=217_500_000)
    assert of_kalshi("KXNBATOTAL-26JUN13NYKSAS-217").interval.value is None


def test_the_draw_and_a_player_called_tie() -> None:
    draw = of_kalshi("KXEPLGAME-26MAR01ARSCHE-TIE")
    assert draw.subject.value is not None and draw.subject.value.entity == "draw"
    tien = of_kalshi("KXATPMATCH-26APR24TIEVAL-TIE", "Tien vs Vallejo")
    assert tien.subject.value is not None and tien.subject.value.name == "Tien"


def test_a_label_that_denies_the_ticker_is_a_fault() -> None:
    said = of_kalshi(
        "KXMLBGAME-26MAY031420AZCHC-AZ", "Arizona vs Chicago C", yes_sub_title="Chicago C"
    )
    assert said.faults == ("subject",)


def test_milestones_tell_the_start_and_that_a_game_moved() -> None:
    ticker = "KXNFLGAME-26SEP27KCMIA-KC"
    on_time = of_kalshi(ticker, milestone_start="2026-09-27T17:00:00Z")
    assert (on_time.start.value, on_time.start.source) == (1_790_528_400, "kalshi.milestone")
    assert not on_time.faults
    assert of_kalshi(ticker, milestone_start="2026-09-29T00:15:00Z").faults == ("date",)
    assert of_kalshi(ticker, milestone_start="some day").faults == ("start",)


def test_a_structured_target_that_denies_the_ticker_is_a_fault() -> None:
    ticker = "KXNFLGAME-26SEP27KCMIA-KC"
    assert not of_kalshi(ticker, target_name="Kansas City Chiefs").faults
    assert of_kalshi(ticker, target_name="Miami Dolphins").faults == ("subject",)


@pytest.mark.parametrize(
    "ticker",
    [
        "KXMLBGAME",
        "KXMLBGAME-",
        "KXMLBGAME-X-Y",
        "KXMLBGAME-26FEB31AZCHC-AZ",
        "KXMLBGAME-26MAY039999AZCHC-AZ",
        "KXNFLSPREAD-26SEP27KCMIA-4",
    ],
)
def test_absurd_tickers_say_less_and_raise_nothing(ticker: str) -> None:
    said = of_kalshi(ticker)
    assert said.subject.value is None or said.faults or said.competitors.value is None


def test_series_by_their_ending() -> None:
    assert kalshi_sports.series_spec("KXEPLGAME", DIRECTORY) == ("epl", "moneyline", "full")
    assert kalshi_sports.series_spec("KXNHLTOTAL", DIRECTORY) == ("nhl", "total", "full")
    assert kalshi_sports.series_spec("KXELONMARS", DIRECTORY) is None
