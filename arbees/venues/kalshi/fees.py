"""Kalshi's fees: series terms, event overrides, both dated (kalshi.md section 9.1).

taker = M x 0.07 x C x P x (1 - P), maker = its share of that. What cannot be read is unknown, and
an unknown fee is not traded.
"""

from collections.abc import Sequence
from fractions import Fraction

import msgspec

from arbees.markets.instrument import RATE_MAX, FeeOverride, FeeRounding, FeeSchedule, FeeTerm
from arbees.units import MICRO
from arbees.venues.kalshi.read import time_ns
from arbees.venues.parsing import decode_body

TAKER_RATE = Fraction(7, 100)
MAKER_SHARE = {
    "quadratic": Fraction(0),
    "quadratic_with_maker_fees": Fraction(1, 4),
    "quadratic_with_combo_maker_fees": Fraction(1, 2),
}
DIRECT_BALANCE_STEP = 100


class FeeChange(msgspec.Struct, frozen=True, gc=False):
    """A scheduled or past fee change of a series."""

    series_ticker: str
    fee_type: str
    fee_multiplier: float
    scheduled_ts: str


class EventFeeChange(msgspec.Struct, frozen=True, gc=False):
    """A scheduled or past override of an event; null is the series' value."""

    event_ticker: str
    scheduled_ts: str
    fee_type_override: str | None
    fee_multiplier_override: float | None


class FeeChanges(msgspec.Struct, frozen=True, gc=False):
    """GET /series/fee_changes."""

    series_fee_change_arr: tuple[FeeChange, ...] | None


class EventFeeChanges(msgspec.Struct, frozen=True, gc=False):
    """GET /events/fee_changes, a page."""

    event_fee_changes: tuple[EventFeeChange, ...] | None
    cursor: str = ""


def decode_fee_changes(body: bytes) -> tuple[FeeChange, ...]:
    """Fee changes of series, empty where the venue sends null."""
    return decode_body(body, FeeChanges, "kalshi fee changes").series_fee_change_arr or ()


def decode_event_fee_changes(body: bytes) -> EventFeeChanges:
    """A page of event overrides with its cursor."""
    return decode_body(body, EventFeeChanges, "kalshi event fee changes")


def _taker_rate(multiplier: object) -> int | None:
    """Millionths; None if the multiplier is no number, or gives no whole rate from 0 to
    RATE_MAX."""
    if not isinstance(multiplier, int | float | str) or isinstance(multiplier, bool):
        return None
    try:
        rate = TAKER_RATE * Fraction(str(multiplier)) * MICRO
    except (ValueError, ZeroDivisionError):
        return None
    return int(rate) if rate.denominator == 1 and 0 <= rate <= RATE_MAX else None


def fee_term(fee_type: str, multiplier: float | None, from_ns: int) -> FeeTerm:
    """The fee of a series. Unknown types and odd multipliers are unknown fees."""
    share, taker = MAKER_SHARE.get(fee_type), _taker_rate(multiplier)
    if share is None or taker is None:
        return FeeTerm(from_ns, 0, 0, balance_step=DIRECT_BALANCE_STEP, is_known=False)
    maker = -int(-taker * share // 1)
    return FeeTerm(from_ns, taker, maker, 1, FeeRounding.KALSHI, DIRECT_BALANCE_STEP)


def override_of(fee_type: object, multiplier: object, from_ns: int) -> FeeOverride:
    """An event's override; None is the series' value, both None end it."""
    share = MAKER_SHARE.get(fee_type) if isinstance(fee_type, str) else None
    taker = _taker_rate(multiplier)
    is_read = (fee_type is None) == (share is None) and (multiplier is None) == (taker is None)
    if not is_read:
        return FeeOverride(from_ns, None, None, is_known=False)
    return FeeOverride(from_ns, taker, None if share is None else int(share * MICRO))


def series_terms(
    ticker: str, fee_type: str, multiplier: float | None, changes: Sequence[FeeChange]
) -> tuple[FeeTerm, ...]:
    """What a series charges now, then each of its dated changes."""
    dated = [
        fee_term(change.fee_type, change.fee_multiplier, time_ns(change.scheduled_ts))
        for change in changes
        if change.series_ticker == ticker
    ]
    return (fee_term(fee_type, multiplier, 0), *sorted(dated, key=lambda term: term.from_ns))


def event_schedule(
    terms: tuple[FeeTerm, ...],
    event_ticker: str,
    fee_type: str | None,
    multiplier: float | None,
    changes: Sequence[EventFeeChange],
) -> FeeSchedule:
    """The series' terms under the event's override of now and its dated ones."""
    schedule = FeeSchedule(terms)
    if fee_type is not None or multiplier is not None:
        schedule = schedule.with_override(override_of(fee_type, multiplier, 0))
    for change in changes:
        if change.event_ticker == event_ticker:
            start = time_ns(change.scheduled_ts)
            said = override_of(change.fee_type_override, change.fee_multiplier_override, start)
            schedule = schedule.with_override(said)
    return schedule
