"""Spending: what an order that states cash must state to buy a wanted size.

A marketable BUY of Polymarket spends dollars (polymarket.md section 7.2): at levels better than its
limit it buys more contracts than limit and amount say. So it is given what the wanted size costs on
the book as it is seen, and not what it would cost at its limit.
"""

from arbees.markets.books import Books
from arbees.markets.instrument import Instrument
from arbees.units import PIPS_PER_DOLLAR, div_ceil


def spends(instrument: Instrument) -> bool:
    """Whether its marketable BUY orders state cash, on the grain `amount_step`."""
    return instrument.amount_step > 1


def spend_for(books: Books, instrument: Instrument, limit: int, qty: int) -> tuple[int, int]:
    """(micro-dollars to state, micro-contracts they buy) for at most `qty` at `limit` pips or
    better. What the book does not show is counted at the limit: rather too few than too many."""
    cost, last, taken = books.ask_cost(instrument.ix, limit, qty)
    spend = cost // PIPS_PER_DOLLAR
    spend -= spend % instrument.amount_step
    missing = cost - spend * PIPS_PER_DOLLAR
    lost = -(-missing // last)
    if lost <= taken:
        return spend, qty - lost
    return spend, _bought(books, instrument, limit, spend)  # the last level is worth no cent


def _bought(books: Books, instrument: Instrument, limit: int, spend: int) -> int:
    """Level by level, at the limit where the book shows no more."""
    cash, bought = spend * PIPS_PER_DOLLAR, 0
    for price, size in books.levels(instrument.ix, 1):
        if price <= limit:
            take = min(size, cash // price)
            bought += take
            cash -= take * price
    return bought + cash // limit


def highest_cost(spend: int, taker_rate: int) -> int:
    """Micro-dollars that leave at most: a fee is rate * contracts * p * (1 - p), so it is less
    than the rate of what is spent, whatever better price the order meets."""
    return spend + div_ceil(spend * taker_rate, 1_000_000)
