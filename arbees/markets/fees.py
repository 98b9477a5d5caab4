"""Fees exactly as the venues compute them, in Python ints, for fills, paper and reports.

The kernel in `kernels/pricing.py` computes the same figures for whole orders; tests hold the two
together. Sources: kalshi.md section 9.2, polymarket.md section 8.
"""

from dataclasses import dataclass

from arbees.markets.instrument import FeeRounding, FeeTerm
from arbees.units import PIPS_PER_DOLLAR, div_ceil

FEE_DENOMINATOR = 10**14
"""rate (1e-6) * p * (1-p) (1e-4 each), per micro-contract, in micro-dollars."""
POLYMARKET_FEE_STEP = 10
"""Micro-dollars: fees are stated to 5 decimals; the direction is not, so against us."""


def trade_fee(term: FeeTerm, price: int, qty: int, *, is_taker: bool = True) -> int:
    """Micro-dollars of one fill before any balance rounding. Raises ValueError if unknown."""
    if not term.is_known:
        raise ValueError("the fee of this market is not known")
    rate = term.taker_rate if is_taker else term.maker_rate
    numerator = rate * price * (PIPS_PER_DOLLAR - price) * qty
    denominator = FEE_DENOMINATOR
    if term.exponent != 1:
        numerator = rate * (price * (PIPS_PER_DOLLAR - price)) ** term.exponent * qty
        denominator *= 10 ** (8 * (term.exponent - 1))
    if term.rounding is FeeRounding.KALSHI:
        return -(-numerator // denominator)
    step = POLYMARKET_FEE_STEP
    return -(-numerator // (denominator * step)) * step


@dataclass(slots=True)
class OrderFees:
    """Running fee state of one order: Kalshi's accumulator of balance rounding.

    `charge` returns what the fill costs beyond its price, in micro-dollars, rounding and rebate
    included. The sum over an order is path independent up to the cap at zero.
    """

    term: FeeTerm
    carried: int = 0
    """Rounding paid so far and not yet given back, in 1e-10 dollars."""

    def charge(self, price: int, qty: int, *, is_taker: bool = True) -> int:
        fee = trade_fee(self.term, price, qty, is_taker=is_taker)
        paid = div_ceil(price * qty, PIPS_PER_DOLLAR)
        if self.term.rounding is not FeeRounding.KALSHI:
            return fee
        step = self.term.balance_step * PIPS_PER_DOLLAR
        exact = price * qty + fee * PIPS_PER_DOLLAR
        aligned = div_ceil(exact, step) * step
        self.carried += aligned - exact
        rebate = min(self.carried // step * step, max(0, aligned - price * qty) // step * step)
        self.carried -= rebate
        return (aligned - rebate) // PIPS_PER_DOLLAR - paid
