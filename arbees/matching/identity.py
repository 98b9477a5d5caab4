"""Identity of two outcomes: the same event, the same measure, and which way round.

What lives here: the field comparisons that are more than equality. The one rule: only what
both sides say can be equal, and a relation is drawn only when every field before it is.
"""

from datetime import timedelta

from arbees.matching import contests, dates, relations
from arbees.matching.checks import Check, check, plain
from arbees.matching.contests import Alignment
from arbees.matching.names import Naming, Same
from arbees.matching.names import relation as name_relation
from arbees.matching.questions import UNDATED
from arbees.matching.relations import Relation
from arbees.matching.terms import Competitor, Domain, Interval, Measure, Said, Terms

CONTESTS = frozenset({Measure.MONEYLINE, Measure.SPREAD, Measure.TOTAL, Measure.SERIES})
SEASONAL = frozenset(
    {Measure.CHAMPION, Measure.NOMINEE, Measure.OFFICE, Measure.PARTY, Measure.TICKET}
)
PRICES = frozenset({Measure.LEVEL_AT, Measure.UP_DOWN, Measure.TOUCH, Measure.AVERAGE})
PRINTS = frozenset({Measure.RELEASE, Measure.RATE_CHANGE, Measure.RATE_LEVEL})
TWICE_S, ONCE_S = 45 * 60, 3 * 3_600
"""Two venues' start times of one game differ by less. A doubleheader's games differ by more, in
baseball; elsewhere so do two meetings within two days (a bracket, a game played later)."""
AS_SAID = {
    Alignment.STRAIGHT: Same.EQUAL,
    Alignment.CROSSED: Same.EQUAL,
    Alignment.DIFFERENT: Same.DIFFERENT,
    Alignment.UNKNOWN: Same.UNKNOWN,
}
Found = tuple[tuple[Check, ...], Relation | None]


def identity_checks(a: Terms, b: Terms, whole_event: bool = False) -> Found:
    """Every identity field compared, and the relation when all of them allow one."""
    checks = _contradictions(a, b)
    if Measure.CLAIM in (a.measure.value, b.measure.value):
        return _claims(a, b, checks)
    checks += [
        plain(name, getattr(a, name), getattr(b, name)) for name in ("domain", "measure", "scope")
    ]
    if any(each.said is not Same.EQUAL for each in checks):
        return tuple(checks), None
    measure = a.measure.value
    if measure in CONTESTS:
        return _contest(a, b, checks, whole_event)
    if measure in PRICES:
        return _price(a, b, checks)
    if measure in PRINTS:
        checks.append(plain("period", a.period, b.period))
        return _by_interval(a, b, checks)
    if measure in SEASONAL:
        return _seasonal(a, b, checks, whole_event)
    checks.append(check("measure", a.measure, b.measure, Same.UNKNOWN, "not compared"))
    return tuple(checks), None


def _contradictions(a: Terms, b: Terms) -> list[Check]:
    """A field whose sources contradict each other is unknown, whatever else was read."""
    return [
        Check(name, Same.UNKNOWN, _fault(a, name), _fault(b, name), "contradictory")
        for name in dict.fromkeys((*a.faults, *b.faults))
    ]


def _fault(terms: Terms, name: str) -> Said[str]:
    return Said("contradictory" if name in terms.faults else None, terms.market_id)


def _settled(checks: list[Check]) -> bool:
    return all(each.said is Same.EQUAL for each in checks)


def _claims(a: Terms, b: Terms, checks: list[Check]) -> Found:
    """Words equal only themselves, and never prove a difference."""
    said = Same.EQUAL if a.claim.value and a.claim.value == b.claim.value else Same.UNKNOWN
    checks.append(check("claim", a.claim, b.claim, said, "words alone"))
    if UNDATED in (a.date.source, b.date.source):
        checks.append(_undated(a, b))
    elif a.date.value and b.date.value:
        checks.append(_date(a, b))
    return tuple(checks), _polar(a, b, Relation.SAME) if _settled(checks) else None


def _undated(a: Terms, b: Terms) -> Check:
    """Two sides meet again and again: only closing within a day of each other says which game,
    and anything else says nothing."""
    left, right = dates.day(a.date.value or ""), dates.day(b.date.value or "")
    near = left is not None and right is not None and abs(left - right) <= timedelta(days=1)
    return check("date", a.date, b.date, Same.EQUAL if near else Same.UNKNOWN)


def _polar(a: Terms, b: Terms, relation: Relation) -> Relation:
    return relations.negated(relation, a.negated, b.negated)


def _date(a: Terms, b: Terms) -> Check:
    if not a.date.value or not b.date.value:
        return check("date", a.date, b.date, Same.UNKNOWN)
    left, right = a.date.value.split("/"), b.date.value.split("/")
    if set(left) & set(right):
        return check("date", a.date, b.date, Same.EQUAL)
    if a.scope.value in contests.PERSONS and a.domain.value is Domain.SPORTS:
        near = [
            abs(x - y) <= timedelta(days=1)
            for x in map(dates.day, left)
            for y in map(dates.day, right)
            if x and y
        ]
        if any(near):
            note = "two players meet once per tournament; listings differ by a day"
            return check("date", a.date, b.date, Same.EQUAL, note)
    return check("date", a.date, b.date, Same.DIFFERENT)


