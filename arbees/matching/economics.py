"""Fed decisions and indicator prints -> terms: indicator, period, bucket on the print's grid.

The one rule: a print takes only multiples of its rounding, so `above 4.1` is `at least 4.2`;
a period that is only a release date is unread.
"""

import re
from datetime import date

import msgspec

from arbees.matching import dates
from arbees.matching.crypto import bounds
from arbees.matching.entities import Directory
from arbees.matching.names import fold
from arbees.matching.records import MICRO, KalshiRecord, PolymarketRecord, micro
from arbees.matching.terms import UNREAD, Domain, Interval, Measure, Said, Terms

STEP_BP = 25 * MICRO
GRIDS = {
    "fed funds upper": 250_000, "cpi yoy": 100_000, "cpi mom": 100_000, "core cpi yoy": 100_000,
    "core cpi mom": 100_000, "core pce mom": 100_000, "unemployment": 100_000,
    "payrolls": 1_000 * MICRO, "claims": 1_000 * MICRO, "gdp": 100_000,
}  # fmt: skip
MONTH = re.compile(r"^(?P<year>\d\d)(?P<month>[A-Z]{3})$")
DECISION = re.compile(r"^(?P<way>[HC])(?P<size>\d+)$")
LEVEL = re.compile(r"^T(?P<value>-?\d+(?:\.\d+)?)$")
FED_CHANGE = re.compile(
    r"^fed (?P<way>decreases|increases) interest rates by (?P<size>\d+)(?P<more>\+)? bps "
    r"after (?:the )?(?P<when>.+?) meeting\??$",
    re.IGNORECASE,
)
FED_HOLD = re.compile(
    r"^no change in fed interest rates after (?:the )?(?P<when>.+?) meeting\??$", re.IGNORECASE
)
FED_GROUP = re.compile(
    r"^(?P<size>\d+)(?P<more>\+)? bps (?P<way>decrease|increase)$", re.IGNORECASE
)
FED_EVENT = re.compile(r"^fed decision in (?P<when>[a-z]+(?: 20\d\d)?)\??$", re.IGNORECASE)
CPI = re.compile(
    r"^will (?P<kind>annual|monthly) (?P<core>core )?inflation (?:increase by |be )"
    r"(?P<how>at least |at most |above |below |exactly )?(?P<value>-?\d+(?:\.\d+)?)%"
    r"(?P<open> or (?:more|higher|less|lower))? in (?P<when>[a-z]+(?: 20\d\d)?)\??$",
    re.IGNORECASE,
)


def kalshi(record: KalshiRecord, spec: tuple[str, ...], base: Terms) -> Terms:
    """`KXFEDDECISION-26OCT-H25`, `KXFED-26SEP-T3.75`, `KXCPIYOY-26MAY-T4.1`."""
    scope, measure, _ = spec
    parts = record.ticker.split("-", 2)
    label = parts[2] if len(parts) > 2 else ""
    terms = _base(base, Measure(measure), scope, "kalshi.series")
    found = MONTH.match(parts[1]) if len(parts) > 1 else None
    month = dates.MONTHS.get(found["month"].casefold()) if found else None
    if found and month:
        period = Said(f"20{found['year']}-{month:02d}", "kalshi.ticker")
        terms = msgspec.structs.replace(terms, period=period)
    if terms.measure.value is Measure.RATE_CHANGE:
        return msgspec.structs.replace(terms, interval=_decision(label))
    stated = bounds(record.strike_type, record.floor_strike, record.cap_strike)
    where = "kalshi.floor_strike"
    if stated is None and not record.strike_type:
        ladder = LEVEL.match(label)
        value = micro(ladder["value"]) if ladder else None
        stated, where = (None if value is None else Interval(value)), "kalshi.ticker"
    if stated is None:
        return terms
    return msgspec.structs.replace(terms, interval=Said(stated.on_grid(GRIDS[scope]), where))


