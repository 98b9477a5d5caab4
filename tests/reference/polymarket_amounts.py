"""Slow oracle of polymarket.md 7.2 in Fractions: parses and rounds for itself."""

from fractions import Fraction

TABLE = {
    "0.1": (1, 2, 3), "0.01": (2, 2, 4), "0.005": (3, 2, 5),
    "0.0025": (4, 2, 6), "0.001": (3, 2, 5), "0.0001": (4, 2, 6),
}  # fmt: skip


def floor_to(value: Fraction, decimals: int) -> Fraction:
    scaled = value * 10**decimals
    return Fraction(scaled.numerator // scaled.denominator, 10**decimals)


def ceil_to(value: Fraction, decimals: int) -> Fraction:
    return -floor_to(-value, decimals)


def nearest_to(value: Fraction, decimals: int) -> Fraction:
    return Fraction(round(value * 10**decimals), 10**decimals)


def kept(value: Fraction, decimals: int) -> Fraction:
    """Up to four more decimals than are kept, then down, each only where it is longer."""
    if floor_to(value, decimals) == value:
        return value
    value = ceil_to(value, decimals + 4)
    return value if floor_to(value, decimals) == value else floor_to(value, decimals)


def limit(side: str, size: Fraction, price: Fraction, tick: str) -> tuple[int, int]:
    price_dec, size_dec, amount_dec = TABLE[tick]
    shares = floor_to(size, size_dec)
    worth = kept(shares * nearest_to(price, price_dec), amount_dec)
    pair = (worth, shares) if side == "BUY" else (shares, worth)
    return int(pair[0] * 10**6), int(pair[1] * 10**6)


def market(side: str, amount: Fraction, price: Fraction, tick: str) -> tuple[int, int]:
    price_dec, size_dec, amount_dec = TABLE[tick]
    price = floor_to(price, price_dec)
    given = floor_to(amount, size_dec)
    taken = kept(given / price if side == "BUY" else given * price, amount_dec)
    return int(given * 10**6), int(taken * 10**6)
