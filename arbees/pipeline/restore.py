"""Restore: from a trading log, the intents that an engine must know again after a restart.

Orders that left and have no end in the log may be anything by now: their commands are made again,
to the byte, so that a gateway can look them up by the id that follows from them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from arbees.messages.commands import PlaceOrder, TimeInForce
from arbees.messages.events import OrderState, PlanState
from arbees.messages.records import (
    AnyRecord,
    FillBooked,
    FillConfirmed,
    FillVoided,
    IntentMade,
    LegPlan,
    OrderClosed,
    OrderSent,
    OrdersVoided,
    Purpose,
)
from arbees.pipeline.booking import Booking
from arbees.pipeline.execution import Orders
from arbees.pipeline.funnel import Funnel, Stage


@dataclass(slots=True)
class _Told:
    """What the log says of one order."""

    sent: tuple[int, int, int] | None
    """(size, stated cash, time), or None: it waits."""
    is_ended: bool = False
    qty_filled: int = 0
    fills: list[str] = field(default_factory=list)
    pending: set[str] = field(default_factory=set)
    """Fills whose settlement can still fail."""

    @property
    def is_open(self) -> bool:
        """Whether its venue has something to say about it."""
        return self.sent is not None and (not self.is_ended or bool(self.pending))


@dataclass(slots=True)
class PastOrders:
    """Intents of a log in its order, and what became of their orders."""

    intents: dict[str, IntentMade] = field(default_factory=dict)
    _told: dict[str, _Told] = field(default_factory=dict)

    def apply(self, record: AnyRecord) -> None:
        """Count one record; those about no order are passed over."""
        match record:
            case IntentMade():
                self.intents[record.intent_id] = record
                for leg in record.legs:
                    sent = None if leg.waits else (leg.qty, leg.spend, record.ts_ns)
                    self._told[leg.order_id] = _Told(sent)
            case OrderSent():
                told = self._told[record.order_id]
                told.sent = (record.qty, record.spend, record.ts_ns)
            case FillBooked():
                if (booked := self._told.get(record.order_id)) is not None:
                    booked.qty_filled += record.qty
                    booked.fills.append(record.fill_id)
                    if not record.is_final:
                        booked.pending.add(record.fill_id)
            case FillConfirmed():
                if (sure := self._told.get(record.order_id)) is not None:
                    sure.pending.discard(record.fill_id)
            case FillVoided():
                if (taken := self._told.get(record.order_id)) is not None:
                    taken.qty_filled -= record.qty
                    taken.pending.discard(record.fill_id)
            case OrderClosed():
                self._end(record.order_id)
            case OrdersVoided():
                for order_id in record.order_ids:
                    self._end(order_id)
            case _:
                pass

    def _end(self, order_id: str) -> None:
        if (told := self._told.get(order_id)) is not None:
            told.is_ended = True

    def _is_open(self, intent: IntentMade) -> bool:
        return not all(self._told[leg.order_id].is_ended for leg in intent.legs)

    def plans(self, ended_kept: int = 1_000) -> tuple[PlanState, ...]:
        """Every intent that has not ended, and the last `ended_kept` others, oldest first."""
        ended = [i.intent_id for i in self.intents.values() if not self._is_open(i)]
        dropped = set(ended[: max(0, len(ended) - ended_kept)])
        return tuple(
            PlanState(intent, tuple(self._state(leg) for leg in intent.legs))
            for intent in self.intents.values()
            if intent.intent_id not in dropped
        )

    def _state(self, leg: LegPlan) -> OrderState:
        told = self._told[leg.order_id]
        qty = told.sent[0] if told.sent else 0
        return OrderState(
            leg.order_id, told.sent is not None, told.is_ended, qty, told.qty_filled,
            tuple(told.fills),
        )  # fmt: skip

    def unresolved(self) -> list[PlaceOrder]:
        """The commands, as they left, that a gateway must ask its venue about: of orders without
        an end, and of those with fills whose settlement can still fail. `ix` is that of the earlier
        life: gateways go by venue and instrument id."""
        return [
            _command(intent, leg, told.sent)
            for intent in self.intents.values()
            for leg in intent.legs
            if (told := self._told[leg.order_id]).is_open and told.sent is not None
        ]


def _command(intent: IntentMade, leg: LegPlan, sent: tuple[int, int, int]) -> PlaceOrder:
    qty, spend, ts_ns = sent
    return PlaceOrder(
        leg.order_id, intent.intent_id, leg.ix, leg.venue, leg.instrument_id, leg.side,
        leg.price_limit, qty, TimeInForce.IOC, ts_ns, spend, leg.is_sell,
    )  # fmt: skip


def past_orders(records: Iterable[AnyRecord]) -> PastOrders:
    """What a trading log says of all its orders."""
    past = PastOrders()
    for record in records:
        past.apply(record)
    return past


def resume(
    plans: Sequence[PlanState], orders: Orders, booking: Booking, funnel: Funnel, now_ns: int
) -> list[AnyRecord]:
    """Make an engine's parts know them: what has not ended binds cash, limits and its basket as if
    it had been started here. The ends of legs that will not leave any more."""
    records: list[AnyRecord] = []
    indices = booking.indices()
    for state in plans:
        plan = orders.restore(state, indices)
        if all(said.is_ended for said in state.orders):
            continue
        for order, said in zip(plan.orders, state.orders, strict=True):
            if order.is_ended and not said.is_ended:
                records.append(OrderClosed(said.order_id, "unsent", "restart", 0, 0, now_ns))
        if plan.is_ended:
            continue
        booking.risk_state.busy.add(state.intent.basket_id)
        booking.risk_state.broken.discard(state.intent.basket_id)  # its orders' end will tell
        booking.set_aside(state.intent.legs)
        if state.intent.purpose is Purpose.BASKET:
            funnel.enter(Stage.EXECUTE)
    return records
