"""The life of every order of ours at Polymarket, from all that is told of it. Pure.

Three voices tell it: the answer to the placement, the user socket, and REST reads after a doubt;
in any order, and more than once. The one rule: an order is said to be done only when nothing of it
rests AND every share that the venue says it matched has been reported as a fill.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from arbees.markets.fees import trade_fee
from arbees.markets.instrument import FeeRounding, FeeTerm
from arbees.messages.events import (
    EngineEvent,
    FillProgress,
    FillReport,
    OrderAnswer,
    OrderStatus,
    TradeStage,
)
from arbees.units import NS_PER_S
from arbees.venues.polymarket.orders import MARKETABLE, SignedOrder
from arbees.venues.polymarket.replies import Placed, PlaceStatus
from arbees.venues.polymarket.trades import Trade, TradeLeg, legs_of, stage_of, time_of

HIGHEST_FEE = FeeTerm(0, 70_000, 0, rounding=FeeRounding.POLYMARKET)
"""Charged where a market's fee became unreadable after its order left: the highest in force."""
COUNTS = frozenset({"filled", "partial"})
FINAL = frozenset({TradeStage.CONFIRMED, TradeStage.FAILED})

DELAY_NS = 30 * NS_PER_S
"""The longest that a market's delay is taken to be."""

FeeOf = Callable[[str, int], FeeTerm]


@dataclass(slots=True)
class Life:
    """One order. `qty` shares asked, `matched` as far as the venue says, `filled` as reported."""

    order_id: str
    venue_id: str
    token: str
    is_buy: bool
    qty: int
    rests: bool
    sent_ns: int
    is_in_flight: bool = False
    """Written or waiting to be, without an answer: nothing that reads show is its end."""
    known_ns: int = 0
    """Since when reads could show what became of it: its answer came, or will not come."""
    matched: int = 0
    filled: int = 0
    is_over: bool = False
    is_counted: bool = False
    """Whether `matched` is the venue's last word, so that an end can be believed."""
    is_unknown: bool = False
    is_accepted: bool = False
    is_ended: bool = False
    is_cancelling: bool = False
    reason: str = ""
    fills: set[str] = field(default_factory=set)


