"""A Kalshi market -> terms: the series decides which grammar reads it."""

from datetime import date

import msgspec

from arbees.matching import crypto, dates, economics, kalshi_sports, politics, questions
from arbees.matching.entities import Directory
from arbees.matching.names import fold
from arbees.matching.records import KalshiRecord
from arbees.matching.terms import Competitor, Domain, Measure, Said, Terms, text_print

GAMES = frozenset({"moneyline", "spread", "total", "prop", "series"})
PRICES = frozenset({"level at", "up or down"})
PRINTS = frozenset({"release", "rate change", "rate level"})
NOMINEES = frozenset({"nominee", "office winner"})


def read(record: KalshiRecord, directory: Directory) -> Terms:
    """Terms of YES. Never raises on what a record holds: what cannot be read stays unread."""
    series = record.series_ticker or record.ticker.partition("-")[0]
    spec = kalshi_sports.series_spec(series, directory)
    rules = text_print(f"{record.rules_primary}\n{record.rules_secondary}".strip())
    if spec is None or spec[1] == "office party":
        label = record.yes_sub_title or record.subtitle
        seat = politics.kalshi(series, record.ticker, label, _base(record))
        terms = seat or _worded(record, directory)
    elif spec[1] in PRICES:
        terms = crypto.kalshi(record, spec, _base(record))
    elif spec[1] in PRINTS:
        terms = economics.kalshi(record, spec, _base(record))
    elif spec[1] in GAMES:
        terms = kalshi_sports.read(record, spec, directory)
    elif spec[1] == "champion":
        terms = _champion(record, spec, directory)
    elif spec[1] in NOMINEES:
        terms = _nominee(record, spec, directory)
    else:
        terms = _listed(record, spec)
    return msgspec.structs.replace(terms, rules_print=rules)


def _base(record: KalshiRecord) -> Terms:
    return Terms(market_id=record.ticker or record.event_ticker, venue="kalshi")


def _near(record: KalshiRecord) -> date | None:
    return dates.day(record.close_time)


def _worded(record: KalshiRecord, directory: Directory) -> Terms:
    """No series we know: only the words, the outcome's label among them."""
    title = record.title or record.event_title
    return questions.read(title, _base(record), directory, _near(record), "kalshi.title")


def _listed(record: KalshiRecord, spec: tuple[str, ...]) -> Terms:
    """A series whose grammar is known only this far: it can differ, never be equal."""
    return msgspec.structs.replace(
        _base(record),
        measure=Said(Measure(spec[1]), "kalshi.series"),
        scope=Said(spec[0], "kalshi.series"),
    )


def _season(record: KalshiRecord, where: str) -> Said[str]:
    """`KXNBA-26-DET`: the season that ends in 2026."""
    parts = record.ticker.split("-")
    two = parts[1][:2] if len(parts) > 1 else ""
    four = parts[1][:4] if len(parts) > 1 and parts[1][:2] == "20" else ""
    year = four if four.isdigit() and len(four) == 4 else f"20{two}"
    return Said(year if year.isdigit() and len(year) == 4 else None, where)


def _champion(record: KalshiRecord, spec: tuple[str, ...], directory: Directory) -> Terms:
    """The scope by series, the season by ticker, the side by code and by label."""
    scope, _, league = spec
    base = msgspec.structs.replace(
        _base(record),
        domain=Said(Domain.SPORTS, "kalshi.series"),
        measure=Said(Measure.CHAMPION, "kalshi.series"),
        scope=Said(scope, "kalshi.series"),
        period=_season(record, "kalshi.ticker"),
    )
    worded = questions.read(record.title, base, directory, None, "kalshi.title")
    label = record.yes_sub_title or record.subtitle
    name = label or (worded.subject.value.name if worded.subject.value else "")
    where = "kalshi.yes_sub_title" if label else "kalshi.title"
    said = questions.subject_in(scope, name, directory, where)
    code = record.ticker.rsplit("-", 1)[1] if record.ticker.count("-") > 1 else ""
    faults: tuple[str, ...] = ()
    title_scope = worded.scope.value if worded.measure.value is Measure.CHAMPION else None
    if title_scope not in (None, scope):
        faults += ("scope",)
    title_year = dates.season(record.title)
    if title_year and base.period.value and str(title_year) != base.period.value:
        faults += ("period",)
    index = directory.teams(league)
    entity = index.coded(code) if index and code else None
    named = said.value.entity if said.value else ""
    if entity and named and entity != named:
        faults += ("subject",)
    chosen = entity or named
    if not chosen and not fold(name):
        return msgspec.structs.replace(base, faults=faults)
    subject = Competitor(entity=chosen, name=name, code=code)
    return msgspec.structs.replace(
        base, subject=Said(subject, "kalshi.ticker" if entity else said.source), faults=faults
    )


def _nominee(record: KalshiRecord, spec: tuple[str, ...], directory: Directory) -> Terms:
    """Office and party by series, the year by ticker, the person by label or title."""
    base = msgspec.structs.replace(
        _base(record),
        domain=Said(Domain.POLITICS, "kalshi.series"),
        measure=Said(Measure(spec[1]), "kalshi.series"),
        scope=Said(spec[0], "kalshi.series"),
        period=_season(record, "kalshi.ticker"),
    )
    worded = questions.read(record.title, base, directory, None, "kalshi.title")
    if worded.measure.value is Measure.CLAIM:
        worded = base
    faults = tuple(
        field
        for field in ("measure", "scope", "period")
        if getattr(worded, field).value not in (None, getattr(base, field).value)
    )
    label = record.yes_sub_title or record.subtitle
    subject = worded.subject
    if label and not politics.PLACEHOLDER.match(label):
        subject = Said(Competitor(name=directory.person(label)), "kalshi.yes_sub_title")
    return msgspec.structs.replace(base, subject=subject, faults=faults)
