"""Booking: what fills, fills taken back and settlements do to the ledger and event limits.

Each change is a record first; the ledger is changed by that record only, so that the log brings it
back as it was.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from arbees.markets.baskets import Basket
from arbees.markets.instrument import Instrument
from arbees.messages import events as ev
from arbees.messages.commands import LegSide
from arbees.messages.records import (
    AnyRecord,
    FillBooked,
    FillConfirmed,
    FillVoided,
    IntentMade,
    LegPlan,
    SettlementBooked,
)
from arbees.pipeline.holdings import LegKey
from arbees.pipeline.ledger import Ledger
from arbees.pipeline.risk import RiskState

AccountChange = FillBooked | FillVoided | SettlementBooked


@dataclass(slots=True)
class Booking:
    """`voided` counts fills taken back; `void_strange` failures of fills that are not pending:
    never booked, final already, or taken back before. Those change nothing."""

    ledger: Ledger
    risk_state: RiskState
    fills: int = 0
    voided: int = 0
    void_strange: int = 0
    _instruments: dict[tuple[str, str], Instrument] = field(default_factory=dict)
    _netting: set[str] = field(default_factory=set)
    _payouts: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, instruments: Iterable[Instrument]) -> None:
        """Learn them; what is held of them counts against their events' limits."""
        for instrument in instruments:
            self._instruments[(instrument.venue, instrument.instrument_id)] = instrument
            if instrument.has_no_side:
                self._netting.add(instrument.venue)
            self.risk_state.spend(instrument.event_key, self.ledger.cost(instrument))

    def set_aside(self, legs: Iterable[LegPlan], sign: int = 1) -> None:
        """Keep what orders may cost from cash and event limits; -1 gives it back."""
        for leg in legs:
            self.ledger.reserve(leg.venue, sign * leg.cost_max)
            instrument = self._instruments.get((leg.venue, leg.instrument_id))
            if instrument is not None:
                self.risk_state.spend(instrument.event_key, sign * leg.cost_max)

    def indices(self) -> dict[tuple[str, str], int]:
        """Today's index of every instrument, by venue and id."""
        return {key: instrument.ix for key, instrument in self._instruments.items()}

    def fill(
        self, event: ev.FillReport, leg: LegPlan, intent: IntentMade, now_ns: int
    ) -> list[AnyRecord]:
        """Book a fill of `leg`. One told after its market was paid out is paid out as well."""
        self.fills += 1
        price = event.price if leg.side is LegSide.YES else 10_000 - event.price
        record = FillBooked(
            event.fill_id, event.order_id, intent.intent_id, leg.venue, leg.instrument_id,
            leg.side, price, event.qty, event.fee, now_ns, intent.basket_id, event.is_final,
            leg.is_sell,
        )  # fmt: skip
        self._book(record)
        return [record, *self._pay_late(leg.venue, leg.instrument_id, now_ns)]

    def confirmed(self, fill_id: str, now_ns: int) -> list[AnyRecord]:
        """A pending fill is final from now on."""
        fill = self.ledger.pending.pop(fill_id, None)
        if fill is None:
            return []
        return [FillConfirmed(fill_id, fill.order_id, fill.intent_id, now_ns)]

    def failed(self, fill_id: str, now_ns: int) -> list[AnyRecord]:
        """Take a pending fill back. If its market was paid out already, so is the shortfall."""
        record = self.ledger.voiding(fill_id, now_ns)
        if record is None:
            self.void_strange += 1
            return []
        self.voided += 1
        self._book(record)
        return [record, *self._pay_late(record.venue, record.instrument_id, now_ns)]

    def settle(self, instrument: Instrument, payout: int, now_ns: int) -> list[AnyRecord]:
        """Pay out what is held of an instrument, at `payout` pips of YES."""
        key = (instrument.venue, instrument.instrument_id)
        self._payouts[key] = payout
        return self._pay(*key, payout, now_ns)

    def _pay_late(self, venue: str, instrument_id: str, now_ns: int) -> list[AnyRecord]:
        payout = self._payouts.get((venue, instrument_id))
        return [] if payout is None else self._pay(venue, instrument_id, payout, now_ns)

    def _pay(self, venue: str, instrument_id: str, payout: int, now_ns: int) -> list[AnyRecord]:
        record = self.ledger.settlement(venue, instrument_id, payout, now_ns)
        if record is None:
            return []
        self._book(record)
        return [record]

    def _book(self, record: AccountChange) -> None:
        instrument = self._instruments.get((record.venue, record.instrument_id))
        before = self.ledger.cost(instrument) if instrument else 0
        match record:
            case FillBooked():
                self.ledger.fill(record, nets=record.venue in self._netting)
            case FillVoided():
                self.ledger.void(record)
            case SettlementBooked():
                self.ledger.settle(record)
        if instrument is not None:
            self.risk_state.spend(instrument.event_key, self.ledger.cost(instrument) - before)

    def judge(self, basket: Basket, instruments: Sequence[Instrument]) -> bool:
        """Whether the basket's legs differ in size; it then counts as broken, else no more."""
        uneven = self.ledger.holdings.is_uneven(basket.basket_id, leg_keys(basket, instruments))
        if uneven:
            self.risk_state.broken.add(basket.basket_id)
        else:
            self.risk_state.broken.discard(basket.basket_id)
        return uneven


def leg_keys(basket: Basket, instruments: Sequence[Instrument]) -> list[LegKey]:
    """The basket's legs as holdings name them."""
    return [
        (instruments[leg.ix].venue, instruments[leg.ix].instrument_id, leg.side)
        for leg in basket.legs
    ]
