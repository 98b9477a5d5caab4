"""US Eastern civil time and the dates inside texts, without a clock or a zone database.

The one rule: a date that a text does not give in full is None, never guessed from today.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
MONTH_DAY = re.compile(MONTH + r"\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?\b(?:,? (?P<year>20\d\d))?")
MONTH_YEAR = re.compile(MONTH + r"\.?,? (?P<year>20\d\d)\b")
SANE_YEARS = range(1990, 2200)
"""What lies outside is no date of a market, and would overflow in the arithmetic of zones."""
YEAR = re.compile(r"\b(20\d\d)(?:\s*[-–/]\s*(?:20)?(\d\d))?\b")


def _nth_sunday(year: int, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (nth - 1))


@lru_cache(maxsize=4096)
def is_daylight(day: date) -> bool:
    """Whether US daylight saving time holds at noon of the day (rule since 2007)."""
    return _nth_sunday(day.year, 3, 2) <= day < _nth_sunday(day.year, 11, 1)


def eastern_to_utc(day: date, hour: int, minute: int = 0) -> datetime:
    """A wall time in New York as UTC; hour 24 is the end of the day. The switch itself happens
    at 02:00, so the small hours of a switching Sunday belong to the day before."""
    reckoned = day - timedelta(days=1) if hour < 2 else day
    offset = 4 if is_daylight(reckoned) else 5
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(
        hours=hour + offset, minutes=minute
    )


def eastern(moment: datetime) -> datetime:
    """The wall time in New York, as a naive datetime."""
    standard = (moment.astimezone(UTC) - timedelta(hours=5)).replace(tzinfo=None)
    reckoned = standard.date() - timedelta(days=1) if standard.hour < 2 else standard.date()
    return standard + timedelta(hours=1) if is_daylight(reckoned) else standard


@lru_cache(maxsize=1 << 15)
def moment(text: str) -> datetime | None:
    """`2026-04-05T15:10:00Z`, `2026-04-05 15:10:00+00`, or None (a bare date is no moment)."""
    if len(text) < 16:
        return None
    said = text.strip().replace(" ", "T", 1)
    said = f"{said}:00" if re.search(r"[+-]\d\d$", said) else said
    try:
        parsed = datetime.fromisoformat(said)
        parsed = parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return parsed if parsed.year in SANE_YEARS else None


@lru_cache(maxsize=1 << 15)
def day(text: str) -> date | None:
    """`2026-04-05`, alone or at the start of a longer text."""
    try:
        parsed = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return parsed if parsed.year in SANE_YEARS else None


@lru_cache(maxsize=1 << 14)
def ticker_day(text: str) -> date | None:
    """`26APR14` of Kalshi's grammar."""
    month = MONTHS.get(text[2:5].casefold())
    try:
        return date(2000 + int(text[:2]), month, int(text[5:7])) if month else None
    except ValueError:
        return None


def month_day(text: str, near: date | None) -> date | None:
    """`July 3, 2026` or `July 3` with the year of `near`, the nearest such day to it."""
    found = MONTH_DAY.search(text.casefold())
    if found is None:
        return None
    month, number = MONTHS[found["month"]], int(found["day"])
    try:
        if found["year"]:
            return date(int(found["year"]), month, number)
        if near is None:
            return None
        nearest = [date(near.year + shift, month, number) for shift in (-1, 0, 1)]
    except ValueError:
        return None
    return min(nearest, key=lambda each: abs(each - near))


def month_of(text: str) -> tuple[int, int] | None:
    """(year, month) of `October 2026`, or None."""
    found = MONTH_YEAR.search(text.casefold())
    return (int(found["year"]), MONTHS[found["month"]]) if found else None


def season(text: str) -> int | None:
    """The year a season ends in: 2026 of `2025-26`, `2025–2026` and `2026`; None when the text
    names none or several."""
    ends = {
        int(start) if not end else int(start) // 100 * 100 + int(end)
        for start, end in YEAR.findall(text)
    }
    return ends.pop() if len(ends) == 1 else None
