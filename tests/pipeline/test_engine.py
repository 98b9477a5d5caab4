"""The engine end to end on events: detect, size, risk, execute, book; and determinism."""

import msgspec
import pytest

from arbees.messages import events as ev
from arbees.messages.commands import LegSide, PlaceOrder
from arbees.messages.records import FillBooked, IntentMade, OpportunitySeen
from arbees.pipeline.engine import Engine
from arbees.pipeline.funnel import Stage
from arbees.pipeline.settings import (
    DetectSettings,
    EngineSettings,
    RiskSettings,
    SizeSettings,
)
from tests.pipeline.world import CONTRACT, KALSHI, SECOND, START, TOKEN, World, instruments


def reasons(world: World) -> dict[str, int]:
    return world.engine.funnel.reasons()


def balanced(world: World) -> None:
    """The law of the funnel."""
    for stage, row in world.engine.funnel.table().items():
        refused, passed, flying = row["refused"], row["passed"], row["in_flight"]
        assert isinstance(refused, dict) and isinstance(passed, int) and isinstance(flying, int)
        assert row["in"] == passed + sum(refused.values()) + flying, stage


def test_a_cheap_basket_is_bought_with_both_legs_in_one_step() -> None:
    world = World()
    commands = world.cheap()
    assert [type(c) for c in commands] == [PlaceOrder, PlaceOrder]
    first, second = commands
    assert isinstance(first, PlaceOrder) and isinstance(second, PlaceOrder)
    assert (first.ix, first.side, first.price_limit) == (KALSHI, LegSide.YES, 4_000)
    assert (second.ix, second.side, second.price_limit) == (TOKEN, LegSide.YES, 4_500)
    assert first.qty == second.qty == 100 * CONTRACT
    records = world.engine.take_records()
    assert [type(r) for r in records[-2:]] == [OpportunitySeen, IntentMade]
    world.wait(SECOND)
    fills = [r for r in world.engine.take_records() if isinstance(r, FillBooked)]
    assert {f.qty for f in fills} == {100 * CONTRACT}
    assert world.engine.funnel.passed[Stage.EXECUTE] == 1
    # 40.00 + 1.68 on Kalshi, 45.00 + 1.2375 on Polymarket
    assert world.engine.ledger.cash == {"kalshi": 958_320_000, "polymarket": 953_762_500}
    assert world.engine.ledger.reserved == {"kalshi": 0, "polymarket": 0}
    balanced(world)


def test_a_same_link_buys_no_at_one_minus_the_bid() -> None:
    world = World(relation="same")
    world.book(KALSHI, [(6_000, 10 * CONTRACT)], [(6_100, 10 * CONTRACT)])
    commands = world.book(TOKEN, [(4_400, 10 * CONTRACT)], [(4_500, 10 * CONTRACT)])
    assert isinstance(commands[0], PlaceOrder)
    assert (commands[0].side, commands[0].price_limit) == (LegSide.NO, 4_000)
    world.wait(SECOND)
    held = world.engine.ledger.positions[("kalshi", "KX-A")]
    assert held.qty == -10 * CONTRACT


def test_an_unknown_relation_makes_no_basket() -> None:
    world = World(relation="subset")
    assert world.cheap() == []
    assert world.engine.table.baskets == []


def test_a_same_link_from_a_token_cannot_buy_no() -> None:
    world = World()
    world.send(ev.LinksAdded((ev.LinkSpec("L2", TOKEN, KALSHI, "same", "test"),)))
    assert len(world.engine.table.baskets) == 1


