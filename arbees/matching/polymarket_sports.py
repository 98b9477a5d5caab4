"""Polymarket's game markets -> terms (polymarket.md section 12.1): sportsMarketType, line,
teams and gameStartTime first, slug grammar second, titles for names no table holds."""

import re

import msgspec

from arbees.matching import contests, dates
from arbees.matching.entities import Directory, TeamIndex
from arbees.matching.kalshi_sports import US_LEAGUES
from arbees.matching.names import fold
from arbees.matching.records import MICRO, PolymarketRecord, micro
from arbees.matching.terms import UNREAD, Competitor, Domain, Interval, Measure, Said, Terms

PUSH = "interval"
"""A whole-number line can end level, and then neither outcome wins."""
SLUG = re.compile(
    r"^(?:aec-)?(?P<league>[a-z0-9]+)-(?P<first>[a-z0-9]+)-(?P<second>[a-z0-9]+)"
    r"-(?P<day>\d{4}-\d\d-\d\d)(?:-(?P<rest>.+))?$"
)
TYPES = {
    "moneyline": (Measure.MONEYLINE, "full"),
    "spreads": (Measure.SPREAD, "full"),
    "totals": (Measure.TOTAL, "full"),
    "first_half_moneyline": (Measure.MONEYLINE, "1h"),
    "first_half_spreads": (Measure.SPREAD, "1h"),
    "first_half_totals": (Measure.TOTAL, "1h"),
}
SPREAD_REST = re.compile(r"spread(?:-[a-z0-9]+)?-\d+pt\d+$")
TOTAL_REST = re.compile(r"total-\d+pt\d+$")
OVER_UNDER = re.compile(r"\bO/U (?P<line>\d+(?:\.\d+)?)")
GAME_NUMBER = re.compile(r"\bgame[- ](?P<number>[12])\b", re.IGNORECASE)
"""Of a doubleheader."""
LINE = re.compile(r"(\d+)pt(\d+)$")
CHILD = re.compile(r"(?:map|game|set)[- ]?(?P<number>\d+)[- ]?(?:winner)?$", re.IGNORECASE)
SPREAD_TEXT = re.compile(
    r"^(?:\d\w spread|spread):\s*(?P<who>.+?)\s*\((?P<line>[-+]?[\d.]+)\)", re.IGNORECASE
)
WINS_ON = re.compile(r"^will (?P<who>.+?) win on (?P<day>\d{4}-\d\d-\d\d)\??$", re.IGNORECASE)
DRAWS = re.compile(r"^will (?P<pair>.+?) end in a draw\??$", re.IGNORECASE)


def is_game(record: PolymarketRecord) -> bool:
    """Whether the slug has the grammar of a game."""
    return bool(SLUG.match(record.event_slug or record.slug) or SLUG.match(record.slug))


def read(record: PolymarketRecord, directory: Directory) -> Terms:
    """Terms of one outcome of a game market."""
    own = SLUG.match(record.slug)
    slug = own or SLUG.match(record.event_slug)
    base = Terms(market_id=record.market_id or record.slug, venue=record.venue)
    if slug is None:
        return base
    league = directory.slug_leagues.get(slug["league"], slug["league"])
    index = directory.teams(league)
    rest = (own["rest"] or "") if own else ""
    measure, segment = _measure(record, rest, slug)
    contest = _contest(record, league, slug, index)
    date, start, faults = _when(record, league, slug["day"])
    terms = msgspec.structs.replace(
        base,
        domain=Said(Domain.SPORTS, "polymarket.slug"),
        scope=Said(league, "polymarket.slug"),
        measure=measure,
        segment=segment,
        ways=directory.ways(league),
        date=date,
        start=start,
        game_number=_game_number(record, league),
        competitors=Said(contest.sides, "polymarket.slug") if contest.sides else UNREAD,
        faults=contest.faults + faults,
    )
    return _of_whom(terms, record, rest, index)


def _game_number(record: PolymarketRecord, league: str) -> Said[int]:
    """Which game of a doubleheader; only baseball has them."""
    if league != "mlb":
        return UNREAD
    said = {
        int(found["number"])
        for text in (record.slug, record.event_slug, record.question, record.event_title)
        for found in [GAME_NUMBER.search(text)]
        if found
    }
    return Said(said.pop(), "polymarket.question") if len(said) == 1 else UNREAD


def _measure(
    record: PolymarketRecord, rest: str, slug: re.Match[str]
) -> tuple[Said[Measure], Said[str]]:
    """By sportsMarketType; the slug's ending only where that is missing."""
    if record.sports_market_type:
        listed = TYPES.get(record.sports_market_type)
        if listed is None:
            return UNREAD, UNREAD
        where = "polymarket.sportsMarketType"
        return Said(listed[0], where), Said(listed[1], where)
    where = "polymarket.slug"
    child = CHILD.search(rest)
    if child:
        kind = "map" if "map" in rest else "set" if "set" in rest else "game"
        return Said(Measure.MONEYLINE, where), Said(f"{kind} {child['number']}", where)
    for pattern, measure in ((SPREAD_REST, Measure.SPREAD), (TOTAL_REST, Measure.TOTAL)):
        if pattern.match(rest):
            return Said(measure, where), Said("full", where)
    if record.slug and not SLUG.match(record.slug):
        return UNREAD, UNREAD  # the game's event, and a market whose own name says nothing
    if rest in ("", "draw", slug["first"], slug["second"]):
        return Said(Measure.MONEYLINE, where), Said("full", where)
    return UNREAD, UNREAD


