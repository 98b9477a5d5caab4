"""Words in a market's own names that make it another market than its structure says.

Structure decides what a market is; it cannot say what no field holds: a women's tournament, a
special election, the first half. The one rule: a name that says such a thing of a market whose
terms do not is a fault of that field, which is unknown and never a yes.
"""

import re
from collections.abc import Iterable

import msgspec

from arbees.matching.dates import MONTHS
from arbees.matching.records import KalshiRecord, PolymarketRecord
from arbees.matching.terms import Domain, Measure, Terms

Marks = tuple[tuple[str, re.Pattern[str]], ...]
ORDINALS = r"1st|2nd|3rd|4th|first|second|third|fourth"
SPORTS: Marks = (
    ("measure", re.compile(
        r"\bshots?\b|\bteam total\b|\bcorners\b|\bcards\b|\bsaves\b|\bstrikeouts\b|\bassists\b"
        r"|\brebounds\b|\bdoubles\b|\bwinning margin\b|\btotal (?:home|away)\b|\bboth teams\b"
        r"|\bhandicap\b|\bto nil\b|\bclean sheet\b|\badvance\b|\bto qualify\b|\bwin by\b"
    )),
    ("scope", re.compile(r"\bwomens?\b|\bladies\b|\bu ?(?:1[6-9]|2[0-3])\b|\bacademy\b|\byouth\b")),
)  # fmt: skip
WHOLE = re.compile(
    r"\b[12]h\b|\bhalf ?time\b|\bq[1-4]\b|\bfirst (?:five|5) innings\b|\bf5\b"
    rf"|\b(?:{ORDINALS}) (?:half|quarter|period|inning|set|map)\b"
    r"|\b(?:set|map|period|quarter|inning) [1-9]\b"
)
"""What a market of a part of a game is called."""
POLITICS: Marks = (
    ("scope", re.compile(
        r"\bspecial\b|\brun ?off\b|\b(?:first|second) round\b|\bby more than\b|\bmargin\b"
        r"|\bpoints\b|\bpercent\b|\brun for\b|\badvance\b"
    )),
)  # fmt: skip
ELSEWHERE = re.compile(r"\buk\b|\beuro\b|\beurozone\b|\becb\b|\bbank of\b|\bcanada\b|\bjapan\b")
CORE = re.compile(r"\bcore\b")
PACES = (
    ("yoy", re.compile(r"\bmonth over month\b|\bmom\b|\bmonthly\b")),
    ("mom", re.compile(r"\byear over year\b|\byoy\b|\bannual\b")),
)
WOMENS = frozenset({"wnba", "wta", "itfw", "nwsl"})
NOT_WORDS = re.compile(r"[^a-z0-9]+")


def of_kalshi(record: KalshiRecord, terms: Terms) -> Terms:
    """`terms` with the faults that the market's names show."""
    return _checked(
        terms, (record.title, record.event_title, record.subtitle, record.yes_sub_title)
    )


def of_polymarket(record: PolymarketRecord, terms: Terms) -> Terms:
    """The same; slugs are names too."""
    names = (record.question, record.event_title, record.slug, record.event_slug,
             record.group_item_title)  # fmt: skip
    return _checked(terms, names)


def _checked(terms: Terms, names: Iterable[str]) -> Terms:
    domain = terms.domain.value
    if domain is None or terms.measure.value in (None, Measure.CLAIM):
        return terms
    text = " | ".join(NOT_WORDS.sub(" ", name.casefold().replace("'", "")) for name in names)
    faults = tuple(dict.fromkeys(_faults(terms, domain, text)))
    return msgspec.structs.replace(terms, faults=terms.faults + faults) if faults else terms


def _faults(terms: Terms, domain: Domain, text: str) -> Iterable[str]:
    scope = terms.scope.value or ""
    if domain is Domain.SPORTS:
        if terms.segment.value == "full" and WHOLE.search(text):
            yield "segment"
        for field, pattern in SPORTS:
            if pattern.search(text) and not (field == "scope" and scope in WOMENS):
                yield field
    elif domain is Domain.POLITICS:
        yield from (field for field, pattern in POLITICS if pattern.search(text))
    elif domain is Domain.ECONOMICS:
        is_core = CORE.search(text) and not scope.startswith("core")
        is_other = any(scope.endswith(pace) and said.search(text) for pace, said in PACES)
        yield from ("scope",) if is_core or is_other or ELSEWHERE.search(text) else ()
        said = {MONTHS[word] for word in text.split() if word in MONTHS}
        period = terms.period.value or ""
        month = int(period[5:7]) if len(period) == 7 else 0
        yield from ("period",) if month and said and month not in said else ()
