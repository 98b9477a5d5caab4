"""One market's book: named resting orders in price-time order, among anonymous recorded size.

One rule: a recorded level keeps what was taken from it until the recording changes that level.
All prices are on outcome 0's scale. The book knows no money.
"""

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field

from arbees.simulator.exchange.orders import Order


@dataclass(slots=True)
class Street:
    """Anonymous size at a price: as recorded, and how much of that our orders took."""

    recorded: int
    taken: int = 0

    @property
    def left(self) -> int:
        return max(0, self.recorded - self.taken)


@dataclass(frozen=True, slots=True)
class Slice:
    """The next size in the queue; `order` None is the street."""

    price: int
    qty: int
    order: Order | None


@dataclass(slots=True)
class _Side:
    street: dict[int, Street] = field(default_factory=dict)
    orders: dict[int, list[Order]] = field(default_factory=dict)


def _number(order: Order) -> int:
    return order.number


class Book:
    """Both sides. `is_bid` chooses."""

    def __init__(self) -> None:
        self._sides = {True: _Side(), False: _Side()}

    def add(self, order: Order) -> None:
        """Rest an order behind everything that stands at its price."""
        side, price = self._sides[order.terms.is_bid], order.terms.book_price
        street = side.street.get(price)
        order.ahead = street.left if street else 0
        insort(side.orders.setdefault(price, []), order, key=_number)

    def remove(self, order: Order) -> None:
        side, price = self._sides[order.terms.is_bid], order.terms.book_price
        queue = side.orders[price]
        queue.remove(order)
        if not queue:
            del side.orders[price]

    def record(self, is_bid: bool, price: int, qty: int) -> None:
        """The recording's size at a price; unchanged size keeps what was taken of it."""
        side = self._sides[is_bid]
        street = side.street.get(price)
        if street is not None and street.recorded == qty:
            return
        if qty > 0:
            side.street[price] = Street(qty)
        else:
            side.street.pop(price, None)
        for order in side.orders.get(price, ()):
            order.ahead = min(order.ahead, qty)

    def recorded(self, is_bid: bool) -> dict[int, int]:
        """The recording's own levels, nothing taken."""
        return {p: street.recorded for p, street in self._sides[is_bid].street.items()}

    def recorded_at(self, is_bid: bool, price: int) -> int:
        street = self._sides[is_bid].street.get(price)
        return street.recorded if street else 0

    def take(self, is_bid: bool, price: int, qty: int) -> None:
        """Street size leaves the front of a queue."""
        side = self._sides[is_bid]
        side.street[price].taken += qty
        self.pass_by(is_bid, price, qty)

    def pass_by(self, is_bid: bool, price: int, qty: int) -> None:
        """`qty` of street size ahead of the orders at a price has gone."""
        for order in self._sides[is_bid].orders.get(price, ()):
            order.ahead = max(0, order.ahead - qty)

    def shown(self, is_bid: bool, price: int) -> int:
        side = self._sides[is_bid]
        street = side.street.get(price)
        named = sum(order.remaining for order in side.orders.get(price, ()))
        return named + (street.left if street else 0)

    def levels(self, is_bid: bool) -> list[tuple[int, int]]:
        """(price, size) best first, empty levels left out."""
        side = self._sides[is_bid]
        prices = sorted(side.street.keys() | side.orders.keys(), reverse=is_bid)
        rows = [(price, self.shown(is_bid, price)) for price in prices]
        return [row for row in rows if row[1] > 0]

    def orders(self, is_bid: bool) -> list[Order]:
        """Named orders in priority order."""
        side = self._sides[is_bid]
        return [o for price in sorted(side.orders, reverse=is_bid) for o in side.orders[price]]

    def street_left(self, is_bid: bool, price: int) -> int:
        street = self._sides[is_bid].street.get(price)
        return street.left if street else 0

    def ahead_of(self, order: Order) -> int:
        """Size that trades before this order: better prices do not count, only its own queue."""
        queue = self._sides[order.terms.is_bid].orders.get(order.terms.book_price, [])
        return order.ahead + sum(o.remaining for o in queue if o.number < order.number)

    def queue(self, is_bid: bool, price: int) -> Iterator[Slice]:
        """What stands at a price, first in first; the street's size lies where time put it."""
        side = self._sides[is_bid]
        left, passed = self.street_left(is_bid, price), 0
        for order in list(side.orders.get(price, ())):
            if min(order.ahead, left) > passed:
                yield Slice(price, min(order.ahead, left) - passed, None)
                passed = min(order.ahead, left)
            yield Slice(price, order.remaining, order)
        if left > passed:
            yield Slice(price, left - passed, None)

    def against(self, taker_is_bid: bool, limit: int) -> Iterator[Slice]:
        """Everything an incoming order at `limit` may meet, best first. Do not change meanwhile."""
        is_bid = not taker_is_bid
        for price, _ in self.levels(is_bid):
            if (price > limit) if taker_is_bid else (price < limit):
                return
            yield from self.queue(is_bid, price)
