"""Rules texts -> settlement fields: the binding prose, read by phrases that settle one field.

The one rule: two phrases that settle one field differently leave it contradictory; prose that
no phrase reads leaves it unread, and then only the conventions table may speak.
"""

import re
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache

import msgspec

from arbees.matching import dates
from arbees.matching.terms import Domain, Said, Terms

HALF = "half each"
FAIR = "fair price"
UNTIL_PLAYED = "stays open until played"
_NEAR = r"[^.;]{0,240}?"
_CANCEL = r"cancell?(?:ed|ation)"
_FAIR = r"fair (?:market )?(?:price|value)"

PHRASES: tuple[tuple[str, str, str, str], ...] = (
    ("tie", HALF, "tie", rf"\btie[sd]?\b{_NEAR}(?:50[-/]50|\$?0\.50|50 cents|50%)"),
    ("tie", HALF, "draw", rf"\bdraw\b{_NEAR}(?:50[-/]50|\$?0\.50|50 cents|50%)"),
    ("tie", "loses", "tie", rf"\btie[sd]?\b{_NEAR}resolves? (?:to )?\"?no\b"),
    ("tie", "up", "greater than", r"greater than or equal to (?:the )?(?:price|value|open)"),
    ("tie", "up", "equal to or", r"equal to or greater than"),
    ("overtime", "included", "overtime", r"(?:not )?(?:includ\w+|plus) (?:any )?overtime"),
    ("overtime", "included", "extra", r"(?:includ\w+|plus) (?:any )?extra (?:time|innings)"),
    ("overtime", "included", "overtime", r"overtime (?:will |does |is )?(?:not )?count"),
    ("overtime", "included", "overtime", r"overtime (?:will be |is )?(?:not )?included"),
    ("overtime", "90 minutes and stoppage", "90 min", r"90 minutes[^.;]{0,40}stoppage"),
    ("overtime", "extra time and penalties", "penalties", r"extra time,? and penalties"),
    ("overtime", "regulation only", "regulation", r"regulation (?:time )?only"),
    ("overtime", "regulation only", "excluding", r"excluding overtime"),
    ("postponement", UNTIL_PLAYED, "postponed", rf"postponed{_NEAR}(?:remain|stay)s? open until"),
    (
        "postponement",
        "stays open two weeks",
        "two weeks",
        r"postponed[^.;]{0,40}remain open[^.;]{0,120}within two weeks",
    ),
    ("postponement", "fair price after 48 h", "48 hours", rf"48 hours{_NEAR}{_FAIR}"),
    ("postponement", "fair price after 48 h", " days", rf"(?:two|2) days{_NEAR}{_FAIR}"),
    ("postponement", "fair price after 14 days", "14 days", rf"14 days{_NEAR}{_FAIR}"),
    ("postponement", "fair price after 14 days", "two weeks", rf"two weeks{_NEAR}{_FAIR}"),
    ("postponement", "half each after 7 days", " days", rf"(?:7|seven) days{_NEAR}50[-/]50"),
    ("cancellation", HALF, "cancel", rf"{_CANCEL}{_NEAR}(?:50[-/]50|\$0\.50)"),
    ("cancellation", FAIR, "cancel", rf"{_CANCEL}{_NEAR}{_FAIR}"),
    ("cancellation", "loses", "cancel", rf"{_CANCEL}{_NEAR}resolves? (?:to )?\"?no\b"),
    ("source", "cf benchmarks 60 s average", "cf benchmarks", r"cf benchmarks"),
    ("source", "cf benchmarks 60 s average", "brti", r"\bbrti\b"),
    ("source", "binance", "binance", r"\bbinance\b"),
    ("source", "binance 1 m close", "binance 1 minute candle", r"binance 1 minute candle"),
    ("source", "binance 1 h candle", "binance 1 hour candle", r"binance 1 hour candle"),
    ("source", "chainlink", "chain", r"\bchainlink\b|chain\.link"),
    ("source", "chainlink 60 s twap", "twap", r"btc-usd-twap-60s|-usd-twap-60s|60[- ]s\w* twap"),
    ("source", "bls", "labor statistics", r"bureau of labor statistics"),
    ("source", "bls", "bls", r"\bbls\b"),
    ("source", "bea", "economic analysis", r"bureau of economic analysis"),
    ("source", "fomc statement", "fomc", r"\bfomc\b"),
    ("source", "fomc statement", "federal ", r"federal open market committee|federal reserve"),
    ("source", "ap, fox and nbc calls", "associated press", r"press[^.]{0,40}fox[^.]{0,40}nbc"),
    ("source", "official party sources", "party sources", r"official \w+ party sources"),
    ("source", "official party sources", "gop sources", r"official gop sources"),
    ("source", "inauguration", "inaugurat", r"inaugurat"),
    ("source", "certification", "certifi", r"certifi"),
    ("rounding", "one decimal", "decimal", r"(?:nearest|one|to the) decimal"),
    ("rounding", "one decimal", "tenth", r"(?:nearest|one|to the) tenth"),
    ("rounding", "up to 25 bp", "rounded up", r"rounded up to the nearest 25"),
    ("revisions", "first print", "revision", r"revisions?[^.;]{0,80}(?:not|no longer|ignored)"),
    ("revisions", "first print", "first ", r"first (?:print|release|published)"),
    ("early", "no when eliminated", "eliminated", r"eliminated[^.;]{0,80}\bno\b"),
    ("early", "no when eliminated", "eliminated", r"\bno\b[^.;]{0,60}eliminated"),
    ("early", "no when eliminated", "possible", r"no longer possible[^.;]{0,80}\bno\b"),
)
READERS = tuple((field, value, word, re.compile(text)) for field, value, word, text in PHRASES)
ASIDE = re.compile(r"\(not [^)]*\)")
UNTIL = re.compile(
    r"\b(?P<how>by|before) (?P<when>[A-Z][a-z]{2,8}\.? \d{1,2}(?:st|nd|rd|th)?,? 20\d\d)",
    re.IGNORECASE,
)
QUOTES = str.maketrans({"\u201c": '"', "\u201d": '"', "\u2019": "'"})
NEGATION = re.compile(r"\bnot\b|n't\b")
"""A phrase that negates itself is read by no rule of ours: it becomes a contradiction."""
ONLY_IN = {
    "binance": Domain.CRYPTO, "chainlink": Domain.CRYPTO,
    "cf benchmarks 60 s average": Domain.CRYPTO,
    "bls": Domain.ECONOMICS, "bea": Domain.ECONOMICS, "fomc statement": Domain.ECONOMICS,
    "binance 1 m close": Domain.CRYPTO, "binance 1 h candle": Domain.CRYPTO,
    "chainlink 60 s twap": Domain.CRYPTO, "official party sources": Domain.POLITICS,
    "ap, fox and nbc calls": Domain.POLITICS, "inauguration": Domain.POLITICS,
    "certification": Domain.POLITICS,
}  # fmt: skip


