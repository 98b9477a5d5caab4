"""Spending: what an order that states cash must state to buy a wanted size.

A marketable BUY of Polymarket spends dollars (polymarket.md section 7.2): at levels better than its
limit it buys more contracts than limit and amount say. So it is given what the wanted size costs on
the book as it is seen, and not what it would cost at its limit.
"""

from arbees.markets.books import Books
from arbees.markets.instrument import Instrument
from arbees.units import PIPS_PER_DOLLAR, div_ceil

ASKS = 1


def spends(instrument: Instrument) -> bool:
    """Whether its marketable BUY orders state cash, on the grain `amount_step`."""
    return instrument.amount_step > 1


def spend_for(
    books: Books, instrument: Instrument, limit: int, qty: int, *, best: int | None = None
) -> tuple[int, int]:
    """(micro-dollars to state, micro-contracts they buy) for at most `qty` at `limit` pips or
    better. What the book does not show is counted at the limit: rather too few than too many.

    `best`: the best ask, if it is known; an order that takes no better level needs no walk.
    """
    if best is None or best < limit:
        levels = [level for level in books.levels(instrument.ix, ASKS) if level[0] <= limit]
    else:
        levels = []
    levels.append((limit, qty))
    cost = _cost(levels, qty)
    spend = cost // PIPS_PER_DOLLAR
    spend -= spend % instrument.amount_step
    return spend, _bought(levels, spend * PIPS_PER_DOLLAR)


def _cost(levels: list[tuple[int, int]], qty: int) -> int:
    """Pips times micro-contracts, exactly."""
    cost, left = 0, qty
    for price, size in levels:
        take = min(size, left)
        cost += take * price
        left -= take
    return cost


def _bought(levels: list[tuple[int, int]], cash: int) -> int:
    bought = 0
    for price, size in levels:
        take = min(size, cash // price)
        bought += take
        cash -= take * price
    return bought


def highest_cost(spend: int, taker_rate: int) -> int:
    """Micro-dollars that leave at most: a fee is rate * contracts * p * (1 - p), so it is less
    than the rate of what is spent, whatever better price the order meets."""
    return spend + div_ceil(spend * taker_rate, 1_000_000)