def test_fees_make_a_gross_edge_worthless() -> None:
    world = World()
    world.book(KALSHI, [(4_800, 10 * CONTRACT)], [(4_900, 10 * CONTRACT)])
    assert world.book(TOKEN, [(4_800, 10 * CONTRACT)], [(4_900, 10 * CONTRACT)]) == []
    assert reasons(world) == {"book_unknown": 3, "fees": 1}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (EngineSettings(detect=DetectSettings(min_edge_pips=1_400)), "fees"),
        (EngineSettings(detect=DetectSettings(min_edge_pips=2_000)), "below_min_edge"),
        (EngineSettings(detect=DetectSettings(min_profit_micro=90 * CONTRACT)), "below_min_profit"),
        (EngineSettings(detect=DetectSettings(min_touch_qty=200 * CONTRACT)), "thin"),
        (
            EngineSettings(
                detect=DetectSettings(min_touch_by_venue={"polymarket:yes": 200 * CONTRACT})
            ),
            "thin",
        ),
        (EngineSettings(size=SizeSettings(max_cost_micro=1_000)), "max_cost"),
        (EngineSettings(size=SizeSettings(max_cost_micro=CONTRACT)), "below_minimum"),
        (EngineSettings(risk=RiskSettings(max_position_qty=CONTRACT)), "position_limit"),
        (EngineSettings(risk=RiskSettings(max_event_cost_micro=CONTRACT)), "event_limit"),
        (EngineSettings(risk=RiskSettings(max_open_baskets=0)), "open_limit"),
        (EngineSettings(risk=RiskSettings(max_daily_loss_micro=0)), "daily_loss"),
    ],
)
def test_every_limit_refuses_with_its_reason(settings: EngineSettings, reason: str) -> None:
    world = World(settings)
    assert world.cheap() == []
    assert reasons(world).get(reason) == 1
    balanced(world)


def test_what_a_passing_reason_held_back_is_tried_again_with_the_same_book() -> None:
    world = World()
    world.send(ev.KillSet(True, "operator"))
    assert world.cheap() == []
    assert reasons(world)["killed"] == 1
    world.send(ev.KillSet(False, ""))
    token = [(4_500, 100 * CONTRACT)]
    assert len(world.book(TOKEN, [(4_400, 100 * CONTRACT)], token)) == 2
    assert world.engine.opportunities == 1
    balanced(world)


@pytest.mark.parametrize("ixs", [(), (TOKEN,)])
def test_no_leg_leaves_while_the_other_ones_venue_is_shut(ixs: tuple[int, ...]) -> None:
    world = World()
    world.send(ev.TradingShut("polymarket", "geoblocked", ixs))
    assert world.cheap() == []
    assert reasons(world)["venue_shut"] == 1
    world.send(ev.TradingShut("polymarket", "", ixs))
    token = [(4_500, 100 * CONTRACT)]
    assert len(world.book(TOKEN, [(4_400, 100 * CONTRACT)], token)) == 2
    balanced(world)


def test_a_reason_of_the_book_itself_is_not_tried_again() -> None:
    world = World(EngineSettings(size=SizeSettings(max_cost_micro=1_000)))
    assert world.cheap() == world.cheap() == []
    assert reasons(world)["max_cost"] == 1
    balanced(world)


def test_an_event_is_charged_for_what_is_held_only() -> None:
    world = World()
    assert world.cheap()
    spent = dict(world.engine.risk_state.event_cost)
    assert min(spent.values()) > 0
    world.wait(10**9)
    held = {p.instrument_id: p.cost for p in world.engine.ledger.positions.values()}
    assert world.engine.risk_state.event_cost == {
        "kalshi:KX": held["KX-A"], "polymarket:e1": held["111"],
    }  # fmt: skip
    again = Engine(EngineSettings(), world.engine.ledger)
    again.step((ev.InstrumentsAdded(instruments()),), world.now)
    assert again.risk_state.event_cost == world.engine.risk_state.event_cost
    world.send(ev.MarketSettled(KALSHI, 10_000, 0), ev.MarketSettled(TOKEN, 0, 0))
    assert world.engine.risk_state.event_cost == {}


def test_an_order_that_never_filled_charges_its_event_nothing() -> None:
    world = World()
    assert world.cheap()
    world.book(KALSHI)
    world.book(TOKEN)
    world.wait(10**9)
    assert reasons(world)["unfilled"] == 1
    assert world.engine.risk_state.event_cost == {}


def test_cash_limits_the_size() -> None:
    world = World(cash=20 * CONTRACT)
    commands = world.cheap()
    assert isinstance(commands[0], PlaceOrder)
    assert 40 * CONTRACT < commands[0].qty < 45 * CONTRACT
    assert World(cash=0).cheap() == []


