"""The basket table: ids, touch lists and limits."""

import pytest

from arbees.markets.baskets import LEGS_MAX, Basket, BasketTable, Leg


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
