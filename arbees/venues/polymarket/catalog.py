"""Polymarket's listings -> instruments, one per outcome token (polymarket.md sections 2 and 3)."""

from collections.abc import Sequence
from fractions import Fraction

import msgspec

from arbees.errors import WireError
from arbees.markets.instrument import (
    EXPONENT_MAX,
    RATE_MAX,
    FeeRounding,
    FeeSchedule,
    FeeTerm,
    Instrument,
    uniform_grid,
)
from arbees.units import MICRO, NS_PER_S, PIPS_PER_DOLLAR
from arbees.venues.parsing import UNREADABLE, decode_body

MARKETABLE_MIN = MICRO
DELAY_MAX_S = 3_600
AMOUNT_STEP = 10_000
"""A FOK or FAK buy states dollars with two decimals (section 7.2)."""


class GammaFee(msgspec.Struct, frozen=True, gc=False):
    """`feeSchedule` of a market."""

    rate: float
    exponent: float = 1
    taker_only: bool = msgspec.field(name="takerOnly", default=True)


class EventName(msgspec.Struct, frozen=True, gc=False):
    """The event that a market listed by itself belongs to."""

    id: str


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
    events: tuple[EventName, ...] | None = None


class GammaEvent(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """An event with its markets. Without its id it is an error object or no event."""

    id: str
    title: str = ""
    slug: str = ""
    markets: tuple[GammaMarket, ...] | None = None


class Pagination(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """How much a search found."""

    has_more: bool
    total_results: int = 0


class EventsPage(msgspec.Struct, frozen=True, gc=False):
    """GET /events/keyset."""

    events: tuple[GammaEvent, ...]
    next_cursor: str | None = None


class MarketsPage(msgspec.Struct, frozen=True, gc=False):
    """GET /markets/keyset."""

    markets: tuple[GammaMarket, ...]
    next_cursor: str | None = None


class SearchPage(msgspec.Struct, frozen=True, gc=False):
    """GET /public-search; other kinds of results may stand beside the events."""

    events: tuple[GammaEvent, ...]
    pagination: Pagination


class _Shape(msgspec.Struct, frozen=True, gc=False):
    """Which of a listing's forms a body has; the last page has no `next_cursor` key at all."""

    events: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    markets: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    id: str | msgspec.UnsetType = msgspec.UNSET


def decode_events(body: bytes) -> tuple[GammaEvent, ...]:
    """Events of a keyset page, a bare list or a single event."""
    return decode_events_page(body).events


def decode_events_page(body: bytes) -> EventsPage:
    """A page with its cursor; a bare list and a single event have none. Raises WireError on an
    error object: it is none of the three."""
    where = "polymarket events"
    if body.lstrip()[:1] == b"[":
        return EventsPage(decode_body(body, tuple[GammaEvent, ...], where))
    if decode_body(body, _Shape, where).events is not msgspec.UNSET:
        return decode_body(body, EventsPage, where)
    return EventsPage((decode_body(body, GammaEvent, where),))


def decode_markets(body: bytes) -> tuple[GammaMarket, ...]:
    """Markets of a keyset page, a bare list or a single market. Raises WireError on an error
    object, and on a market that has no id of any kind."""
    where = "polymarket markets"
    if body.lstrip()[:1] == b"[":
        markets = decode_body(body, tuple[GammaMarket, ...], where)
    elif decode_body(body, _Shape, where).markets is not msgspec.UNSET:
        markets = decode_body(body, MarketsPage, where).markets
    else:
        markets = (decode_body(body, GammaMarket, where),)
    if not all(market.id or market.condition_id for market in markets):
        raise WireError("a market without any id", where)
    return markets


def decode_search(body: bytes) -> SearchPage:
    """Events that a text search found, and how many there are in all."""
    return decode_body(body, SearchPage, "polymarket search")


def fee_of(rate: float, exponent: float, is_taker_only: bool) -> FeeTerm:
    """A market's own schedule (section 8). What is no whole number of millionths is unknown."""
    millionths = Fraction(str(rate)) * MICRO
    is_whole = millionths.denominator == 1 and 0 <= millionths <= RATE_MAX
    if not is_whole or exponent not in range(1, EXPONENT_MAX + 1):
        return FeeTerm(0, 0, 0, rounding=FeeRounding.POLYMARKET, is_known=False)
    taker = int(millionths)
    return FeeTerm(0, taker, 0 if is_taker_only else taker, int(exponent), FeeRounding.POLYMARKET)


def fee_term(market: GammaMarket) -> FeeTerm:
    """The market's own schedule; `feesEnabled` without one is unknown, not free."""
    said = market.fee_schedule
    if said is None:
        known = not market.fees_enabled
        return FeeTerm(0, 0, 0, rounding=FeeRounding.POLYMARKET, is_known=known)
    return fee_of(said.rate, said.exponent, said.taker_only)


def _pair(market: GammaMarket) -> list[tuple[str, str]] | None:
    """(token, outcome) in order, or None while the market hydrates."""
    try:
        tokens, names = _texts(market.clob_token_ids), _texts(market.outcomes)
    except UNREADABLE:
        return None
    if len(set(tokens)) != len(names) or len(tokens) != len(names) or not all(tokens) or not names:
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
            if not (market.id or market.condition_id):
                dropped.append((event.id, "unnamed"))
                continue
            if pair is None or not market.condition_id:
                dropped.append((market.id, "hydrating"))
                continue
            if not 0 < step < PIPS_PER_DOLLAR or PIPS_PER_DOLLAR % step:
                dropped.append((market.id, "tick_unknown"))
                continue
            if not 0 <= (market.seconds_delay or 0) <= DELAY_MAX_S:
                dropped.append((market.id, "delay_unknown"))
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
