"""Crypto prices -> terms: asset, instant, window, threshold with strictness, price source.

The one rule: the instant and the source are part of what is measured. Kalshi averages CF
Benchmarks' index over the last minute, Polymarket reads Binance or Chainlink
(polymarket.md section 12.2): the same number at the same hour is still not the same market.
"""

import re
from datetime import date, datetime, timedelta

import msgspec

from arbees.matching import dates
from arbees.matching.entities import Directory
from arbees.matching.names import fold
from arbees.matching.records import KalshiRecord, Number, PolymarketRecord, micro
from arbees.matching.terms import UNREAD, Domain, Interval, Measure, Said, Terms

CENT = 10_000  # micro-dollars
FINE = 1  # for what costs cents: no two prices are one
FINE_ASSETS = frozenset({"xrp", "doge"})
NOON = 12
LADDER = re.compile(r"^(?P<day>\d{2}[A-Z]{3}\d{2})(?P<hour>\d{2})(?P<minute>\d{2})?$")
STRIKE = re.compile(r"^T(?P<value>\d+(?:\.\d+)?)$")
UPDOWN_SLUG = re.compile(r"^(?P<asset>[a-z]+)-updown-(?P<window>5m|15m|4h|1h)-(?P<start>\d{9,11})$")
WINDOWS = {"5m": 300, "15m": 900, "1h": 3600, "4h": 14_400}
UPDOWN = re.compile(r"^(?P<asset>[a-z0-9 &]+?) up or down\b(?P<when>.*)$", re.IGNORECASE)
SPAN = re.compile(
    r"(?P<h1>\d{1,2})(?::(?P<m1>\d\d))? ?(?P<p1>[ap]m)?"
    r"(?: ?[-–] ?(?P<h2>\d{1,2})(?::(?P<m2>\d\d))? ?(?P<p2>[ap]m))? et\b",
    re.IGNORECASE,
)
MONEY = r"\$?(?P<{}>[\d,]+(?:\.\d+)?)(?P<{}>[kmb])?"
LEVEL = re.compile(
    r"^will the price of (?P<asset>[a-z0-9 ]+?) be (?P<how>above|below|greater than|less than"
    r"|at least|at most) " + MONEY.format("low", "unit") + r" (?:on|at) (?P<when>.+?)\??$",
    re.IGNORECASE,
)
BETWEEN = re.compile(
    r"^will the price of (?P<asset>[a-z0-9 ]+?) be between " + MONEY.format("low", "unit")
    + r" and " + MONEY.format("high", "unit2") + r" (?:on|at) (?P<when>.+?)\??$",
    re.IGNORECASE,
)  # fmt: skip
UNITS = {"k": 1_000, "m": 1_000_000, "b": 1_000_000_000}


def bounds(strike_type: str, floor: Number, cap: Number) -> Interval | None:
    """An interval by Kalshi's strike fields; None where a bound it needs is missing."""
    low, high = micro(floor), micro(cap)
    if strike_type in ("greater", "greater_or_equal") and low is not None:
        return Interval(low, strike_type == "greater_or_equal")
    if strike_type in ("less", "less_or_equal") and high is not None:
        return Interval(None, False, high, strike_type == "less_or_equal")
    if strike_type == "between" and low is not None and high is not None and low <= high:
        return Interval(low, True, high, True)
    return None


def grid_of(asset: str) -> int:
    """The steps in which an asset's price is stated, micro-dollars."""
    return FINE if asset in FINE_ASSETS else CENT


