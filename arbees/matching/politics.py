"""Offices, parties, nominees and confirmations -> terms.

The one rule: an office is a seat, a place and an election; a placeholder ("Candidate K",
"another party") names nobody.
"""

import re

import msgspec

from arbees.matching import dates
from arbees.matching.entities import Directory
from arbees.matching.names import fold
from arbees.matching.terms import UNREAD, Competitor, Domain, Measure, Said, Terms

PLACEHOLDER = re.compile(
    r"^(?:another|other|any other|the field|team|person|player|candidate|party|individual|club)\b"
    r"|^no\b|^[a-z]{1,2}$",
    re.IGNORECASE,
)
PARTIES = {
    "d": "d", "r": "r", "dem": "d", "rep": "r", "democrat": "d", "democrats": "d",
    "democratic": "d", "democratics": "d", "democratic party": "d", "a democrat": "d",
    "republican": "r", "republicans": "r", "republican party": "r", "a republican": "r",
    "gop": "r",
}  # fmt: skip
SERIES = re.compile(
    r"^(?:KX)?(?P<seat>SENATE|GOVPARTY|HOUSERACE|HOUSE)-?(?P<place>[A-Z]{2})?(?P<district>\d\d|AL)?$"
)
NOMINATION = re.compile(r"^KX(?P<seat>SENATE|GOV)(?P<place>[A-Z]{2})NOM(?P<party>[DR])$")
SEATS = {"SENATE": "us senate", "GOVPARTY": "us governor", "GOV": "us governor"}
HOUSE_SEAT = re.compile(
    r"^will (?P<who>.+?) win the (?P<place>[a-z]{2})-(?P<district>\d\d?|al) house seat"
    r"(?: in (?:the )?20\d\d(?: elections?)?)?\??$",
    re.I,
)
STATE_RACE = re.compile(
    r"^will (?P<who>.+?) win the (?:20\d\d )?(?P<place>[a-z ]+?) "
    r"(?P<seat>senate|governor|gubernatorial)(?:'s)? (?:race|election|seat)(?: in 20\d\d)?\??$",
    re.I,
)
PRESIDENCY = re.compile(
    r"^will (?P<who>.+?) win the (?:20\d\d )?us presidential election\??$", re.I
)
CHAMBER = re.compile(
    r"^will (?P<who>.+?) control the (?P<seat>senate|house) after the 20\d\d midterm elections\??$",
    re.I,
)
STATE_NOMINEE = re.compile(
    r"^will (?P<who>.+?) (?:win the (?:20\d\d )?(?P<place>[a-z ]+?) "
    r"(?:(?P<seat>governor|senate) (?P<party>democratic|republican)"
    r"|(?P<party2>democratic|republican) (?P<seat2>gubernatorial|senate)) primary(?: election)?"
    r"|be the (?P<party3>democratic|republican) nominee for "
    r"(?P<seat3>governor|senate|the senate) in (?P<place3>[a-z ]+?))\??$",
    re.I,
)


def party(text: str) -> str | None:
    """`d` or `r` of what names a party."""
    folded = fold(text)
    return PARTIES.get(folded) or PARTIES.get(folded.removeprefix("the "))


def kalshi(series: str, ticker: str, label: str, base: Terms) -> Terms | None:
    """`SENATEIN-28-D`, `HOUSEIL17-26-R`, `KXHOUSERACE-NE01-26-D`, `GOVPARTYDE-28-D`."""
    parts = ticker.split("-")
    if series == "KXPRESPARTY":
        terms = _seat(base, Measure.PARTY, "us president", "kalshi.series")
        said = party(parts[2]) if len(parts) > 2 else None
        return _with(terms, _year(parts[1:]), said, "kalshi.ticker")
    found, rest = SERIES.match(series), parts[1:]
    if found is not None and not found["place"] and len(rest) > 1:
        found, rest = SERIES.match(f"{series}{rest[0]}"), rest[1:]
    if found is None or not found["place"]:
        return _kalshi_nominee(series, rest, label, base)
    place = found["place"].casefold()
    seat = SEATS.get(found["seat"])
    if seat is None:
        district = (found["district"] or "").casefold()
        seat, place = "us house", f"{place}-{district}" if district else ""
    terms = _seat(base, Measure.PARTY, f"{seat} {place}", "kalshi.series") if place else base
    said = party(rest[1]) if len(rest) > 1 else None
    named = party(label) if label else None
    faults = ("subject",) if said and named and said != named else ()
    return _with(terms, _year(rest), said or named, "kalshi.ticker", faults)


