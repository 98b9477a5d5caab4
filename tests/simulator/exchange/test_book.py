"""Queues: time among named orders, and where the anonymous size lies."""

from arbees.simulator.exchange.book import Book
from arbees.simulator.exchange.orders import Order, Side, Terms


def order(number: int, qty: int, price: int = 5000) -> Order:
    terms = Terms("a", "M", 0, Side.BUY, price, qty)
    return Order(str(number), terms, number, 0, 0, qty)


def sizes(book: Book, price: int = 5000) -> list[tuple[int, bool]]:
    return [(piece.qty, piece.order is None) for piece in book.queue(True, price)]


def test_an_order_rests_behind_what_was_there() -> None:
    book = Book()
    book.record(True, 5000, 100)
    book.add(order(1, 30))
    book.record(True, 5000, 160)
    book.add(order(2, 20))
    assert sizes(book) == [(100, True), (30, False), (60, True), (20, False)]
    assert book.ahead_of(order(2, 20)) == 30
    book.take(True, 5000, 110)
    assert sizes(book) == [(30, False), (50, True), (20, False)]
    assert book.shown(True, 5000) == 100


def test_taken_size_is_remembered_until_the_level_changes() -> None:
    book = Book()
    book.record(True, 5000, 100)
    book.take(True, 5000, 70)
    book.record(True, 5000, 100)
    assert book.levels(True) == [(5000, 30)]
    book.record(True, 5000, 90)
    assert book.levels(True) == [(5000, 90)]
    book.record(True, 5000, 0)
    assert book.levels(True) == []
    assert book.recorded(True) == {}


def test_a_shrinking_level_moves_orders_forward() -> None:
    book = Book()
    book.record(True, 5000, 100)
    late = order(1, 10)
    book.add(late)
    book.record(True, 5000, 40)
    assert (late.ahead, book.ahead_of(late)) == (40, 40)
    book.pass_by(True, 5000, 15)
    assert late.ahead == 25
    book.remove(late)
    assert book.orders(True) == []


def test_what_an_incoming_order_may_meet_ends_at_its_limit() -> None:
    book = Book()
    for price in (4000, 5000, 6000):
        book.record(False, price, 10)
        book.record(True, price - 3000, 10)
    assert [p.price for p in book.against(True, 5000)] == [4000, 5000]
    assert [p.price for p in book.against(False, 2000)] == [3000, 2000]
