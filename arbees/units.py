"""Integer units: pips, micro-contracts, micro-dollars. The only arithmetic the simulator shares.

1 pip = $0.0001, a price is 0..10_000 pips. Sizes are micro-contracts, cash is micro-dollars.
Cash is reached only through `div_floor` and `div_ceil`, which say whom the rounding favours.
"""

from typing import Final, NewType

Pips = NewType("Pips", int)
Qty = NewType("Qty", int)
Cash = NewType("Cash", int)

PIPS_PER_DOLLAR: Final = 10_000
MICRO: Final = 1_000_000
QTY_PER_CONTRACT: Final = MICRO
QTY_GRAIN: Final = 10_000
"""One hundredth of a contract: the finest order size both venues accept."""
QTY_MAX: Final = 100_000_000 * MICRO
"""Largest size accepted at decode; PIPS_PER_DOLLAR * QTY_MAX = 1e18 fits int64."""
PRICE_MAX: Final = PIPS_PER_DOLLAR
NS_PER_S: Final = 1_000_000_000
NS_PER_MS: Final = 1_000_000
NS_PER_US: Final = 1_000


def div_floor(numerator: int, denominator: int) -> int:
    """Round towards minus infinity: favours us when we pay, the venue when we receive."""
    return numerator // denominator


def div_ceil(numerator: int, denominator: int) -> int:
    """Round towards plus infinity: the cautious reading of what we pay."""
    return -(-numerator // denominator)


def cost_ceil(price: int, qty: int) -> int:
    """Micro-dollars paid for `qty` micro-contracts at `price` pips, rounded against the payer."""
    return div_ceil(price * qty, PIPS_PER_DOLLAR)


def _scaled(text: str, decimals: int) -> int:
    """Exact integer of a plain decimal string times 10**decimals.

    Raises ValueError on anything but [-]digits[.digits], on an empty string, and when the value
    has more non-zero decimals than `decimals` can hold: no digit is ever dropped.
    """
    sign = 1
    body = text
    if body[:1] == "-":
        sign, body = -1, body[1:]
    whole, _, fraction = body.partition(".")
    if not (whole or fraction) or not (whole + fraction).isascii():
        raise ValueError(f"not a plain decimal: {text!r}")
    if not (whole + fraction).isdigit():
        raise ValueError(f"not a plain decimal: {text!r}")
    if len(fraction) > decimals:
        if fraction[decimals:].strip("0"):
            raise ValueError(f"more than {decimals} decimals: {text!r}")
        fraction = fraction[:decimals]
    return sign * int((whole or "0") + fraction.ljust(decimals, "0"))


def parse_pips(text: str) -> int:
    """Pips of a dollar price string such as "0.4700". Raises ValueError outside 0..1."""
    price = _scaled(text, 4)
    if not 0 <= price <= PRICE_MAX:
        raise ValueError(f"price outside 0..1 dollar: {text!r}")
    return price


def parse_qty(text: str) -> int:
    """Micro-contracts of a size string such as "3.00". Raises ValueError if |qty| > QTY_MAX."""
    qty = _scaled(text, 6)
    if not -QTY_MAX <= qty <= QTY_MAX:
        raise ValueError(f"size beyond QTY_MAX: {text!r}")
    return qty


def parse_cash(text: str) -> int:
    """Micro-dollars of a dollar string such as "98.0186"."""
    return _scaled(text, 6)


def _plain(value: int, decimals: int, least: int) -> str:
    sign = "-" if value < 0 else ""
    digits = str(abs(value)).rjust(decimals + 1, "0")
    whole, fraction = digits[:-decimals], digits[-decimals:].rstrip("0")
    return f"{sign}{whole}.{fraction.ljust(least, '0')}"


def format_pips(price: int) -> str:
    """Dollar string with four decimals: 4700 -> "0.4700"."""
    return _plain(price, 4, 4)


def format_qty(qty: int) -> str:
    """Contracts with two to six decimals: 3_000_000 -> "3.00"."""
    return _plain(qty, 6, 2)


def format_cash(cash: int) -> str:
    """Dollars with two to six decimals: 17_500 -> "0.0175"."""
    return _plain(cash, 6, 2)
