"""Which pairs are worth a verdict: keys by structure, so that cost grows with the number of
markets and not with its square.

The one rule: two outcomes without a common key are never compared, so a key must be something
that `same` or `inverse` cannot do without.
"""

from collections.abc import Iterable

from arbees.matching.dates import day
from arbees.matching.identity import CONTESTS, PRICES, PRINTS, SEASONAL
from arbees.matching.names import GENERIC, SUFFIXES, keys
from arbees.matching.terms import Competitor, Measure, Terms

BLOCK_MAX = 4_000
"""A key that more outcomes share says nothing; such a block is a sign of a missing field."""


def block_keys(terms: Terms) -> Iterable[str]:
    """The keys of an outcome; none for one that nothing can be equal to."""
    measure = terms.measure.value
    if measure is None or terms.faults:
        return ()
    if measure is Measure.CLAIM:
        return (f"claim|{terms.claim.value}",) if terms.claim.value else ()
    head = f"{measure}|{terms.scope.value}"
    if measure in CONTESTS:
        return _contest(terms, head)
    if measure in PRICES:
        return (f"{head}|{terms.start.value}",) if terms.start.value is not None else ()
    if measure in PRINTS:
        return (f"{head}|{terms.period.value}",) if terms.period.value else ()
    if measure in SEASONAL:
        return _seasonal(terms, head)
    return ()


def _contest(terms: Terms, head: str) -> Iterable[str]:
    """By league, segment, date and sides: ids where tables know both, words or codes where not."""
    sides = terms.competitors.value
    if sides is None or not terms.date.value:
        return ()
    head = f"{head}|{terms.segment.value}"
    if sides[0].entity and sides[1].entity:
        pair = "+".join(sorted((sides[0].entity, sides[1].entity)))
        return [f"{head}|{date}|{pair}" for date in terms.date.value.split("/")]
    weeks = {(found.toordinal() + shift) // 3 for text in terms.date.value.split("/")
             if (found := day(text)) for shift in (-1, 0, 1)}  # fmt: skip
    return [f"{head}|{week}|{mark}" for week in sorted(weeks) for mark in _marks(sides)]


def _marks(sides: tuple[Competitor, Competitor]) -> Iterable[str]:
    """The starts of a side's words and of its code: three letters are what tickers keep."""
    marks: set[str] = set()
    for side in sides:
        words = keys(side.name) - GENERIC - SUFFIXES
        marks.update(word[:3] for word in words)
        if side.code:
            marks.add(side.code.casefold()[:3])
    return sorted(marks)


def _seasonal(terms: Terms, head: str) -> Iterable[str]:
    subject = terms.subject.value
    if subject is None or not terms.period.value:
        return ()
    head = f"{head}|{terms.period.value}"
    marks = sorted(keys(subject.name) - GENERIC - SUFFIXES)
    return tuple(f"{head}|{mark}" for mark in ([subject.entity] if subject.entity else []) + marks)
