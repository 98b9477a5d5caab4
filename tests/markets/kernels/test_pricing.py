"""The kernel three ways: compiled, as Python, and against the slow oracle. Money must be equal."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from arbees.markets.baskets import Basket, BasketTable, Leg
from arbees.markets.books import Books
from arbees.markets.instrument import (
    FeeRounding,
    FeeSchedule,
    FeeTerm,
    Instrument,
    uniform_grid,
)
from arbees.markets.kernels import pricing as k
from tests.reference import walk

RATES = (0, 17_500, 35_000, 50_000, 70_000)
sizes = st.integers(1, 40_000).map(lambda n: n * 2_500)


@st.composite
def books_of_two(draw: st.DrawFn) -> dict[str, Any]:
    """Levels of a Kalshi leg on either side and of a token, around prices that may cross."""
    step = draw(st.sampled_from([100, 10]))
    side = draw(st.sampled_from([0, 1]))
    centre = draw(st.integers(3, 97))
    legs = []
    for number in range(2):
        middle = centre if number == 0 else 100 - centre
        start = max(1, min(98, middle - draw(st.integers(-1, 4)))) * (100 // step)
        slots = draw(st.lists(st.integers(0, 8), min_size=1, max_size=5, unique=True))
        pays = sorted({min(start + s, 10_000 // step - 1) * step for s in slots})
        legs.append([(pay, draw(sizes)) for pay in pays])
    return {
        "step": step,
        "side": side,
        "legs": legs,
        "rates": (draw(st.sampled_from(RATES)), draw(st.sampled_from(RATES))),
        "min_edge": draw(st.sampled_from([0, 10, 50])),
        "max_qty": draw(st.sampled_from([1, 5, 500])) * 1_000_000,
        "balance_step": draw(st.sampled_from([100, 10_000])),
        "amount_step": draw(st.sampled_from([1, 10_000])),
        "max_cost": draw(st.sampled_from([1, 700_000, 5_000_000, 100_000_000])),
    }


def build(case: dict[str, Any]) -> tuple[Books, BasketTable]:
    books, table = Books(), BasketTable()
    terms = (
        FeeTerm(0, case["rates"][0], 0, balance_step=case["balance_step"]),
        FeeTerm(0, case["rates"][1], 0, rounding=FeeRounding.POLYMARKET),
    )
    for ix, venue in enumerate(("kalshi", "polymarket")):
        amount = 1 if ix == 0 else case["amount_step"]
        books.add(
            Instrument(
                ix, venue, str(ix), str(ix), "e", "t", "o", uniform_grid(case["step"]),
                FeeSchedule((terms[ix],)), ix == 0, amount_step=amount,
            ),
            terms[ix],
        )  # fmt: skip
        levels = case["legs"][ix]
        if ix == 0 and case["side"] == 1:
            books.snapshot(0, [(10_000 - pay, qty) for pay, qty in levels], [])
        else:
            books.snapshot(ix, [], levels)
    table.add(Basket("b", "same", (Leg(0, case["side"]), Leg(1, 0)), 10_000, "l", "test"))
    return books, table


def expected(case: dict[str, Any]) -> tuple[int, int, int]:
    legs = []
    for ix, name in enumerate(("kalshi", "polymarket")):
        flip = ix == 0 and case["side"] == 1
        levels = [(pay, 10_000 - pay if flip else pay, q) for pay, q in case["legs"][ix]]
        legs.append(
            {
                "levels": levels,
                "rate": case["rates"][ix],
                "rounding": name,
                "balance_step": case["balance_step"],
                "amount_step": 1 if ix == 0 else case["amount_step"],
            }
        )
    gross = 10_000 - sum(leg["levels"][0][0] for leg in legs)
    if gross <= 0:
        return 0, 0, 0
    qty, limits = walk.walk(10_000, legs, case["min_edge"], case["max_qty"])
    qty = walk.lot_floor(qty, limits, legs)
    if qty == 0:
        return 0, 0, 0
    cost = sum(walk.leg_cost(leg, qty) for leg in legs)
    return qty, cost, qty - cost


@given(books_of_two())
@settings(max_examples=200, deadline=None)
def test_compiled_kernel_equals_the_oracle(case: dict[str, Any]) -> None:
    books, table = build(case)
    found = table.price(books, [0], case["min_edge"], case["max_qty"])
    got = (found[0].qty, found[0].cost, found[0].edge) if found else (0, 0, 0)
    assert got == expected(case)


@given(books_of_two())
@settings(max_examples=200, deadline=None)
def test_the_capped_walk_is_the_walk_of_the_share_that_fits(case: dict[str, Any]) -> None:
    books, table = build(case)
    limit = case["max_cost"]
    found = table.price(books, [0], case["min_edge"], case["max_qty"], limit)
    capped = found[0].capped if found else None
    if not found or found[0].cost <= limit:
        assert capped is None
        return
    share = found[0].qty * limit // found[0].cost // 10_000 * 10_000
    again = table.price(books, [0], case["min_edge"], share) if share else []
    if not again or again[0].qty == 0:
        assert capped is None
        return
    assert capped is not None
    assert (capped.qty, capped.cost, capped.edge, capped.limits) == (
        again[0].qty, again[0].cost, again[0].edge, again[0].limits,
    )  # fmt: skip


@given(books_of_two())
@settings(max_examples=50, deadline=None)
def test_python_form_equals_compiled_form_and_never_overflows(case: dict[str, Any]) -> None:
    books, table = build(case)
    table.price(books, [0], case["min_edge"], case["max_qty"], case["max_cost"])
    compiled = table._out.copy()
    out = np.zeros_like(compiled)
    k.price_baskets.py_func(
        books.ladder, books.inst, table._ptr, table._legs, table._payout,
        np.zeros(1, dtype=np.int64), 1, case["min_edge"], case["max_qty"], case["max_cost"],
        np.zeros((2, 3), dtype=np.int64), out,
    )  # fmt: skip
    assert (out == compiled).all()


def test_the_largest_walk_does_not_overflow() -> None:
    case: dict[str, Any] = {
        "step": 100, "side": 0, "legs": [[(4_900, k.WALK_QTY_MAX)], [(4_000, k.WALK_QTY_MAX)]],
        "rates": (70_000, 70_000), "min_edge": 0, "max_qty": k.WALK_QTY_MAX,
        "balance_step": 100, "amount_step": 10_000,
    }  # fmt: skip
    books, table = build(case)
    found = table.price(books, [0], 0, case["max_qty"])
    cost = sum(
        walk.leg_cost(
            {"levels": [(pay, pay, k.WALK_QTY_MAX)], "rate": 70_000, "rounding": name,
             "balance_step": 100},
            k.WALK_QTY_MAX,
        )
        for pay, name in ((4_900, "kalshi"), (4_000, "polymarket"))
    )  # fmt: skip
    assert found[0].cost == cost


def test_invalid_and_empty_books_are_not_priced() -> None:
    case: dict[str, Any] = {
        "step": 100, "side": 0, "legs": [[(4_000, 10**6)], [(4_000, 10**6)]], "rates": (0, 0),
        "min_edge": 0, "max_qty": 10**6, "balance_step": 100, "amount_step": 1,
    }  # fmt: skip
    books, table = build(case)
    assert table.price(books, [0], 0, 10**6)[0].status == k.PRICED
    books.void(1)
    assert table.price(books, [0], 0, 10**6)[0].status == k.BOOK_INVALID
    books.snapshot(1, [], [])
    assert table.price(books, [0], 0, 10**6) == []
