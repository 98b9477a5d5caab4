"""An engine that starts on the log of another one goes on as that one would have."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbees.messages import events as ev
from arbees.messages.commands import AnyCommand, PlaceOrder
from arbees.messages.records import (
    AnyRecord,
    CashSet,
    IntentMade,
    OrderClosed,
    OrderSent,
    OrdersVoided,
)
from arbees.pipeline.engine import Engine
from arbees.pipeline.funnel import Stage
from arbees.pipeline.ledger import rebuild
from arbees.pipeline.restore import past_orders
from arbees.pipeline.settings import EngineSettings
from arbees.tradelog import encode_line
from tests.pipeline.world import CONTRACT, KALSHI, SECOND, TOKEN, World, instruments

NETTING = frozenset({"kalshi"})
QTY = 100 * CONTRACT
LINK = ev.LinkSpec("L1", KALSHI, TOKEN, "inverse", "test")


class Life(World):
    """Answers come by hand; `log` is what its trading log holds."""

    def __init__(self, token_delay_ns: int = 0) -> None:
        super().__init__(token_delay_ns=token_delay_ns)
        self.log: list[AnyRecord] = [CashSet(v, 1_000 * CONTRACT, 0) for v in ("kalshi",
                                     "polymarket")]  # fmt: skip
        self.cheap()
        self.write()

    def write(self) -> None:
        self.log.extend(self.engine.take_records())

    def tell(self, *events: ev.EngineEvent) -> list[AnyCommand]:
        commands = self.send(*events)
        self.write()
        return commands

    def fill(self, leg: int, qty: int = QTY, name: str = "f") -> ev.FillReport:
        order_id = f"0-1-{leg}"
        price = 4_500 if leg else 4_000
        return ev.FillReport(order_id, f"{name}{leg}", price, qty, 3, self.now, leg == 0)

    def done(self, leg: int) -> ev.OrderAnswer:
        return ev.OrderAnswer(f"0-1-{leg}", ev.OrderStatus.DONE, "", self.now)

    def again(self, *, turned: bool = False) -> Engine:
        """The next life. `turned`: the catalogue counts its instruments the other way round."""
        engine = Engine(EngineSettings(epoch="1"), rebuild(self.log, NETTING))
        listed = instruments()
        link = LINK
        if turned:
            listed = tuple(replace(i, ix=1 - i.ix) for i in reversed(listed))
            link = ev.LinkSpec("L1", 1 - KALSHI, 1 - TOKEN, "inverse", "test")
        engine.step((ev.InstrumentsAdded(listed), ev.LinksAdded((link,))), self.now)
        engine.step((ev.PlansRestored(past_orders(self.log).plans()),), self.now)
        return engine


@pytest.mark.parametrize("turned", [False, True])
def test_orders_in_flight_go_on(turned: bool) -> None:
    life = Life()
    life.tell(life.fill(0))
    assert [c.order_id for c in past_orders(life.log).unresolved()] == ["0-1-0", "0-1-1"]
    engine = life.again(turned=turned)
    assert engine.risk_state.busy == {"L1"}
    assert engine.ledger.reserved == life.engine.ledger.reserved
    assert engine.risk_state.event_cost == life.engine.risk_state.event_cost
    for event in (life.fill(0), life.fill(1), life.done(0), life.done(1)):
        life.send(event)
        engine.step((event,), life.now)
    assert engine.ledger.cash == life.engine.ledger.cash
    assert engine.ledger.reserved == {"kalshi": 0, "polymarket": 0}
    assert engine.risk_state.busy == engine.risk_state.broken == set()
    assert engine.funnel.in_flight(Stage.EXECUTE) == 0
    assert engine.fills == 1, "the one that the log held is not booked again"


def test_commands_are_made_again_to_the_byte() -> None:
    for delay in (0, SECOND):
        life = Life(delay)
        if delay:
            (follower,) = life.tell(life.fill(1, 60 * CONTRACT), life.done(1))
            sent = [follower, life.commands[0]]  # the first one has a fill that is not final
            assert isinstance(life.log[-2], OrderSent | OrderClosed)
        else:
            sent = [c for c in life.commands if isinstance(c, PlaceOrder)]
        assert past_orders(life.log).unresolved() == sent


def test_a_leg_that_waits_follows_in_the_next_life() -> None:
    life = Life(SECOND)
    engine = life.again()
    (command,) = engine.step((life.fill(1, 60 * CONTRACT), life.done(1)), life.now)
    assert isinstance(command, PlaceOrder)
    assert (command.ix, command.qty) == (KALSHI, 60 * CONTRACT)


def test_a_leg_whose_moment_has_passed_is_closed_and_the_basket_is_repaired() -> None:
    life = Life(SECOND)
    life.tell(life.fill(1), life.done(1))
    life.log = list[AnyRecord](r for r in life.log if not isinstance(r, OrderSent))
    engine = life.again()
    (closed,) = [r for r in engine.take_records() if isinstance(r, OrderClosed)]
    assert (closed.order_id, closed.status, closed.reason) == ("0-1-0", "unsent", "restart")
    assert engine.risk_state.busy == set()
    assert engine.risk_state.broken == {"L1"}
    assert set(engine.ledger.reserved.values()) <= {0}


def test_a_late_fill_finds_an_order_that_ended_in_an_earlier_life() -> None:
    life = Life()
    life.tell(life.fill(0), life.fill(1, 60 * CONTRACT), life.done(0), life.done(1))
    engine = life.again()
    assert engine.risk_state.broken == {"L1"}
    engine.step((life.fill(1, 40 * CONTRACT, "late"),), life.now)
    assert engine.risk_state.broken == set()
    engine.step((life.fill(1, 40 * CONTRACT, "late"),), life.now)
    assert engine.ledger.positions[("polymarket", "111")].qty == QTY


def test_a_late_fill_finds_an_order_that_ended_here() -> None:
    life = Life()
    life.tell(life.fill(0), life.fill(1, 60 * CONTRACT), life.done(0), life.done(1))
    life.tell(life.fill(1, 60 * CONTRACT, "late"))
    assert life.engine.ledger.positions[("polymarket", "111")].qty == 120 * CONTRACT
    assert life.engine.risk_state.broken == {"L1"}


def test_instruments_that_are_gone_end_what_waits_and_keep_what_left() -> None:
    life = Life(SECOND)
    engine = Engine(EngineSettings(), rebuild(life.log, NETTING))
    engine.step((ev.PlansRestored(past_orders(life.log).plans()),), life.now)
    assert engine.risk_state.busy == {"L1"}
    assert engine.step((life.fill(1), life.done(1)), life.now) == []
    assert engine.ledger.positions[("polymarket", "111")].qty == QTY
    assert engine.risk_state.busy == set()


def test_a_market_that_is_gone_nets_as_its_venue_does() -> None:
    life = Life()
    engine = Engine(EngineSettings(), rebuild(life.log, NETTING))
    other = replace(instruments()[KALSHI], ix=0, instrument_id="KX-B")
    engine.step((ev.InstrumentsAdded((other,)),), life.now)
    engine.step((ev.PlansRestored(past_orders(life.log).plans()),), life.now)
    engine.step((life.fill(0),), life.now)
    assert engine.ledger.positions[("kalshi", "KX-A")].nets


@pytest.mark.parametrize("stage", [ev.TradeStage.CONFIRMED, ev.TradeStage.FAILED])
def test_an_order_is_asked_about_until_its_fills_are_settled(stage: ev.TradeStage) -> None:
    life = Life()
    life.tell(life.fill(0), life.fill(1), life.done(0), life.done(1))
    (command,) = past_orders(life.log).unresolved()
    assert command == life.commands[1]
    life.tell(ev.FillProgress("0-1-1", "f1", stage, life.now))
    assert past_orders(life.log).unresolved() == []


def test_what_ended_is_kept_for_a_while_only() -> None:
    life = Life()
    life.log.append(OrdersVoided(("0-1-0", "0-1-1", "strange"), 9))
    past = past_orders(life.log)
    assert past.unresolved() == []
    assert len(past.plans()) == 1 and past.plans(0) == ()
    assert life.again().risk_state.busy == set()


steps = st.lists(
    st.sampled_from(["fill0", "fill1", "more1", "done0", "done1", "fail1", "sure1"]), max_size=9
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(steps, st.integers(0, 9), st.booleans())
def test_wherever_it_stops_the_next_life_books_and_commands_the_same(
    story: list[str], cut: int, delayed: bool
) -> None:
    def event(life: Life, name: str) -> ev.EngineEvent:
        match name:
            case "fill0":
                return life.fill(0)
            case "fill1":
                return life.fill(1, 60 * CONTRACT)
            case "more1":
                return life.fill(1, 40 * CONTRACT, "more")
            case "done0" | "done1":
                return life.done(int(name[-1]))
            case _:
                stage = ev.TradeStage.FAILED if name == "fail1" else ev.TradeStage.CONFIRMED
                return ev.FillProgress("0-1-1", "f1", stage, life.now)

    whole, cut_short = (Life(SECOND if delayed else 0) for _ in range(2))
    for name in story[:cut]:
        whole.tell(event(whole, name))
        cut_short.tell(event(cut_short, name))
    engine = cut_short.again()
    for name in story[cut:]:
        ours = whole.tell(event(whole, name))
        theirs = engine.step((event(whole, name),), whole.now)
        assert [c for c in ours if isinstance(c, PlaceOrder)] == theirs
    later = engine.take_records()
    again = rebuild([*cut_short.log, *later], NETTING)
    assert again.cash == whole.engine.ledger.cash
    assert again.positions == whole.engine.ledger.positions
    assert again.pending == whole.engine.ledger.pending
    assert again.holdings == whole.engine.ledger.holdings
    assert engine.risk_state.broken == whole.engine.risk_state.broken
    assert engine.risk_state.busy == whole.engine.risk_state.busy
    assert all(encode_line(r) for r in later if not isinstance(r, IntentMade))
