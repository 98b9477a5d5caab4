"""Kalshi's REST bodies -> instruments (kalshi.md section 5). Unknown fields pass."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import TypeVar

import msgspec

from arbees.errors import WireError
from arbees.markets.instrument import FeeRounding, FeeSchedule, FeeTerm, Instrument, PriceGrid
from arbees.venues.kalshi.read import bands_of
from arbees.venues.parsing import UNREADABLE

TAKER_RATE = Fraction(7, 100)
MAKER_SHARE = {
    "quadratic": Fraction(0),
    "quadratic_with_maker_fees": Fraction(1, 4),
    "quadratic_with_combo_maker_fees": Fraction(1, 2),
}
DIRECT_BALANCE_STEP = 100
CENT_RANGES = ({"start": "0.0000", "end": "1.0000", "step": "0.0100"},)
COMBO_PREFIX = "KXMVE"

T = TypeVar("T")
Number = int | float | str


class Market(msgspec.Struct, frozen=True, gc=False):
    """A market object, the fields we need."""

    ticker: str
    event_ticker: str
    title: str = ""
    yes_sub_title: str = ""
    status: str = ""
    close_time: str = ""
    result: str = ""
    price_ranges: tuple[dict[str, str], ...] | None = None
    rules_primary: str = ""
    rules_secondary: str = ""
    exchange_index: int = 0


class KalshiEvent(msgspec.Struct, frozen=True, gc=False):
    """An event with its nested markets."""

    event_ticker: str
    series_ticker: str
    title: str = ""
    category: str = ""
    mutually_exclusive: bool = False
    fee_type_override: str | None = None
    fee_multiplier_override: float | None = None
    markets: tuple[Market, ...] | None = None


class Series(msgspec.Struct, frozen=True, gc=False):
    """A series: where the fee is said."""

    ticker: str
    title: str = ""
    category: str = ""
    fee_type: str = ""
    fee_multiplier: float | None = None


class FeeChange(msgspec.Struct, frozen=True, gc=False):
    """A scheduled or past fee change of a series."""

    series_ticker: str
    fee_type: str
    fee_multiplier: float
    scheduled_ts: str


class EventsPage(msgspec.Struct, frozen=True, gc=False):
    """GET /events."""

    events: tuple[KalshiEvent, ...]
    cursor: str = ""


class MarketsPage(msgspec.Struct, frozen=True, gc=False):
    """GET /markets."""

    markets: tuple[Market, ...]
    cursor: str = ""


class OneMarket(msgspec.Struct, frozen=True, gc=False):
    """GET /markets/{ticker}."""

    market: Market


class SeriesList(msgspec.Struct, frozen=True, gc=False):
    """GET /series; the single form wraps an object in the same key."""

    series: tuple[Series, ...] | Series


class FeeChanges(msgspec.Struct, frozen=True, gc=False):
    """GET /series/fee_changes."""

    series_fee_change_arr: tuple[FeeChange, ...] | None = None


def _decode(body: bytes, kind: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except UNREADABLE as error:
        raise WireError(str(error), f"kalshi {what}") from error


def decode_events(body: bytes) -> EventsPage:
    """Raises WireError on anything that is not a page of events."""
    return _decode(body, EventsPage, "events")


def decode_markets(body: bytes) -> MarketsPage:
    """Raises WireError on anything that is not a page of markets (error bodies too)."""
    return _decode(body, MarketsPage, "markets")


def decode_market(body: bytes) -> Market:
    """One market."""
    return _decode(body, OneMarket, "market").market


def decode_series_list(body: bytes) -> tuple[Series, ...]:
    """All series of a body, also of the single form."""
    series = _decode(body, SeriesList, "series").series
    return series if isinstance(series, tuple) else (series,)


def decode_fee_changes(body: bytes) -> tuple[FeeChange, ...]:
    """Fee changes, empty where the venue sends null."""
    return _decode(body, FeeChanges, "fee changes").series_fee_change_arr or ()


def time_ns(text: str) -> int:
    """ns UTC of an RFC 3339 string, exact to the microsecond; 0 for an empty one."""
    if not text:
        return 0
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise WireError(f"not a time: {text!r}", "kalshi") from error
    delta = moment - datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return ((delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds) * 1_000


def fee_term(fee_type: str, multiplier: float | None, from_ns: int) -> FeeTerm:
    """M x 0.07 and its maker share (kalshi.md section 9.1); unknown types are not traded."""
    share = MAKER_SHARE.get(fee_type)
    if share is None or multiplier is None or multiplier < 0:
        return FeeTerm(from_ns, 0, 0, balance_step=DIRECT_BALANCE_STEP, is_known=False)
    taker = TAKER_RATE * Fraction(str(multiplier)) * 1_000_000
    maker = taker * share
    if taker.denominator != 1:
        return FeeTerm(from_ns, 0, 0, balance_step=DIRECT_BALANCE_STEP, is_known=False)
    return FeeTerm(
        from_ns, int(taker), -int(-maker // 1), 1, FeeRounding.KALSHI, DIRECT_BALANCE_STEP
    )


def schedule_of(
    event: KalshiEvent, series: Series | None, changes: Sequence[FeeChange]
) -> FeeSchedule:
    """The event's override where present, else the series' dated terms."""
    if event.fee_type_override is not None or event.fee_multiplier_override is not None:
        kind = event.fee_type_override or (series.fee_type if series else "")
        multiplier = event.fee_multiplier_override
        if multiplier is None and series is not None:
            multiplier = series.fee_multiplier
        return FeeSchedule((fee_term(kind, multiplier, 0),))
    if series is None:
        return FeeSchedule((fee_term("", None, 0),))
    terms = [fee_term(series.fee_type, series.fee_multiplier, 0)]
    mine = [c for c in changes if c.series_ticker == series.ticker]
    for change in sorted(mine, key=lambda c: time_ns(c.scheduled_ts)):
        at = time_ns(change.scheduled_ts)
        terms.append(fee_term(change.fee_type, change.fee_multiplier, at))
    return FeeSchedule(tuple(terms))


def instruments_from(
    events: Sequence[KalshiEvent],
    series: Sequence[Series],
    changes: Sequence[FeeChange],
    first_ix: int,
) -> list[Instrument]:
    """One instrument per market, combos left out; indices continue from `first_ix`."""
    by_ticker = {s.ticker: s for s in series}
    found: list[Instrument] = []
    for event in events:
        schedule = schedule_of(event, by_ticker.get(event.series_ticker), changes)
        for market in event.markets or ():
            if market.ticker.startswith(COMBO_PREFIX):
                continue
            found.append(
                Instrument(
                    ix=first_ix + len(found),
                    venue="kalshi",
                    instrument_id=market.ticker,
                    market_id=market.ticker,
                    event_id=market.event_ticker,
                    title=market.title,
                    outcome=market.yes_sub_title,
                    grid=PriceGrid(bands_of(market.price_ranges or CENT_RANGES)),
                    fees=schedule,
                    has_no_side=True,
                    is_open=market.status == "active",
                    close_ts_ns=time_ns(market.close_time),
                    category=event.category,
                )
            )
    return found
