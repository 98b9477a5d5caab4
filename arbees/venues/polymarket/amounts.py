"""Maker and taker amounts of an order, by tick, in integers (polymarket.md 7.2).

Both are millionths of a pUSD or of a share. The one rule: the venue's own rounding, digit by digit,
and never more cash or more shares than was asked for. A price off the tick is an error here, not
rounded: what was decided is what is sent.
"""

from typing import Final, NamedTuple

from arbees.units import PIPS_PER_DOLLAR, PRICE_MAX, QTY_GRAIN, QTY_MAX, div_ceil

AMOUNT_DECIMALS: Final = {1_000: 3, 100: 4, 50: 5, 25: 6, 10: 5, 1: 6}
"""Decimals of the computed amount by tick in pips; sizes always have two."""
CENT: Final = 10_000
"""Dollars of a market BUY are stated in cents, and so are shares: both are 10_000 millionths."""
GUARD: Final = 10**4
"""The venue first rounds up to four more decimals than it keeps, then floors."""


class Amounts(NamedTuple):
    """What the maker gives and what it takes, millionths."""

    maker: int
    taker: int


def decimals_of(tick: int) -> int:
    """Raises ValueError for a tick that the venue's table does not know."""
    found = AMOUNT_DECIMALS.get(tick)
    if found is None:
        raise ValueError(f"no rounding is known for a tick of {tick} pips")
    return found


def check_price(price: int, tick: int) -> None:
    """tick <= price <= 1 - tick, in whole ticks. Raises ValueError."""
    decimals_of(tick)
    if price % tick or not tick <= price <= PRICE_MAX - tick:
        raise ValueError(f"price of {price} pips is not on the tick of {tick}")


def _check_size(qty: int, what: str) -> int:
    """Floored to two decimals. Raises ValueError if nothing is left, or beyond QTY_MAX."""
    floored = qty - qty % QTY_GRAIN
    if not 0 < floored <= QTY_MAX:
        raise ValueError(f"{what} of {qty} millionths is nothing in hundredths, or too much")
    return floored


def limit_amounts(is_buy: bool, price: int, qty: int, tick: int) -> Amounts:
    """A limit order: the size floored to hundredths, and its exact worth (price and size have no
    more decimals together than the table keeps)."""
    check_price(price, tick)
    shares = _check_size(qty, "size")
    dollars = price * shares // PIPS_PER_DOLLAR
    return Amounts(dollars, shares) if is_buy else Amounts(shares, dollars)


def market_buy(price: int, dollars: int, tick: int) -> Amounts:
    """FOK or FAK BUY that spends at most `dollars` (floored to cents) at `price` or better."""
    check_price(price, tick)
    spent = _check_size(dollars, "amount")
    # Units of 10**-(decimals + 4) shares: rounded up, then floored to the kept decimals.
    kept = decimals_of(tick)
    fine = div_ceil(spent * PIPS_PER_DOLLAR * 10 ** (kept + 4), price * 10**6)
    return Amounts(spent, fine // GUARD * 10 ** (6 - kept))


def marketable_buy(price: int, qty: int, tick: int) -> Amounts:
    """FOK or FAK BUY of at most `qty` shares: the venue wants whole cents, so where price times
    size has more decimals a fraction of a share is left out, never added."""
    check_price(price, tick)
    shares = _check_size(qty, "size")
    return market_buy(price, price * shares // PIPS_PER_DOLLAR, tick)
