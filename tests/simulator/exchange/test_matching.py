"""Any sequence of requests: money conserved, nothing negative, books never crossed, repeatable."""

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from arbees.simulator.exchange.accounts import STREET
from arbees.simulator.exchange.core import Exchange
from arbees.simulator.exchange.fees import KalshiFees, PolymarketFees
from arbees.simulator.exchange.orders import Market, SelfTrade, Side, Status, Terms, Tif

C = 1_000_000
NAMES = ("ann", "bob", "cat")
Step = tuple[Any, ...]

orders = st.tuples(
    st.just("order"), st.sampled_from(NAMES), st.integers(0, 1), st.sampled_from(Side),
    st.integers(1, 99), st.integers(1, 4000), st.sampled_from(Tif), st.sampled_from(SelfTrade),
    st.booleans(),
)  # fmt: skip
levels = st.tuples(st.just("level"), st.booleans(), st.integers(1, 99), st.integers(0, 3000))
prints = st.tuples(st.just("print"), st.booleans(), st.integers(1, 99), st.integers(1, 900))
others = st.tuples(st.sampled_from(["cancel", "amend", "shrink"]), st.integers(0, 40),
                   st.integers(1, 99), st.integers(1, 4000))  # fmt: skip
steps = st.lists(st.one_of(orders, orders, levels, prints, others), max_size=40)


def fresh(nets: bool) -> Exchange:
    ex = Exchange(seed=5)
    fees = KalshiFees("quadratic_with_maker_fees") if nets else PolymarketFees(Fraction(7, 100))
    ex.add(Market("M", fees, nets=nets, mint_share=50))
    for name in NAMES:
        ex.accounts.deposit(name, 20 * C)
        if not nets:
            ex.accounts.split(name, ex.markets["M"], 10 * C)
    return ex


def play(ex: Exchange, step: Step, now: int) -> object:
    match step:
        case ("order", who, outcome, side, cents, qty, tif, stp, post):
            side = Side.BUY if ex.markets["M"].nets else side
            terms = Terms(who, "M", outcome, side, cents * 100, qty * 10_000, tif,
                          self_trade=stp, post_only=post and tif is Tif.GTC)  # fmt: skip
            return ex.submit(terms, f"o{now}", now)
        case ("level", is_bid, cents, qty):
            return ex.record_level("M", is_bid, cents * 100, qty * 10_000, now)
        case ("print", is_bid, cents, qty):
            return ex.prints("M", is_bid, cents * 100, qty * 10_000, now)
    resting = ex.resting()
    if not resting:
        return ()
    order = resting[step[1] % len(resting)]
    if step[0] == "cancel":
        return ex.cancel(order.id, now)
    if step[0] == "shrink":
        return ex.decrease(order.id, step[3] * 10_000, now, account=order.terms.account)
    was = order.terms
    terms = Terms(was.account, "M", was.outcome, was.side, step[2] * 100, step[3] * 10_000)
    return ex.amend(order.id, terms, now)


def named_cross(ex: Exchange) -> bool:
    """Whether two named orders of different accounts stand crossed."""
    book = ex.book("M")
    return any(
        bid.terms.book_price >= ask.terms.book_price and bid.terms.account != ask.terms.account
        for bid in book.orders(True) for ask in book.orders(False)
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(steps, st.booleans())
def test_any_sequence_keeps_the_books(sequence: list[Step], nets: bool) -> None:
    ex, twin = fresh(nets), fresh(nets)
    for now, step in enumerate(sequence, 1):
        assert repr(play(ex, step, now)) == repr(play(twin, step, now))
        assert ex.accounts.total() == 60 * C
        assert not named_cross(ex)
        for name in NAMES:
            assert ex.accounts.free(name) >= -2_000
            holding = ex.holding(name, "M")
            assert min(holding.qty) >= 0
            assert not nets or min(holding.qty) == 0
        for order in ex.orders.values():
            assert order.filled + order.remaining <= order.terms.qty
            assert (order.remaining > 0) == (order.status is Status.RESTING)
    held = [sum(h.qty[i] for h in ex.accounts.held.values()) for i in (0, 1)]
    assert held[0] == held[1] == ex.accounts.collateral.get("M", 0)
    ex.settle("M", 10_000, 99)
    assert ex.accounts.total() == 60 * C
    assert all(a == STREET or v >= -2_000 for (a, _), v in ex.accounts.cash.items())


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 99), st.lists(st.tuples(st.integers(1, 99), st.integers(1, 500))))
def test_no_fill_is_worse_than_the_limit_and_none_better_than_the_book(
    cents: int, rows: list[tuple[int, int]]
) -> None:
    ex = fresh(False)
    asks = {price * 100: qty * 10_000 for price, qty in rows}
    ex.record("M", {}, asks, 0)
    ex.submit(Terms("ann", "M", 0, Side.BUY, cents * 100, 6 * C), "o", 1)
    for trade in ex.trades:
        assert trade.price <= cents * 100
        assert trade.qty <= asks[trade.price]
    got = sum(trade.qty for trade in ex.trades)
    assert got <= sum(qty for price, qty in asks.items() if price <= cents * 100)
