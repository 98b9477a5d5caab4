"""Polymarket's CLOB market bodies: parameters, result and tick of a condition (section 3).

Books are in session.py, the catalogue of what can be traded in catalog.py. `base_fee` of
GET /fee-rate is no rate and has no reader here on purpose.
"""

from fractions import Fraction

import msgspec

from arbees.errors import WireError
from arbees.markets.instrument import FeeRounding, FeeTerm
from arbees.units import PRICE_MAX
from arbees.venues.parsing import decode_body
from arbees.venues.polymarket.catalog import fee_of

LAST_CURSOR = "LTE="


class CompactToken(msgspec.Struct, frozen=True, gc=False):
    """A token of /clob-markets."""

    t: str
    o: str


class CompactFee(msgspec.Struct, frozen=True, gc=False):
    """`fd` of /clob-markets."""

    r: float
    e: float
    to: bool


class CompactMarket(msgspec.Struct, frozen=True, gc=False):
    """GET /clob-markets/{condition id}: compact parameters. No `fd` is no fee, no `nr` false."""

    c: str
    t: tuple[CompactToken, ...]
    mts: float
    mos: float
    nr: bool = False
    fd: CompactFee | None = None
    ao: bool = False
    cbos: bool = False
    sd: float = 0
    gst: str | None = None


class ClobToken(msgspec.Struct, frozen=True, gc=False):
    """A token with the result, once there is one."""

    token_id: str
    outcome: str
    winner: bool


class ClobMarket(msgspec.Struct, frozen=True, gc=False):
    """GET /markets/{condition id}."""

    condition_id: str
    question: str
    tokens: tuple[ClobToken, ...]
    minimum_tick_size: float
    minimum_order_size: float
    enable_order_book: bool
    accepting_orders: bool
    closed: bool
    neg_risk: bool = False
    is_50_50_outcome: bool = False
    seconds_delay: float = 0

    @property
    def is_tradable(self) -> bool:
        """All three at once: a capture is closed and accepts orders."""
        return self.enable_order_book and self.accepting_orders and not self.closed


class ClobPage(msgspec.Struct, frozen=True, gc=False):
    """GET /markets; LAST_CURSOR ends it."""

    data: tuple[ClobMarket, ...]
    next_cursor: str


class TickSize(msgspec.Struct, frozen=True, gc=False):
    """GET /tick-size."""

    minimum_tick_size: float


def decode_compact(body: bytes) -> CompactMarket:
    """Compact parameters of one condition."""
    return decode_body(body, CompactMarket, "polymarket clob-markets")


def decode_market(body: bytes) -> ClobMarket:
    """One condition with its result."""
    return decode_body(body, ClobMarket, "polymarket clob market")


def decode_page(body: bytes) -> ClobPage:
    """A page of conditions."""
    return decode_body(body, ClobPage, "polymarket clob markets")


def decode_tick_size(body: bytes) -> int:
    """Pips. Raises WireError if it does not divide a dollar."""
    where = "polymarket tick-size"
    tick = Fraction(str(decode_body(body, TickSize, where).minimum_tick_size)) * PRICE_MAX
    if tick.denominator != 1 or tick <= 0 or PRICE_MAX % tick:
        raise WireError(f"tick of {tick} pips", where)
    return int(tick)


def compact_fee(market: CompactMarket) -> FeeTerm:
    """The fee now in force."""
    if market.fd is None:
        return FeeTerm(0, 0, 0, rounding=FeeRounding.POLYMARKET)
    return fee_of(market.fd.r, market.fd.e, market.fd.to)


def payouts_of(market: ClobMarket) -> tuple[tuple[str, int], ...]:
    """(token, pips) of a resolved pair: one winner, or halves. Empty while nobody can say: open,
    closed without a winner, or both at once."""
    winners = sum(token.winner for token in market.tokens)
    if not market.closed or len({token.token_id for token in market.tokens} - {""}) != 2:
        return ()
    if market.is_50_50_outcome:
        halves = tuple((token.token_id, PRICE_MAX // 2) for token in market.tokens)
        return halves if winners == 0 else ()
    if winners != 1:
        return ()
    return tuple((token.token_id, PRICE_MAX * token.winner) for token in market.tokens)