def _base(base: Terms, measure: Measure, scope: str, where: str) -> Terms:
    return msgspec.structs.replace(
        base,
        domain=Said(Domain.ECONOMICS, where),
        measure=Said(measure, where),
        scope=Said(scope, where),
        units=Said("bp" if measure is Measure.RATE_CHANGE else "as printed", where),
    )


def _decision(label: str) -> Said[Interval]:
    """H0 holds, H25 hikes by 25, C26 cuts by more than 25 (kalshi.md section 14.1)."""
    found = DECISION.match(label)
    if found is None or len(found["size"]) > 3:
        return UNREAD
    size, rest = divmod(int(found["size"]), 25)
    if rest not in (0, 1):
        return UNREAD
    edge = size * STEP_BP
    exact = rest == 0
    interval = Interval(edge, exact, edge if exact else None, exact)
    moved = interval.mirrored() if found["way"] == "C" else interval
    return Said(moved.on_grid(STEP_BP), "kalshi.ticker")


def polymarket(record: PolymarketRecord, base: Terms, directory: Directory) -> Terms | None:
    """Fed decisions and inflation prints; None for everything else."""
    ends = dates.day(record.end_date)
    event = FED_EVENT.match(record.event_title)
    change = FED_CHANGE.match(record.question)
    hold = FED_HOLD.match(record.question)
    group = FED_GROUP.match(record.group_item_title)
    held = hold is not None or fold(record.group_item_title) == "no change"
    if change or hold or (event and (group or held)):
        when = next(m["when"] for m in (change, hold, event) if m)
        terms = _base(base, Measure.RATE_CHANGE, "fed funds upper", "polymarket.question")
        terms = msgspec.structs.replace(terms, period=_period(when, ends), negated=_is_no(record))
        said = change or group
        interval = Interval(0, True, 0, True) if held else _change(said) if said else None
        if interval is None:
            return terms
        grid = interval.on_grid(STEP_BP)
        other = _change(group).on_grid(STEP_BP) if group else grid
        return msgspec.structs.replace(
            terms,
            interval=Said(grid, "polymarket.question"),
            faults=() if other == grid else ("interval",),
        )
    return _cpi(record, base, ends)


def _is_no(record: PolymarketRecord) -> bool:
    label = fold(record.outcome)
    return label == "no" or (not label and record.outcome_index == 1)


def _period(when: str, ends: date | None) -> Said[str]:
    """`December 2025`, or the last `October` before the listing ends."""
    stated = dates.month_of(when)
    if stated:
        return Said(f"{stated[0]}-{stated[1]:02d}", "polymarket.question")
    month = dates.MONTHS.get(fold(when))
    if month is None or ends is None:
        return UNREAD
    return Said(f"{ends.year - (month > ends.month)}-{month:02d}", "polymarket.endDate")


def _change(found: re.Match[str]) -> Interval:
    edge = int(found["size"]) * MICRO
    up = Interval(edge, True, None if found["more"] else edge, not found["more"])
    return up.mirrored() if found["way"].casefold().startswith("decrease") else up


def _cpi(record: PolymarketRecord, base: Terms, ends: date | None) -> Terms | None:
    found = CPI.match(record.question)
    value = micro(found["value"]) if found else None
    if found is None or value is None:
        return None
    pace = "yoy" if fold(found["kind"]) == "annual" else "mom"
    scope = f"{'core ' if found['core'] else ''}cpi {pace}"
    terms = _base(base, Measure.RELEASE, scope, "polymarket.question")
    bucket = _bucket(fold(f"{found['how'] or ''}{found['open'] or ''}"), value).on_grid(
        GRIDS[scope]
    )
    interval = Said(bucket, "polymarket.question")
    return msgspec.structs.replace(
        terms, period=_period(found["when"], ends), interval=interval, negated=_is_no(record)
    )


def _bucket(how: str, value: int) -> Interval:
    if how in ("at least", "or more", "or higher"):
        return Interval(value, True)
    if how in ("at most", "or less", "or lower"):
        return Interval(None, False, value, True)
    if how in ("above", "below"):
        return Interval(value) if how == "above" else Interval(None, False, value)
    return Interval(value, True, value, True)
