"""The package's tables and short ways to read a market, for the matching tests."""

from arbees.app.links import load_conventions, load_directory, load_matcher
from arbees.matching import kalshi, polymarket
from arbees.matching.records import KalshiRecord, PolymarketRecord
from arbees.matching.terms import Terms
from arbees.matching.verdicts import Verdict, judge

DIRECTORY = load_directory()
MATCHER = load_matcher()
CONVENTIONS = load_conventions()


def of_kalshi(ticker: str, title: str = "", **more: object) -> Terms:
    """Terms of a Kalshi market."""
    return kalshi.read(KalshiRecord(ticker=ticker, title=title, **more), DIRECTORY)  # type: ignore[arg-type]


def of_polymarket(slug: str = "", question: str = "", **more: object) -> Terms:
    """Terms of one outcome at Polymarket."""
    record = PolymarketRecord(slug=slug, question=question, **more)  # type: ignore[arg-type]
    return polymarket.read(record, DIRECTORY)


def identity(a: Terms, b: Terms) -> str:
    """The identity of two outcomes, as a word."""
    return judged(a, b).identity.value


def judged(a: Terms, b: Terms) -> Verdict:
    """The verdict of two outcomes."""
    return judge(a, b)
