"""Kalshi's game markets -> terms (kalshi.md section 14.1): ticker grammar first, strikes
second, titles only for names that no table holds."""

import re
from datetime import UTC, date, datetime, timedelta

import msgspec

from arbees.matching import contests, dates
from arbees.matching.crypto import bounds
from arbees.matching.entities import Directory, TeamIndex
from arbees.matching.records import MICRO, KalshiRecord, micro
from arbees.matching.terms import (
    UNREAD,
    Competitor,
    Domain,
    Interval,
    Measure,
    Said,
    Terms,
)

EVENT = re.compile(r"^(?P<day>\d{2}[A-Z]{3}\d{2})(?P<time>\d{4})?(?P<codes>[A-Z0-9]*)$")
FAMILY = re.compile(r"^KX(?P<league>[A-Z0-9]+?)(?P<kind>GAME|MATCH|FIGHT|SPREAD|TOTAL)$")
KINDS = {
    "GAME": "moneyline",
    "MATCH": "moneyline",
    "FIGHT": "moneyline",
    "SPREAD": "spread",
    "TOTAL": "total",
}
DOUBLEHEADER = re.compile(r"^(?P<codes>[A-Z]{4,})G(?P<number>[12])$")
LINE_SUFFIX = re.compile(r"^(?P<code>[A-Z]+)(?P<line>\d+)$")
SCHEDULED = re.compile(r"scheduled (?:for|on) (?P<when>[A-Z][a-z]{2,8}\.? \d{1,2}(?:, 20\d\d)?)")
LINE_DIGITS = 3
STRIKES = frozenset({"greater", "greater_or_equal", "less", "less_or_equal", "between"})
WINS_BY = re.compile(r"^(?P<who>.+?) wins? by\b", re.IGNORECASE)
APART = timedelta(days=2)
"""A listing's own hour of the event lies within this of the ticker's day, or the game moved."""
US_LEAGUES = frozenset({"nfl", "nba", "nhl", "mlb", "wnba", "cfb", "cbb"})


class Suffix(msgspec.Struct, frozen=True):
    """The event part of a game ticker."""

    day: date
    start: datetime | None
    codes: str
    number: int | None


def series_spec(series: str, directory: Directory) -> tuple[str, ...] | None:
    """(scope, measure, segment) of a series, from the table or by the ending of its name."""
    listed = directory.kalshi_series.get(series)
    if listed is not None:
        return listed
    family = FAMILY.match(series)
    if family is None:
        return None
    league = family["league"].casefold()
    return (directory.slug_leagues.get(league, league), KINDS[family["kind"]], "full")


def event_suffix(text: str, league: str) -> Suffix | None:
    """`26APR141940TBCWS` -> day, start, codes, doubleheader number."""
    found = EVENT.match(text)
    day = dates.ticker_day(found["day"]) if found else None
    if found is None or day is None:
        return None
    codes, number = found["codes"], None
    twice = DOUBLEHEADER.match(codes) if league == "mlb" else None
    if twice:
        codes, number = twice["codes"], int(twice["number"])
    clock = found["time"]
    if clock and (int(clock[:2]) > 23 or int(clock[2:]) > 59):
        clock, codes = None, f"{clock}{codes}"
    start = dates.eastern_to_utc(day, int(clock[:2]), int(clock[2:])) if clock else None
    return Suffix(day, start, codes, number)


def read(record: KalshiRecord, spec: tuple[str, ...], directory: Directory) -> Terms:
    """Terms of a game market, every field with its source."""
    league, measure, part = spec
    event = record.event_ticker or record.ticker.rsplit("-", 1)[0]
    pieces = record.ticker.split("-")
    suffix = event_suffix(pieces[1], league) if len(pieces) > 1 else None
    base = Terms(
        market_id=record.ticker,
        venue="kalshi",
        domain=Said(Domain.SPORTS, "kalshi.series"),
        measure=Said(Measure(measure), "kalshi.series"),
        scope=Said(league, "kalshi.series"),
    )
    if suffix is None:
        return msgspec.structs.replace(base, faults=("date",) if event else ("market_id",))
    tail = pieces[2:]
    number = tail.pop(0) if part in ("set", "map") and len(tail) == 2 else ""
    index = directory.teams(league)
    label = tail[0] if len(tail) == 1 else ""
    contest = _contest(record, league, suffix, _code(label, measure), index)
    start, moved = _start(record, suffix, league)
    base = msgspec.structs.replace(
        base,
        segment=_segment(part, number),
        ways=directory.ways(league),
        date=Said(_date(suffix, league), "kalshi.ticker"),
        start=start,
        game_number=Said(suffix.number, "kalshi.ticker") if suffix.number else UNREAD,
        competitors=Said(contest.sides, "kalshi.ticker") if contest.sides else UNREAD,
        faults=contest.faults + moved,
    )
    return _of_whom(base, record, label, measure, index)


def _start(record: KalshiRecord, suffix: Suffix, league: str) -> tuple[Said[int], tuple[str, ...]]:
    """The milestone's start, else the ticker's. A milestone on another day than the ticker says
    that the game moved: what the other venue lists under either day may be another game."""
    milestone = dates.moment(record.milestone_start)
    scheduled = SCHEDULED.search(record.rules_primary)
    told = dates.month_day(scheduled["when"], suffix.day) if scheduled else suffix.day
    hour = dates.moment(record.occurrence_datetime or "")
    if told != suffix.day or (hour and abs(hour.date() - suffix.day) > APART):
        return UNREAD, ("date",)
    if milestone is None:
        ticker = suffix.start
        said = Said(int(ticker.timestamp()), "kalshi.ticker") if ticker else UNREAD
        return said, ("start",) if record.milestone_start else ()
    days = {dates.eastern(milestone).date()}
    if league not in US_LEAGUES:
        days.add(milestone.date())
    started = Said(int(milestone.timestamp()), "kalshi.milestone")
    return started, () if suffix.day in days else ("date",)


