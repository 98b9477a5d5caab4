"""Grids and the one scale of a book."""

from arbees.simulator.exchange.fees import FREE
from arbees.simulator.exchange.orders import Market, Side, Terms, on_scale


def test_banded_grids_share_their_boundaries() -> None:
    market = Market("M", FREE, bands=((0, 1000, 10), (1000, 9000, 100), (9000, 10_000, 10)))
    good = [10, 990, 1000, 1100, 9000, 9010, 9990]
    assert [p for p in (*good, 0, 5, 1010, 8990, 10_000, 10_010) if market.allows(p)] == good


def test_buying_no_is_an_ask_of_yes() -> None:
    sides = [(o, s, Terms("a", "M", o, s, 3000, 1)) for o in (0, 1) for s in Side]
    assert {(o, s): (t.is_bid, t.book_price) for o, s, t in sides} == {
        (0, Side.BUY): (True, 3000), (0, Side.SELL): (False, 3000),
        (1, Side.BUY): (False, 7000), (1, Side.SELL): (True, 7000),
    }  # fmt: skip
    assert on_scale(1, on_scale(1, 1234)) == 1234
