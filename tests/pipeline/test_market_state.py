"""Market state: fees by event, grids, and one row per change of reason."""

from arbees.markets.instrument import PriceBand
from arbees.messages import events as ev
from tests.pipeline.world import KALSHI, KALSHI_FEE, START, World


def test_kalshi_grid_changes_keep_the_book() -> None:
    world = World()
    world.book(KALSHI, [(3_900, 1)], [(4_000, 1)])
    bands = (PriceBand(0, 10_000, 10),)
    world.send(ev.GridChanged(KALSHI, bands, False, START))
    assert world.engine.books.is_valid(KALSHI)
    assert world.engine.market.grids[KALSHI].is_legal(4_010)


def test_zero_fee_mode_ignores_fee_events() -> None:
    world = World()
    world.engine.market._zero_fees = True
    before = world.engine.market.terms[KALSHI]
    world.send(ev.FeeChanged(KALSHI, KALSHI_FEE))
    assert world.engine.market.terms[KALSHI] is before


def test_a_rest_connection_does_not_void_what_the_socket_gave() -> None:
    world = World()
    world.book(KALSHI, [(3_900, 1)], [(4_000, 1)])
    world.send(ev.ConnOpened(9, "kalshi", "rest", 0, False, (("KX-A", KALSHI),)))
    assert world.engine.books.is_valid(KALSHI)
    world.send(ev.ConnOpened(1, "kalshi", "ws", 1, True, (("KX-A", KALSHI),)))
    assert not world.engine.books.is_valid(KALSHI)


def test_a_crossed_book_is_not_tradable_until_a_snapshot() -> None:
    world = World()
    world.book(KALSHI, [(3_900, 1)], [(4_000, 1)])
    world.send(ev.LevelSet(KALSHI, ev.BookSide.BID, 4_100, 1, START))
    assert not world.engine.books.is_valid(KALSHI)
    assert world.engine.market.invalidated >= 1


def test_reasons_are_rows_only_when_they_change() -> None:
    market = World().engine.market
    assert market.reason_is_new("b", "risk", "stale")
    assert not market.reason_is_new("b", "risk", "stale")
    assert market.reason_is_new("b", "risk", "busy")
