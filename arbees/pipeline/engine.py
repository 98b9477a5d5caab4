"""Engine: the sole owner of books, orders, ledger and funnel. `step` is the only way in.

Synchronous and deterministic: the same inputs in the same order give the same commands, byte for
byte. One step takes everything that one input said, and prices what it touched in one kernel call.
"""

from collections.abc import Sequence
from functools import partial

from arbees.markets.baskets import Basket, BasketTable, Priced
from arbees.markets.books import Books
from arbees.markets.instrument import Instrument
from arbees.messages import events as ev
from arbees.messages.commands import AnyCommand
from arbees.messages.records import (
    AnyRecord,
    FillVoided,
    IntentMade,
    LinkWithdrawn,
    OpportunitySeen,
    OrderClosed,
    OrderSent,
    Purpose,
    Refused,
)
from arbees.pipeline import market_state, risk, sizing
from arbees.pipeline.booking import Booking
from arbees.pipeline.detect import Detector
from arbees.pipeline.execution import Orders
from arbees.pipeline.funnel import PASSING, Funnel, Reason, Stage
from arbees.pipeline.ledger import Ledger
from arbees.pipeline.noted import basket_added, basket_of, event_state, link_added
from arbees.pipeline.restore import resume
from arbees.pipeline.settings import EngineSettings
from arbees.pipeline.unwind import Unwinder


