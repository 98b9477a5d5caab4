"""Execution: order states and multi-leg plans.

All legs leave in one step where both venues match at once; where a venue delays takers, its leg
goes first and the others follow for what it filled. Orders end by answers only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from arbees.markets.instrument import Instrument
from arbees.messages.commands import AnyCommand, PlaceOrder, TimeInForce
from arbees.messages.events import FillReport, OrderAnswer, OrderStatus, PlanState
from arbees.messages.records import FillVoided, IntentMade, LegPlan
from arbees.pipeline.funnel import Reason
from arbees.units import QTY_GRAIN

ENDED_KEPT = 4_096
"""Orders whose late fills are still known."""
ENDS = frozenset({OrderStatus.DONE, OrderStatus.REJECTED})


@dataclass(slots=True)
class Order:
    """One leg on its way."""

    plan: LegPlan
    intent_id: str
    is_sent: bool = False
    is_ended: bool = False
    is_unknown: bool = False
    qty_sent: int = 0
    qty_filled: int = 0
    fills: frozenset[str] = frozenset()


@dataclass(slots=True)
class Plan:
    """An intent on its way: a basket being bought, or one being repaired."""

    intent: IntentMade
    orders: list[Order]

    @property
    def is_ended(self) -> bool:
        return all(o.is_ended for o in self.orders)

    def unsent(self) -> list[str]:
        """Orders that never left, because the leg before them filled nothing."""
        return [o.plan.order_id for o in self.orders if not o.is_sent]

    def outcome(self) -> Reason | None:
        """None if every leg filled the same size, to a hundredth of a contract (a leg that states
        cash buys fractions of one); else why the basket is not what was meant."""
        filled = [o.qty_filled for o in self.orders]
        if max(filled) == 0:
            return Reason.UNFILLED
        return None if max(filled) - min(filled) < QTY_GRAIN else Reason.LEG_IMBALANCE


class Orders:
    """All plans in flight, and the last that ended: a fill is booked whenever it is told."""

    def __init__(self, spend_of: Callable[[int, int, int], int]) -> None:
        """`spend_of(ix, limit, qty)`: cash that a leg which leaves now must state, or 0."""
        self._spend_of = spend_of
        self.by_id: dict[str, tuple[Plan, Order]] = {}
        self._over: dict[str, tuple[Plan, Order]] = {}
        self.sent = 0

    def start(self, intent: IntentMade) -> list[AnyCommand]:
        """Register a plan and emit its first orders."""
        plan = Plan(intent, [Order(p, intent.intent_id) for p in intent.legs])
        for order in plan.orders:
            self.by_id[order.plan.order_id] = (plan, order)
        return [
            self._place(order, order.plan.qty, order.plan.spend, intent.ts_ns)
            for order in plan.orders
            if not order.plan.waits
        ]

    def restore(self, state: PlanState, ix_of: Mapping[tuple[str, str], int]) -> Plan:
        """A plan of an earlier life, its instruments named as they are now. A leg that waits will
        not leave any more if its instrument is gone, or if all that it waited for has ended: the
        moment for it was in that life."""
        is_late = all(said.is_ended for said in state.orders if said.is_sent)
        orders = []
        for leg, said in zip(state.intent.legs, state.orders, strict=True):
            ix = ix_of.get((leg.venue, leg.instrument_id), -1)
            is_ended = said.is_ended or (not said.is_sent and (ix < 0 or is_late))
            orders.append(
                Order(
                    msgspec.structs.replace(leg, ix=ix), state.intent.intent_id, said.is_sent,
                    is_ended, False, said.qty_sent, said.qty_filled, frozenset(said.fills),
                )
            )  # fmt: skip
        plan = Plan(state.intent, orders)
        if plan.is_ended:
            self._end(plan)
        else:
            self.by_id.update({order.plan.order_id: (plan, order) for order in orders})
        return plan

    def _end(self, plan: Plan) -> None:
        for order in plan.orders:
            self.by_id.pop(order.plan.order_id, None)
            self._over[order.plan.order_id] = (plan, order)
        while len(self._over) > ENDED_KEPT:
            del self._over[next(iter(self._over))]

    def _place(self, order: Order, qty: int, spend: int, ts_ns: int) -> PlaceOrder:
        order.is_sent = True
        order.qty_sent = qty
        self.sent += 1
        leg = order.plan
        return PlaceOrder(
            leg.order_id, order.intent_id, leg.ix, leg.venue, leg.instrument_id, leg.side,
            leg.price_limit, qty, TimeInForce.IOC, ts_ns, spend, leg.is_sell,
        )  # fmt: skip

    def fill(self, event: FillReport) -> tuple[Plan, Order] | None:
        """Count a fill once; None for an order we do not know or a fill seen before."""
        known = self.by_id.get(event.order_id) or self._over.get(event.order_id)
        if known is None or event.fill_id in known[1].fills:
            return None
        known[1].fills |= {event.fill_id}
        known[1].qty_filled += event.qty
        return known

    def void(self, record: FillVoided) -> None:
        """A fill was taken back; a plan in flight then ends without it."""
        known = self.by_id.get(record.order_id)
        if known is not None:
            known[1].qty_filled -= record.qty

    def answer(
        self, event: OrderAnswer, instruments: list[Instrument], now_ns: int
    ) -> tuple[Plan, Order, list[PlaceOrder]] | None:
        """Apply an answer; a slow leg's end lets the others go for what it filled."""
        known = self.by_id.get(event.order_id)
        if known is None or known[1].is_ended:
            return None
        plan, order = known
        if event.status is OrderStatus.UNKNOWN:
            order.is_unknown = True
        if event.status not in ENDS:
            return plan, order, []
        order.is_ended = True
        commands = self._follow(plan, instruments, now_ns)
        if plan.is_ended:
            self._end(plan)
        return plan, order, commands

    def _follow(self, plan: Plan, instruments: list[Instrument], now_ns: int) -> list[PlaceOrder]:
        waiting = [o for o in plan.orders if not o.is_sent and not o.is_ended]
        if not waiting or not all(o.is_ended for o in plan.orders if o.is_sent):
            return []
        qty = min(o.qty_filled for o in plan.orders if o.is_sent)
        commands: list[PlaceOrder] = []
        for order in waiting:
            leg = order.plan
            size = min(qty, leg.qty)  # a surplus of the first leg was not sized for the second
            size -= size % instruments[leg.ix].qty_step
            if size == 0:
                order.is_ended = True
            else:
                spend = self._spend_of(leg.ix, leg.price_limit, size)
                commands.append(self._place(order, size, spend, now_ns))
        return commands
