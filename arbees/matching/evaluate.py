"""Scores labelled pairs: identity only, by source and domain, with every false yes shown.

The one rule: the list of positives is fixed by the labels; an answer of unknown is a miss.
"""

from collections.abc import Iterable, Mapping

import msgspec

from arbees.matching.checks import Shown, as_shown
from arbees.matching.matcher import Matcher
from arbees.matching.records import KalshiRecord, PolymarketRecord
from arbees.matching.terms import Terms
from arbees.matching.verdicts import Answer, Verdict

YES = (Answer.SAME, Answer.INVERSE)


class Side(msgspec.Struct, frozen=True):
    """One side of a row, as the data folder's README lists it."""

    venue: str = ""
    ticker: str = ""
    event: str = ""
    title: str = ""
    subtitle: str = ""
    close_time: str = ""
    slug: str = ""
    outcome: str = ""
    outcome_index: int | None = None
    id: str = ""
    children: tuple["Side", ...] = ()


class Row(msgspec.Struct, frozen=True):
    """A labelled pair."""

    id: str
    a: Side
    b: Side
    label: str = ""
    source: str = ""
    grain: str = "market"


class Correction(msgspec.Struct, frozen=True):
    """A label changed, or a row taken off the list, with the reason."""

    id: str
    label: str
    reason: str


class Score(msgspec.Struct):
    """Counts of one source or domain."""

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0
    unknown: int = 0
    excluded: int = 0

    def precision(self) -> float:
        """Of the yes answers, those that are right; 1.0 when there are none."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 1.0

    def recall(self) -> float:
        """Of the rows labelled same or inverse, those answered so; 1.0 when there are none."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 1.0


class Miss(msgspec.Struct, frozen=True):
    """A wrong yes or a missed one."""

    id: str
    label: str
    answer: str
    a: str
    b: str
    deciding: tuple[str, ...]
    checks: tuple[Shown, ...]


class Report(msgspec.Struct):
    """All scores."""

    total: Score
    sources: dict[str, Score]
    domains: dict[str, Score]
    false_yes: list[Miss]
    missed: list[Miss]


def terms_of(side: Side, matcher: Matcher, parent: Side | None = None) -> Terms:
    """A side's terms by its venue's reader."""
    if side.venue.startswith("kalshi"):
        return matcher.of_kalshi(
            KalshiRecord(
                ticker=side.ticker or side.id,
                event_ticker=side.event,
                title=side.title,
                subtitle="" if side.title else side.subtitle,
                close_time=side.close_time,
            )
        )
    record = PolymarketRecord(
        market_id=side.id or side.slug or side.event,
        venue=side.venue,
        slug=side.slug,
        question=side.title,
        event_title=parent.title if parent else "",
        outcome=side.outcome,
        outcome_index=side.outcome_index,
        end_date=side.close_time,
    )
    return matcher.of_polymarket(record)


def answer(row: Row, matcher: Matcher) -> Verdict:
    """The verdict on a row; events with children are the same when a child of each is."""
    a, b = terms_of(row.a, matcher), terms_of(row.b, matcher)
    whole = row.grain == "event"
    verdict = matcher.judge(a, b, whole_event=whole)
    if not whole or verdict.identity in YES or not (row.a.children and row.b.children):
        return verdict
    return _children(row, matcher) or verdict


def _children(row: Row, matcher: Matcher) -> Verdict | None:
    """The first child of each side that are the same."""
    left = [_child(child, row.a, matcher) for child in row.a.children]
    right = [_child(child, row.b, matcher) for child in row.b.children]
    for one in left:
        for two in right:
            found = matcher.judge(one, two)
            if found.identity is Answer.SAME:
                return found
    return None


def _child(child: Side, parent: Side, matcher: Matcher) -> Terms:
    side = msgspec.structs.replace(child, venue=parent.venue, close_time=parent.close_time)
    return terms_of(side, matcher, parent)


def score(rows: Iterable[Row], matcher: Matcher, corrections: Mapping[str, Correction]) -> Report:
    """Every row answered and counted."""
    report = Report(Score(), {}, {}, [], [])
    for row in rows:
        fixed = corrections.get(row.id)
        label = fixed.label if fixed else row.label
        verdict = answer(row, matcher)
        domain = domain_of(row, matcher)
        for each in (
            report.total,
            report.sources.setdefault(row.source, Score()),
            report.domains.setdefault(domain, Score()),
        ):
            count(each, label, verdict.identity)
        said = verdict.identity
        if label in ("excluded", "unsure", "") or said == label:
            continue
        miss = Miss(
            row.id,
            label,
            said,
            _named(row.a),
            _named(row.b),
            verdict.deciding,
            tuple(map(as_shown, verdict.checks)),
        )
        if said in YES:
            report.false_yes.append(miss)
        elif label in YES:
            report.missed.append(miss)
    return report


def count(to: Score, label: str, said: Answer) -> None:
    """Adds one row to a score. Rows labelled unsure are counted as excluded."""
    if label in ("excluded", "unsure", ""):
        to.excluded += 1
        return
    to.unknown += said is Answer.UNKNOWN
    if said == label and label in YES:
        to.tp += 1
    elif said in YES:
        to.fp += 1
        to.fn += label in YES
    elif label in YES:
        to.fn += 1
    else:
        to.tn += 1


def domain_of(row: Row, matcher: Matcher) -> str:
    """The domain that either side's terms name."""
    for side in (row.a, row.b):
        terms = terms_of(side, matcher)
        if terms.domain.value:
            return str(terms.domain.value)
    return "other"


def _named(side: Side) -> str:
    return " | ".join(part for part in (side.ticker, side.slug, side.title, side.outcome) if part)