class OrderLives:
    """All orders that we sent or adopted, by the id the venue knows them by."""

    def __init__(self, fee_of: FeeOf) -> None:
        self.by_venue: dict[str, Life] = {}
        self.by_order: dict[str, Life] = {}
        self.foreign = 0
        self.stages: dict[str, TradeStage] = {}
        self.since: dict[str, int] = {}
        """By trade, when our order left: reads from then on show the trade."""
        self._legs: dict[str, list[TradeLeg]] = {}
        self._fee_of = fee_of

    def add(self, order: SignedOrder, token: str, sent_ns: int) -> Life:
        """Before its bytes leave, so that no word about it can come too early."""
        qty = order.amounts.taker if order.is_buy else order.amounts.maker
        life = Life(
            order.order_id, order.venue_id, token, order.is_buy, qty,
            order.type not in MARKETABLE, sent_ns, known_ns=sent_ns,
        )  # fmt: skip
        self.by_venue[order.venue_id] = life
        self.by_order[order.order_id] = life
        return life

    def answered(self, life: Life, ts_ns: int, *, is_delayed: bool = False) -> None:
        """It is not on its way any more. A delayed order is matched later, and not listed until
        it is (polymarket.md section 7.6)."""
        life.is_in_flight = False
        life.known_ns = ts_ns + (DELAY_NS if is_delayed else 0)

    def forget(self, life: Life) -> None:
        """It never left, or it ended and nobody asks for it any more."""
        self.by_venue.pop(life.venue_id, None)
        self.by_order.pop(life.order_id, None)

    def prune(self, keep: int) -> None:
        """Forget the oldest orders that ended, beyond `keep`, and as many trades."""
        ended = [life for life in self.by_venue.values() if life.is_ended]
        for life in ended[: max(0, len(ended) - keep)]:
            self.forget(life)
        for trade_id in list(self.stages)[: max(0, len(self.stages) - keep)]:
            if self.stages[trade_id] in FINAL:
                del self.stages[trade_id]
                self._legs.pop(trade_id, None)
                self.since.pop(trade_id, None)

    def is_ours(self, venue_id: str) -> bool:
        return venue_id in self.by_venue

    def is_about_us(self, trade: Trade) -> bool:
        """Whether an order of ours is in it."""
        makers = trade.maker_orders or ()
        return self.is_ours(trade.taker_order_id) or any(self.is_ours(m.order_id) for m in makers)

    def unsettled(self) -> int | None:
        """When the order of the oldest trade left that is neither confirmed nor failed."""
        open_ = (ts for trade, ts in self.since.items() if self.stages.get(trade) not in FINAL)
        return min(open_, default=None)

    def open(self) -> list[Life]:
        """Those that have not ended, oldest first."""
        return [life for life in self.by_venue.values() if not life.is_ended]

    def placed(self, life: Life, said: Placed, ts_ns: int) -> list[EngineEvent]:
        """The answer to a placement that was accepted."""
        shares = said.taking if life.is_buy else said.making
        life.matched = max(life.matched, shares)
        life.is_accepted, life.is_unknown = True, False
        events: list[EngineEvent] = []
        if said.status is PlaceStatus.MATCHED and not life.rests:
            self._over(life, "filled" if shares >= life.qty else "partial")
            life.is_counted = shares > 0
        elif not life.is_ended:
            events.append(self._answer(life, OrderStatus.ACCEPTED, said.status.value, ts_ns))
        if life.matched >= life.qty:
            self._over(life, "filled")
            life.is_counted = True
        return events + self._end(life, ts_ns)

    def refused(self, life: Life, reason: str, ts_ns: int) -> list[EngineEvent]:
        """The venue said no, or it never left."""
        if life.is_ended:
            return []
        life.is_ended = life.is_over = True
        return [self._answer(life, OrderStatus.REJECTED, reason, ts_ns)]

    def unfilled(self, life: Life, reason: str, ts_ns: int) -> list[EngineEvent]:
        """A FOK or FAK that found nobody: an end like any other."""
        self._over(life, reason)
        life.is_counted = True
        return self._end(life, ts_ns)

    def unknown(self, life: Life, reason: str, ts_ns: int) -> list[EngineEvent]:
        """The answer was lost; said once, until it is resolved."""
        if life.is_ended or life.is_unknown:
            return []
        life.is_unknown = True
        return [self._answer(life, OrderStatus.UNKNOWN, reason, ts_ns)]

    def told(
        self, life: Life, matched: int | None, end: str | None, ts_ns: int
    ) -> list[EngineEvent]:
        """An order message or a read of it: shares matched so far (None: not said), and why it no
        longer rests (None: it does)."""
        life.is_accepted = True
        if matched is not None:
            life.matched = max(life.matched, matched)
        if end is not None:
            self._over(life, end)
            life.is_counted = life.is_counted or matched is not None
        elif life.matched >= life.qty:
            self._over(life, "filled")
            life.is_counted = True
        return self._end(life, ts_ns)

    def trade(self, trade: Trade) -> list[EngineEvent]:
        """Fills of ours in it, and how far they got. Raises WireError if it cannot be read; then
        nothing of it was counted."""
        if not self._legs.get(trade.id) and not self.is_about_us(trade):
            self.foreign += 1
            return []
        stage, ts_ns = stage_of(trade), time_of(trade)
        # The first word names the fills: a later one may be in less detail, and is no other fill.
        legs = self._legs.get(trade.id) or legs_of(trade, self.is_ours)
        known = self.stages.get(trade.id)
        if known in FINAL or known is stage or (known and stage is TradeStage.MATCHED):
            return []  # said before, or overtaken by a later word
        self.stages[trade.id], self._legs[trade.id] = stage, legs
        self.since.setdefault(
            trade.id, min((life.sent_ns for life in self._lives_of(legs)), default=ts_ns)
        )
        events: list[EngineEvent] = []
        for leg in legs:
            life = self.by_venue.get(leg.venue_id)
            if life is None:
                continue  # ended and forgotten
            if stage is not TradeStage.FAILED or known is not None:
                is_final = stage is TradeStage.CONFIRMED
                events.extend(self._fill(life, leg, ts_ns, is_final=is_final))
            else:
                # First heard of as failed: no share came in this life of ours. One before it may
                # have booked the fill, so the engine is told all the same.
                life.fills.add(leg.fill_id)
                life.filled += leg.qty
            events.append(FillProgress(life.order_id, leg.fill_id, stage, ts_ns))
            events.extend(self._end(life, ts_ns))
        return events

    def _lives_of(self, legs: list[TradeLeg]) -> list[Life]:
        return [self.by_venue[leg.venue_id] for leg in legs if leg.venue_id in self.by_venue]

    def _fill(self, life: Life, leg: TradeLeg, ts_ns: int, *, is_final: bool) -> list[EngineEvent]:
        if leg.fill_id in life.fills:
            return []
        life.fills.add(leg.fill_id)
        life.is_accepted = True
        life.filled += leg.qty
        life.matched = max(life.matched, life.filled)
        term = self._fee_of(leg.token, ts_ns)
        fee = trade_fee(
            term if term.is_known else HIGHEST_FEE, leg.price, leg.qty, is_taker=leg.is_taker
        )
        return [FillReport(life.order_id, leg.fill_id, leg.price, leg.qty, fee, ts_ns, is_final)]

    def found(self, life: Life, ts_ns: int) -> list[EngineEvent]:
        """A read says that it rests: what was unknown is known."""
        was_unknown, life.is_unknown = life.is_unknown, False
        if not was_unknown or life.is_ended:
            return []
        return [self._answer(life, OrderStatus.ACCEPTED, "found", ts_ns)]

    def absent(self, life: Life, ts_ns: int) -> list[EngineEvent]:
        """Reads agree that it is not active, and all its trades were read."""
        if not life.is_accepted:
            return self.refused(life, "not_found", ts_ns)
        self._over(life, "partial" if life.filled else "unfilled")
        life.is_counted, life.matched = True, life.filled
        return self._end(life, ts_ns)

    def _over(self, life: Life, reason: str) -> None:
        life.is_over = True
        life.reason = life.reason or reason

    def _end(self, life: Life, ts_ns: int) -> list[EngineEvent]:
        is_done = life.is_over and life.is_counted and life.filled >= life.matched
        if life.is_ended or not is_done:
            return []
        life.is_ended = True
        reason = life.reason
        if reason in COUNTS:  # who said so may have counted otherwise
            reason = "filled" if life.filled >= life.qty else "partial"
        return [self._answer(life, OrderStatus.DONE, reason, ts_ns)]

    def _answer(self, life: Life, status: OrderStatus, reason: str, ts_ns: int) -> EngineEvent:
        return OrderAnswer(life.order_id, status, reason, ts_ns)