def kalshi(record: KalshiRecord, spec: tuple[str, ...], base: Terms) -> Terms:
    """A ladder, range or 15-minute market by its ticker and strike fields."""
    asset, measure, _ = spec
    parts = record.ticker.split("-")
    found = LADDER.match(parts[1]) if len(parts) > 1 else None
    terms = _base(base, asset, Measure(measure), "kalshi.series")
    instant = _instant(found)
    if instant is None:
        return msgspec.structs.replace(terms, faults=("start",))
    closes = dates.moment(record.close_time)
    terms = msgspec.structs.replace(
        terms,
        start=Said(int(instant.timestamp()), "kalshi.ticker"),
        date=Said(dates.eastern(instant).date().isoformat(), "kalshi.ticker"),
        faults=("start",) if closes is not None and closes != instant else (),
    )
    if terms.measure.value is Measure.UP_DOWN:
        return msgspec.structs.replace(terms, window=Said(900, "kalshi.series"))
    return msgspec.structs.replace(terms, interval=_strike(record, parts, grid_of(asset)))


def _base(base: Terms, asset: str, measure: Measure, where: str) -> Terms:
    return msgspec.structs.replace(
        base,
        domain=Said(Domain.CRYPTO, where),
        measure=Said(measure, where),
        scope=Said(asset, where),
        units=Said("usd", where),
    )


def _instant(found: re.Match[str] | None) -> datetime | None:
    day = dates.ticker_day(found["day"]) if found else None
    if found is None or day is None:
        return None
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    return dates.eastern_to_utc(day, hour, minute) if hour <= 24 and minute < 60 else None


def _strike(record: KalshiRecord, parts: list[str], grid: int) -> Said[Interval]:
    """Strike fields, else a ladder's `-T86799.99`: above that many dollars."""
    stated = bounds(record.strike_type, record.floor_strike, record.cap_strike)
    if stated is not None:
        return Said(stated.on_grid(grid), "kalshi.floor_strike")
    found = STRIKE.match(parts[2]) if len(parts) == 3 and parts[0].endswith("D") else None
    value = micro(found["value"]) if found and not record.strike_type else None
    return UNREAD if value is None else Said(Interval(value).on_grid(grid), "kalshi.ticker")


def polymarket(record: PolymarketRecord, base: Terms, directory: Directory) -> Terms | None:
    """An up/down window or a level at an instant; None when it is neither."""
    slug = UPDOWN_SLUG.match(record.slug)
    if slug and slug["asset"] in directory.assets:
        return _window_by_slug(record, slug, base, directory)
    title = record.question or record.event_title
    near = dates.day(record.end_date)
    found = UPDOWN.match(title)
    if found:
        return _updown(record, found, base, directory, near)
    found = LEVEL.match(title) or BETWEEN.match(title)
    return _level(record, found, base, directory, near) if found else None


def _window_by_slug(
    record: PolymarketRecord, slug: re.Match[str], base: Terms, directory: Directory
) -> Terms:
    window, start = WINDOWS[slug["window"]], int(slug["start"])
    asset = directory.assets[slug["asset"]]
    terms = _base(base, asset, Measure.UP_DOWN, "polymarket.slug")
    opened = dates.moment(record.event_start_time)
    stale = opened is not None and int(opened.timestamp()) != start
    return msgspec.structs.replace(
        terms,
        start=Said(start + window, "polymarket.slug"),
        window=Said(window, "polymarket.slug"),
        negated=_is_down(record),
        faults=("start",) if stale else (),
    )


def _is_down(record: PolymarketRecord) -> bool:
    label = fold(record.outcome)
    return label in ("down", "no") or (not label and record.outcome_index == 1)


def _updown(
    record: PolymarketRecord,
    found: re.Match[str],
    base: Terms,
    directory: Directory,
    near: date | None,
) -> Terms | None:
    """`- May 10, 9AM ET` is the hour from nine, `1:00AM-1:05AM ET` that window, `on May 15?`
    the day until noon ET."""
    asset = directory.assets.get(fold(found["asset"]))
    day = dates.month_day(found["when"], near)
    if asset is None:
        return None
    terms = _base(base, asset, Measure.UP_DOWN, "polymarket.question")
    terms = msgspec.structs.replace(terms, negated=_is_down(record))
    if day is None:
        return terms
    if _leftover(found["when"]):
        return msgspec.structs.replace(terms, faults=("start",))
    span = SPAN.search(found["when"])
    if span is None:
        ends, window = dates.eastern_to_utc(day, NOON), 86_400
    else:
        clock = _span(span, day)
        if clock is None:
            return msgspec.structs.replace(terms, faults=("start",))
        ends, window = clock
    return msgspec.structs.replace(
        terms,
        start=Said(int(ends.timestamp()), "polymarket.question"),
        window=Said(window, "polymarket.question"),
    )


