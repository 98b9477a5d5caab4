"""Market state: fees by event, grids, and one row per change of reason."""

from dataclasses import replace

import pytest

from arbees.markets.instrument import FeeOverride, FeeSchedule, FeeTerm, PriceBand
from arbees.markets.kernels import pricing as k
from arbees.messages import events as ev
from arbees.messages.records import FillBooked
from arbees.pipeline.funnel import Reason
from arbees.pipeline.market_state import NEVER_NS, MarketState
from arbees.pipeline.settings import DetectSettings
from tests.pipeline.world import KALSHI, KALSHI_FEE, SECOND, START, World, instruments


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


def dated(*, zero_fees: bool = False) -> MarketState:
    """Both instruments; Kalshi's fee halves at +1 s, is overridden to double at +2 s and is
    itself again at +3 s."""
    market = MarketState(DetectSettings(), zero_fees)
    first, second = instruments()
    schedule = FeeSchedule(
        (KALSHI_FEE, replace(KALSHI_FEE, from_ns=START + SECOND, taker_rate=35_000)),
        (
            FeeOverride(START + 2 * SECOND, 140_000, None),
            FeeOverride(START + 3 * SECOND, None, None),
        ),
    )
    added = ev.InstrumentsAdded((replace(first, fees=schedule), second))
    market.apply((added,), START, set())
    return market


def rates(market: MarketState) -> tuple[int, int]:
    return market.terms[KALSHI].taker_rate, int(market.books.inst[KALSHI, k.I_RATE])


def test_a_dated_fee_comes_into_force_in_the_kernel_at_its_nanosecond() -> None:
    market = dated()
    assert market.fee_change_ns == START + SECOND
    seen = []
    for second in (1, 2, 3):
        start = START + second * SECOND
        assert market.fee_change_ns == start
        touched: set[int] = set()
        market.change_fees(start - 1, touched)
        assert not touched
        market.change_fees(start, touched)
        assert touched == {KALSHI}
        assert rates(market)[0] == rates(market)[1]
        seen.append(rates(market)[0])
    assert seen == [35_000, 140_000, 35_000]
    assert market.fee_change_ns == NEVER_NS


def test_many_terms_that_started_unseen_end_with_the_last() -> None:
    market = dated()
    market.change_fees(START + 10 * SECOND, set())
    assert rates(market) == (35_000, 35_000)
    assert market.fee_change_ns == NEVER_NS
    assert market.fee_at(KALSHI, START + 2 * SECOND).taker_rate == 140_000


def test_zero_fee_mode_has_no_dated_fees() -> None:
    market = dated(zero_fees=True)
    assert market.fee_change_ns == NEVER_NS
    market.apply((ev.EventFeeChanged("kalshi", "KX", FeeOverride(0, 1, 1)),), START, set())
    assert rates(market) == (0, 0)


def test_the_engine_prices_by_the_fee_that_is_in_force() -> None:
    """One share of each costs 0.85 and pays 1: 1,000 % fees from +1 s on end the trade."""
    world = World()
    world.send(ev.FeeChanged(KALSHI, replace(KALSHI_FEE, from_ns=START + SECOND, taker_rate=10**7)))
    assert world.engine.market.terms[KALSHI] == KALSHI_FEE
    world.now = START + SECOND
    assert world.cheap() == []
    assert world.engine.market.terms[KALSHI].taker_rate == 10**7
    before = World()
    assert len(before.cheap()) == 2


def test_an_event_override_holds_for_its_instruments_from_when_it_is_heard() -> None:
    market = dated()
    touched: set[int] = set()
    half = FeeOverride(0, 35_000, None)
    assert not market.apply((ev.EventFeeChanged("kalshi", "KX", half),), START + 5, touched)
    assert (touched, rates(market)) == ({KALSHI}, (35_000, 35_000))
    market.apply((ev.EventFeeChanged("polymarket", "KX", half),), START + 5, touched)
    market.apply((ev.EventFeeChanged("kalshi", "other", half),), START + 5, touched)
    assert touched == {KALSHI}
    unknown = FeeOverride(0, None, None, is_known=False)
    market.apply((ev.EventFeeChanged("kalshi", "KX", unknown),), START + 6, touched)
    assert market.untradable(KALSHI, START + 6) is Reason.FEE_UNKNOWN
    ended = FeeOverride(0, None, None)
    market.apply((ev.EventFeeChanged("kalshi", "KX", ended),), START + 7, touched)
    assert rates(market) == (70_000, 70_000)


def test_what_is_heard_now_beats_an_override_that_began_before() -> None:
    market = dated()
    now = START + 2 * SECOND + 5
    market.change_fees(now, set())
    assert rates(market) == (140_000, 140_000)
    market.apply((ev.EventFeeChanged("kalshi", "KX", FeeOverride(0, 7_000, None)),), now, set())
    assert rates(market) == (7_000, 7_000)


def test_paper_charges_the_fee_of_the_moment_an_order_arrives() -> None:
    world = World()
    world.send(ev.FeeChanged(KALSHI, replace(KALSHI_FEE, from_ns=START + 1, taker_rate=0)))
    assert len(world.cheap()) == 2
    world.wait(SECOND)
    fees = {r.venue: r.fee for r in world.engine.records if isinstance(r, FillBooked)}
    assert fees["kalshi"] == 0
    assert fees["polymarket"] > 0


def test_a_fee_event_ends_what_was_planned_before() -> None:
    market = dated()
    market.apply((ev.FeeChanged(KALSHI, FeeTerm(START, 20_000, 0)),), START, set())
    for second in range(5):
        market.change_fees(START + second * SECOND, set())
        assert rates(market) == (20_000, 20_000)


@pytest.mark.parametrize(("moved_to", "is_open"), [(SECOND, False), (SECOND + 1, True), (0, True)])
def test_a_market_closes_in_silence_at_its_close_time(moved_to: int, is_open: bool) -> None:
    world = World()
    close = START + moved_to if moved_to else 0
    world.send(ev.CloseChanged(KALSHI, close, START))
    world.cheap()
    market = world.engine.market
    assert market.is_open(KALSHI, START)
    assert market.is_open(KALSHI, START + SECOND) is is_open
    closed = market.untradable(KALSHI, START + SECOND) is Reason.MARKET_NOT_OPEN
    assert closed is not is_open


def test_paper_refuses_an_order_that_arrives_after_the_close() -> None:
    world = World()
    world.send(ev.CloseChanged(KALSHI, START + 1, START))
    assert len(world.cheap()) == 2
    world.wait(SECOND)
    rejected = [o for o in world.engine.records if getattr(o, "reason", "") == "not_open"]
    assert len(rejected) == 1
    assert ("kalshi", "KX-A") not in world.engine.ledger.positions
