"""Fills that fail on the chain are taken back, once, and their basket is known as broken."""

import msgspec
import pytest

from arbees.app.compose import header, runtime_from_header
from arbees.messages import events as ev
from arbees.messages.commands import PlaceOrder
from arbees.messages.records import (
    AnyRecord,
    CashSet,
    FillConfirmed,
    FillVoided,
    IntentMade,
    SettlementBooked,
)
from arbees.pipeline.engine import Engine
from arbees.pipeline.funnel import Reason
from arbees.pipeline.ledger import rebuild
from arbees.pipeline.settings import EngineSettings
from tests.pipeline.world import CONTRACT, KALSHI, START, TOKEN, World, instruments
from tests.reference.tradelog import totals

NETTING = frozenset({"kalshi"})
QTY = 100 * CONTRACT
CASH = 1_000 * CONTRACT
LINK = ev.LinkSpec("L1", KALSHI, TOKEN, "inverse", "test")


class Chain(World):
    """Both legs are answered by hand: the token's fill settles later."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[AnyRecord] = [CashSet(v, CASH, 0) for v in ("kalshi", "polymarket")]
        self.cheap()
        kalshi, token = self.commands
        assert isinstance(kalshi, PlaceOrder) and isinstance(token, PlaceOrder)
        self.kalshi, self.token = kalshi.order_id, token.order_id

    def fill(self, qty: int = QTY, name: str = "t1", *, is_final: bool = False) -> None:
        self.send(ev.FillReport(self.token, name, 4_500, qty, 7, self.now, is_final))

    def fill_kalshi(self) -> None:
        self.send(ev.FillReport(self.kalshi, "k1", 4_000, QTY, 5, self.now))

    def end(self, *order_ids: str) -> None:
        for order_id in order_ids or (self.kalshi, self.token):
            self.send(ev.OrderAnswer(order_id, ev.OrderStatus.DONE, "filled", self.now))

    def stage(self, stage: ev.TradeStage, name: str = "t1") -> list[AnyRecord]:
        """What the step logged."""
        self.taken()
        self.send(ev.FillProgress(self.token, name, stage, self.now))
        return self.taken()

    def taken(self) -> list[AnyRecord]:
        records = self.engine.take_records()
        self.log.extend(records)
        return records

    def check(self) -> None:
        """The oracle of the log, a rebuild and the money's law agree with the engine."""
        self.taken()
        ledger = self.engine.ledger
        truth = totals([msgspec.json.decode(msgspec.json.encode(r)) for r in self.plain()])
        assert truth.cash == ledger.cash
        assert truth.positions == {key: p.qty for key, p in ledger.positions.items()}
        assert sum(truth.fees.values()) == ledger.fees
        again = rebuild(self.log, NETTING)
        assert (again.cash, again.positions, again.pending) == (
            ledger.cash, ledger.positions, ledger.pending,
        )  # fmt: skip
        assert (again.realised, again.holdings) == (ledger.realised, ledger.holdings)
        cost = sum(p.cost for p in ledger.positions.values())
        assert ledger.realised == sum(ledger.cash.values()) + cost - 2 * CASH

    def plain(self) -> list[AnyRecord]:
        return [r for r in self.log if type(r).__name__ not in ("LinkAdded", "BasketAdded",
                "EventStateSeen")]  # fmt: skip


def held(world: World) -> dict[tuple[str, str], int]:
    return {key: p.qty for key, p in world.engine.ledger.positions.items()}


def test_a_failed_fill_of_a_finished_basket_breaks_it() -> None:
    world = Chain()
    world.fill()
    world.fill_kalshi()
    world.end()
    assert world.engine.risk_state.broken == set()
    assert set(world.engine.ledger.pending) == {"t1"}
    assert world.engine.risk_state.event_cost["polymarket:e1"] == 45_000_007
    assert world.stage(ev.TradeStage.RETRYING) == []
    (void,) = world.stage(ev.TradeStage.FAILED)
    assert isinstance(void, FillVoided)
    assert (void.qty, void.price, void.fee, void.basket_id) == (QTY, 4_500, 7, "L1")
    assert world.engine.ledger.cash["polymarket"] == CASH
    assert held(world) == {("kalshi", "KX-A"): QTY}
    assert world.engine.risk_state.event_cost == {"kalshi:KX": 40_000_005}
    assert world.engine.risk_state.broken == {"L1"}
    world.now += 10**10
    world.engine.unwinder.waiting["L1"] = (world.now + 1, 1)
    assert world.book(TOKEN, [(4_200, QTY)], [(4_300, QTY)]) == []
    assert world.engine.funnel.reasons()["broken"] == 1
    world.check()


@pytest.mark.parametrize("first", [ev.TradeStage.CONFIRMED, ev.TradeStage.FAILED])
def test_a_failure_is_booked_once_and_never_after_a_confirmation(first: ev.TradeStage) -> None:
    world = Chain()
    world.fill()
    world.fill_kalshi()
    world.end()
    (record,) = world.stage(first)
    kind = FillConfirmed if first is ev.TradeStage.CONFIRMED else FillVoided
    assert isinstance(record, kind)
    before = held(world), dict(world.engine.ledger.cash)
    assert world.stage(ev.TradeStage.FAILED) == []
    assert world.stage(ev.TradeStage.CONFIRMED) == []
    assert world.stage(ev.TradeStage.FAILED, "nobody") == []
    assert (held(world), world.engine.ledger.cash) == before
    assert world.engine.booking.void_strange == 2
    assert world.engine.booking.voided == (1 if kind is FillVoided else 0)
    world.check()


