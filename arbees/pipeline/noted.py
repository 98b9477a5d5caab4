"""Records of what the engine was told, for the store: links, baskets, the life of a market."""

from collections.abc import Sequence

from arbees.markets.baskets import Basket, Leg
from arbees.markets.instrument import Instrument
from arbees.messages import events as ev
from arbees.messages.commands import LegSide
from arbees.messages.records import BasketAdded, BasketLeg, EventStateSeen, LinkAdded
from arbees.units import PIPS_PER_DOLLAR


def link_added(link: ev.LinkSpec, instruments: Sequence[Instrument], now_ns: int) -> LinkAdded:
    """The link with its instruments as their venues name them."""
    a, b = instruments[link.a_ix], instruments[link.b_ix]
    return LinkAdded(
        link.link_id, a.venue, a.instrument_id, b.venue, b.instrument_id, link.relation,
        link.evidence, now_ns,
    )  # fmt: skip


def basket_of(link: ev.LinkSpec, instruments: Sequence[Instrument]) -> Basket | None:
    """A link becomes one basket: buy b, and of a the side that pays when b does not. None where
    the relation makes none, or a's venue does not sell that side in the same market."""
    if link.relation == "same":
        side = LegSide.NO
    elif link.relation == "inverse":
        side = LegSide.YES
    else:
        return None
    if side is LegSide.NO and not instruments[link.a_ix].has_no_side:
        return None
    legs = (Leg(link.a_ix, int(side)), Leg(link.b_ix, 0))
    return Basket(link.link_id, link.relation, legs, PIPS_PER_DOLLAR, link.link_id, link.evidence)


def basket_added(basket: Basket, instruments: Sequence[Instrument], now_ns: int) -> BasketAdded:
    """The basket with its legs as their venues name them."""
    named = [(instruments[leg.ix], LegSide(leg.side)) for leg in basket.legs]
    legs = tuple(BasketLeg(i.venue, i.instrument_id, side) for i, side in named)
    return BasketAdded(
        basket.basket_id, basket.kind, basket.link_id, basket.evidence, basket.payout, legs, now_ns
    )


def event_state(
    event: ev.StatusChanged | ev.CloseChanged | ev.MarketSettled,
    instrument: Instrument,
    now_ns: int,
) -> EventStateSeen:
    """What a venue said about the life of one market."""
    payout = event.payout if isinstance(event, ev.MarketSettled) else None
    close_ns = event.close_ts_ns if isinstance(event, ev.CloseChanged) else None
    if isinstance(event, ev.StatusChanged):
        status = event.status.value
    else:
        status = "settled" if payout is not None else "rescheduled"
    return EventStateSeen(
        instrument.venue, instrument.event_id, instrument.instrument_id, status, payout, close_ns,
        now_ns,
    )  # fmt: skip
