"""Oracle of fees: both venues' published rules in exact fractions of a dollar.

Imports nothing of the program under test.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

MICRO = Fraction(1, 1_000_000)
POLYMARKET_GRAIN = Fraction(1, 100_000)
DIRECT = Fraction(1, 10_000)
NON_DIRECT = Fraction(1, 100)
KALSHI_RATE = Fraction(7, 100)
MAKER_SHARE = {
    "quadratic": Fraction(0),
    "quadratic_with_maker_fees": Fraction(1, 4),
    "quadratic_with_combo_maker_fees": Fraction(1, 2),
}


def ceil_to(value: Fraction, grain: Fraction) -> Fraction:
    return ceil(value / grain) * grain


def floor_to(value: Fraction, grain: Fraction) -> Fraction:
    return floor(value / grain) * grain


def kalshi_rate(fee_type: str, multiplier: Fraction, *, is_maker: bool = False) -> Fraction:
    """Coefficient of C * P * (1 - P). An unknown `fee_type` is a KeyError."""
    share = MAKER_SHARE[fee_type]
    return KALSHI_RATE * multiplier * (share if is_maker else 1)


@dataclass
class KalshiOrderFees:
    """The venue's algorithm for the fills of one order, step by step as it is published.

    `precision` is the grain of the account's balance, `rate` the model's coefficient. The
    accumulator lives as long as the order does, over maker and taker fills.
    """

    precision: Fraction = DIRECT
    accumulator: Fraction = Fraction(0)

    def fill(
        self, price: Fraction, count: Fraction, rate: Fraction, *, is_buy: bool = True
    ) -> Fraction:
        """Net fee of one fill in dollars."""
        trade_fee = ceil_to(rate * count * price * (1 - price), MICRO)
        revenue = -price * count if is_buy else price * count
        aligned = floor_to(revenue - trade_fee, self.precision)
        rounding = (revenue - trade_fee) - aligned
        self.accumulator += rounding
        available = floor_to(self.accumulator, self.precision)
        cap = floor_to(trade_fee + rounding, self.precision)
        rebate = min(available, cap)
        self.accumulator -= rebate
        return trade_fee + rounding - rebate


def polymarket_fee(price: Fraction, count: Fraction, rate: Fraction, exponent: int = 1) -> Fraction:
    """Taker fee of one fill in dollars, rounded up to a hundred-thousandth."""
    return ceil_to(count * rate * (price * (1 - price)) ** exponent, POLYMARKET_GRAIN)