def _contest(
    record: PolymarketRecord, league: str, slug: re.Match[str], index: TeamIndex | None
) -> contests.Contest:
    title = record.event_title or record.question
    drawn = DRAWS.match(record.question)
    names = contests.names_in(title) or (contests.names_in(drawn["pair"]) if drawn else None)
    if names is None and len(record.teams) == 2:
        names = (record.teams[0], record.teams[1])
    if names is None and len(record.outcomes) == 2 and not _is_yes_no(record.outcomes):
        names = (record.outcomes[0], record.outcomes[1])
    codes = (slug["first"], slug["second"])
    if index and not (index.coded(codes[0]) and index.coded(codes[1])) and names:
        resolved = contests.pair_of(league, names, ("", ""), index)
        if resolved.sides and all(side.entity for side in resolved.sides):
            return resolved
    return contests.pair_of(league, names, codes, index)


def _is_yes_no(outcomes: tuple[str, ...]) -> bool:
    return {outcome.casefold() for outcome in outcomes} <= {"yes", "no", "over", "under"}


def _when(
    record: PolymarketRecord, league: str, slug_day: str
) -> tuple[Said[str], Said[int], tuple[str, ...]]:
    """The slug's date, which is local for US leagues; a start that denies it is a fault: the
    game moved and one of the two is stale."""
    start = dates.moment(record.game_start_time)
    said = Said(slug_day, "polymarket.slug")
    if start is None:
        return said, UNREAD, ("start",) if record.game_start_time else ()
    local = dates.eastern(start).date().isoformat()
    utc = start.date().isoformat()
    began = Said(int(start.timestamp()), "polymarket.gameStartTime")
    agreeing = {local} if league in US_LEAGUES else {local, utc}
    if dates.day(slug_day) is None or slug_day not in agreeing:
        return said, began, ("date",)
    both = slug_day if league in US_LEAGUES or local == utc else f"{local}/{utc}"
    return Said(both, "polymarket.gameStartTime"), began, ()


def _of_whom(terms: Terms, record: PolymarketRecord, rest: str, index: TeamIndex | None) -> Terms:
    measure, sides = terms.measure.value, terms.competitors.value
    negated = fold(record.outcome) == "no"
    if measure is Measure.TOTAL:
        return _total(terms, record, rest)
    if sides is None:
        return terms
    league = terms.scope.value or ""
    if measure is Measure.SPREAD:
        return _spread(terms, record, rest, league, index)
    subject = _subject(record, rest, league, sides, index)
    return msgspec.structs.replace(
        terms, subject=Said(subject[0], subject[1]) if subject else UNREAD, negated=negated
    )


def _subject(
    record: PolymarketRecord,
    rest: str,
    league: str,
    sides: tuple[Competitor, Competitor],
    index: TeamIndex | None,
) -> tuple[Competitor, str] | None:
    """Whom the outcome is about: three-way questions name a side, others list both."""
    if rest == "draw" or DRAWS.match(record.question):
        return contests.DRAW, "polymarket.slug" if rest == "draw" else "polymarket.question"
    asked = WINS_ON.match(record.question)
    if asked and asked["day"] not in (record.slug + record.event_slug):
        return None
    if asked or fold(record.outcome) in ("yes", "no"):
        label = asked["who"] if asked else rest
        at = contests.find(sides, label, league, index) if label else None
        where = "polymarket.question" if asked else "polymarket.slug"
        return (sides[at], where) if at is not None else None
    if record.outcome:
        at = contests.find(sides, record.outcome, league, index)
        return (sides[at], "polymarket.outcome") if at is not None else None
    if record.outcome_index in (0, 1):
        return sides[record.outcome_index or 0], "polymarket.outcome_index"
    return None


def _line(record: PolymarketRecord, rest: str) -> tuple[int | None, str]:
    line = micro(record.line)
    if line is not None:
        return line, "polymarket.line"
    found = LINE.search(rest)
    return (micro(f"{found[1]}.{found[2]}"), "polymarket.slug") if found else (None, "")


def _total(terms: Terms, record: PolymarketRecord, rest: str) -> Terms:
    line, where = _line(record, rest)
    if line is not None and line % MICRO == 0:
        return msgspec.structs.replace(terms, faults=(*terms.faults, PUSH))
    side = fold(record.outcome) or ("over" if record.outcome_index == 0 else "")
    if line is None or side not in ("over", "under"):
        return terms
    asked = OVER_UNDER.search(record.question)
    faults = ("interval",) if asked and micro(asked["line"]) != line else ()
    return msgspec.structs.replace(
        terms, interval=Said(Interval(low=line), where), negated=side == "under",
        faults=terms.faults + faults,
    )  # fmt: skip


def _spread(
    terms: Terms, record: PolymarketRecord, rest: str, league: str, index: TeamIndex | None
) -> Terms:
    """`line` -1.5 belongs to the first outcome: it wins by more than 1.5. Of the second outcome
    the same market says: not that."""
    line, where = _line(record, rest)
    sides = terms.competitors.value
    stated = SPREAD_TEXT.match(record.question)
    first = stated["who"] if stated else (record.outcomes[0] if record.outcomes else "")
    at = contests.find(sides, first, league, index) if sides and first else None
    if line is None or at is None or sides is None:
        return terms
    if line % MICRO == 0:
        return msgspec.structs.replace(terms, faults=(*terms.faults, PUSH))
    mentioned = micro(stated["line"]) if stated else line
    faults = terms.faults + (("interval",) if mentioned != line and where.endswith("line") else ())
    chosen = contests.find(sides, record.outcome, league, index) if record.outcome else None
    if chosen is None:
        chosen = at if record.outcome_index == 0 else 1 - at if record.outcome_index == 1 else None
    if chosen is None:
        return terms
    return msgspec.structs.replace(
        terms,
        subject=Said(sides[at], "polymarket.question" if stated else "polymarket.outcomes"),
        interval=Said(Interval(low=-line), where),
        negated=chosen != at,
        faults=faults,
    )
