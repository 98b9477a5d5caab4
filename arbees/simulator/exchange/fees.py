"""Fees and their rounding as each venue computes them (kalshi.md 9, polymarket.md 8).

One rule: written from the references alone; the client's fee arithmetic is never looked at.
Prices are pips of the traded outcome, sizes micro-contracts, results micro-dollars.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from arbees.units import PIPS_PER_DOLLAR, div_ceil, div_floor

_SCALE = PIPS_PER_DOLLAR * PIPS_PER_DOLLAR
TAKER_RATE = Fraction(7, 100)
MAKER_SHARE = {
    "quadratic": Fraction(0),
    "quadratic_with_maker_fees": Fraction(1, 4),
    "quadratic_with_combo_maker_fees": Fraction(1, 2),
}
DIRECT_GRAIN = 100
"""Balances of direct members move in $0.0001."""
FCM_GRAIN = 10_000


class Fees(Protocol):
    """A market's fee rule. `carry` is the order's rounding accumulator, in and out."""

    def charge(self, price: int, qty: int, carry: int, *, is_taker: bool) -> tuple[int, int]: ...

    def worst(self, price: int, qty: int, *, is_taker: bool) -> int: ...


def _steepest(price: int) -> int:
    """P(1-P) in square pips where it is largest at or below `price`."""
    capped = min(price, PIPS_PER_DOLLAR // 2)
    return capped * (PIPS_PER_DOLLAR - capped)


@dataclass(frozen=True, slots=True)
class KalshiFees:
    """Model fee up to the micro-dollar, balance change down to `grain`, the rest carried."""

    kind: str = "quadratic"
    multiplier: Fraction = Fraction(1)
    grain: int = DIRECT_GRAIN

    def _rate(self, is_taker: bool) -> Fraction:
        if self.kind not in MAKER_SHARE:
            raise ValueError(f"fee type {self.kind!r}: no documented rule")
        share = Fraction(1) if is_taker else MAKER_SHARE[self.kind]
        return TAKER_RATE * self.multiplier * share

    def charge(self, price: int, qty: int, carry: int, *, is_taker: bool) -> tuple[int, int]:
        """(net fee, new carry) of one fill at `price` of the outcome acquired.

        The rebate is whole grains out of the accumulator and never makes a fee negative.
        """
        rate = self._rate(is_taker)
        square = price * (PIPS_PER_DOLLAR - price)
        model = div_ceil(rate.numerator * qty * square, rate.denominator * _SCALE)
        change = -div_ceil(price * qty, PIPS_PER_DOLLAR) - model
        rounding = change - div_floor(change, self.grain) * self.grain
        carry += rounding
        rebate = min(div_floor(carry, self.grain), div_floor(model + rounding, self.grain))
        return model + rounding - rebate * self.grain, carry - rebate * self.grain

    def worst(self, price: int, qty: int, *, is_taker: bool) -> int:
        """No set of fills at or under `price` costs more."""
        rate = self._rate(is_taker)
        most = div_ceil(rate.numerator * qty * _steepest(price), rate.denominator * _SCALE)
        return div_ceil(most, self.grain) * self.grain + self.grain


POLY_GRAIN = 10
"""$0.00001: five decimals; what rounds to less is not charged."""


@dataclass(frozen=True, slots=True)
class PolymarketFees:
    """C * rate * (p(1-p))^exponent, of the taker only, in the market's own schedule."""

    rate: Fraction = Fraction(0)
    exponent: int = 1

    def charge(self, price: int, qty: int, carry: int, *, is_taker: bool) -> tuple[int, int]:
        if not is_taker:
            return 0, carry
        top = self.rate.numerator * qty * (price * (PIPS_PER_DOLLAR - price)) ** self.exponent
        bottom = self.rate.denominator * _SCALE**self.exponent * POLY_GRAIN
        return div_floor(2 * top + bottom, 2 * bottom) * POLY_GRAIN, carry

    def worst(self, price: int, qty: int, *, is_taker: bool) -> int:
        if not is_taker:
            return 0
        top = self.rate.numerator * qty * _steepest(price) ** self.exponent
        return div_ceil(top, self.rate.denominator * _SCALE**self.exponent) + POLY_GRAIN


FREE = PolymarketFees()
