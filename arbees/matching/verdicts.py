"""Two terms -> a verdict, field by field, with what decided it.

What lives here: identity (same event, outcome, polarity) and settlement (every rule that can
part two legs of one identity). The one rule: unknown is not equal, and only `same` and
`inverse` whose every decisive field is equal may be traded as riskless.
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from arbees.matching.checks import Check
from arbees.matching.conventions import Conventions, decisive_fields
from arbees.matching.identity import identity_checks
from arbees.matching.names import Same
from arbees.matching.relations import Relation
from arbees.matching.rules import FAIR, STRANGE
from arbees.matching.terms import Terms

VERSION = 1
DOLLAR = 1_000_000


class Answer(StrEnum):
    """What a verdict says."""

    SAME = "same"
    INVERSE = "inverse"
    SUBSET = "subset"
    SUPERSET = "superset"
    DISJOINT = "disjoint"
    EXHAUSTIVE = "exhaustive set"  # of many outcomes, see exhaustive.py; never of two markets
    COVER = "cover"  # one of the two always pays, and both may
    DIFFERENT = "different"
    UNKNOWN = "unknown"


ANSWERS = {
    Relation.SAME: Answer.SAME,
    Relation.INVERSE: Answer.INVERSE,
    Relation.SUBSET: Answer.SUBSET,
    Relation.SUPERSET: Answer.SUPERSET,
    Relation.DISJOINT: Answer.DISJOINT,
    Relation.COVER: Answer.COVER,
    Relation.OVERLAP: Answer.DIFFERENT,
}


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What two outcomes are to each other. `identity` leaves settlement rules aside;
    `basis_risk` is the worst loss of the pair, in micro-dollars per contract, where rules part."""

    answer: Answer
    identity: Answer
    deciding: tuple[str, ...]
    checks: tuple[Check, ...]
    basis_risk: int
    version: int = VERSION

    @property
    def is_riskless(self) -> bool:
        """Whether the pair may be traded as paying the same or the opposite for certain."""
        return self.answer in (Answer.SAME, Answer.INVERSE) and self.basis_risk == 0


def judge(
    a: Terms, b: Terms, whole_event: bool = False, table: Conventions | None = None
) -> Verdict:
    """The verdict on two outcomes (`whole_event`: on two events, outcomes aside)."""
    found, relation = identity_checks(a, b, whole_event)
    identity, deciding = _identity(found, relation)
    if identity not in (Answer.SAME, Answer.INVERSE):
        return Verdict(identity, identity, deciding, found, DOLLAR)
    if a.venue == b.venue and a.market_id and a.market_id == b.market_id:
        return Verdict(identity, identity, ("market_id",), found, 0)  # one market settles as one
    rules = tuple(settlement_checks(a, b))
    parted = {c.field: _basis(a, b, c.field, table) for c in rules if c.said is Same.DIFFERENT}
    costly = tuple(field for field, cost in parted.items() if cost)
    open_ = tuple(c.field for c in rules if c.said is Same.UNKNOWN)
    risk = max((*parted.values(), DOLLAR if open_ else 0), default=0)
    checks = (*found, *rules)
    if costly:
        return Verdict(Answer.DIFFERENT, identity, costly, checks, risk)
    if open_:
        return Verdict(Answer.UNKNOWN, identity, open_, checks, risk)
    return Verdict(identity, identity, deciding, checks, risk)


def _basis(a: Terms, b: Terms, field: str, table: Conventions | None) -> int:
    if table is None:
        return DOLLAR
    return table.basis(field, getattr(a, field).value, getattr(b, field).value)


def _identity(checks: Iterable[Check], relation: Relation | None) -> tuple[Answer, tuple[str, ...]]:
    """DIFFERENT beats UNKNOWN: one field that surely differs settles the matter."""
    different = tuple(c.field for c in checks if c.said is Same.DIFFERENT)
    unknown = tuple(c.field for c in checks if c.said is Same.UNKNOWN)
    if different:
        return Answer.DIFFERENT, different
    if unknown or relation is None:
        return Answer.UNKNOWN, unknown
    return ANSWERS[relation], ("subject", "interval") if relation is not Relation.SAME else ()


def settlement_checks(a: Terms, b: Terms) -> Iterable[Check]:
    """The rules that can part two outcomes of one identity."""
    for field in decisive_fields(a):
        left, right = getattr(a, field), getattr(b, field)
        if left.value is None or right.value is None:
            said = Same.UNKNOWN
        elif left.value != right.value:
            is_strange = STRANGE in (left.value[: len(STRANGE)], right.value[: len(STRANGE)])
            said = Same.UNKNOWN if is_strange else Same.DIFFERENT
        elif a.venue != b.venue and left.value.startswith(FAIR):
            said = Same.UNKNOWN  # each venue finds a fair price of its own
        else:
            said = Same.EQUAL
        yield Check(field, said, left, right)


def swapped(verdict: Verdict) -> Verdict:
    """The verdict on (b, a)."""
    answers = {Answer.SUBSET: Answer.SUPERSET, Answer.SUPERSET: Answer.SUBSET}
    return msgspec.structs.replace(
        verdict,
        answer=answers.get(verdict.answer, verdict.answer),
        identity=answers.get(verdict.identity, verdict.identity),
        checks=tuple(Check(c.field, c.said, c.right, c.left, c.note) for c in verdict.checks),
    )
