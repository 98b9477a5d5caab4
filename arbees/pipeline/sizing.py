"""Sizing: an opportunity -> equal-share legs with limit prices, lots and cash bounds."""

from collections.abc import Callable

import msgspec

from arbees.markets.baskets import Basket, Priced
from arbees.markets.fees import trade_fee
from arbees.markets.instrument import FeeTerm, Instrument
from arbees.messages.commands import LegSide
from arbees.messages.records import LegPlan
from arbees.pipeline.funnel import Reason
from arbees.pipeline.settings import SizeSettings
from arbees.units import cost_ceil

ROUNDING_SLACK = 1_000
"""Micro-dollars a leg may cost above price and fee at its limit: per-level rounding."""


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A sized basket that risk has not seen."""

    basket: Basket
    legs: tuple[LegPlan, ...]
    qty: int
    cost: int
    edge: int


def size(
    priced: Priced,
    basket: Basket,
    instruments: list[Instrument],
    fee_of: Callable[[int], FeeTerm],
    available: Callable[[str], int],
    reprice: Callable[[int], Priced | None],
    settings: SizeSettings,
) -> Draft | Reason:
    """Fit the walk to the cost limit and to each venue's cash; `reprice(max_qty)` walks again."""
    limit, reason = settings.max_cost_micro, Reason.MAX_COST
    if priced.cost > limit:
        again = reprice(priced.qty * limit // priced.cost)
        if again is None or again.cost > limit:
            return reason
        priced = again
    legs = plan_legs(priced, basket, instruments, fee_of)
    short = _shortage(legs, available)
    if short is not None:
        need, have = short
        again = reprice(priced.qty * have // need)
        if again is None:
            return Reason.BALANCE
        priced = again
        legs = plan_legs(priced, basket, instruments, fee_of)
        if _shortage(legs, available) is not None:
            return Reason.BALANCE
    for leg in legs:
        instrument = instruments[leg.ix]
        if leg.qty < instrument.qty_min or leg.cost_max < instrument.notional_min:
            return Reason.BELOW_MINIMUM
    return Draft(basket, legs, priced.qty, priced.cost, priced.edge)


def plan_legs(
    priced: Priced,
    basket: Basket,
    instruments: list[Instrument],
    fee_of: Callable[[int], FeeTerm],
) -> tuple[LegPlan, ...]:
    """One plan per leg. Price plus fee rises with price, so the limit bounds the cost."""
    plans = []
    for leg, limit in zip(basket.legs, priced.limits, strict=True):
        instrument = instruments[leg.ix]
        fee = trade_fee(fee_of(leg.ix), limit, priced.qty)
        plans.append(
            LegPlan(
                order_id="",
                ix=leg.ix,
                venue=instrument.venue,
                instrument_id=instrument.instrument_id,
                side=LegSide(leg.side),
                price_limit=limit,
                qty=priced.qty,
                cost_max=cost_ceil(limit, priced.qty) + fee + ROUNDING_SLACK,
            )
        )
    return tuple(plans)


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


def with_order_id(leg: LegPlan, order_id: str) -> LegPlan:
    """The same leg under the id that its intent gives it."""
    return LegPlan(
        order_id, leg.ix, leg.venue, leg.instrument_id, leg.side, leg.price_limit, leg.qty,
        leg.cost_max,
    )  # fmt: skip
