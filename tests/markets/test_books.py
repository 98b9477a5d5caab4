"""Books against a dictionary that does the same the slow way."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbees.errors import InvariantError
from arbees.markets.books import Books
from arbees.markets.instrument import FeeSchedule, FeeTerm, Instrument, uniform_grid
from arbees.markets.kernels import pricing as k

TERM = FeeTerm(0, 70_000, 0, balance_step=100)


def instrument(ix: int, step: int = 100) -> Instrument:
    return Instrument(
        ix, "kalshi", f"T{ix}", f"T{ix}", "E", "t", "o", uniform_grid(step), FeeSchedule((TERM,)),
        True,
    )  # fmt: skip


def one_book(step: int = 100) -> Books:
    books = Books()
    books.add(instrument(0, step), TERM)
    books.snapshot(0, [], [])
    return books


changes = st.lists(
    st.tuples(
        st.sampled_from([0, 1]),
        st.integers(1, 999).map(lambda n: n * 10),
        st.integers(-5, 5).map(lambda n: n * 1_000_000),
    ),
    max_size=60,
)


@given(changes)
@settings(max_examples=150, deadline=None)
def test_signed_changes_keep_levels_and_best(steps: list[tuple[int, int, int]]) -> None:
    books = one_book()
    model: list[dict[int, int]] = [{}, {}]
    for side, price, change in steps:
        books.change_level(0, side, price, change)
        size = model[side].get(price, 0) + change
        if size > 0:
            model[side][price] = size
        else:
            model[side].pop(price, None)
    assert books.levels(0, 0) == sorted(model[0].items(), reverse=True)
    assert books.levels(0, 1) == sorted(model[1].items())
    for limit in (0, 10, 4_995, 5_000, 9_990, 10_000):
        shown = [level for level in sorted(model[1].items()) if level[0] <= limit]
        left, taken = 7_300_000, []
        for price, size in [*shown, (limit, left)]:
            if left:
                taken.append((price, min(size, left)))
                left -= taken[-1][1]
        cost, last, size = books.ask_cost(0, limit, 7_300_000)
        assert cost == sum(price * qty for price, qty in taken)
        assert last == taken[-1][0]
        same = [qty for price, qty in taken if price == last]
        assert size in (same[-1], sum(same))
    assert books.best(0, 0) == max(model[0], default=None)
    assert books.best(0, 1) == min(model[1], default=None)
    assert books.best_qty(0, 0) == (model[0][max(model[0])] if model[0] else 0)


def test_only_a_snapshot_makes_a_book_valid() -> None:
    books = Books()
    books.add(instrument(0), TERM)
    assert not books.is_valid(0)
    books.snapshot(0, [(4_000, 1)], [(4_100, 1)])
    assert books.is_valid(0)
    books.set_level(0, 0, 4_100, 5)
    assert not books.check(0)
    assert books.state(0) == k.STATE_SUSPECT
    books.set_level(0, 0, 4_100, 0)
    assert books.check(0)
    assert not books.is_valid(0)
    books.snapshot(0, [(4_000, 1)], [(4_100, 1)])
    assert books.is_valid(0)
    books.void(0)
    assert books.levels(0, 0) == []
    assert not books.is_valid(0)


def test_a_crossed_snapshot_is_suspect() -> None:
    books = one_book()
    books.snapshot(0, [(5_000, 1)], [(4_000, 1)])
    assert books.state(0) == k.STATE_SUSPECT


def test_a_finer_price_refines_the_ladder_and_keeps_everything() -> None:
    books = one_book(100)
    books.snapshot(0, [(4_000, 7)], [(4_100, 9)])
    books.set_level(0, 0, 4_005, 3)
    assert books.levels(0, 0) == [(4_005, 3), (4_000, 7)]
    assert books.levels(0, 1) == [(4_100, 9)]
    assert books.is_valid(0)
    assert books.level(0, 0, 4_001) == 0


def test_many_instruments_grow_the_arrays_without_losing_any() -> None:
    books = Books()
    for ix in range(200):
        books.add(instrument(ix, 10), TERM)
        books.snapshot(ix, [(1_000 + ix * 10, ix + 1)], [])
    assert all(books.best(ix, 0) == 1_000 + ix * 10 for ix in range(200))
    assert all(books.best_qty(ix, 0) == ix + 1 for ix in range(200))


def test_far_gaps_are_searched_by_the_kernel() -> None:
    books = one_book(1)
    books.set_level(0, 0, 9_000, 1)
    books.set_level(0, 0, 10, 1)
    books.set_level(0, 0, 9_000, 0)
    assert books.best(0, 0) == 10
    books.set_level(0, 0, 10, 0)
    assert books.best(0, 0) is None
    assert books.best_qty(0, 0) == 0


def test_indices_must_be_dense() -> None:
    with pytest.raises(InvariantError, match="not next"):
        Books().add(instrument(3), TERM)
