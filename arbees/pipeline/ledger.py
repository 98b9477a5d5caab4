"""Ledger: cash, positions and reservations as the venue nets them.

Changed by fills, voids and settlements only. Kalshi holds one signed position per market: buying
the side opposite to what is held closes pairs and returns one dollar each. Polymarket tokens are
independent longs.
"""

from dataclasses import dataclass, field

import msgspec

from arbees.markets.instrument import Instrument
from arbees.messages.commands import LegSide
from arbees.messages.records import (
    AnyRecord,
    CashSet,
    FillBooked,
    FillConfirmed,
    FillVoided,
    SettlementBooked,
)
from arbees.pipeline.holdings import Holdings
from arbees.units import PIPS_PER_DOLLAR, cost_ceil, div_floor


@dataclass(slots=True)
class Position:
    """Signed micro-contracts (+ YES or token, - NO) and what they cost, fees included."""

    venue: str
    instrument_id: str
    nets: bool
    qty: int = 0
    cost: int = 0


@dataclass(slots=True)
class Ledger:
    """Keyed by (venue, instrument id), so that it can be rebuilt from a log without a catalogue.

    `pending`: booked fills by id whose settlement can still fail. `holdings`: for which baskets.
    """

    cash: dict[str, int] = field(default_factory=dict)
    opening: dict[str, int] = field(default_factory=dict)
    reserved: dict[str, int] = field(default_factory=dict)
    positions: dict[tuple[str, str], Position] = field(default_factory=dict)
    realised: int = 0
    fees: int = 0
    day: int = 0
    realised_today: int = 0
    pending: dict[str, FillBooked] = field(default_factory=dict)
    holdings: Holdings = field(default_factory=Holdings)

    def set_cash(self, venue: str, cash: int) -> None:
        self.cash[venue] = cash
        self.opening[venue] = cash

    def available(self, venue: str) -> int:
        return self.cash.get(venue, 0) - self.reserved.get(venue, 0)

    def reserve(self, venue: str, cash: int) -> None:
        self.reserved[venue] = self.reserved.get(venue, 0) + cash

    def qty(self, instrument: Instrument) -> int:
        held = self.positions.get((instrument.venue, instrument.instrument_id))
        return held.qty if held else 0

    def cost(self, instrument: Instrument) -> int:
        held = self.positions.get((instrument.venue, instrument.instrument_id))
        return held.cost if held else 0

    def would_net(self, instrument: Instrument, side: LegSide) -> bool:
        """Buying this side would close what is held instead of opening a leg."""
        held = self.qty(instrument)
        return instrument.has_no_side and (held < 0 if side is LegSide.YES else held > 0)

    def _earn(self, amount: int, ts_ns: int) -> None:
        day = ts_ns // 86_400_000_000_000
        if day != self.day:
            self.day, self.realised_today = day, 0
        self.realised += amount
        self.realised_today += amount

    def fill(self, record: FillBooked, nets: bool) -> None:
        """Book one fill. Selling a side where both net is buying the other one."""
        if not record.is_final:
            self.pending[record.fill_id] = record
        self.holdings.apply(record)
        if record.is_sell and not nets:
            self._sell(record)
        elif record.is_sell:
            self._buy(_turned(record), nets)
        else:
            self._buy(record, nets)

    def _buy(self, record: FillBooked, nets: bool) -> None:
        key = (record.venue, record.instrument_id)
        held = self.positions.setdefault(key, Position(*key, nets))
        paid = cost_ceil(record.price, record.qty) + record.fee
        self.cash[record.venue] = self.cash.get(record.venue, 0) - paid
        self.fees += record.fee
        change = record.qty if record.side is LegSide.YES else -record.qty
        if nets and held.qty * change < 0:
            paid = self._close(held, abs(change), paid, record.ts_ns)
            held.qty += change
            held.cost += paid
        else:
            held.qty += change
            held.cost += paid
        self._drop_if_flat(held, record.ts_ns)

    def _sell(self, record: FillBooked) -> None:
        """What is sold beyond what is held leaves a position below zero."""
        key = (record.venue, record.instrument_id)
        held = self.positions.setdefault(key, Position(*key, nets=False))
        got = _proceeds(record)
        closed = max(0, min(record.qty, held.qty))
        got_closed = got * closed // record.qty
        basis = held.cost * closed // held.qty if closed else 0
        self.cash[record.venue] = self.cash.get(record.venue, 0) + got
        self.fees += record.fee
        self._earn(got_closed - basis, record.ts_ns)
        held.qty -= record.qty
        held.cost -= basis + got - got_closed
        self._drop_if_flat(held, record.ts_ns)

    def _drop_if_flat(self, held: Position, ts_ns: int) -> None:
        """What a position cost beyond what left with its contracts is a result."""
        if held.qty == 0:
            if held.cost:
                self._earn(-held.cost, ts_ns)
            del self.positions[(held.venue, held.instrument_id)]

    def voiding(self, fill_id: str, ts_ns: int) -> FillVoided | None:
        """What takes a pending fill back; None for one that is not pending: it was never booked,
        was taken back before, or is final."""
        fill = self.pending.get(fill_id)
        if fill is None:
            return None
        return FillVoided(
            fill.fill_id, fill.order_id, fill.intent_id, fill.venue, fill.instrument_id, fill.side,
            fill.price, fill.qty, fill.fee, ts_ns, fill.basket_id, fill.is_sell,
        )  # fmt: skip

    def void(self, record: FillVoided) -> None:
        """Take a fill back, and nothing a second time. What was paid out for its contracts
        meanwhile leaves a position below zero, until that is booked as well; contracts that were
        sold come back at what they were sold for."""
        fill = self.pending.pop(record.fill_id, None)
        if fill is None:
            return
        key = (record.venue, record.instrument_id)
        held = self.positions.setdefault(key, Position(*key, nets=False))
        if record.is_sell:
            paid, qty = -_proceeds(record), -record.qty
        else:
            paid, qty = cost_ceil(record.price, record.qty) + record.fee, record.qty
        self.cash[record.venue] += paid
        self.fees -= record.fee
        self.holdings.apply(record)
        held.qty -= qty
        held.cost -= paid
        self._drop_if_flat(held, record.ts_ns)

    def _close(self, held: Position, qty: int, paid: int, ts_ns: int) -> int:
        """Close pairs against `held`; what remains of `paid` opens the rest."""
        closed = min(qty, abs(held.qty))
        basis = held.cost * closed // abs(held.qty)
        paid_closed = paid * closed // qty
        returned = closed  # one dollar a pair: micro-contracts are micro-dollars
        self.cash[held.venue] += returned
        self._earn(returned - basis - paid_closed, ts_ns)
        held.cost -= basis
        return paid - paid_closed

    def settlement(
        self, venue: str, instrument_id: str, payout: int, ts_ns: int
    ) -> SettlementBooked | None:
        """Pay out a position at `payout` pips of YES; None if nothing is held."""
        held = self.positions.get((venue, instrument_id))
        if held is None:
            return None
        if held.nets and held.qty < 0:
            cash = -held.qty * (PIPS_PER_DOLLAR - payout) // PIPS_PER_DOLLAR
        else:
            cash = held.qty * payout // PIPS_PER_DOLLAR
        return SettlementBooked(venue, instrument_id, held.qty, payout, cash, ts_ns)

    def settle(self, record: SettlementBooked) -> None:
        """Book a settlement and close the position."""
        held = self.positions.pop((record.venue, record.instrument_id), None)
        self.holdings.apply(record)
        self.cash[record.venue] = self.cash.get(record.venue, 0) + record.cash
        self._earn(record.cash - (held.cost if held else 0), record.ts_ns)


def _proceeds(record: FillBooked | FillVoided) -> int:
    return div_floor(record.price * record.qty, PIPS_PER_DOLLAR) - record.fee


def _turned(record: FillBooked) -> FillBooked:
    """A sale as the purchase of the other side."""
    side = LegSide.NO if record.side is LegSide.YES else LegSide.YES
    price = PIPS_PER_DOLLAR - record.price
    return msgspec.structs.replace(record, side=side, price=price, is_sell=False)


def rebuild(records: list[AnyRecord], netting_venues: frozenset[str]) -> Ledger:
    """The ledger that a trading log describes. `netting_venues` hold signed positions."""
    ledger = Ledger()
    for record in records:
        match record:
            case CashSet():
                ledger.set_cash(record.venue, record.cash)
            case FillBooked():
                ledger.fill(record, record.venue in netting_venues)
            case FillConfirmed():
                ledger.pending.pop(record.fill_id, None)
            case FillVoided():
                ledger.void(record)
            case SettlementBooked():
                ledger.settle(record)
            case _:
                pass
    return ledger
