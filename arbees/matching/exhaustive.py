"""Is a set of outcomes exhaustive: mutually exclusive, and nothing left out?

The one rule: a set is refused until it is proved, with the reason; being listed together, or
being called mutually exclusive by a venue, proves nothing about what is left out.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from arbees.matching.contests import DRAW
from arbees.matching.entities import Directory
from arbees.matching.identity import CONTESTS
from arbees.matching.names import Naming, Same, fold, relation
from arbees.matching.terms import Competitor, Interval, Measure, Terms

PAYS_IN_FULL = frozenset({"half each", "fair price", "cannot end level", "draw is an outcome"})
EXACT = "exact size"
SHARED = ("domain", "measure", "scope", "segment", "date", "start", "window", "period", "units")


class Proof(msgspec.Struct, frozen=True):
    """Whether exactly one outcome of a set pays; if not proved, why."""

    is_exhaustive: bool
    reasons: tuple[str, ...]


def prove(outcomes: Sequence[Terms], directory: Directory, is_augmented: bool = False) -> Proof:
    """Proof or refusal for the YES sides of one event's outcomes. `is_augmented`: the venue may
    still name outcomes that are placeholders today (polymarket.md section 9)."""
    if len(outcomes) < 2:
        return _refused("one outcome is no set")
    common = tuple(_common(outcomes))
    if common:
        return _refused(*common)
    measure = outcomes[0].measure.value
    if measure is Measure.CLAIM or measure is None:
        return _refused("only words describe the outcomes")
    if all(each.interval.value is not None for each in outcomes) and measure not in (
        Measure.SPREAD,
        Measure.MONEYLINE,
    ):
        return _buckets(outcomes)
    if measure in CONTESTS:
        return _contest(outcomes)
    return _subjects(outcomes, directory, is_augmented)


def _refused(*reasons: str) -> Proof:
    return Proof(False, reasons)


def _common(outcomes: Sequence[Terms]) -> Iterable[str]:
    first = outcomes[0]
    if any(each.negated for each in outcomes):
        yield "a NO side is no member of a set"
    if any(each.faults for each in outcomes):
        yield "a field is contradictory: " + ", ".join(
            sorted({fault for each in outcomes for fault in each.faults})
        )
    for name in SHARED:
        if len({getattr(each, name).value for each in outcomes}) > 1:
            yield f"outcomes differ in {name}"
    if first.measure.value in (Measure.CHAMPION, Measure.NOMINEE) and not first.period.value:
        yield "the period is unread"


def _buckets(outcomes: Sequence[Terms]) -> Proof:
    """Buckets on a grid leave nothing out only where every value is brought onto that grid."""
    roundings = {each.rounding.value for each in outcomes}
    if None in roundings or len(roundings) > 1:
        return _refused("how a value between two buckets is rounded is unread")
    if EXACT in roundings:
        return _refused("a value between two buckets pays nobody: the rule is the exact size")
    return _line([each.interval.value for each in outcomes if each.interval.value])


def _line(intervals: Sequence[Interval]) -> Proof:
    """Buckets that partition the number line: open-ended on both ends, each meeting the next."""
    ordered = sorted(intervals, key=lambda i: (i.low is not None, i.low or 0, not i.low_closed))
    reasons = []
    if ordered[0].low is not None:
        reasons.append(f"nothing below {ordered[0].low / 1e6:g}")
    if ordered[-1].high is not None:
        reasons.append(f"nothing above {ordered[-1].high / 1e6:g}")
    for lower, upper in pairwise(ordered):
        if lower.high is None or upper.low is None or lower.high > upper.low:
            reasons.append("two outcomes overlap")
        elif lower.high < upper.low:
            reasons.append(f"a gap from {lower.high / 1e6:g} to {upper.low / 1e6:g}")
        elif lower.high_closed == upper.low_closed:
            edge = "belongs to two outcomes" if lower.high_closed else "belongs to none"
            reasons.append(f"{upper.low / 1e6:g} {edge}")
    return Proof(not reasons, tuple(reasons) or ("the buckets meet and both ends are open",))


def _contest(outcomes: Sequence[Terms]) -> Proof:
    """All sides of one game, the draw where it is an outcome, and a tie that pays in full."""
    sides = outcomes[0].competitors.value
    if sides is None or any(each.competitors.value != sides for each in outcomes):
        return _refused("the sides were not read alike")
    named = [each.subject.value for each in outcomes]
    wanted: list[Competitor] = [*sides, DRAW] if outcomes[0].ways.value == 3 else [*sides]
    reasons = []
    if outcomes[0].ways.value is None:
        reasons.append("whether a draw is an outcome is unread")
    if len(named) != len(set(map(str, named))):
        reasons.append("two outcomes name one side")
    missing = [side.entity or side.name for side in wanted if side not in named]
    if missing:
        reasons.append("left out: " + ", ".join(missing))
    for field in ("tie", "cancellation"):
        values = {getattr(each, field).value for each in outcomes}
        if len(values) > 1 or not values <= PAYS_IN_FULL:
            reasons.append(f"{field} may pay less than one in all")
    return Proof(not reasons, tuple(reasons) or ("every side is listed and ties pay in full",))


def _subjects(outcomes: Sequence[Terms], directory: Directory, is_augmented: bool) -> Proof:
    """Named winners: distinct, and closed by the tables (every team of the league)."""
    reasons = []
    named = [each.subject.value for each in outcomes]
    if any(subject is None for subject in named):
        reasons.append("an outcome names nobody that is known (placeholder or other)")
    known = [subject for subject in named if subject is not None]
    reasons += _twice(known)
    if is_augmented:
        reasons.append("the venue may still turn placeholders into outcomes")
    scope = outcomes[0].scope.value or ""
    index = directory.teams(scope.partition(":")[0])
    is_teams = index is not None and any(subject.entity for subject in known)
    whole = index.entities_now() if index and is_teams else frozenset()
    left_out = whole - {subject.entity for subject in known}
    if not whole:
        reasons.append("nobody lists all who could win, and no outcome pays for the rest")
    elif left_out:
        shown = ", ".join(sorted(left_out)[:3])
        reasons.append(f"left out: {len(left_out)} of {len(whole)}, e.g. {shown}")
    if not {each.cancellation.value for each in outcomes} <= PAYS_IN_FULL:
        reasons.append("a cancelled contest may pay nobody")
    return Proof(not reasons, tuple(reasons) or ("every team of the league is listed once",))


def _twice(known: Sequence[Competitor]) -> list[str]:
    entities = [subject.entity for subject in known if subject.entity]
    if len(entities) != len(set(entities)):
        return ["one winner is listed twice"]
    names = [subject.name for subject in known if not subject.entity]
    if len({fold(name) for name in names}) != len(names):
        return ["one winner is listed twice"]
    near = [
        (one, two)
        for at, one in enumerate(names[:200])
        for two in names[at + 1 : 200]
        if relation(one, two, Naming.PERSON) is Same.UNKNOWN
    ]
    return [f"perhaps one person: {one}, {two}" for one, two in near[:1]]
