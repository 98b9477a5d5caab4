"""Rules texts -> settlement fields: the binding prose, read by phrases that settle one field.

The one rule: two phrases that settle one field differently leave it contradictory; prose that
no phrase reads leaves it unread, and then only the conventions table may speak.
"""

import re
from collections.abc import Iterable

import msgspec

from arbees.matching.terms import Domain, Said, Terms

HALF = "half each"
FAIR = "fair price"
UNTIL_PLAYED = "stays open until played"
_NEAR = r"[^.;]{0,160}?"

PHRASES: tuple[tuple[str, str, str], ...] = (
    ("tie", HALF, rf"\b(?:tie[sd]?|draw)\b{_NEAR}(?:50[-/]50|\$?0\.50|50 cents|50%)"),
    ("tie", "loses", rf"\btie[sd]?\b{_NEAR}resolves? (?:to )?\"?no\b"),
    ("tie", "up", r"greater than or equal to (?:the )?(?:price|value|open)"),
    ("tie", "up", r"equal to or greater than"),
    ("overtime", "included", r"(?:includ\w+|plus) (?:any )?(?:overtime|extra (?:time|innings))"),
    ("overtime", "included", r"overtime (?:will )?(?:count|is included|included)"),
    ("overtime", "90 minutes and stoppage", r"(?:first )?90 minutes[^.;]{0,40}stoppage"),
    ("overtime", "regulation only", r"regulation (?:time )?only|excluding overtime"),
    ("postponement", UNTIL_PLAYED, rf"postponed{_NEAR}(?:remain|stay)s? open until"),
    ("postponement", "fair price after 48 h",
     rf"(?:48 hours|two days|2 days){_NEAR}fair (?:market )?(?:price|value)"),
    ("postponement", "fair price after 14 days",
     rf"(?:two weeks|14 days){_NEAR}fair (?:market )?(?:price|value)"),
    ("postponement", "half each after 7 days", rf"(?:7|seven) days{_NEAR}50[-/]50"),
    ("cancellation", HALF, rf"cancell?ed{_NEAR}50[-/]50"),
    ("cancellation", FAIR, rf"cancell?ed{_NEAR}fair (?:market )?(?:price|value)"),
    ("cancellation", "loses", rf"cancell?ed{_NEAR}resolves? (?:to )?\"?no\b"),
    ("source", "cf benchmarks 60 s average", r"cf benchmarks|\bbrti\b|real[- ]time index"),
    ("source", "binance", r"\bbinance\b"),
    ("source", "chainlink", r"\bchainlink\b|chain\.link"),
    ("source", "bls", r"bureau of labor statistics|\bbls\b"),
    ("source", "bea", r"bureau of economic analysis|\bbea\b"),
    ("source", "fomc statement", r"\bfomc\b|federal open market committee|federal reserve"),
    ("source", "ap, fox and nbc calls", r"associated press[^.]{0,40}fox[^.]{0,40}nbc"),
    ("source", "inauguration", r"inaugurat"),
    ("source", "certification", r"certifi"),
    ("rounding", "one decimal", r"(?:nearest|one|to the) (?:tenth|decimal)|rounded to 0\.1"),
    ("rounding", "up to 25 bp", r"rounded up to the nearest 25"),
    ("revisions", "first print", r"revisions?[^.;]{0,80}(?:not|no longer|ignored)"),
    ("revisions", "first print", r"first (?:print|release|published)"),
    ("early", "no when eliminated", r"(?:eliminated|no longer possible)[^.;]{0,80}\bno\b"),
)  # fmt: skip
READERS = tuple((field, value, re.compile(text, re.IGNORECASE)) for field, value, text in PHRASES)
ONLY_IN = {
    "binance": Domain.CRYPTO, "chainlink": Domain.CRYPTO,
    "cf benchmarks 60 s average": Domain.CRYPTO,
    "bls": Domain.ECONOMICS, "bea": Domain.ECONOMICS, "fomc statement": Domain.ECONOMICS,
    "ap, fox and nbc calls": Domain.POLITICS, "inauguration": Domain.POLITICS,
    "certification": Domain.POLITICS,
}  # fmt: skip


def read(text: str, terms: Terms, where: str) -> Terms:
    """`terms` with the fields that the prose settles; contradictions become faults."""
    if not text or terms.domain.value is None:
        return terms
    found: dict[str, set[str]] = {}
    for field, value, pattern in READERS:
        if ONLY_IN.get(value, terms.domain.value) is terms.domain.value and pattern.search(text):
            found.setdefault(field, set()).add(value)
    said = {field: Said(_joined(values), where) for field, values in found.items()}
    faults = tuple(_contradictory(found))
    return msgspec.structs.replace(terms, **said, faults=terms.faults + faults)


def _contradictory(found: dict[str, set[str]]) -> Iterable[str]:
    """Several sources may be named in turn (a fallback); of all else there is one."""
    return (field for field, values in found.items() if len(values) > 1 and field != "source")


def _joined(values: set[str]) -> str:
    return " then ".join(sorted(values))