def read(text: str, terms: Terms, where: str) -> Terms:
    """`terms` with the fields that the prose settles; contradictions become faults."""
    if not text or terms.domain.value is None:
        return terms
    found = _phrases(text, terms.domain.value)
    said = {field: Said(" then ".join(values), where) for field, values in found}
    last = deadline(text)
    if last is not None:
        said["deadline"] = Said(last, where)
    if not said:
        return terms
    faults = tuple(_contradictory(found))
    return msgspec.structs.replace(terms, **said, faults=terms.faults + faults)


Found = tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(maxsize=1 << 13)
def _phrases(text: str, domain: Domain) -> Found:
    """(field, values) of every phrase; each pattern runs only where its anchor word stands."""
    folded = ASIDE.sub(" ", " ".join(text.casefold().translate(QUOTES).split()))
    found: dict[str, set[str]] = {}
    for field, value, word, pattern in READERS:
        if word not in folded or ONLY_IN.get(value, domain) is not domain:
            continue
        said = pattern.search(folded)
        if said is None:
            continue
        values = found.setdefault(field, set())
        values.add(value)
        if field != "revisions" and NEGATION.search(said.group()):
            values.add("not so")
    return tuple((field, tuple(_exact(values))) for field, values in sorted(found.items()))


def _exact(values: set[str]) -> list[str]:
    """Without a value that another one says more exactly: chainlink beside chainlink 60 s twap."""
    return sorted(v for v in values if not any(o != v and o.startswith(f"{v} ") for o in values))


@lru_cache(maxsize=1 << 13)
def deadline(text: str) -> str | None:
    """The one date by which something must be; `before January 1` is by December 31. None when
    the prose names none or several."""
    days = set()
    for found in UNTIL.finditer(text):
        day = dates.month_day(found["when"], None)
        if day is not None:
            days.add(day - timedelta(days=1) if found["how"].casefold() == "before" else day)
    return days.pop().isoformat() if len(days) == 1 else None


def _contradictory(found: Found) -> Iterable[str]:
    """Several sources may be named in turn (a fallback); of all else there is one."""
    return (field for field, values in found if len(values) > 1 and field != "source")