def _span(span: re.Match[str], day: date) -> tuple[datetime, int] | None:
    """(end, seconds) of a stated window; one hour when only its start is stated."""
    first = _clock(span["h1"], span["m1"], span["p1"] or span["p2"])
    if first is None:
        return None
    start = dates.eastern_to_utc(day, *first)
    if not span["h2"]:
        return start + timedelta(hours=1), 3600
    second = _clock(span["h2"], span["m2"], span["p2"])
    if second is None:
        return None
    end = dates.eastern_to_utc(day, *second)
    end = end if end > start else end + timedelta(days=1)
    return end, int((end - start).total_seconds())


def _clock(hour: str, minute: str | None, half: str | None) -> tuple[int, int] | None:
    if not half or not 1 <= int(hour) <= 12 or int(minute or 0) > 59:
        return None
    return int(hour) % 12 + (12 if half.casefold() == "pm" else 0), int(minute or 0)


def _level(
    record: PolymarketRecord,
    found: re.Match[str],
    base: Terms,
    directory: Directory,
    near: date | None,
) -> Terms | None:
    """Noon ET unless the question states an hour; `above` is strict."""
    asset = directory.assets.get(fold(found["asset"]))
    day = dates.month_day(found["when"], near)
    if asset is None:
        return None
    terms = _base(base, asset, Measure.LEVEL_AT, "polymarket.question")
    span = SPAN.search(found["when"])
    clock = _clock(span["h1"], span["m1"], span["p1"]) if span else (NOON, 0)
    interval = _stated(found)
    no = fold(record.outcome) == "no" or (not record.outcome and record.outcome_index == 1)
    terms = msgspec.structs.replace(terms, negated=no)
    if _leftover(found["when"]):
        return msgspec.structs.replace(terms, faults=("start",))
    if day is None or clock is None or interval is None:
        return terms
    instant = dates.eastern_to_utc(day, *clock)
    told = SPAN.findall(record.description)
    others = {_clock(each[0], each[1], each[2]) for each in told} - {clock, None}
    return msgspec.structs.replace(
        terms,
        faults=("start",) if others else (),
        start=Said(int(instant.timestamp()), "polymarket.question"),
        date=Said(day.isoformat(), "polymarket.question"),
        interval=Said(interval.on_grid(grid_of(asset)), "polymarket.question"),
    )


DAY = re.compile(r"\b[a-z]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?(?:,? 20\d\d)?\b", re.IGNORECASE)
FILLING = re.compile(r"\b(?:at|on|the)\b|[^a-z0-9]+", re.IGNORECASE)


def _leftover(when: str) -> str:
    """What a stated time says beyond one day and one time in New York: a zone, `at any time`."""
    return FILLING.sub("", SPAN.sub(" ", DAY.sub(" ", when, count=1), count=1))


def _stated(found: re.Match[str]) -> Interval | None:
    groups = found.groupdict()
    low = _money(groups["low"], groups["unit"])
    if "high" in groups:
        high = _money(groups["high"], groups["unit2"])
        return None if low is None or high is None else Interval(low, True, high, False)
    how = fold(groups["how"])
    if how in ("above", "greater than", "at least"):
        return Interval(low, how == "at least")
    return Interval(None, False, low, how == "at most")


def _money(number: str, unit: str | None) -> int | None:
    value = micro(number)
    return value * UNITS[unit.casefold()] if value is not None and unit else value