def _date(suffix: Suffix, league: str) -> str:
    """US leagues list the local date; elsewhere the other venue may have counted in UTC."""
    own = suffix.day.isoformat()
    if league in US_LEAGUES or suffix.start is None:
        return own
    other = suffix.start.astimezone(UTC).date().isoformat()
    return own if other == own else f"{own}/{other}"


def _segment(part: str, number: str) -> Said[str]:
    if part in ("set", "map"):
        return Said(f"{part} {number}", "kalshi.ticker") if number else UNREAD
    return Said(part, "kalshi.series")


def _code(label: str, measure: str) -> str:
    found = LINE_SUFFIX.match(label) if measure == "spread" else None
    return found["code"] if found else ("" if measure == "total" else label)


def _contest(
    record: KalshiRecord, league: str, suffix: Suffix, code: str, index: TeamIndex | None
) -> contests.Contest:
    """The sides from the joined codes, with the names of the title where the tables know none."""
    names = contests.names_in(record.event_title or record.title)
    joined, named = suffix.codes, "" if is_draw(code, suffix.codes) else code
    if index:
        ways = [cut for cut in _cuts(joined) if index.is_pair(*cut)]
        if len(ways) == 1:
            return contests.pair_of(league, names, ways[0], index)
        if names:
            return contests.pair_of(league, names, ("", ""), index)
    return _by_suffix(league, joined, named, names, index)


def is_draw(code: str, joined: str) -> bool:
    """`-TIE` is the draw, unless a side's own code is TIE (the player Tien)."""
    return code == "TIE" and not joined.startswith(code) and not joined.endswith(code)


def _is_side(label: str, sides: tuple[Competitor, Competitor] | None) -> bool:
    return any(side.code == label for side in sides or ())


def _cuts(joined: str) -> list[tuple[str, str]]:
    return [(joined[:cut], joined[cut:]) for cut in range(1, len(joined))]


def _by_suffix(
    league: str,
    joined: str,
    code: str,
    names: tuple[str, str] | None,
    index: TeamIndex | None,
) -> contests.Contest:
    """Without a table the market's own code tells where the joined codes divide."""
    if code and joined.startswith(code) and len(joined) > len(code):
        return contests.pair_of(league, names, (code, joined[len(code) :]), index)
    if code and joined.endswith(code) and len(joined) > len(code):
        return contests.pair_of(league, names, (joined[: -len(code)], code), index)
    return contests.pair_of(league, names, ("", ""), index)


def _of_whom(
    base: Terms, record: KalshiRecord, label: str, measure: str, index: TeamIndex | None
) -> Terms:
    sides, league = base.competitors.value, base.scope.value or ""
    if measure == "total":
        return msgspec.structs.replace(base, interval=over(record, label))
    if label == "TIE" and not _is_side(label, sides):
        return msgspec.structs.replace(base, subject=Said(contests.DRAW, "kalshi.ticker"))
    if sides is None or not label:
        return base
    at = contests.find(sides, _code(label, measure), league, index)
    faults = base.faults
    if at is not None and league in contests.PERSONS:
        sides = _whole_name(sides, at, record.yes_sub_title, league)
        base = msgspec.structs.replace(base, competitors=Said(sides, base.competitors.source))
    for text in (record.yes_sub_title, record.target_name):
        by = WINS_BY.match(text)
        name = by["who"] if by else text if measure == "moneyline" else ""
        said = contests.find(sides, name, league, index) if name and at is not None else None
        faults += ("subject",) if said not in (None, at) else ()
    subject: Said[Competitor] = Said(sides[at], "kalshi.ticker") if at is not None else UNREAD
    interval = base.interval if measure == "moneyline" else over(record, label)
    return msgspec.structs.replace(base, subject=subject, faults=faults, interval=interval)


def _whole_name(
    sides: tuple[Competitor, Competitor], at: int, label: str, league: str
) -> tuple[Competitor, Competitor]:
    """The player's name as the market says it in full; the event says surnames only."""
    side = sides[at]
    is_longer = len(label.split()) > len(side.name.split())
    if not is_longer or contests.find(sides, label, league, None) != at:
        return sides
    whole = msgspec.structs.replace(side, name=label)
    return (whole, sides[1]) if at == 0 else (sides[0], whole)


def over(record: KalshiRecord, label: str) -> Said[Interval]:
    """By the strike fields; a `floor_strike` of 3.5 alone is more than that. Only a spread's
    ticker says it too: `KC4` is the next whole number of points."""
    if record.strike_type in STRIKES:
        stated = bounds(record.strike_type, record.floor_strike, record.cap_strike)
        return UNREAD if stated is None else Said(stated, "kalshi.floor_strike")
    floor = micro(record.floor_strike)
    if floor is not None:
        return Said(Interval(low=floor), "kalshi.floor_strike")
    found = LINE_SUFFIX.match(label)
    if found is None or len(found["line"]) > LINE_DIGITS:
        return UNREAD
    return Said(Interval(low=int(found["line"]) * MICRO - MICRO // 2), "kalshi.ticker")
