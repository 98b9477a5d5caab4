"""Uneven legs are made even by the cheaper way, within limits, or wait with a reason."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbees.app.snapshot import uneven
from arbees.messages import events as ev
from arbees.messages.commands import AnyCommand, LegSide, PlaceOrder
from arbees.messages.records import AnyRecord, CashSet, IntentMade, Purpose, Refused
from arbees.pipeline.engine import Engine
from arbees.pipeline.funnel import Reason, Stage
from arbees.pipeline.holdings import DUST_QTY
from arbees.pipeline.ledger import Position, rebuild
from arbees.pipeline.settings import EngineSettings, RiskSettings
from arbees.pipeline.unwind import PAUSE_MAX_NS
from tests.pipeline.world import CONTRACT, KALSHI, SECOND, TOKEN, World, instruments
from tests.reference.tradelog import totals

QTY = 100 * CONTRACT
CASH = 1_000 * CONTRACT
NETTING = frozenset({"kalshi"})
NOT_OF_THE_LOG = ("LinkAdded", "BasketAdded", "EventStateSeen")
NO_COOLDOWN = EngineSettings(risk=RiskSettings(cooldown_ns=10**18))


class Uneven(World):
    """Kalshi's leg (YES at 0.40, or with `same` NO at 0.40) filled `kalshi`, the token's at 0.45
    filled `token`; then both books are as the test says and the paper venue trades."""

    def __init__(
        self,
        kalshi: int = QTY,
        token: int = 0,
        *,
        is_final: bool = True,
        relation: str = "inverse",
        risk: RiskSettings = RiskSettings(cooldown_ns=10**18),  # frozen
    ) -> None:
        self.inputs: list[tuple[tuple[ev.EngineEvent, ...], int, int]] = []
        super().__init__(EngineSettings(risk=risk), relation=relation, view="optimistic")
        self.log: list[AnyRecord] = [CashSet(v, CASH, 0) for v in ("kalshi", "polymarket")]
        if relation == "inverse":
            self.cheap()
        else:
            self.book(KALSHI, [(6_000, QTY)], [(6_100, QTY)])
            self.book(TOKEN, [(4_400, QTY)], [(4_500, QTY)])
        self.paper.take_due(10**19)
        self.paper.take_due(10**19)
        first, second = self.commands
        assert isinstance(first, PlaceOrder) and isinstance(second, PlaceOrder)
        price = 4_000 if relation == "inverse" else 6_000
        for command, paid, qty, final in (
            (first, price, kalshi, True), (second, 4_500, token, is_final),
        ):  # fmt: skip
            if qty:
                name = f"{command.order_id}-f"
                self.send(ev.FillReport(command.order_id, name, paid, qty, 0, self.now, final))
            self.send(ev.OrderAnswer(command.order_id, ev.OrderStatus.DONE, "", self.now))
        self.token = second.order_id
        self.first = tuple(self.commands)
        self.commands.clear()
        self.books_void()

    def send(self, *events: ev.EngineEvent, conn_id: int = -1) -> list[AnyCommand]:
        self.inputs.append((events, self.now, conn_id))
        return super().send(*events, conn_id=conn_id)

    def replayed(self) -> list[AnyCommand]:
        """What another engine commands on the same inputs."""
        ledger = rebuild(self.log[:2], NETTING)
        engine = Engine(self.engine.settings, ledger)
        return [c for events, at, conn in self.inputs for c in engine.step(events, at, conn)]

    def books_void(self) -> None:
        self.send(ev.BookInvalid(KALSHI, "test"), ev.BookInvalid(TOKEN, "test"))

    def pause(self) -> None:
        self.now += 250_000_000

    def show(self, kalshi: Any = ((), ()), token: Any = ((), ())) -> list[PlaceOrder]:
        """Both books after the pause, in one input; the orders that leave."""
        self.pause()
        before = len(self.commands)
        self.send(
            ev.BookSnapshot(KALSHI, tuple(kalshi[0]), tuple(kalshi[1]), self.now),
            ev.BookSnapshot(TOKEN, tuple(token[0]), tuple(token[1]), self.now),
        )
        made = self.commands[before:]
        assert all(isinstance(c, PlaceOrder) for c in made)
        return [c for c in made if isinstance(c, PlaceOrder)]

    def reason(self) -> Reason:
        return self.engine.unwinder.reasons["L1"]

    def sizes(self) -> dict[str, int]:
        return {key[0]: qty for key, qty in self.engine.ledger.holdings.of("L1").items()}

    def check(self) -> None:
        """The oracle reads the same from the log; the funnel and the money add up."""
        self.log.extend(self.engine.take_records())
        ledger = self.engine.ledger
        plain = [r for r in self.log if type(r).__name__ not in NOT_OF_THE_LOG]
        truth = totals([msgspec.json.decode(msgspec.json.encode(r)) for r in plain])
        assert truth.cash == ledger.cash
        assert truth.positions == {key: p.qty for key, p in ledger.positions.items()}
        assert rebuild(self.log, NETTING).holdings == ledger.holdings
        cost = sum(p.cost for p in ledger.positions.values())
        assert ledger.realised == sum(ledger.cash.values()) + cost - 2 * CASH
        if not self.engine.risk_state.busy:
            assert set(ledger.reserved.values()) <= {0}
        for stage in Stage:
            assert self.engine.funnel.in_flight(stage) == 0


def test_the_missing_leg_is_bought_where_that_is_cheaper() -> None:
    world = Uneven()
    (order,) = world.show(([(3_800, QTY)], [(4_100, QTY)]), ([(4_500, QTY)], [(4_600, QTY)]))
    assert (order.ix, order.is_sell, order.qty) == (TOKEN, False, QTY)
    assert (order.price_limit, order.spend) == (4_600, 46 * CONTRACT)
    (intent,) = [r for r in world.engine.records if isinstance(r, IntentMade) and r.purpose
                 is not Purpose.BASKET]  # fmt: skip
    # a dollar a share for 0.46 and 0.0125 of fee (rounded up), the surplus cost 0.40
    assert (intent.purpose, intent.edge) == (Purpose.COMPLETE, 12_758_000)
    assert world.engine.risk_state.busy == {"L1"}
    world.wait(SECOND)
    assert world.sizes() == {"kalshi": QTY, "polymarket": QTY}
    assert world.engine.risk_state.broken == set()
    assert world.engine.unwinder.waiting == {}
    world.check()


def test_the_held_leg_is_sold_where_that_is_cheaper() -> None:
    world = Uneven()
    (order,) = world.show(([(3_900, QTY)], [(4_100, QTY)]), ([(5_800, QTY)], [(6_300, QTY)]))
    assert (order.ix, order.is_sell, order.side) == (KALSHI, True, LegSide.YES)
    assert (order.price_limit, order.qty, order.spend) == (3_900, QTY, 0)
    world.wait(SECOND)
    assert world.engine.ledger.positions == {}
    assert world.sizes() == {}
    assert world.engine.risk_state.broken == set()
    assert world.engine.ledger.realised == -1 * CONTRACT - 1_665_300
    world.check()


def test_a_no_leg_is_sold_to_who_offers_yes() -> None:
    world = Uneven(relation="same")
    (order,) = world.show(([(5_900, QTY)], [(6_100, QTY)]), ([(5_800, QTY)], [(6_300, QTY)]))
    assert (order.ix, order.is_sell, order.side) == (KALSHI, True, LegSide.NO)
    assert order.price_limit == 3_900
    world.wait(SECOND)
    assert world.engine.ledger.positions == {}
    world.check()


def test_a_token_leg_is_sold_when_its_trade_has_settled() -> None:
    world = Uneven(0, QTY, is_final=False)
    kalshi, token = ([(3_500, QTY)], [(6_500, QTY)]), ([(4_400, QTY)], [(4_600, QTY)])
    assert world.show(kalshi, token) == []
    assert world.reason() is Reason.UNWIND_LOSS, "buying loses more than the limit"
    name = f"{world.token}-f"
    world.send(ev.FillProgress(world.token, name, ev.TradeStage.CONFIRMED, world.now))
    (order,) = world.show(kalshi, token)
    assert (order.ix, order.is_sell, order.price_limit) == (TOKEN, True, 4_400)
    world.wait(SECOND)
    assert world.engine.ledger.positions == {}
    world.check()


def test_nothing_is_sold_before_it_has_settled() -> None:
    world = Uneven(0, QTY, is_final=False)
    assert world.show(((), ()), ([(4_400, QTY)], [(4_600, QTY)])) == []
    assert world.reason() is Reason.NOT_SETTLED


@pytest.mark.parametrize(
    ("kalshi", "token", "reason"),
    [
        (([(2_900, QTY)], [(4_100, QTY)]), ([(6_800, QTY)], [(6_990, QTY)]), Reason.UNWIND_LOSS),
        (((), ()), ((), ()), Reason.THIN),
    ],
)
def test_a_loss_beyond_the_limit_waits(kalshi: Any, token: Any, reason: Reason) -> None:
    world = Uneven()
    assert world.show(kalshi, token) == []
    assert world.reason() is reason
    said = [r for r in world.engine.take_records() if isinstance(r, Refused)]
    assert said[-1].stage == "unwind" and said[-1].reason == reason.value
    world.pause()
    world.send(ev.TimerFired("t"))
    assert [r for r in world.engine.take_records() if isinstance(r, Refused)] == []
    assert world.engine.funnel.refused[Stage.UNWIND][reason] == 2


def test_only_levels_within_the_limit_are_taken() -> None:
    """Sold at 0.31 with its fee a contract loses less than 0.11, at 0.30 more."""
    world = Uneven(risk=RiskSettings(cooldown_ns=10**18, max_unwind_loss_pips=1_060))
    (order,) = world.show(([(3_200, 10 * CONTRACT), (3_100, 20 * CONTRACT), (3_000, QTY)], ()))
    assert (order.qty, order.price_limit) == (30 * CONTRACT, 3_100)
    world.wait(SECOND)
    assert world.sizes() == {"kalshi": 70 * CONTRACT}
    assert world.engine.risk_state.broken == {"L1"}
    world.check()


def test_one_order_loses_no_more_than_its_limit() -> None:
    risk = RiskSettings(cooldown_ns=10**18, max_unwind_loss_micro=2 * CONTRACT)
    (order,) = Uneven(risk=risk).show(([(3_900, QTY)], ()))
    assert order.qty == 20 * CONTRACT  # 20 contracts at 0.10


def test_a_missing_bit_below_the_least_order_is_sold_from_the_other_leg() -> None:
    world = Uneven(QTY, 99 * CONTRACT)
    (order,) = world.show(([(3_900, QTY)], [(4_000, QTY)]), ([(4_400, QTY)], [(4_500, QTY)]))
    assert (order.ix, order.is_sell, order.qty) == (KALSHI, True, CONTRACT)
    world.wait(SECOND)
    assert world.engine.risk_state.broken == set()
    world.check()


def test_dust_is_left_alone() -> None:
    world = Uneven(QTY, QTY - DUST_QTY)
    assert world.engine.risk_state.broken == set()
    assert world.engine.unwinder.waiting == {}


def test_the_kill_latch_stops_repairs_too() -> None:
    world = Uneven()
    world.send(ev.KillSet(True, "test"))
    assert world.show(([(3_900, QTY)], ())) == []
    assert world.reason() is Reason.KILLED


def test_repairs_go_where_it_is_open() -> None:
    world = Uneven()
    world.send(ev.TradingShut("kalshi", "paused"))
    (order,) = world.show(([(3_900, QTY)], ()), ((), [(4_600, QTY)]))
    assert order.ix == TOKEN, "the shut leg is not sold, so the other is bought"


def test_with_both_venues_shut_nothing_is_repaired() -> None:
    world = Uneven()
    world.send(ev.TradingShut("kalshi", "paused"), ev.TradingShut("polymarket", "access"))
    assert world.show(([(3_900, QTY)], ()), ((), [(4_600, QTY)])) == []
    assert world.reason() is Reason.VENUE_SHUT


def test_unknown_books_and_closed_markets_are_not_traded() -> None:
    world = Uneven()
    world.pause()
    world.send(ev.TimerFired("t"))
    assert world.reason() is Reason.BOOK_UNKNOWN
    world.send(ev.StatusChanged(KALSHI, ev.MarketStatus.PAUSED, world.now))
    (order,) = world.show(([(3_900, QTY)], ()), ((), [(4_600, QTY)]))
    assert order.ix == TOKEN, "the closed leg is not sold, so the other is bought"


@pytest.mark.parametrize("left", [10 * CONTRACT, 50 * CONTRACT])
def test_a_purchase_needs_cash(left: int) -> None:
    world = Uneven()
    world.engine.ledger.cash["polymarket"] = left
    world.send(ev.StatusChanged(KALSHI, ev.MarketStatus.PAUSED, world.now))
    orders = world.show(([(3_900, QTY)], ()), ((), [(4_600, QTY)]))
    assert len(orders) == (left > 48 * CONTRACT)
    if not orders:
        assert world.reason() is Reason.MARKET_NOT_OPEN
        basket = world.engine.table.baskets[0]
        why = world.engine.unwinder._complete("i", basket, [QTY, 0], world.now)
        assert why is Reason.BALANCE


def test_the_other_way_round_a_kalshi_leg_is_bought_unless_it_would_net() -> None:
    world = Uneven(0, QTY)
    books = ([(3_900, QTY)], [(4_100, QTY)]), ([(4_000, QTY)], [(4_500, QTY)])
    (order,) = world.show(*books)
    assert (order.ix, order.is_sell, order.price_limit) == (KALSHI, False, 4_100)
    other = Uneven(0, QTY)
    key = ("kalshi", "KX-A")
    held = rebuild([CashSet("kalshi", CASH, 0)], NETTING)
    assert held.positions == {}

    other.engine.ledger.positions[key] = Position(*key, nets=True, qty=-CONTRACT, cost=1)
    (order,) = other.show(*books)
    assert (order.ix, order.is_sell) == (TOKEN, True)


def test_orders_that_do_not_help_come_at_longer_and_longer_times() -> None:
    world = Uneven()
    waits = []
    for _ in range(9):
        world.now += PAUSE_MAX_NS
        orders = world.show(([(3_900, QTY)], ()))
        assert len(orders) == 1
        world.send(ev.OrderAnswer(orders[0].order_id, ev.OrderStatus.DONE, "none", world.now))
        waits.append(world.engine.unwinder.waiting["L1"][0] - world.now)
        world.books_void()
    assert waits == [SECOND // 2 * 2**n for n in range(6)] + [PAUSE_MAX_NS] * 3


def test_a_restart_goes_on_where_the_log_ends() -> None:
    world = Uneven()
    world.log.extend(world.engine.take_records())
    again = Engine(NO_COOLDOWN, rebuild(world.log, NETTING))
    again.step((ev.InstrumentsAdded(instruments()),), world.now)
    link = ev.LinkSpec("L1", KALSHI, TOKEN, "inverse", "test")
    again.step((ev.LinksAdded((link,)),), world.now)
    assert again.risk_state.broken == {"L1"}
    book = ev.BookSnapshot(KALSHI, ((3_900, QTY),), (), world.now)
    (command,) = again.step((book,), world.now + SECOND)
    assert isinstance(command, PlaceOrder) and command.is_sell


sides = st.dictionaries(
    st.integers(1, 99).map(lambda n: n * 100), st.integers(1, 6_000).map(lambda n: n * 10_000),
    max_size=4,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 100), st.integers(0, 100), st.lists(st.tuples(sides, sides), min_size=1,
    max_size=3), st.booleans(),
)  # fmt: skip
def test_whatever_the_books_repairs_only_bring_the_legs_nearer_within_the_limit(
    kalshi: int, token: int, books: list[tuple[dict[int, int], dict[int, int]]], same: bool
) -> None:
    world = Uneven(kalshi * CONTRACT, token * CONTRACT, relation="same" if same else "inverse")
    limit = world.engine.settings.risk.max_unwind_loss_pips * 100
    gap = abs(kalshi - token) * CONTRACT
    for one, other in books:
        shown = []
        for levels in (one, other):
            prices = sorted(levels)
            cut = len(prices) // 2
            bids = [(p, levels[p]) for p in reversed(prices[:cut])]
            shown.append((bids, [(p, levels[p]) for p in prices[cut:]]))
        orders = world.show(*shown)
        assert len(orders) <= 1
        for order in orders:
            assert order.qty <= gap
        for record in world.engine.records:
            if isinstance(record, IntentMade) and record.purpose is not Purpose.BASKET:
                qty = record.legs[0].qty
                assert record.edge >= -limit * qty // CONTRACT - 10 * len(one | other) - 10
        world.wait(SECOND)
        world.check()
        sizes = [world.sizes().get(v, 0) for v in ("kalshi", "polymarket")]
        assert min(sizes) >= 0
        assert max(sizes) - min(sizes) <= gap
        gap = max(sizes) - min(sizes)
        assert (gap > DUST_QTY) == (world.engine.risk_state.broken == {"L1"})
        world.now += PAUSE_MAX_NS
        world.books_void()
    assert world.replayed() == [*world.first, *world.commands]


@pytest.mark.parametrize("payout", [0, 10_000])
def test_what_was_paid_out_is_not_repaired_any_more(payout: int) -> None:
    world = Uneven()
    world.send(ev.MarketSettled(KALSHI, payout, world.now))
    assert world.engine.risk_state.broken == set()
    assert world.engine.unwinder.waiting == {}
    assert world.show(([(3_900, QTY)], ()), ((), [(4_600, QTY)])) == []
    world.check()


def test_a_market_that_settles_while_its_repair_flies_ends_with_it() -> None:
    world = Uneven()
    (order,) = world.show(([(3_900, QTY)], ()), ((), ()))
    world.send(ev.MarketSettled(KALSHI, 10_000, world.now))
    world.send(ev.OrderAnswer(order.order_id, ev.OrderStatus.REJECTED, "closed", world.now))
    assert world.engine.risk_state.broken == world.engine.risk_state.busy == set()
    basket = world.engine.table.baskets[0]
    assert world.engine.unwinder._sell("i", basket, [0, 0], world.now) is Reason.UNCHANGED
    world.check()


def test_status_says_what_stands_alone_and_why() -> None:
    world = Uneven()
    assert world.show(([(2_900, QTY)], ()), ((), ())) == []
    (row,) = uneven(world.engine)
    assert row["basket"] == "L1" and row["reason"] == "unwind_loss"
    assert row["legs"] == [
        {"venue": "kalshi", "instrument": "KX-A", "side": "YES", "qty": QTY}
    ]  # fmt: skip
    assert row["next_ns"] == world.now + 250_000_000
