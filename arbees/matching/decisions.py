"""What people decided about links, and when a decision still holds.

The one rule: a decision is about terms, not about ids; when either side's terms change it falls
away and the machine's verdict stands again.
"""

import hashlib
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from arbees.matching.terms import Terms, fingerprint
from arbees.matching.verdicts import Answer, Verdict

YES = (Answer.SAME, Answer.INVERSE)


class Choice(StrEnum):
    """What a person said."""

    APPROVE = "approve"
    VETO = "veto"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One stored decision. `relation` is what was approved."""

    link: str
    choice: Choice
    relation: str
    who: str
    when: str
    note: str
    a_print: str
    b_print: str


class Link(msgspec.Struct, frozen=True):
    """A judged pair with the decision that holds for it, if any."""

    link: str
    a: Terms
    b: Terms
    verdict: Verdict
    decision: Decision | None = None

    @property
    def relation(self) -> Answer:
        """What the pair counts as: a person's word, else the machine's."""
        if self.decision is None:
            return self.verdict.answer
        if self.decision.choice is Choice.VETO:
            return Answer.UNKNOWN
        return Answer(self.decision.relation)

    @property
    def is_tradable(self) -> bool:
        """Whether it may be made a basket that pays for certain: riskless by every field, or
        approved by a person."""
        if self.decision is not None:
            return self.relation in YES
        return self.verdict.is_riskless


def link_id(a: Terms, b: Terms) -> str:
    """A short id of two outcomes; it outlives their terms."""
    marks = "|".join(f"{t.venue}:{t.market_id}:{t.negated}:{outcome_mark(t)}" for t in (a, b))
    return hashlib.sha256(marks.encode()).hexdigest()[:12]


def outcome_mark(terms: Terms) -> str:
    """Tells a market's outcomes apart where both are affirmative."""
    subject = terms.subject.value
    return (subject.entity or subject.name) if subject else ""


def decided(
    choice: Choice, relation: Answer, a: Terms, b: Terms, who: str, when: str, note: str = ""
) -> Decision:
    """A decision on these very terms."""
    return Decision(
        link=link_id(a, b),
        choice=choice,
        relation=relation.value,
        who=who,
        when=when,
        note=note,
        a_print=fingerprint(a),
        b_print=fingerprint(b),
    )


def with_decision(a: Terms, b: Terms, verdict: Verdict, all_: Iterable[Decision]) -> Link:
    """The link with the last decision on it, if that was about these terms."""
    link = link_id(a, b)
    last = None
    for each in all_:
        if each.link == link:
            last = each
    holds = last is not None and (last.a_print, last.b_print) == (fingerprint(a), fingerprint(b))
    return Link(link, a, b, verdict, last if holds else None)
