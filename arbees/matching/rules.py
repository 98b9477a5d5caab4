"""Rules texts -> settlement fields: the binding prose, read by phrases that settle one field.

The one rule: two phrases that settle one field differently leave it contradictory. A sentence that
speaks of a field's matter and that no phrase reads makes the field its own words, equal to the same
words alone. Only where the prose is silent may the conventions table speak.
"""

import hashlib
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
    (
        "cancellation",
        "loses",
        "not completed",
        rf"(?<=not )completed{_NEAR}resolves? (?:to )?\"?no\b",
    ),
    ("source", "cf benchmarks 60 s average", "cf benchmarks", r"cf benchmarks"),
    ("source", "cf benchmarks 60 s average", "brti", r"\bbrti\b"),
    ("source", "cf benchmarks reference rate", "brr", r"\bbrr\b"),
    ("source", "cf benchmarks reference rate", "reference rate", r"reference rate\b"),
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
    ("source", "no certification", "certifi", r"certifi\w*[^.;]{0,20}\bnot\b"),
    ("source", "no certification", "certifi", r"\bnot\b[^.;]{0,20}certifi"),
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
MATTERS: dict[Domain, tuple[tuple[str, re.Pattern[str]], ...]] = {
    domain: tuple((field, re.compile(text)) for field, text in matters)
    for domain, matters in {
        Domain.SPORTS: (
            ("postponement", r"postpon|re-?schedul|delay|not (?:played|started|held|completed) "
             r"(?:on|by|within)|does not (?:start|begin|take place)"),
            ("cancellation", r"cancell?|called off|not completed|abandon|suspend|shorten|\bvoid|"
             r"forfeit|walkover|withdr|retire|disqualif|fewer than|called early|refund|no.contest|"
             r"\bvenue\b|overturn|starting pitcher"),
            ("overtime", r"overtime|extra (?:time|innings)|regulation|shoot-?out|penalt|halftime|"
             r"\bhalf\b|\bquarters?\b|\bperiods?\b|innings|60 minutes|90 minutes|end of (?:the )?"),
            ("tie", r"\bti(?:e|es|ed)\b|\bdraws?\b|\blevel\b"),
        ),
        Domain.ECONOMICS: (
            ("rounding", r"\bround|decimal|truncat|\bunrounded|hundredth"),
            ("revisions", r"revis"),
            ("cancellation", r"cancell?|delay|shut ?down|not (?:be )?(?:published|released)"),
            ("source", r"source|cpi-w|chained|seasonal|\bcore\b|less food|nowcast|emergency|"
             r"inter-?meeting|between the previous|lower bound|effective|cumulative|annuali[sz]ed|"
             r"office for|\becb\b|bank of|truflation|estimate"),
        ),
        Domain.POLITICS: (
            ("source", r"source|certif|inaugur|sworn|call(?:s|ed)? (?:by|of)|decision desk|caucus|"
             r"independent|ballot|runoff|\bspecial\b|plurality|presumptive|replac|write-in|"
             r"more than"),
            ("deadline", r"\bby\b|before|no later|postpon"),
            ("early", r"eliminat|withdr|\bdies\b"),
        ),
        Domain.CRYPTO: (
            ("source", r"source|index|average|\bticks?\b|candle|reference rate|futures|high of|"
             r"close|\bever\b"),
            ("rounding", r"\bround"),
            ("cancellation", r"cancel|unavailable"),
        ),
    }.items()
}  # fmt: skip
"""By domain: fields, and the words by which a sentence speaks of them."""
SENTENCE = re.compile(r"(?<=[.;])\s+|\n+")
STRANGE = "words not understood"
ASIDE = re.compile(r"\(not played[^)]*\)")
UNTIL = re.compile(
    r"\b(?P<how>by|on or before|before) "
    r"(?P<when>[A-Z][a-z]{2,8}\.? \d{1,2}(?:st|nd|rd|th)?,? 20\d\d)",
    re.IGNORECASE,
)
QUOTES = str.maketrans({"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'"})
NEGATION = re.compile(r"\bnot\b|n't\b")
"""A phrase that negates itself is read by no rule of ours: it becomes a contradiction."""
ONLY_IN = {
    "binance": Domain.CRYPTO, "chainlink": Domain.CRYPTO,
    "cf benchmarks 60 s average": Domain.CRYPTO,
    "bls": Domain.ECONOMICS, "bea": Domain.ECONOMICS, "fomc statement": Domain.ECONOMICS,
    "binance 1 m close": Domain.CRYPTO, "binance 1 h candle": Domain.CRYPTO,
    "chainlink 60 s twap": Domain.CRYPTO, "official party sources": Domain.POLITICS,
    "ap, fox and nbc calls": Domain.POLITICS, "inauguration": Domain.POLITICS,
    "certification": Domain.POLITICS, "no certification": Domain.POLITICS,
    "cf benchmarks reference rate": Domain.CRYPTO,
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
    for field, words in _strange(text, terms.domain.value):
        beside = f" beside {said[field].value}" if field in said else ""
        said[field] = Said(words + beside, where)
    if not said:
        return terms
    faults = tuple(_contradictory(found))
    return msgspec.structs.replace(terms, **said, faults=terms.faults + faults)


Found = tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(maxsize=1 << 13)
def _phrases(text: str, domain: Domain) -> Found:
    """(field, values) of every phrase; each pattern runs only where its anchor word stands."""
    folded = ASIDE.sub(" ", " ".join(text.casefold().translate(QUOTES).split()))
    found: dict[str, dict[str, int]] = {}
    for field, value, word, pattern in READERS:
        if word not in folded or ONLY_IN.get(value, domain) is not domain:
            continue
        said = pattern.search(folded)
        if said is None:
            continue
        values = found.setdefault(field, {})
        values[value] = min(said.start(), values.get(value, said.start()))
        if field != "revisions" and NEGATION.search(said.group()):
            values["not so"] = len(folded)
    return tuple((field, tuple(_exact(values))) for field, values in sorted(found.items()))


def _strange(text: str, domain: Domain) -> list[tuple[str, str]]:
    """(field, its own words) of every field that a sentence speaks of and no phrase reads there:
    what another sentence says of it may be taken back by this one."""
    if domain not in MATTERS:
        return []
    found: dict[str, list[str]] = {}
    for sentence in SENTENCE.split(text):
        for field in _unread(sentence, domain):
            found.setdefault(field, []).append(" ".join(sentence.casefold().split()))
    return [(field, f"{STRANGE} {_mark(' '.join(said))}") for field, said in found.items()]


def _mark(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:12]


@lru_cache(maxsize=1 << 15)
def _unread(sentence: str, domain: Domain) -> tuple[str, ...]:
    """Fields that one sentence speaks of without a phrase that settles them."""
    folded = ASIDE.sub(" ", " ".join(sentence.casefold().translate(QUOTES).split()))
    spoken = [field for field, matter in MATTERS[domain] if matter.search(folded)]
    if not spoken:
        return ()
    read = {field for field, _ in _phrases(sentence, domain)}
    if deadline(sentence) is not None:
        read.add("deadline")
    return tuple(field for field in spoken if field not in read)


def _exact(values: dict[str, int]) -> list[str]:
    """In the order of the text, which may be an order of fallbacks; without a value that another
    one says more exactly: chainlink beside chainlink 60 s twap."""
    kept = [v for v in values if not any(o != v and o.startswith(f"{v} ") for o in values)]
    return sorted(kept, key=lambda value: (values[value], value))


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
