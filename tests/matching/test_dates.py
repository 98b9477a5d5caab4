"""New York's clock and the dates of texts, checked against the zone database."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.matching import dates

NEW_YORK = ZoneInfo("America/New_York")


@given(
    st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)).map(lambda t: t.replace(tzinfo=UTC))
)
def test_eastern_time_is_the_zone_databases(moment: datetime) -> None:
    ours = dates.eastern(moment)
    theirs = moment.astimezone(NEW_YORK).replace(tzinfo=None)
    switching = theirs.hour < 3 and theirs.weekday() == 6 and theirs.month in (3, 11)
    assert ours == theirs or switching


@given(st.dates(date(2015, 1, 1), date(2034, 12, 30)), st.integers(3, 23), st.integers(0, 59))
def test_eastern_to_utc_is_the_zone_databases(day: date, hour: int, minute: int) -> None:
    theirs = datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK)
    assert dates.eastern_to_utc(day, hour, minute) == theirs.astimezone(UTC)


def test_midnight_is_hour_24() -> None:
    assert dates.eastern_to_utc(date(2026, 6, 25), 24) == datetime(2026, 6, 26, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hour"),
    [("2026-04-05 15:10:00+00", 15), ("2026-04-05T15:10:00Z", 15), ("2026-04-05T11:10:00-04", 15)],
)
def test_moments(text: str, hour: int) -> None:
    found = dates.moment(text)
    assert found is not None and found.hour == hour


@pytest.mark.parametrize("text", ["", "2026-04-05", "never at any time", "2026-99-05T15:10:00Z"])
def test_what_is_no_moment_is_none(text: str) -> None:
    assert dates.moment(text) is None


def test_ticker_days() -> None:
    assert dates.ticker_day("26APR14") == date(2026, 4, 14)
    assert dates.ticker_day("26FEB30") is None
    assert dates.ticker_day("26XXX14") is None


def test_a_date_without_year_needs_a_near_one() -> None:
    assert dates.month_day("above $1 on January 2?", date(2025, 12, 30)) == date(2026, 1, 2)
    assert dates.month_day("above $1 on January 2, 2024?", None) == date(2024, 1, 2)
    assert dates.month_day("above $1 on January 2?", None) is None
    assert dates.month_day("on February 30, 2026", None) is None
    assert dates.month_day("nothing", date(2026, 1, 1)) is None
    assert dates.day("x") is None


@pytest.mark.parametrize(
    ("text", "year"),
    [("2025-26 Stanley Cup", 2026), ("2025–2026 season", 2026), ("2026 NBA Finals", 2026),
     ("Champions League", None), ("2026 or 2027", None)],
)  # fmt: skip
def test_seasons(text: str, year: int | None) -> None:
    assert dates.season(text) == year


def test_months() -> None:
    assert dates.month_of("October 2026 meeting") == (2026, 10)
    assert dates.month_of("October") is None
