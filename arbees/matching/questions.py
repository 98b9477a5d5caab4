"""The words of a question or title -> terms, where no structure says it.

What lives here: patterns that name everything they decide. The one rule: a question that no
pattern reads in full is a CLAIM: it equals only the very same words.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date

import msgspec

from arbees.matching import dates
from arbees.matching.contests import names_in
from arbees.matching.dates import MONTH_DAY
from arbees.matching.entities import Directory
from arbees.matching.names import fold, words
from arbees.matching.politics import PLACEHOLDER
from arbees.matching.terms import UNREAD, Competitor, Domain, Measure, Said, Terms

WIN = re.compile(r"^will (?:the )?(?P<who>.+?) win (?:the )?(?P<what>.+?)\??$", re.IGNORECASE)
COLON = re.compile(
    r"^(?P<what>[^:]+?)(?: winner| champion)?(?: 20\d\d)?: (?P<who>[^:]+?)\??$", re.IGNORECASE
)
GROUP = re.compile(
    r"^(?:will (?:the )?(?P<who>.+?) (?:win|finish first in) )?"
    r"(?:fifa )?(?:world cup )?group (?P<group>[a-l])\b"
    r"(?: in the 20\d\d fifa world cup)?(?: winner(?:: (?P<named>.+?))?)?\??$",
    re.IGNORECASE,
)
NOMINEE = re.compile(
    r"^(?:will (?P<who>.+?) (?:win|be) the )?(?:20\d\d )?(?P<party>democratic|republican) "
    r"(?P<office>vice[- ]presidential|presidential) (?:nomination|nominee)"
    r"(?: in 20\d\d| 20\d\d)?\??$"
    r"|^(?P<party2>democratic|republican) nominee for "
    r"(?P<office2>vice president|president)(?: in 20\d\d)?\??$",
    re.IGNORECASE,
)
OFFICE = re.compile(
    r"^(?:will (?P<who>.+?) win the )?(?:20\d\d )?(?:u\.?s\.? )?presidential election(?: winner)?"
    r"(?: 20\d\d)?\??(?: \(person\))?$",
    re.IGNORECASE,
)
MONTHS_AND_YEARS = re.compile(r"\b20\d\d\b(?:\s*[-–/]\s*(?:20)?\d\d\b)?")
ISO_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
NOISE = frozenset({"the", "winner", "will", "who", "a", "an", "to", "win", "wins"})
FILLER = frozenset({"the", "a", "an", "will"})
UNDATED = "close time of an undated contest"


def read(text: str, base: Terms, directory: Directory, near: date | None, where: str) -> Terms:
    """`base` with what the words say. `near`: a date of the listing, for texts without year."""
    title = " ".join(text.split())
    readers: tuple[Callable[[str, Directory], Terms | None], ...] = (
        lambda t, d: _group(t, base, where),
        lambda t, d: _nominee(t, base, d, where),
        lambda t, d: _office(t, base, d, where),
        lambda t, d: _champion(t, base, d, where),
    )
    for reader in readers:
        found = reader(title, directory)
        if found is not None:
            return found
    return claim(title, base, near, where)


def claim(title: str, base: Terms, near: date | None, where: str) -> Terms:
    """Nothing but words, with the day they name. A text with a blank or no words says nothing."""
    folded = " ".join(word for word in words(title) if word not in FILLER)
    open_text = not folded or "___" in title or title.rstrip(" ?").endswith((" by", "...", "…"))
    day, said = dates.month_day(title, None), base.date
    if day is not None:
        said = Said(day.isoformat(), where)
    elif names_in(title) and not MONTH_DAY.search(title.casefold()):
        said = Said(near.isoformat() if near else "?", UNDATED)
    return msgspec.structs.replace(
        base,
        measure=Said(Measure.CLAIM, where),
        claim=UNREAD if open_text else Said(folded, where),
        date=said,
    )


def competition(what: str, directory: Directory) -> str | None:
    """The competition that a phrase names, its years and filler words aside."""
    bare = MONTHS_AND_YEARS.sub(" ", what)
    folded = words(bare)
    for text in (folded, _without(folded, NOISE)):
        found = directory.competitions.get(" ".join(text))
        if found is not None:
            return found[0]
    return None


def _without(folded: Iterable[str], dropped: frozenset[str]) -> tuple[str, ...]:
    return tuple(word for word in folded if word not in dropped)


def subject_in(scope: str, name: str, directory: Directory, where: str) -> Said[Competitor]:
    """A named team or person of a competition, by the tables where they know it."""
    if not fold(name) or PLACEHOLDER.match(name):
        return UNREAD
    league = scope.partition(":")[0]
    index = directory.teams(league)
    entity = index.named(name) if index else None
    return Said(Competitor(entity=entity or "", name=name), where)


def _champion(title: str, base: Terms, directory: Directory, where: str) -> Terms | None:
    asked = WIN.match(title) or COLON.match(title)
    what, who = (asked["what"], asked["who"]) if asked else (title, "")
    scope = competition(what.rstrip("?"), directory)
    if scope is None:
        return None
    year = dates.season(ISO_DAY.sub("", title))
    return msgspec.structs.replace(
        base,
        domain=Said(Domain.SPORTS, where),
        measure=Said(Measure.CHAMPION, where),
        scope=Said(scope, where),
        period=Said(str(year), where) if year else base.period,
        subject=subject_in(scope, who, directory, where) if who else base.subject,
    )


def _group(title: str, base: Terms, where: str) -> Terms | None:
    found = GROUP.match(title)
    if found is None:
        return None
    who, year = found["who"] or found["named"] or "", dates.season(title)
    named = who and not PLACEHOLDER.match(who)
    return msgspec.structs.replace(
        base,
        domain=Said(Domain.SPORTS, where),
        measure=Said(Measure.CHAMPION, where),
        scope=Said(f"fifwc:group {found['group'].casefold()}", where),
        period=Said(str(year), where) if year else base.period,
        subject=Said(Competitor(name=who), where) if named else base.subject,
    )


def _nominee(title: str, base: Terms, directory: Directory, where: str) -> Terms | None:
    found = NOMINEE.match(title)
    if found is None:
        return None
    party = (found["party"] or found["party2"])[0].casefold()
    office = (found["office"] or found["office2"]).casefold()
    seat = "us vice president" if office.startswith("vice") else "us president"
    terms = _politics(base, Measure.NOMINEE, f"{seat}:{party}", title, where)
    return _person(terms, found["who"] or "", directory, where)


def _office(title: str, base: Terms, directory: Directory, where: str) -> Terms | None:
    found = OFFICE.match(title)
    if found is None:
        return None
    terms = _politics(base, Measure.OFFICE, "us president", title, where)
    return _person(terms, found["who"] or "", directory, where)


def _politics(base: Terms, measure: Measure, scope: str, title: str, where: str) -> Terms:
    year = dates.season(title)
    return msgspec.structs.replace(
        base,
        domain=Said(Domain.POLITICS, where),
        measure=Said(measure, where),
        scope=Said(scope, where),
        period=Said(str(year), where) if year else base.period,
    )


def _person(terms: Terms, name: str, directory: Directory, where: str) -> Terms:
    if not name or PLACEHOLDER.match(name):
        return terms
    person = Competitor(name=directory.person(name))
    return msgspec.structs.replace(terms, subject=Said(person, where))
