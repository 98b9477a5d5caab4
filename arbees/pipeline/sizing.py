"""Sizing: an opportunity -> equal-share legs with limit prices, lots and cash bounds."""

from collections.abc import Callable
from math import lcm

import msgspec

from arbees.markets.baskets import Basket, Priced
from arbees.markets.books import Books
from arbees.markets.fees import trade_fee
from arbees.markets.instrument import FeeTerm, Instrument
from arbees.messages.commands import LegSide
from arbees.messages.records import LegPlan
from arbees.pipeline import spending
from arbees.pipeline.funnel import Reason
from arbees.pipeline.settings import SizeSettings
from arbees.units import cost_ceil

ROUNDING_SLACK = 1_000
"""Micro-dollars a leg may cost above price and fee at its limit: per-level rounding."""
SIDES = (LegSide.YES, LegSide.NO)
"""By number; the enum's own constructor costs fifteen times as much."""


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A sized basket that risk has not seen, under the id it will have if it is approved."""

    intent_id: str
    basket: Basket
    legs: tuple[LegPlan, ...]
    qty: int
    cost: int
    edge: int


def size(
    intent_id: str,
    priced: Priced,
    basket: Basket,
    instruments: list[Instrument],
    fee_of: Callable[[int], FeeTerm],
    books: Books,
    available: Callable[[str], int],
    reprice: Callable[[int, int], Priced | None],
    settings: SizeSettings,
    min_profit: int,
) -> Draft | Reason:
    """Fit the walk to the cost limit and to each venue's cash; `reprice(number, max_qty)` walks
    that basket again."""
    if priced.cost > settings.max_cost_micro:
        capped = priced.capped
        if capped is None or capped.cost > settings.max_cost_micro or capped.edge < min_profit:
            return Reason.MAX_COST
        priced = capped
    legs = plan_legs(intent_id, priced, basket, instruments, fee_of, books)
    short = _shortage(legs, available)
    if short is not None:
        need, have = short
        again = reprice(priced.basket, priced.qty * have // need)
        if again is None:
            return Reason.BALANCE
        priced = again
        legs = plan_legs(intent_id, priced, basket, instruments, fee_of, books)
        if _shortage(legs, available) is not None:
            return Reason.BALANCE
    for leg in legs:
        instrument = instruments[leg.ix]
        if leg.qty < instrument.qty_min or (leg.spend or leg.cost_max) < instrument.notional_min:
            return Reason.BELOW_MINIMUM
    return Draft(intent_id, basket, legs, legs[0].qty, priced.cost, priced.edge)


def plan_legs(
    intent_id: str,
    priced: Priced,
    basket: Basket,
    instruments: list[Instrument],
    fee_of: Callable[[int], FeeTerm],
    books: Books,
) -> tuple[LegPlan, ...]:
    """One plan per leg, all of one size: what the legs that state cash will buy, where that is a
    fraction less than priced. Price plus fee rises with price, so the limit bounds the cost."""
    qty, spends, is_slow = _spends(priced, basket, instruments, books)
    plans = []
    for number, leg in enumerate(basket.legs):
        ix, limit, spend = leg.ix, priced.limits[number], spends[number]
        instrument, term = instruments[ix], fee_of(ix)
        cost_max = cost_ceil(limit, qty) + trade_fee(term, limit, qty)
        if spend:
            highest = spending.highest_cost(spend, term.taker_rate)
            cost_max = highest if highest > cost_max else cost_max
        plans.append(
            LegPlan(
                f"{intent_id}-{number}", ix, instrument.venue, instrument.instrument_id,
                SIDES[leg.side], limit, qty, cost_max + ROUNDING_SLACK, spend, False,
                is_slow and instrument.delay_ns == 0,
            )
        )  # fmt: skip
    return tuple(plans)


def _spends(
    priced: Priced, basket: Basket, instruments: list[Instrument], books: Books
) -> tuple[int, list[int], bool]:
    """(size of every leg, cash that each leg states or 0, whether a venue delays one)."""
    qty, found, is_slow = priced.qty, [], False
    for leg, limit in zip(basket.legs, priced.limits, strict=True):
        instrument, spend = instruments[leg.ix], 0
        if instrument.delay_ns > 0:
            is_slow = True
        if instrument.amount_step > 1:
            spend, bought = spending.spend_for(books, instrument, limit, priced.qty)
            qty = min(qty, bought)
        found.append(spend)
    if qty < priced.qty:
        qty -= qty % lcm(*(instruments[leg.ix].qty_step for leg in basket.legs))
    return qty, found, is_slow


def _shortage(legs: tuple[LegPlan, ...], available: Callable[[str], int]) -> tuple[int, int] | None:
    """(needed, available) of the venue that is shortest of cash, or None."""
    need: dict[str, int] = {}
    for leg in legs:
        need[leg.venue] = need.get(leg.venue, 0) + leg.cost_max
    worst: tuple[int, int] | None = None
    for venue, cash in need.items():
        have = max(available(venue), 0)
        if cash > have and (worst is None or have * worst[0] < worst[1] * cash):
            worst = cash, have
    return worst
