"""Relations of two statements about one quantity, and what negation makes of them.

The one rule: a relation claims something about every possible value, or it is OVERLAP.
"""

from enum import StrEnum

from arbees.matching.terms import Interval


class Relation(StrEnum):
    """How the values where a pays stand to the values where b pays."""

    SAME = "same"
    INVERSE = "inverse"
    SUBSET = "subset"
    SUPERSET = "superset"
    DISJOINT = "disjoint"
    COVER = "cover"  # one of the two always pays
    OVERLAP = "overlap"


NEGATE_BOTH = {
    Relation.SUBSET: Relation.SUPERSET,
    Relation.SUPERSET: Relation.SUBSET,
    Relation.DISJOINT: Relation.COVER,
    Relation.COVER: Relation.DISJOINT,
}
NEGATE_B = {
    Relation.SAME: Relation.INVERSE,
    Relation.INVERSE: Relation.SAME,
    Relation.SUBSET: Relation.DISJOINT,
    Relation.DISJOINT: Relation.SUBSET,
    Relation.SUPERSET: Relation.COVER,
    Relation.COVER: Relation.SUPERSET,
}
MIRRORED = {Relation.SUBSET: Relation.SUPERSET, Relation.SUPERSET: Relation.SUBSET}


def swapped(relation: Relation) -> Relation:
    """The relation of b to a."""
    return MIRRORED.get(relation, relation)


def negated(relation: Relation, a: bool, b: bool) -> Relation:
    """The relation when a, b or both outcomes are the NO side."""
    if a and b:
        return NEGATE_BOTH.get(relation, relation)
    if b:
        return NEGATE_B.get(relation, relation)
    if a:
        return swapped(NEGATE_B.get(swapped(relation), swapped(relation)))
    return relation


def intervals(a: Interval, b: Interval) -> Relation:
    """How two intervals of one quantity stand to each other."""
    if a == b:
        return Relation.SAME
    if _complement(a, b):
        return Relation.INVERSE
    inside, around = _within(a, b), _within(b, a)
    if inside and around:
        return Relation.SAME
    if inside:
        return Relation.SUBSET
    if around:
        return Relation.SUPERSET
    if _apart(a, b) or _apart(b, a):
        return Relation.DISJOINT
    return Relation.COVER if _covers(a, b) or _covers(b, a) else Relation.OVERLAP


def _low(each: Interval) -> tuple[float | int, int]:
    return (float("-inf"), 0) if each.low is None else (each.low, 0 if each.low_closed else 1)


def _high(each: Interval) -> tuple[float | int, int]:
    return (float("inf"), 0) if each.high is None else (each.high, 0 if each.high_closed else -1)


def _within(a: Interval, b: Interval) -> bool:
    return _low(a) >= _low(b) and _high(a) <= _high(b)


def _apart(a: Interval, b: Interval) -> bool:
    """Whether a lies wholly below b."""
    if a.high is None or b.low is None:
        return False
    return a.high < b.low or (a.high == b.low and not (a.high_closed and b.low_closed))


def _complement(a: Interval, b: Interval) -> bool:
    return _meets(a, b) or _meets(b, a)


def _meets(a: Interval, b: Interval) -> bool:
    """a is (-inf, x] or (-inf, x) and b the rest."""
    open_ended = a.low is None and b.high is None and a.high is not None
    return open_ended and a.high == b.low and a.high_closed != b.low_closed


def _covers(a: Interval, b: Interval) -> bool:
    """a reaches down to all, b up to all, and they meet or cross."""
    if a.low is not None or b.high is not None or a.high is None or b.low is None:
        return False
    return a.high > b.low or (a.high == b.low and (a.high_closed or b.low_closed))
