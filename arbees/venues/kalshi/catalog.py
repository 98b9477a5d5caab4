"""Kalshi's REST bodies -> instruments (kalshi.md section 5). Unknown fields pass."""

from collections.abc import Sequence

import msgspec

from arbees.errors import WireError
from arbees.markets.instrument import FeeSchedule, Instrument, PriceGrid
from arbees.venues.kalshi.fees import EventFeeChange, FeeChange, event_schedule, series_terms
from arbees.venues.kalshi.read import CENT_RANGES, bands_of, time_ns
from arbees.venues.parsing import decode_body

COMBO_PREFIX = "KXMVE"


class Market(msgspec.Struct, frozen=True, gc=False):
    """A market object, the fields we need."""

    ticker: str
    event_ticker: str
    title: str = ""
    yes_sub_title: str = ""
    market_type: str = "binary"
    status: str = ""
    close_time: str = ""
    result: str = ""
    settlement_value_dollars: str | None = None
    price_ranges: tuple[dict[str, str], ...] | None = None
    rules_primary: str = ""
    rules_secondary: str = ""
    exchange_index: int | None = None


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


class OneEvent(msgspec.Struct, frozen=True, gc=False):
    """GET /events/{event_ticker}; without `with_nested_markets` the markets stand beside it."""

    event: KalshiEvent
    markets: tuple[Market, ...] | None = None


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


def decode_events(body: bytes) -> EventsPage:
    """Raises WireError on anything that is not a page of events."""
    return decode_body(body, EventsPage, "kalshi events")


def decode_event(body: bytes) -> KalshiEvent:
    """One event with its markets, wherever the body carries them."""
    said = decode_body(body, OneEvent, "kalshi event")
    if said.event.markets is None:
        return msgspec.structs.replace(said.event, markets=said.markets)
    return said.event


def decode_markets(body: bytes) -> MarketsPage:
    """Raises WireError on anything that is not a page of markets (error bodies too)."""
    return decode_body(body, MarketsPage, "kalshi markets")


def decode_market(body: bytes) -> Market:
    """One market."""
    return decode_body(body, OneMarket, "kalshi market").market


def decode_series_list(body: bytes) -> tuple[Series, ...]:
    """All series of a body, also of the single form."""
    series = decode_body(body, SeriesList, "kalshi series").series
    return series if isinstance(series, tuple) else (series,)


def instruments_from(
    events: Sequence[KalshiEvent],
    series: Sequence[Series],
    changes: Sequence[FeeChange],
    first_ix: int,
    event_changes: Sequence[EventFeeChange] = (),
) -> tuple[list[Instrument], list[tuple[str, str]]]:
    """One instrument per market, and (ticker, reason) of every market left out; indices continue
    from `first_ix`."""
    by_ticker = {s.ticker: s for s in series}
    found: list[Instrument] = []
    dropped: list[tuple[str, str]] = []
    for event in events:
        schedule = _schedule(event, by_ticker.get(event.series_ticker), changes, event_changes)
        for market in event.markets or ():
            reason = _unfit(market)
            if reason is None:
                ix = first_ix + len(found)
                try:
                    found.append(_instrument(ix, event, market, schedule))
                    continue
                except WireError as error:
                    reason = f"bad {error.where}"
            dropped.append((market.ticker, reason))
    return found, dropped


def _unfit(market: Market) -> str | None:
    """Why a market that reads well is still none of ours, or None."""
    if market.ticker.startswith(COMBO_PREFIX):
        return "combo"
    if market.market_type != "binary":
        return "not_binary"
    return None if market.ticker else "unnamed"


def _schedule(
    event: KalshiEvent,
    series: Series | None,
    changes: Sequence[FeeChange],
    event_changes: Sequence[EventFeeChange],
) -> FeeSchedule:
    """Unknown where the series is not in the list: its values may be half of the answer."""
    kind, multiplier = (series.fee_type, series.fee_multiplier) if series else ("", None)
    terms = series_terms(event.series_ticker, kind, multiplier, changes if series else ())
    return event_schedule(
        terms,
        event.event_ticker,
        event.fee_type_override,
        event.fee_multiplier_override,
        event_changes,
    )


def _instrument(ix: int, event: KalshiEvent, market: Market, fees: FeeSchedule) -> Instrument:
    return Instrument(
        ix=ix,
        venue="kalshi",
        instrument_id=market.ticker,
        market_id=market.ticker,
        event_id=market.event_ticker,
        title=market.title,
        outcome=market.yes_sub_title,
        grid=PriceGrid(bands_of(market.price_ranges or CENT_RANGES)),
        fees=fees,
        has_no_side=True,
        is_open=market.status == "active",
        close_ts_ns=time_ns(market.close_time),
        category=event.category,
    )
