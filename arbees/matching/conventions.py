"""Settlement conventions by venue, league or series, measure and date.

What lives here: the table's look-up, which settlement fields decide for which measure, and
what a difference can cost. The one rule: a rule that no text and no table states is unread.
"""

import tomllib
from collections.abc import Iterable

import msgspec

from arbees.matching.terms import SETTLEMENT_FIELDS, Measure, Said, Terms

DOLLAR = 1_000_000
KEPT_MAX = 50_000
GAME_FIELDS = ("tie", "overtime", "postponement", "cancellation")
DECISIVE: dict[Measure, tuple[str, ...]] = {
    Measure.MONEYLINE: GAME_FIELDS,
    Measure.SPREAD: GAME_FIELDS[1:],
    Measure.TOTAL: GAME_FIELDS[1:],
    Measure.SERIES: ("postponement", "cancellation"),
    Measure.CHAMPION: ("cancellation", "early", "deadline"),
    Measure.NOMINEE: ("source", "early", "deadline"),
    Measure.OFFICE: ("source", "early", "deadline"),
    Measure.PARTY: ("source", "early", "deadline"),
    Measure.LEVEL_AT: ("source", "rounding", "cancellation"),
    Measure.UP_DOWN: ("source", "rounding", "tie"),
    Measure.RELEASE: ("source", "rounding", "revisions", "cancellation"),
    Measure.RATE_CHANGE: ("source", "rounding", "cancellation"),
    Measure.RATE_LEVEL: ("source", "rounding", "cancellation"),
}


class Convention(msgspec.Struct, frozen=True, kw_only=True):
    """One row: where and when it holds, what it says and who says so. `*` is any."""

    venue: str
    scope: str
    measure: str
    field: str
    value: str
    source: str
    read: str
    since: str = ""
    until: str = ""


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What a pair loses at worst where two conventions part, in dollars per contract."""

    field: str
    one: str
    two: str
    dollars: float
    why: str


class Conventions:
    """The table. More exact rows win over `*`."""

    def __init__(self, text: str) -> None:
        table = tomllib.loads(text)
        self.rows = msgspec.convert(table["rule"], list[Convention])
        self.bases = msgspec.convert(table["basis"], list[Basis])
        self._kept: dict[tuple[object, str], tuple[tuple[str, Said[str]], ...]] = {}
        self._by: dict[tuple[str, str, str, str], list[Convention]] = {}
        for row in self.rows:
            self._by.setdefault((row.venue, row.scope, row.measure, row.field), []).append(row)

    def value(self, terms: Terms, field: str, day: str) -> Said[str] | None:
        """The convention for a field on a day, the most exact scope and measure first."""
        scope, measure = terms.scope.value or "", str(terms.measure.value or "")
        windowed = f"{measure} {terms.window.value}"
        for place in (scope, scope.partition(":")[0], _domain_mark(terms), "*"):
            for kind in (windowed, measure, "*"):
                for row in self._by.get((terms.venue, place, kind, field), ()):
                    if row.since <= day and (not row.until or day < row.until):
                        return Said(row.value, f"convention:{place}/{field} ({row.source})")
        return None

    def filled(self, terms: Terms, day: str) -> Terms:
        """The terms with every unread settlement field that the table knows."""
        if terms.measure.value is None:
            return terms
        known = {
            field: said
            for field, said in self._of(terms, day)
            if getattr(terms, field).value is None
        }
        return msgspec.structs.replace(terms, **known) if known else terms

    def _of(self, terms: Terms, day: str) -> tuple[tuple[str, Said[str]], ...]:
        """Every convention of one kind of market on one day; the answers are kept."""
        measure = terms.measure.value
        kind = (terms.venue, terms.scope.value, measure, terms.window.value, terms.domain.value)
        kept = self._kept.get((kind, day))
        if kept is None:
            if len(self._kept) > KEPT_MAX:
                self._kept.clear()
            fields = DECISIVE.get(measure, ()) if measure else ()
            found = ((field, self.value(terms, field, day)) for field in fields)
            kept = tuple((field, said) for field, said in found if said is not None)
            self._kept[kind, day] = kept
        return kept

    def basis(self, field: str, one: str | None, two: str | None) -> int:
        """The worst loss in micro-dollars per contract where two values of a field part: all of
        it, unless the table says less."""
        if one is None or two is None:
            return DOLLAR
        for row in self.bases:
            if row.field == field and {row.one, row.two} == {one, two}:
                return round(row.dollars * DOLLAR)
        return DOLLAR


def _domain_mark(terms: Terms) -> str:
    return f"@{terms.domain.value}"


def decisive_fields(terms: Terms) -> Iterable[str]:
    """The settlement fields that must be equal before two outcomes are traded as riskless."""
    if terms.measure.value is None:
        return SETTLEMENT_FIELDS
    return DECISIVE.get(terms.measure.value, SETTLEMENT_FIELDS)