def _kalshi_nominee(series: str, rest: list[str], label: str, base: Terms) -> Terms | None:
    found = NOMINATION.match(series)
    if found is None:
        return None
    scope = f"{SEATS[found['seat']]} {found['place']}:{found['party']}".casefold()
    terms = _seat(base, Measure.NOMINEE, scope, "kalshi.series")
    terms = msgspec.structs.replace(terms, period=_year(rest))
    if not label or PLACEHOLDER.match(label):
        return terms
    person = Said(Competitor(name=label), "kalshi.yes_sub_title")
    return msgspec.structs.replace(terms, subject=person)


def _year(rest: list[str]) -> Said[str]:
    """`26` or `2026`; a ticker with a day in it is of an election on that day, and unread."""
    said = rest[0] if rest else ""
    digits = said if len(said) == 4 and said.startswith("20") else f"20{said}"
    return Said(digits, "kalshi.ticker") if len(digits) == 4 and digits.isdigit() else UNREAD


def _seat(base: Terms, measure: Measure, scope: str, where: str) -> Terms:
    return msgspec.structs.replace(
        base,
        domain=Said(Domain.POLITICS, where),
        measure=Said(measure, where),
        scope=Said(scope, where),
    )


def _with(
    terms: Terms, period: Said[str], side: str | None, where: str, faults: tuple[str, ...] = ()
) -> Terms:
    subject: Said[Competitor] = UNREAD
    if side:
        subject = Said(Competitor(entity=f"party:{side}", name=side), where)
    return msgspec.structs.replace(
        terms, period=period, subject=subject, faults=terms.faults + faults
    )


def question(
    text: str, base: Terms, directory: Directory, near_year: str, where: str
) -> Terms | None:
    """A question about a seat's party or a state's nominee. `near_year`: of the listing's end."""
    year = dates.season(text)
    period: Said[str] = Said(str(year), where) if year else UNREAD
    if not year and near_year:
        period = Said(near_year, "polymarket.endDate")
    found = HOUSE_SEAT.match(text)
    if found:
        district = found["district"].casefold()
        scope = f"us house {found['place'].casefold()}-{district.zfill(2)}"
        return _with(_seat(base, Measure.PARTY, scope, where), period, party(found["who"]), where)
    found = STATE_RACE.match(text)
    if found and (place := directory.places.get(fold(found["place"]))):
        seat = "us senate" if fold(found["seat"]) == "senate" else "us governor"
        terms = _seat(base, Measure.PARTY, f"{seat} {place}", where)
        return _with(terms, period, party(found["who"]), where)
    found = CHAMBER.match(text)
    if found:
        scope = f"us {fold(found['seat'])} control"
        return _with(_seat(base, Measure.PARTY, scope, where), period, party(found["who"]), where)
    found = PRESIDENCY.match(text)
    if found and (party(found["who"]) or "party" in fold(found["who"]).split()):
        terms = _seat(base, Measure.PARTY, "us president", where)
        return _with(terms, period, party(found["who"]), where)
    return _state_nominee(text, base, directory, period, where)


def _state_nominee(
    text: str, base: Terms, directory: Directory, period: Said[str], where: str
) -> Terms | None:
    found = STATE_NOMINEE.match(text)
    place = directory.places.get(fold(found["place"] or found["place3"])) if found else None
    if found is None or place is None:
        return None
    side = fold(found["party"] or found["party2"] or found["party3"])[0]
    senate = "senate" in fold(found["seat"] or found["seat2"] or found["seat3"])
    scope = f"{'us senate' if senate else 'us governor'} {place}:{side}"
    terms = msgspec.structs.replace(_seat(base, Measure.NOMINEE, scope, where), period=period)
    if PLACEHOLDER.match(found["who"]):
        return terms
    person = Said(Competitor(name=directory.person(found["who"])), where)
    return msgspec.structs.replace(terms, subject=person)
