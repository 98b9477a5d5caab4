"""The two sides of a contest: reading them from codes and names, and aligning two readings.

The one rule: a contest is the same only when both sides are; one matching side proves nothing.
"""

import re
from enum import StrEnum

import msgspec

from arbees.matching.entities import TeamIndex
from arbees.matching.names import Naming, Same, code_fit, fold, relation
from arbees.matching.terms import Competitor

VERSUS = re.compile(r"\s+(?:vs\.?|v\.?|at|@)\s+", re.IGNORECASE)
PREFIX = re.compile(
    r"^(?:(?:game|match|map|week|round|r)\s*\d+|[a-z]+ play-in|nba|nfl|nhl|mlb|wnba|cfp|ncaa[a-z]*"
    r"|ufc[^:]*|lol|dota 2|counter-strike|cs2|valorant|[a-z0-9 .]+ 20\d\d"
    r"|indian premier league)\s*:\s*",
    re.IGNORECASE,
)
TAIL = re.compile(
    r"\s*(?:\((?:[a-z]{3} \d{1,2}|bo\d)\).*|\d{4}-\d\d-\d\d|:\s.*|,?\s*(?:map|set|game) \d+.*"
    r"|\s-\s.*|winner\??|(?:professional|pro) .*|match\b.*|\?)\s*$",
    re.IGNORECASE,
)
WILL_WIN = re.compile(r"^will (?P<who>.+?) win the (?P<pair>.+)$", re.IGNORECASE)
DRAW = Competitor(entity="draw", name="draw", code="TIE")
PERSONS = frozenset({"atp", "wta", "itfm", "itfw", "ufc", "boxing", "tennis"})


class Alignment(StrEnum):
    """How the sides of contest b stand against those of contest a."""

    STRAIGHT = "straight"
    CROSSED = "crossed"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


class Contest(msgspec.Struct, frozen=True):
    """Two sides in the venue's order, and the fields that contradict each other."""

    sides: tuple[Competitor, Competitor] | None
    faults: tuple[str, ...] = ()


def naming_of(league: str) -> Naming:
    """Players are named by surname, teams by all their words."""
    return Naming.COMPETITOR if league in PERSONS else Naming.GROUP


def names_in(title: str) -> tuple[str, str] | None:
    """The two names of `Game 2: Boston at Buffalo`, `A vs. B: Map 2`, ... or None."""
    text = PREFIX.sub("", title.strip())
    asked = WILL_WIN.match(text)
    if asked:
        text = asked["pair"]
    parts = VERSUS.split(text)
    if len(parts) != 2:
        return None
    second, before = parts[1], ""
    while second != before:
        before, second = second, TAIL.sub("", second)
    first = parts[0].strip()
    return (first, second.strip()) if fold(first) and fold(second) else None


def known(league: str, name: str, code: str, index: TeamIndex | None) -> Contest:
    """One side, resolved; a name and a code of two different teams is a fault."""
    by_code = index.coded(code) if index and code else None
    by_name = index.named(name) if index and name else None
    faults = ("competitors",) if by_code and by_name and by_code != by_name else ()
    side = Competitor(entity=by_code or by_name or "", name=name, code=code.upper())
    return Contest((side, side), faults)


def pair_of(
    league: str, names: tuple[str, str] | None, codes: tuple[str, str], index: TeamIndex | None
) -> Contest:
    """Both sides; `codes` may be empty strings. Names are put in the order of the codes."""
    ordered = names or ("", "")
    if names and all(codes) and crossed(codes, names, index):
        ordered = (names[1], names[0])
    first = known(league, ordered[0], codes[0], index)
    second = known(league, ordered[1], codes[1], index)
    if first.sides is None or second.sides is None or not (names or all(codes)):
        return Contest(None)
    sides = (first.sides[0], second.sides[0])
    same = sides[0].entity == sides[1].entity != ""
    return Contest(sides, first.faults + second.faults + (("competitors",) if same else ()))


def crossed(codes: tuple[str, str], names: tuple[str, str], index: TeamIndex | None) -> bool:
    """Whether the codes stand in the other order than the names."""
    if index:
        entities = [index.coded(code) for code in codes]
        named = [index.named(name) for name in names]
        if all(entities) and (entities[0] == named[1] or entities[1] == named[0]):
            return True
        if any(entities) and any(named):
            return False
    straight = code_fit(codes[0], names[0]) + code_fit(codes[1], names[1])
    return code_fit(codes[0], names[1]) + code_fit(codes[1], names[0]) > straight


def compare(a: Competitor, b: Competitor, naming: Naming) -> Same:
    """Whether two venues name one side."""
    if a.entity and b.entity:
        return Same.EQUAL if a.entity == b.entity else Same.DIFFERENT
    if a.name and b.name:
        return relation(a.name, b.name, naming)
    if _by_code(a, b) is Same.EQUAL:
        return Same.EQUAL
    if a.name or b.name:
        named, coded = (a, b) if a.name else (b, a)
        return Same.EQUAL if code_fit(coded.code, named.name) >= 2 else Same.UNKNOWN
    return Same.UNKNOWN


def _by_code(a: Competitor, b: Competitor) -> Same:
    """Names that share words are one side only when the codes agree letter for letter."""
    if len(a.code) >= 2 and a.code.casefold() == b.code.casefold():
        return Same.EQUAL
    return Same.UNKNOWN


def align(
    a: tuple[Competitor, Competitor], b: tuple[Competitor, Competitor], naming: Naming
) -> Alignment:
    """Aligns two readings of a contest."""
    straight = _both(compare(a[0], b[0], naming), compare(a[1], b[1], naming))
    swapped = _both(compare(a[0], b[1], naming), compare(a[1], b[0], naming))
    if straight is Same.EQUAL and swapped is Same.EQUAL:
        return Alignment.UNKNOWN
    if straight is Same.EQUAL:
        return Alignment.STRAIGHT
    if swapped is Same.EQUAL:
        return Alignment.CROSSED
    if straight is Same.UNKNOWN or swapped is Same.UNKNOWN:
        return Alignment.UNKNOWN
    return Alignment.DIFFERENT


def _both(first: Same, second: Same) -> Same:
    if Same.DIFFERENT in (first, second):
        return Same.DIFFERENT
    return Same.EQUAL if first is second is Same.EQUAL else Same.UNKNOWN


def find(
    sides: tuple[Competitor, Competitor], label: str, league: str, index: TeamIndex | None
) -> int | None:
    """Which side a label (name, nickname or code) names; None when neither or both."""
    if index:
        entity = index.coded(label) or index.named(label)
        hits = [i for i, side in enumerate(sides) if entity and side.entity == entity]
        if len(hits) == 1:
            return hits[0]
    naming = naming_of(league)
    fits = [
        4 if side.code and side.code.casefold() == label.casefold() else _fit(label, side, naming)
        for side in sides
    ]
    if fits[0] == fits[1]:
        return None
    return 0 if fits[0] > fits[1] else 1


def _fit(label: str, side: Competitor, naming: Naming) -> int:
    if not side.name:
        return 0
    if relation(label, side.name, naming) is Same.EQUAL:
        return 4
    return code_fit(label, side.name) if " " not in label else 0
