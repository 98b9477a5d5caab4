"""Polymarket's listings -> instruments, one per outcome token (polymarket.md sections 2 and 3)."""

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeVar

import msgspec

from arbees.errors import WireError
from arbees.markets.instrument import FeeRounding, FeeSchedule, FeeTerm, Instrument, uniform_grid
from arbees.units import MICRO, NS_PER_S, PIPS_PER_DOLLAR
from arbees.venues.parsing import UNREADABLE

MARKETABLE_MIN = MICRO
AMOUNT_STEP = 10_000
"""A FOK or FAK buy states dollars with two decimals (section 7.2)."""

T = TypeVar("T")


class GammaFee(msgspec.Struct, frozen=True, gc=False):
    """`feeSchedule` of a market."""

    rate: float
    exponent: float = 1
    taker_only: bool = msgspec.field(name="takerOnly", default=True)


class GammaMarket(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A market; `outcomes` and `clobTokenIds` are strings that hold JSON arrays."""

    id: str = ""
    question: str = ""
    condition_id: str = ""
    outcomes: str | list[str] | None = None
    clob_token_ids: str | list[str] | None = None
    order_price_min_tick_size: float | None = None
    order_min_size: float | None = None
    active: bool | None = None
    closed: bool | None = None
    accepting_orders: bool | None = None
    enable_order_book: bool | None = None
    fees_enabled: bool | None = None
    fee_schedule: GammaFee | None = None
    seconds_delay: float | None = None
    slug: str = ""
    neg_risk: bool | None = None


class GammaEvent(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """An event with its markets."""

    id: str = ""
    title: str = ""
    slug: str = ""
    markets: tuple[GammaMarket, ...] | None = None


class EventsPage(msgspec.Struct, frozen=True, gc=False):
    """GET /events/keyset."""

    events: tuple[GammaEvent, ...]
    next_cursor: str | None = None


class MarketsPage(msgspec.Struct, frozen=True, gc=False):
    """GET /markets/keyset."""

    markets: tuple[GammaMarket, ...]
    next_cursor: str | None = None


class ClobToken(msgspec.Struct, frozen=True, gc=False):
    """A token of /clob-markets."""

    t: str
    o: str = ""


class ClobFee(msgspec.Struct, frozen=True, gc=False):
    """`fd` of /clob-markets."""

    r: float
    e: float = 1
    to: bool = True


class ClobMarket(msgspec.Struct, frozen=True, gc=False):
    """GET /clob-markets/{condition id}: compact parameters."""

    c: str
    t: tuple[ClobToken, ...] = ()
    mts: float | None = None
    mos: float | None = None
    fd: ClobFee | None = None
    ao: bool | None = None
    sd: float | None = None


def _decode(body: bytes, kind: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except UNREADABLE as error:
        raise WireError(str(error), f"polymarket {what}") from error


def decode_events(body: bytes) -> tuple[GammaEvent, ...]:
    """Events of a keyset page, a bare list or a single event."""
    return decode_events_page(body).events


def decode_events_page(body: bytes) -> EventsPage:
    """A page with its cursor; a bare list and a single event have none."""
    if body.lstrip()[:1] == b"[":
        return EventsPage(_decode(body, tuple[GammaEvent, ...], "events"))
    if b'"events"' in body and b'"next_cursor"' in body:
        return _decode(body, EventsPage, "events")
    return EventsPage((_decode(body, GammaEvent, "event"),))


def decode_markets(body: bytes) -> tuple[GammaMarket, ...]:
    """Markets of a keyset page, a bare list or a single market."""
    if body.lstrip()[:1] == b"[":
        return _decode(body, tuple[GammaMarket, ...], "markets")
    if b'"next_cursor"' in body:
        return _decode(body, MarketsPage, "markets").markets
    return (_decode(body, GammaMarket, "market"),)


def decode_clob_market(body: bytes) -> ClobMarket:
    """Compact parameters of one condition."""
    return _decode(body, ClobMarket, "clob market")


def fee_term(market: GammaMarket) -> FeeTerm:
    """The market's own schedule; `feesEnabled` without one is unknown, not free."""
    schedule = market.fee_schedule
    if schedule is None:
        known = not market.fees_enabled
        return FeeTerm(0, 0, 0, rounding=FeeRounding.POLYMARKET, is_known=known)
    rate = Fraction(str(schedule.rate)) * 1_000_000
    exponent = int(schedule.exponent)
    if rate.denominator != 1 or rate < 0 or exponent != schedule.exponent or exponent < 1:
        return FeeTerm(0, 0, 0, rounding=FeeRounding.POLYMARKET, is_known=False)
    maker = 0 if schedule.taker_only else int(rate)
    return FeeTerm(0, int(rate), maker, exponent, FeeRounding.POLYMARKET)


def _pair(market: GammaMarket) -> list[tuple[str, str]] | None:
    """(token, outcome) in order, or None while the market hydrates."""
    try:
        tokens, names = _texts(market.clob_token_ids), _texts(market.outcomes)
    except UNREADABLE:
        return None
    if not tokens or len(tokens) != len(names) or not all(tokens):
        return None
    return list(zip(tokens, names, strict=True))


def _texts(value: str | list[str] | None) -> list[str]:
    """A list, or the string that holds one; both are seen on the wire."""
    if isinstance(value, list):
        return value
    return msgspec.json.decode(value or "[]", type=list[str])


def _step(market: GammaMarket) -> int:
    """Tick in pips; 0 if it is not a whole number of pips."""
    tick = Fraction(str(market.order_price_min_tick_size or 0)) * PIPS_PER_DOLLAR
    return int(tick) if tick.denominator == 1 else 0


def instruments_from(
    events: Sequence[GammaEvent], first_ix: int
) -> tuple[list[Instrument], list[tuple[str, str]]]:
    """One instrument per token, and (market id, reason) of every market left out."""
    found: list[Instrument] = []
    dropped: list[tuple[str, str]] = []
    for event in events:
        for market in event.markets or ():
            pair, step = _pair(market), _step(market)
            if pair is None or not market.condition_id:
                dropped.append((market.id, "hydrating"))
                continue
            if step <= 0 or PIPS_PER_DOLLAR % step:
                dropped.append((market.id, "tick_unknown"))
                continue
            for token, outcome in pair:
                ix = first_ix + len(found)
                found.append(_instrument(ix, event, market, token, outcome, step))
    return found, dropped


def _instrument(
    ix: int, event: GammaEvent, market: GammaMarket, token: str, outcome: str, step: int
) -> Instrument:
    tradable = market.enable_order_book and market.accepting_orders and not market.closed
    return Instrument(
        ix=ix,
        venue="polymarket",
        instrument_id=token,
        market_id=market.condition_id,
        event_id=event.id,
        title=market.question,
        outcome=outcome,
        grid=uniform_grid(step),
        fees=FeeSchedule((fee_term(market),)),
        has_no_side=False,
        notional_min=MARKETABLE_MIN,
        amount_step=AMOUNT_STEP,
        is_open=bool(tradable),
        delay_ns=int((market.seconds_delay or 0) * NS_PER_S),
    )