def _contest(a: Terms, b: Terms, checks: list[Check], whole_event: bool) -> Found:
    checks += [plain("segment", a.segment, b.segment), _date(a, b)]
    checks += _which_game(a, b)
    one, two = a.competitors.value, b.competitors.value
    naming = contests.naming_of(a.scope.value or "")
    alignment = contests.align(one, two, naming) if one and two else Alignment.UNKNOWN
    checks.append(check("competitors", a.competitors, b.competitors, AS_SAID[alignment]))
    if not _settled(checks):
        return tuple(checks), None
    if whole_event:
        return tuple(checks), Relation.SAME
    if a.measure.value is Measure.TOTAL:
        return _by_interval(a, b, checks)
    crossed = alignment is Alignment.CROSSED
    if a.measure.value is Measure.SPREAD:
        return _by_margin(a, b, checks, crossed)
    relation = _sides(a, b, crossed)
    checks.append(check("subject", a.subject, b.subject, Same.EQUAL if relation else Same.UNKNOWN))
    return tuple(checks), _polar(a, b, relation) if relation else None


def _which_game(a: Terms, b: Terms) -> list[Check]:
    """Numbers or start times must not disagree; players' hours move with the courts."""
    if a.scope.value in contests.PERSONS:
        return []
    one, two = a.start.value, b.start.value
    tolerance_s = TWICE_S if a.scope.value == "mlb" else ONCE_S
    close = None if one is None or two is None else abs(one - two) <= tolerance_s
    if a.game_number.value or b.game_number.value:
        said = plain("game_number", a.game_number, b.game_number)
        if said.said is Same.UNKNOWN and close:
            return [check("game_number", a.start, b.start, Same.EQUAL, "start times agree")]
        return [said]
    if close is False:
        note = "another game of a doubleheader, or moved"
        return [check("start", a.start, b.start, Same.UNKNOWN, note)]
    return []


def _index(terms: Terms) -> int | None:
    """Which side the subject is; 2 is the draw."""
    sides, subject = terms.competitors.value, terms.subject.value
    if sides is None or subject is None:
        return None
    return 2 if subject == contests.DRAW else sides.index(subject) if subject in sides else None


def _sides(a: Terms, b: Terms, crossed: bool) -> Relation | None:
    one, two = _index(a), _index(b)
    if one is None or two is None:
        return None
    if crossed and two < 2:
        two = 1 - two
    if one == two:
        return Relation.SAME
    ways = {a.ways.value, b.ways.value}
    if 3 in ways or 2 in (one, two):
        return Relation.DISJOINT
    return Relation.INVERSE if ways == {2} else None


def _by_margin(a: Terms, b: Terms, checks: list[Check], crossed: bool) -> Found:
    """Spreads are statements about one margin, seen from either side."""
    one, two = _index(a), _index(b)
    left, right = a.interval.value, b.interval.value
    if one is None or two is None or left is None or right is None:
        checks.append(check("subject", a.subject, b.subject, Same.UNKNOWN))
        return tuple(checks), None
    turned = (1 - two if crossed else two) != one
    relation = relations.intervals(_whole(left), _whole(right.mirrored() if turned else right))
    checks.append(check("subject", a.subject, b.subject, Same.EQUAL))
    checks.append(check("interval", a.interval, b.interval, Same.EQUAL, relation))
    return tuple(checks), _polar(a, b, relation)


def _whole(interval: Interval) -> Interval:
    """Scores are whole numbers: more than 3.5 is at least 4."""
    return interval.on_grid(1_000_000)


def _by_interval(a: Terms, b: Terms, checks: list[Check]) -> Found:
    if a.interval.value is None or b.interval.value is None:
        checks.append(check("interval", a.interval, b.interval, Same.UNKNOWN))
        return tuple(checks), None
    if a.units.value != b.units.value:
        checks.append(plain("units", a.units, b.units))
    relation = relations.intervals(a.interval.value, b.interval.value)
    checks.append(check("interval", a.interval, b.interval, Same.EQUAL, relation))
    return tuple(checks), _polar(a, b, relation) if _settled(checks) else None


def _price(a: Terms, b: Terms, checks: list[Check]) -> Found:
    """The instant, the window and the price source are part of what is measured."""
    checks.append(plain("start", a.start, b.start))
    if a.measure.value in (Measure.UP_DOWN, Measure.TOUCH):
        checks.append(plain("window", a.window, b.window))
    if a.venue != b.venue or a.source.value != b.source.value:
        checks.append(plain("source", a.source, b.source))
    if a.measure.value is Measure.UP_DOWN:
        checks.append(plain("tie", a.tie, b.tie))
        return tuple(checks), _polar(a, b, Relation.SAME) if _settled(checks) else None
    return _by_interval(a, b, checks)


def _seasonal(a: Terms, b: Terms, checks: list[Check], whole_event: bool) -> Found:
    checks.append(plain("period", a.period, b.period))
    if whole_event or not _settled(checks):
        return tuple(checks), Relation.SAME if _settled(checks) else None
    one, two = a.subject.value, b.subject.value
    said = _same_subject(one, two, a.measure.value) if one and two else Same.UNKNOWN
    if said is Same.UNKNOWN:
        checks.append(check("subject", a.subject, b.subject, said))
        return tuple(checks), None
    checks.append(check("subject", a.subject, b.subject, Same.EQUAL, str(said)))
    relation = Relation.SAME if said is Same.EQUAL else Relation.DISJOINT
    return tuple(checks), _polar(a, b, relation)


def _same_subject(one: Competitor, two: Competitor, measure: Measure | None) -> Same:
    if one.entity and two.entity:
        return Same.EQUAL if one.entity == two.entity else Same.DIFFERENT
    naming = Naming.GROUP if measure is Measure.CHAMPION else Naming.PERSON
    return name_relation(one.name, two.name, naming)
