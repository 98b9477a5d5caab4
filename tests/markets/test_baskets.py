"""The basket table: ids, touch lists and limits."""

import pytest

from arbees.markets.baskets import LEGS_MAX, ROOM, Basket, BasketTable, Leg
from arbees.markets.books import Books
from arbees.markets.instrument import FeeSchedule, FeeTerm, Instrument, uniform_grid


def basket(name: str, *legs: Leg) -> Basket:
    return Basket(name, "same", legs, 10_000, name, "test")


def test_touching_names_every_basket_of_an_instrument() -> None:
    table = BasketTable()
    assert table.add(basket("a", Leg(0, 0), Leg(1, 0)))
    assert table.add(basket("b", Leg(0, 1), Leg(2, 0)))
    assert table.touching(0) == [0, 1]
    assert table.touching(2) == [1]
    assert table.touching(9) == []


def test_an_id_is_taken_once() -> None:
    table = BasketTable()
    assert table.add(basket("a", Leg(0, 0)))
    assert not table.add(basket("a", Leg(1, 0)))
    assert len(table.baskets) == 1


@pytest.mark.parametrize("count", [0, LEGS_MAX + 1])
def test_leg_counts_are_bounded(count: int) -> None:
    with pytest.raises(ValueError, match="legs"):
        BasketTable().add(basket("a", *[Leg(i, 0) for i in range(count)]))


def test_what_is_withdrawn_is_priced_no_longer_and_may_come_back() -> None:
    table = BasketTable()
    assert table.add(basket("a", Leg(0, 0), Leg(1, 0))) and table.add(basket("b", Leg(0, 1)))
    assert table.withdraw("a") == 0
    assert (table.touching(0), table.touching(1)) == ([1], [])
    assert table.withdraw("a") is None and table.withdraw("never") is None
    assert table.named("a") is not None  # what was bought of it is still told by its name
    assert table.add(basket("a", Leg(0, 0), Leg(1, 0)))
    assert (table.touching(0), table.touching(1), len(table.baskets)) == ([0, 1], [0], 2)


def test_a_table_that_grows_while_it_is_used_says_what_a_whole_one_says() -> None:
    books = Books()
    for ix in range(40):
        fees = FeeSchedule((FeeTerm(0, 0, 0),))
        books.add(Instrument(ix, "kalshi", f"{ix}", f"{ix}", "E", "", "", uniform_grid(100), fees,
                             has_no_side=True), fees.terms[0])  # fmt: skip
        books.snapshot(ix, [(4_000 - 100 * (ix % 7), 10**7)], [(4_300 + 100 * (ix % 5), 10**7)])
    shapes = [[Leg((n + i) % 40, i % 2) for i in range(1 + n % LEGS_MAX)] for n in range(3 * ROOM)]
    made = [basket(f"{n}", *legs) for n, legs in enumerate(shapes)]
    whole, grown = BasketTable(), BasketTable()
    for each in made:
        whole.add(each)
    for n, each in enumerate(made):
        grown.add(each)
        if n % 13 == 0:
            grown.price(books, list(range(n + 1)), 0, 10**8)
    numbers = list(range(len(made)))
    said = grown.price(books, numbers, 0, 10**8)
    assert said == whole.price(books, numbers, 0, 10**8) and len(said) > 20