class Engine:
    """State machine of the whole decision. `records` collects what a step decided."""

    def __init__(self, settings: EngineSettings, ledger: Ledger) -> None:
        self.settings = settings
        self.ledger = ledger
        self.market = market_state.MarketState(settings.detect, settings.zero_fees)
        self.table = BasketTable()
        self.funnel = Funnel()
        self.orders = Orders(self.market.spend)
        self.risk_state = risk.RiskState()
        self.booking = Booking(ledger, self.risk_state)
        self.unwinder = Unwinder(settings.risk, ledger, self.market, self.risk_state)
        self.detector = Detector(settings.detect, settings.size, self.funnel)
        self._reprice = partial(self.detector.reprice, self.table, self.market.books)
        self.records: list[AnyRecord] = []
        self.now_ns = 0
        self.events = 0
        self.opportunities = 0
        self.intents = 0
        self.approved = 0
        self._touched: set[int] = set()
        self._links: set[str] = set()

    @property
    def books(self) -> Books:
        return self.market.books

    @property
    def fills(self) -> int:
        return self.booking.fills

    @property
    def instruments(self) -> list[Instrument]:
        return self.market.instruments

    def step(
        self, events: Sequence[ev.EngineEvent], ts_recv_ns: int, conn_id: int = -1
    ) -> list[AnyCommand]:
        """Apply all `events` of one input, then decide once. Time never goes back."""
        if ts_recv_ns > self.now_ns:
            self.now_ns = ts_recv_ns
        now, market, touched = self.now_ns, self.market, self._touched
        if conn_id in market.sequenced:
            market.conn_seen[conn_id] = now
        commands: list[AnyCommand] = []
        if now >= market.fee_change_ns:
            market.change_fees(now, touched)
        self.events += len(events)
        for event in market.apply(events, now, touched):
            self._apply(event, commands)
        if touched:
            self._decide(commands)
        if self.risk_state.broken:
            self._repair(commands)
        return commands

    def _apply(self, event: ev.EngineEvent, commands: list[AnyCommand]) -> None:
        match event:
            case ev.FillReport():
                self._fill(event)
            case ev.FillProgress():
                self._progress(event)
            case ev.OrderAnswer():
                self._answer(event, commands)
            case ev.MarketSettled():
                self.records.append(event_state(event, self.instruments[event.ix], self.now_ns))
                paid = self.booking.settle(self.instruments[event.ix], event.payout, self.now_ns)
                self.records.extend(paid)
                for number in self.table.touching(event.ix):
                    self._judge(self.table.baskets[number].basket_id)
            case ev.StatusChanged() | ev.CloseChanged():
                self.records.append(event_state(event, self.instruments[event.ix], self.now_ns))
            case ev.InstrumentsAdded():
                self.booking.add(event.instruments)
            case ev.LinksAdded():
                for link in event.links:
                    self._link(link)
            case ev.LinksWithdrawn():
                for link_id in event.link_ids:
                    self._unlink(link_id)
            case ev.PlansRestored():
                self.records.extend(
                    resume(event.plans, self.orders, self.booking, self.funnel, self.now_ns)
                )
            case ev.TradingShut():
                is_shut = bool(event.reason)
                self.risk_state.shut(event.venue, event.ixs, is_shut=is_shut)
            case ev.KillSet():
                self.risk_state.kill_on = event.on
                self.risk_state.kill_reason = event.reason
            case _:
                pass

    def _link(self, link: ev.LinkSpec) -> None:
        self.records.append(link_added(link, self.instruments, self.now_ns))
        basket = basket_of(link, self.instruments)
        if basket is not None and self.table.add(basket):
            self._judge(basket.basket_id)
            self.records.append(basket_added(basket, self.instruments, self.now_ns))

    def _unlink(self, link_id: str) -> None:
        """Its basket is priced no longer; what was bought of it is followed to settlement."""
        number = self.table.withdraw(link_id)
        if number is not None:
            self.detector.forget(number)
            self.records.append(LinkWithdrawn(link_id, self.now_ns))

    def _decide(self, commands: list[AnyCommand]) -> None:
        """Price every basket that has a leg in a touched book; act on what is found."""
        self.market.suspect_crossed(self._touched)
        found, dropped = self.detector.evaluate(
            self.table, self.market.books, self._touched, self._untradable,
            self.market.instruments,
        )  # fmt: skip
        self._touched.clear()
        for priced, reason in dropped:
            self._refused(priced, Stage.DETECT, reason)
        for priced, is_new in found:
            basket = self.table.baskets[priced.basket]
            if is_new:
                self.opportunities += 1
                self.records.append(
                    OpportunitySeen(
                        basket.basket_id, self.now_ns, priced.qty, priced.cost, priced.edge,
                        priced.limits,
                    )
                )  # fmt: skip
            if self._trade(priced, basket, commands) in PASSING:
                self.detector.held_back.add(priced.basket)
            else:
                self.detector.held_back.discard(priced.basket)

    def _untradable(self, ix: int) -> Reason | None:
        return self.market.untradable(ix, self.now_ns)

    def _refused(self, priced: Priced, stage: Stage, reason: Reason) -> None:
        self._say_refused(self.table.baskets[priced.basket].basket_id, stage, reason)

    def _say_refused(self, basket_id: str, stage: Stage, reason: Reason) -> None:
        if self.market.reason_is_new(basket_id, stage.value, reason.value):
            self.records.append(Refused(basket_id, stage.value, reason.value, self.now_ns))

    def _trade(self, priced: Priced, basket: Basket, commands: list[AnyCommand]) -> Reason | None:
        """Size, ask risk, and go; why not, or None."""
        self.funnel.enter(Stage.SIZE)
        draft = sizing.size(
            f"{self.settings.epoch}-{self.approved + 1}", priced, basket, self.instruments,
            self.market.fee_term, self.books, self.ledger.available, self._reprice,
            self.settings.size, self.settings.detect.min_profit_micro,
        )  # fmt: skip
        if isinstance(draft, Reason):
            self.funnel.refuse(Stage.SIZE, draft)
            self._refused(priced, Stage.SIZE, draft)
            return draft
        self.funnel.accept(Stage.SIZE)
        self.intents += 1
        self.funnel.enter(Stage.RISK)
        verdict = risk.check(
            draft, self.risk_state, self.ledger, self.books, self.instruments,
            self.settings.risk, self.now_ns,
        )  # fmt: skip
        if isinstance(verdict, Reason):
            self.funnel.refuse(Stage.RISK, verdict)
            self._refused(priced, Stage.RISK, verdict)
            return verdict
        self.funnel.accept(Stage.RISK)
        self._execute(verdict, commands)
        return None

    def _execute(self, verdict: risk.Approved, commands: list[AnyCommand]) -> None:
        draft = verdict.draft
        basket_id = draft.basket.basket_id
        self.funnel.enter(Stage.EXECUTE)
        for leg, best in zip(draft.legs, verdict.touches, strict=True):
            self.risk_state.taken[(leg.ix, leg.side)] = best
        intent = IntentMade(draft.intent_id, basket_id, self.now_ns, draft.legs, draft.edge)
        self._start(intent, commands)

    def _start(self, intent: IntentMade, commands: list[AnyCommand]) -> None:
        """The intent's record, what it may cost set aside, and its first orders."""
        self.approved += 1
        self.records.append(intent)
        state = self.risk_state
        state.busy.add(intent.basket_id)
        state.last_trade_ns[intent.basket_id] = self.now_ns
        self.booking.set_aside(intent.legs)
        commands.extend(self.orders.start(intent))

    def _repair(self, commands: list[AnyCommand]) -> None:
        """Make the legs of broken baskets even, where that is possible within limits now."""
        for basket_id in self.unwinder.due(self.now_ns):
            basket = self.table.named(basket_id)
            if basket is None:
                continue
            self.funnel.enter(Stage.UNWIND)
            intent_id = f"{self.settings.epoch}-{self.approved + 1}"
            found = self.unwinder.plan(intent_id, basket, self.now_ns)
            if isinstance(found, Reason):
                self.unwinder.refused(basket_id, found, self.now_ns)
                self.funnel.refuse(Stage.UNWIND, found)
                self._say_refused(basket_id, Stage.UNWIND, found)
                continue
            self.funnel.accept(Stage.UNWIND)
            self.unwinder.sent(basket_id, self.now_ns)
            legs, result, purpose = found.legs, found.result, found.purpose
            intent = IntentMade(intent_id, basket_id, self.now_ns, legs, result, purpose)
            self._start(intent, commands)

    def _fill(self, event: ev.FillReport) -> None:
        known = self.orders.fill(event)
        if known is None:
            return
        plan, order = known
        self.records.extend(self.booking.fill(event, order.plan, plan.intent, self.now_ns))
        if plan.is_ended:
            self._judge(plan.intent.basket_id)  # told late: the legs may differ now

    def _progress(self, event: ev.FillProgress) -> None:
        """How far a fill's settlement has got. A failed one is taken back; if that leaves a
        basket that has ended with legs of different size, it is broken like any other."""
        if event.stage is ev.TradeStage.CONFIRMED:
            self.records.extend(self.booking.confirmed(event.fill_id, self.now_ns))
        if event.stage is not ev.TradeStage.FAILED:
            return
        taken_back = self.booking.failed(event.fill_id, self.now_ns)
        self.records.extend(taken_back)
        for record in taken_back:
            if isinstance(record, FillVoided):
                self.orders.void(record)
                self._judge(record.basket_id)

    def _judge(self, basket_id: str) -> None:
        """Are its legs even? While orders of it are in flight, their end will tell."""
        basket = None if basket_id in self.risk_state.busy else self.table.named(basket_id)
        if basket is not None and not self.booking.judge(basket, self.instruments):
            self.unwinder.even(basket_id)

    def _answer(self, event: ev.OrderAnswer, commands: list[AnyCommand]) -> None:
        result = self.orders.answer(event, self.instruments, self.now_ns)
        if result is None:
            return
        plan, order, more = result
        commands.extend(more)
        self.records.extend(
            OrderSent(c.order_id, c.intent_id, c.qty, c.spend, c.ts_ns) for c in more
        )
        if order.is_ended:
            self.records.append(
                OrderClosed(
                    event.order_id, event.status.value, event.reason, order.qty_sent,
                    order.qty_filled, self.now_ns,
                )
            )  # fmt: skip
        if not plan.is_ended:
            return
        for unsent in plan.unsent():
            self.records.append(OrderClosed(unsent, "unsent", "other_leg", 0, 0, self.now_ns))
        basket_id = plan.intent.basket_id
        self.risk_state.busy.discard(basket_id)
        self.booking.set_aside(plan.intent.legs, -1)
        self._judge(basket_id)
        if plan.intent.purpose is not Purpose.BASKET:
            return  # its end is in the log, and the legs say whether it helped
        outcome = plan.outcome()
        if outcome is None:
            self.funnel.accept(Stage.EXECUTE)
            return
        self.funnel.refuse(Stage.EXECUTE, outcome)
        self.records.append(Refused(basket_id, Stage.EXECUTE.value, outcome.value, self.now_ns))

    def take_records(self) -> list[AnyRecord]:
        """What the steps since the last call decided."""
        if not self.records:
            return self.records
        taken, self.records = self.records, []
        return taken
