"""Synthetic books and their frames."""

from random import Random

from arbees.simulator.books import Book, Recorder


def test_mirroring_twice_is_the_book() -> None:
    book = Book.around(Random(1), 40, 44)
    assert book.mirrored().mirrored() == book
    assert (book.mirrored().best_bid(), book.mirrored().best_ask()) == (56, 60)


def test_additions_come_before_removals() -> None:
    changes = Book({40: 100}, {44: 100}).changes_to(Book({41: 200}, {44: 100}))
    assert changes == [("bid", 41, 0, 200), ("bid", 40, 100, 0)]


def test_no_levels_carry_no_prices() -> None:
    recorder = Recorder()
    recorder.kalshi_snapshot("T", "id", Book({40: 150}, {44: 100}))
    msg = recorder.lines[0]["frame"]["msg"]
    assert msg["yes_dollars_fp"] == [["0.4000", "1.50"]]
    assert msg["no_dollars_fp"] == [["0.5600", "1.00"]]
