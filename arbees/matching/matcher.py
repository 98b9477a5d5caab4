"""Records -> terms with everything known about them: structure, then prose, then conventions.

The one rule: structure says what a market is, its own rules text says how it settles, and the
table speaks only where both are silent.
"""

from datetime import UTC, datetime, timedelta

from arbees.matching import kalshi, marks, polymarket, rules
from arbees.matching.conventions import Conventions
from arbees.matching.entities import Directory
from arbees.matching.records import KalshiRecord, PolymarketRecord
from arbees.matching.terms import Terms
from arbees.matching.verdicts import Verdict, judge

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Matcher:
    """The tables, and the ways from a record to terms and from terms to a verdict."""

    def __init__(self, directory: Directory, conventions: Conventions) -> None:
        self.directory = directory
        self.conventions = conventions

    def of_kalshi(self, record: KalshiRecord) -> Terms:
        """Terms of a Kalshi market's YES."""
        terms = marks.of_kalshi(record, kalshi.read(record, self.directory))
        prose = f"{record.rules_primary} {record.rules_secondary}".strip()
        return self._settled(rules.read(prose, terms, "kalshi.rules"))

    def of_polymarket(self, record: PolymarketRecord) -> Terms:
        """Terms of one outcome at Polymarket."""
        terms = marks.of_polymarket(record, polymarket.read(record, self.directory))
        prose = f"{record.description} {record.resolution_source}".strip()
        return self._settled(rules.read(prose, terms, "polymarket.description"))

    def judge(self, a: Terms, b: Terms, whole_event: bool = False) -> Verdict:
        """The verdict, with the basis risk that the table knows."""
        return judge(a, b, whole_event, self.conventions)

    def _settled(self, terms: Terms) -> Terms:
        return self.conventions.filled(terms, day_of(terms))


def day_of(terms: Terms) -> str:
    """The day whose conventions hold: of the event, else of the instant, else none."""
    if terms.date.value:
        return terms.date.value[:10]
    if terms.start.value is None or abs(terms.start.value) > 1 << 33:
        return ""
    return (EPOCH + timedelta(seconds=terms.start.value)).date().isoformat()