def test_a_kill_stops_orders_until_it_is_released() -> None:
    world = World()
    world.send(ev.KillSet(True, "operator"))
    assert world.cheap() == []
    assert reasons(world)["killed"] == 1
    world.send(ev.KillSet(False, ""))
    assert world.book(KALSHI, [(3_900, 90 * CONTRACT)], [(4_000, 90 * CONTRACT)])


def test_what_we_took_is_not_taken_again_while_it_still_stands() -> None:
    world = World()
    world.cheap()
    world.wait(5 * SECOND)
    world.book(TOKEN, [(4_400, 100 * CONTRACT)], [(4_500, 99 * CONTRACT)])
    assert reasons(world)["already_taken"] == 1


def test_busy_and_cooldown() -> None:
    world = World()
    world.cheap()
    world.book(KALSHI, [], [(3_900, 100 * CONTRACT)])
    assert reasons(world)["busy"] == 1
    world.wait(SECOND // 2)
    world.book(KALSHI, [], [(3_800, 100 * CONTRACT)])
    assert reasons(world)["cooldown"] == 1


def test_a_position_that_would_be_netted_away_is_refused() -> None:
    world = World()
    world.cheap()
    world.wait(5 * SECOND)
    world.send(ev.LinksAdded((ev.LinkSpec("L2", KALSHI, TOKEN, "same", "test"),)))
    world.book(KALSHI, [(6_000, 50 * CONTRACT)], [(6_100, 50 * CONTRACT)])
    world.book(TOKEN, [], [(3_000, 60 * CONTRACT)])
    assert reasons(world)["would_net"] >= 1


def test_silence_is_stale_not_unchanged() -> None:
    world = World()
    world.book(TOKEN, [], [(4_500, 100 * CONTRACT)])
    world.now += 31 * SECOND
    world.book(KALSHI, [], [(4_000, 100 * CONTRACT)])
    assert reasons(world)["stale"] == 1
    world.send(ev.BookConfirmed(TOKEN))
    assert world.book(KALSHI, [], [(4_000, 99 * CONTRACT)])


def test_a_sequenced_connection_confirms_all_its_books() -> None:
    world = World()
    world.book(KALSHI, [], [(4_000, 100 * CONTRACT)])
    world.now += 60 * SECOND
    world.send(ev.FeedBeat(1))
    assert world.book(TOKEN, [], [(4_500, 100 * CONTRACT)])


def test_books_are_unknown_after_gap_down_tick_change_and_close() -> None:
    world = World()
    world.cheap()
    for event in (
        ev.BookInvalid(KALSHI, "gap"),
        ev.FeedState(1, ev.FeedMode.DOWN, "closed"),
        ev.GridChanged(KALSHI, (), True, START),
    ):
        world.book(KALSHI, [], [(4_000, 5 * CONTRACT)])
        assert world.engine.books.is_valid(KALSHI)
        world.send(event)
        assert not world.engine.books.is_valid(KALSHI)
        world.send(ev.BookDelta(KALSHI, ev.BookSide.ASK, 4_000, CONTRACT, START))
        assert world.engine.books.best(KALSHI, 1) is None
    world.send(ev.StatusChanged(KALSHI, ev.MarketStatus.PAUSED, START))
    world.book(KALSHI, [], [(4_000, 7 * CONTRACT)])
    assert reasons(world)["market_not_open"] >= 1


def test_a_size_beyond_the_bound_voids_the_book() -> None:
    world = World()
    world.book(KALSHI, [], [(4_000, 90_000_000 * CONTRACT)])
    world.send(ev.BookDelta(KALSHI, ev.BookSide.ASK, 4_000, 90_000_000 * CONTRACT, START))
    assert not world.engine.books.is_valid(KALSHI)


def test_a_slow_venue_goes_first_and_the_other_follows_what_it_filled() -> None:
    world = World(token_delay_ns=3 * SECOND)
    commands = world.cheap()
    assert [c.ix for c in commands if isinstance(c, PlaceOrder)] == [TOKEN]
    world.book(TOKEN, [], [(4_500, 40 * CONTRACT)])
    world.wait(4 * SECOND)
    placed = [c for c in world.commands if isinstance(c, PlaceOrder)]
    assert [(c.ix, c.qty) for c in placed] == [(TOKEN, 100 * CONTRACT), (KALSHI, 40 * CONTRACT)]
    world.wait(SECOND)
    assert world.engine.funnel.passed[Stage.EXECUTE] == 1
    balanced(world)


def test_a_slow_leg_that_finds_nothing_sends_no_second_leg() -> None:
    world = World(token_delay_ns=3 * SECOND)
    world.cheap()
    world.book(TOKEN, [], [(4_900, 40 * CONTRACT)])
    world.wait(4 * SECOND)
    assert world.engine.orders.sent == 1
    assert reasons(world)["unfilled"] == 1
    assert not world.engine.risk_state.busy


def test_a_broken_basket_is_not_traded_again() -> None:
    world = World()
    world.cheap()
    world.book(TOKEN, [], [(4_900, 40 * CONTRACT)])
    world.wait(5 * SECOND)
    assert reasons(world)["leg_imbalance"] == 1
    world.book(KALSHI, [], [(3_900, 100 * CONTRACT)])
    world.book(TOKEN, [], [(4_500, 41 * CONTRACT)])
    assert reasons(world)["broken"] >= 1


def test_settlement_pays_and_closes() -> None:
    world = World()
    world.cheap()
    world.wait(5 * SECOND)
    before = sum(world.engine.ledger.cash.values())
    world.send(ev.MarketSettled(KALSHI, 10_000, world.now))
    world.send(ev.MarketSettled(TOKEN, 0, world.now))
    world.send(ev.MarketSettled(TOKEN, 0, world.now))
    assert sum(world.engine.ledger.cash.values()) - before == 100 * CONTRACT
    assert world.engine.ledger.positions == {}
    assert world.engine.ledger.realised == 12_082_500


def test_duplicate_fills_and_unknown_orders_change_nothing() -> None:
    world = World()
    world.cheap()
    order = world.commands[0]
    assert isinstance(order, PlaceOrder)
    fill = ev.FillReport(order.order_id, "f1", 4_000, CONTRACT, 0, START)
    world.send(fill)
    world.send(fill)
    world.send(ev.FillReport("nobody", "f2", 4_000, CONTRACT, 0, START))
    world.send(ev.OrderAnswer("nobody", ev.OrderStatus.DONE, "", START))
    assert world.engine.fills == 1
    world.send(ev.OrderAnswer(order.order_id, ev.OrderStatus.UNKNOWN, "timeout", START))
    assert "L1" in world.engine.risk_state.busy


def test_unknown_fees_are_not_traded() -> None:
    world = World()
    term = msgspec.structs.replace(ev.FeeChanged(TOKEN, world.engine.market.terms[TOKEN]))
    world.send(term)
    bad = world.engine.market.terms[TOKEN].__class__(0, 0, 0, is_known=False)
    world.send(ev.FeeChanged(TOKEN, bad))
    assert world.cheap() == []
    assert reasons(world)["fee_unknown"] >= 1


def test_the_same_inputs_give_the_same_commands_and_time_never_goes_back() -> None:
    def run() -> bytes:
        world = World()
        world.cheap()
        world.now -= SECOND
        world.book(KALSHI, [], [(3_900, 100 * CONTRACT)])
        world.wait(5 * SECOND)
        return msgspec.json.encode(world.commands)

    assert run() == run()


def test_zero_fees_are_for_research() -> None:
    world = World(EngineSettings(zero_fees=True))
    world.book(KALSHI, [], [(4_900, 10 * CONTRACT)])
    assert world.book(TOKEN, [], [(4_900, 10 * CONTRACT)])


def test_quotes_trades_and_timers_move_nothing() -> None:
    world = World()
    world.send(ev.QuoteHint(KALSHI, 1, 2, START))
    world.send(ev.PublicTrade(KALSHI, 1, 2, None, START))
    world.send(ev.TimerFired("tick"))
    world.send(ev.MarketSeen("kalshi", "X", START))
    assert world.commands == []
