"""Paper fills: latency, depth, views; never better than the book offered."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.markets.fees import OrderFees
from arbees.messages import events as ev
from arbees.messages.commands import CancelOrder, LegSide, PlaceOrder, TimeInForce
from arbees.pipeline.market_state import MarketState
from arbees.pipeline.settings import DetectSettings, PaperSettings
from arbees.venues.paper.venue import PaperVenue
from tests.pipeline.world import CONTRACT, KALSHI, START, TOKEN, instruments

MS = 1_000_000


class Paper(PaperVenue):
    """A paper venue with the market that the engine would keep for it."""

    def __init__(self, view: str) -> None:
        self.market = MarketState(DetectSettings(), False)
        super().__init__(PaperSettings(latency_ns=50 * MS, view=view), self.market)
        self.step((ev.InstrumentsAdded(instruments()),), START)

    def step(self, events: Sequence[ev.EngineEvent], now_ns: int) -> None:
        for event in events:
            self.market.apply((event,), now_ns, set())


def venue(view: str = "realistic") -> Paper:
    return Paper(view)


def show(paper: Paper, asks: list[tuple[int, int]], bids: list[tuple[int, int]]) -> None:
    paper.step((ev.BookSnapshot(KALSHI, tuple(bids), tuple(asks), START),), START)


def order(qty: int, limit: int, side: LegSide = LegSide.YES, name: str = "o") -> PlaceOrder:
    return PlaceOrder(name, "i", KALSHI, "kalshi", "KX-A", side, limit, qty, TimeInForce.IOC, START)


def answers(paper: Paper) -> tuple[list[ev.FillReport], ev.OrderAnswer]:
    taken = paper.take_due(START + 10**10)
    assert taken is not None
    end = taken[1][-1]
    assert isinstance(end, ev.OrderAnswer)
    return [e for e in taken[1] if isinstance(e, ev.FillReport)], end


def test_orders_arrive_after_the_latency() -> None:
    paper = venue()
    show(paper, [(4_000, CONTRACT)], [])
    paper.submit([order(CONTRACT, 4_000), CancelOrder("x", "kalshi", START)], START)
    assert paper.due_ns() == START + 50 * MS
    assert paper.take_due(START + 49 * MS) is None
    show(paper, [(4_100, CONTRACT)], [])
    fills, end = answers(paper)
    assert fills == []
    assert end.reason == "no_liquidity"
    assert paper.due_ns() is None


def test_no_walks_the_bids_at_one_minus_price() -> None:
    paper = venue()
    show(paper, [], [(6_000, CONTRACT), (5_900, CONTRACT)])
    paper.submit([order(2 * CONTRACT, 4_000, LegSide.NO)], START)
    fills, end = answers(paper)
    assert [(f.price, f.qty) for f in fills] == [(6_000, CONTRACT)]
    assert end.reason == "partial"


@pytest.mark.parametrize(("side", "limit", "prices"), [
    (LegSide.YES, 5_900, [6_000, 5_900]), (LegSide.YES, 6_000, [6_000]),
    (LegSide.NO, 3_900, [6_100]), (LegSide.NO, 3_800, [6_100, 6_200]),
])  # fmt: skip
def test_sales_hit_who_buys_that_side(side: LegSide, limit: int, prices: list[int]) -> None:
    paper = venue()
    show(paper, [(6_100, CONTRACT), (6_200, CONTRACT)], [(6_000, CONTRACT), (5_900, CONTRACT)])
    sale = msgspec.structs.replace(order(3 * CONTRACT, limit, side), is_sell=True)
    paper.submit([sale], START)
    fills, _ = answers(paper)
    assert [f.price for f in fills] == prices
    other = paper.market.instruments[KALSHI].fees.at(START)
    charged = OrderFees(other)
    buys = [p if side is LegSide.NO else 10_000 - p for p in prices]
    assert [f.fee for f in fills] == [charged.charge(p, CONTRACT) for p in buys]


@pytest.mark.parametrize(("asks", "bought"), [
    ([(5_000, 20 * CONTRACT), (5_500, 30 * CONTRACT)], 40_000_000),
    ([(5_000, 30 * CONTRACT), (5_500, 30 * CONTRACT)], 40_909_000),
    ([(5_500, 30 * CONTRACT)], 30_000_000),
])  # fmt: skip
def test_an_order_that_states_cash_spends_it(asks: list[tuple[int, int]], bought: int) -> None:
    paper = venue()
    paper.step((ev.BookSnapshot(TOKEN, (), tuple(asks), START),), START)
    paper.submit([
        PlaceOrder(
            "o", "i", TOKEN, "polymarket", "111", LegSide.YES, 5_500, 40 * CONTRACT,
            TimeInForce.IOC, START, 21 * CONTRACT,
        )
    ], START)  # fmt: skip
    fills, end = answers(paper)
    assert sum(f.qty for f in fills) == bought
    assert end.reason == ("filled" if bought >= 40 * CONTRACT else "partial")


@pytest.mark.parametrize(("view", "first", "second"), [
    ("optimistic", 10, 10), ("realistic", 10, 0), ("pessimistic", 5, 2.5),
])  # fmt: skip
def test_views_differ_in_what_we_already_took(view: str, first: float, second: float) -> None:
    paper = venue(view)
    show(paper, [(4_000, 10 * CONTRACT)], [])
    for expected in (first, second):
        paper.submit([order(10 * CONTRACT, 4_000)], START)
        fills, _ = answers(paper)
        assert sum(f.qty for f in fills) == expected * CONTRACT


def test_a_level_that_changed_is_fresh_again() -> None:
    paper = venue()
    show(paper, [(4_000, 10 * CONTRACT)], [])
    paper.submit([order(10 * CONTRACT, 4_000)], START)
    answers(paper)
    show(paper, [(4_000, 9 * CONTRACT)], [])
    paper.submit([order(10 * CONTRACT, 4_000)], START)
    fills, _ = answers(paper)
    assert sum(f.qty for f in fills) == 9 * CONTRACT


def test_an_unknown_book_fills_nothing_and_a_closed_market_rejects() -> None:
    paper = venue()
    paper.submit([order(CONTRACT, 4_000)], START)
    assert answers(paper)[1].reason == "book_unknown"
    show(paper, [(4_000, CONTRACT)], [])
    paper.step((ev.StatusChanged(KALSHI, ev.MarketStatus.CLOSED, START),), START)
    paper.submit([order(CONTRACT, 4_000)], START)
    assert answers(paper)[1].status is ev.OrderStatus.REJECTED
    assert instruments()[TOKEN].ix == TOKEN


levels = st.lists(
    st.tuples(
        st.integers(1, 99).map(lambda n: n * 100), st.integers(1, 9).map(lambda n: n * CONTRACT)
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda level: level[0],
)


@given(
    levels,
    st.integers(1, 99),
    st.integers(1, 30),
    st.sampled_from(["optimistic", "realistic", "pessimistic"]),
)
def test_no_fill_is_better_than_the_book(
    asks: list[tuple[int, int]], limit: int, qty: int, view: str
) -> None:
    paper = venue(view)
    show(paper, asks, [])
    paper.submit([order(qty * CONTRACT, limit * 100)], START)
    fills, _ = answers(paper)
    offered = dict(asks)
    for fill in fills:
        assert fill.price <= limit * 100
        assert fill.qty <= offered[fill.price]
    assert sum(f.qty for f in fills) <= qty * CONTRACT
