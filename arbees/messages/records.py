"""Records: what the engine decided, for the trading log, the store and the operator."""

from enum import StrEnum
from typing import Any

import msgspec

from arbees.messages.commands import LegSide


class Record(msgspec.Struct, frozen=True, gc=False, tag=True):
    """Base of what goes to the log and the outboxes."""


class OpportunitySeen(Record, frozen=True, gc=False):
    """A basket that pays more than it costs. `qty` in equal shares, `edge` micro-dollars net of
    every fee at that size; `limits` are YES-side-agnostic pips to pay per leg."""

    basket_id: str
    ts_ns: int
    qty: int
    cost: int
    edge: int
    limits: tuple[int, ...]


class LegPlan(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One leg of an intent: worst price, size, and the cash it may take, fees included. `spend`:
    what an order that states cash will state, 0 for one that states its size. `is_sell`: contracts
    that are held are given, at the price or more. `waits`: it leaves when the other legs have
    ended, for what they filled, and an OrderSent says so; else it leaves with the intent."""

    order_id: str
    ix: int
    venue: str
    instrument_id: str
    side: LegSide
    price_limit: int
    qty: int
    cost_max: int
    spend: int = 0
    is_sell: bool = False
    waits: bool = False


class Purpose(StrEnum):
    """What an intent is for: a whole basket, or the repair of one whose legs differ in size."""

    BASKET = "basket"
    COMPLETE = "complete"
    """Buy what the shorter legs lack."""
    UNWIND = "unwind"
    """Sell what the longer legs have too much."""


class IntentMade(Record, frozen=True, gc=False, omit_defaults=True):
    """Risk approved it; on disk before any leg leaves. `edge` of a repair: what it brings less what
    the surplus cost, micro-dollars."""

    intent_id: str
    basket_id: str
    ts_ns: int
    legs: tuple[LegPlan, ...]
    edge: int
    purpose: Purpose = Purpose.BASKET


class Refused(Record, frozen=True, gc=False):
    """A candidate that went no further, with its one reason."""

    basket_id: str
    stage: str
    reason: str
    ts_ns: int


class FillBooked(Record, frozen=True, gc=False):
    """A fill as the ledger booked it. `price` is what was paid (`is_sell`: got) per contract of
    `side`. `is_final` False: the venue settles it later, and a FillConfirmed or a FillVoided
    follows."""

    fill_id: str
    order_id: str
    intent_id: str
    venue: str
    instrument_id: str
    side: LegSide
    price: int
    qty: int
    fee: int
    ts_ns: int
    basket_id: str = ""
    is_final: bool = True
    is_sell: bool = False


class FillConfirmed(Record, frozen=True, gc=False):
    """The settlement of a fill that was not final is: nothing of it changes any more."""

    fill_id: str
    order_id: str
    intent_id: str
    ts_ns: int


class FillVoided(Record, frozen=True, gc=False):
    """The settlement of a fill failed for good: its contracts and its cash came back, so the fill
    is taken back as it was booked."""

    fill_id: str
    order_id: str
    intent_id: str
    venue: str
    instrument_id: str
    side: LegSide
    price: int
    qty: int
    fee: int
    ts_ns: int
    basket_id: str = ""
    is_sell: bool = False


class OrderSent(Record, frozen=True, gc=False):
    """A leg that waited for another one leaves now, for what that one filled."""

    order_id: str
    intent_id: str
    qty: int
    spend: int
    ts_ns: int


class OrderClosed(Record, frozen=True, gc=False):
    """An order reached its end. `qty_filled` of `qty`."""

    order_id: str
    status: str
    reason: str
    qty: int
    qty_filled: int
    ts_ns: int


class SettlementBooked(Record, frozen=True, gc=False):
    """A position was paid out: `qty` contracts (signed: + YES, - NO) at `payout` pips of YES."""

    venue: str
    instrument_id: str
    qty: int
    payout: int
    cash: int
    ts_ns: int


class CashSet(Record, frozen=True, gc=False):
    """Opening balance of a venue account, micro-dollars."""

    venue: str
    cash: int
    ts_ns: int


class OrdersVoided(Record, frozen=True, gc=False):
    """Paper orders that were in flight when the process died: they never existed."""

    order_ids: tuple[str, ...]
    ts_ns: int


class LinkAdded(Record, frozen=True, gc=False):
    """A claim that two outcomes pay the `relation` of each other, and who says so."""

    link_id: str
    a_venue: str
    a_instrument_id: str
    b_venue: str
    b_instrument_id: str
    relation: str
    evidence: str
    ts_ns: int


class LinkWithdrawn(Record, frozen=True, gc=False):
    """A link holds no longer: its terms changed, a market is gone, or a person vetoed it."""

    link_id: str
    ts_ns: int


class BasketLeg(msgspec.Struct, frozen=True, gc=False):
    """One leg of a basket, named as its venue names it."""

    venue: str
    instrument_id: str
    side: LegSide


class BasketAdded(Record, frozen=True, gc=False):
    """A basket is watched from now on; its legs pay at least `payout` pips a share."""

    basket_id: str
    kind: str
    link_id: str
    evidence: str
    payout: int
    legs: tuple[BasketLeg, ...]
    ts_ns: int


class EventStateSeen(Record, frozen=True, gc=False):
    """What a venue said about a market's life: `status` open, paused, closed, determined, settled
    (with `payout` pips of YES) or rescheduled (with the new `close_ns`)."""

    venue: str
    event_id: str
    instrument_id: str
    status: str
    payout: int | None
    close_ns: int | None
    ts_ns: int


AnyRecord = (
    OpportunitySeen
    | IntentMade
    | Refused
    | FillBooked
    | FillConfirmed
    | FillVoided
    | OrderSent
    | OrderClosed
    | SettlementBooked
    | CashSet
    | OrdersVoided
    | LinkAdded
    | LinkWithdrawn
    | BasketAdded
    | EventStateSeen
)
LOGGED = (
    IntentMade, OrderSent, FillBooked, FillConfirmed, FillVoided, OrderClosed, SettlementBooked,
    CashSet, OrdersVoided,
)  # fmt: skip
"""The records of the trading log; the rest goes to the store only."""

JsonObject = dict[str, Any]