def test_a_final_fill_never_waits() -> None:
    world = Chain()
    world.fill(is_final=True)
    assert world.engine.ledger.pending == {}
    assert world.stage(ev.TradeStage.CONFIRMED) == []
    assert world.stage(ev.TradeStage.FAILED) == []
    world.check()


def test_a_fill_that_fails_in_flight_is_missing_at_the_end() -> None:
    world = Chain()
    world.fill(60 * CONTRACT, "t1")
    world.fill(40 * CONTRACT, "t2")
    world.stage(ev.TradeStage.FAILED, "t2")
    world.fill(40 * CONTRACT, "t2")  # said again: the same fill, counted once
    world.fill_kalshi()
    world.end()
    assert world.engine.funnel.refused[list(world.engine.funnel.refused)[3]] == {
        Reason.LEG_IMBALANCE: 1
    }
    assert world.engine.risk_state.broken == {"L1"}
    world.check()


def test_a_basket_of_which_nothing_is_left_is_not_broken() -> None:
    world = Chain()
    world.fill()
    world.end()
    assert world.engine.risk_state.broken == {"L1"}
    world.stage(ev.TradeStage.FAILED)
    assert world.engine.risk_state.broken == set()
    assert held(world) == {}
    world.check()


@pytest.mark.parametrize("payout", [0, 5_000, 10_000])
def test_a_failure_after_the_payout_gives_the_payout_back(payout: int) -> None:
    world = Chain()
    world.fill()
    world.fill_kalshi()
    world.end()
    world.send(ev.MarketSettled(TOKEN, payout, world.now))
    void, paid = world.stage(ev.TradeStage.FAILED)
    assert isinstance(void, FillVoided) and isinstance(paid, SettlementBooked)
    assert (paid.qty, paid.cash) == (-QTY, -QTY * payout // 10_000)
    assert world.engine.ledger.cash["polymarket"] == CASH
    world.check()


@pytest.mark.parametrize("payout", [0, 3_700, 10_000])
@pytest.mark.parametrize("is_final", [True, False])
def test_a_fill_told_after_the_payout_is_paid_out(payout: int, is_final: bool) -> None:
    world = Chain()
    world.fill(QTY // 2)
    world.send(ev.MarketSettled(TOKEN, payout, world.now))
    world.fill(QTY // 2, "t2", is_final=is_final)
    world.end(world.token)
    assert ("polymarket", "111") not in held(world)
    got = QTY // 2 * payout // 10_000 * 2
    assert world.engine.ledger.cash["polymarket"] == CASH - 2 * (QTY // 2 * 45 // 100 + 7) + got
    world.taken()
    paid = [r.qty for r in world.log if isinstance(r, SettlementBooked)]
    assert paid == [QTY // 2, QTY // 2]
    world.fill_kalshi()
    world.end(world.kalshi)
    world.check()


def test_a_restart_knows_what_may_still_fail_and_what_is_broken() -> None:
    world = Chain()
    world.fill()
    world.fill_kalshi()
    world.end()
    world.taken()
    ledger = rebuild(world.log, NETTING)
    again = Engine(EngineSettings(epoch="2"), ledger)
    again.step((ev.InstrumentsAdded(instruments()), ev.LinksAdded((LINK,))), START)
    assert again.risk_state.broken == set()
    again.step((ev.FillProgress(world.token, "t1", ev.TradeStage.FAILED, START),), START)
    voids = [r for r in again.take_records() if isinstance(r, FillVoided)]
    assert len(voids) == 1 and again.risk_state.broken == {"L1"}
    third = Engine(EngineSettings(epoch="3"), rebuild([*world.log, *voids], NETTING))
    third.step((ev.InstrumentsAdded(instruments()), ev.LinksAdded((LINK,))), START)
    assert third.risk_state.broken == {"L1"}


def test_the_journals_header_carries_what_may_still_fail() -> None:
    world = Chain()
    world.fill()
    world.fill_kalshi()
    head = header(EngineSettings(), world.engine.ledger, False)
    head = msgspec.json.decode(msgspec.json.encode(head))
    ledger = runtime_from_header(head).engine.ledger
    assert ledger.pending == world.engine.ledger.pending
    assert ledger.holdings == world.engine.ledger.holdings
    for old in ("pending", "holdings"):
        del head["ledger"][old]
    assert runtime_from_header(head).engine.ledger.pending == {}


def test_a_fill_of_a_market_that_is_no_longer_listed_is_taken_back_all_the_same() -> None:
    world = Chain()
    world.fill()
    world.taken()
    again = Engine(EngineSettings(), rebuild(world.log, NETTING))
    again.step((ev.FillProgress(world.token, "t1", ev.TradeStage.FAILED, START),), START)
    assert again.ledger.positions == {}
    assert again.ledger.cash["polymarket"] == CASH
    assert any(isinstance(r, IntentMade) for r in world.log)
