"""The simulator's own fee and edge arithmetic, in exact fractions.

One rule: nothing here is shared with the pipeline, so a mistake there cannot hide here.
Prices are whole cents, sizes hundredths of a contract, results micro-contracts and micro-dollars.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from arbees.units import div_ceil, div_floor

KALSHI_RATE = Fraction(7, 100)
LEAST_NET = Fraction(5, 1000)
CAP_HUNDREDTHS = 50_000

Levels = list[tuple[int, int]]
"""(price in cents, size in hundredths of a contract), best first."""


@dataclass(frozen=True)
class Edge:
    qty_micro: int
    edge_micro: int
    limit_is_stable: bool
    """False when trimming the size moved the token leg's limit to a better level."""


def ceil_to(amount: Fraction, grain: int) -> int:
    """Smallest multiple of `grain` that is not below `amount`."""
    return div_ceil(amount.numerator, amount.denominator * grain) * grain


def fee_per_share(rate: Fraction, cents: int) -> Fraction:
    """Dollars of fee for one contract bought at `cents`."""
    price = Fraction(cents, 100)
    return rate * price * (1 - price)


def net_per_share(kalshi: int, token: int, token_rate: Fraction) -> Fraction:
    """Dollars kept of one basket that pays one dollar, both legs bought at these cents."""
    gross = 1 - Fraction(kalshi + token, 100)
    return gross - fee_per_share(KALSHI_RATE, kalshi) - fee_per_share(token_rate, token)


def _depth(kalshi: Levels, token: Levels, token_rate: Fraction) -> int:
    """Hundredths of a contract worth buying, walking both legs in equal shares."""
    total, i, j, used_i, used_j = 0, 0, 0, 0, 0
    while i < len(kalshi) and j < len(token) and total < CAP_HUNDREDTHS:
        if net_per_share(kalshi[i][0], token[j][0], token_rate) < LEAST_NET:
            break
        slab = min(kalshi[i][1] - used_i, token[j][1] - used_j, CAP_HUNDREDTHS - total)
        total, used_i, used_j = total + slab, used_i + slab, used_j + slab
        if used_i == kalshi[i][1]:
            i, used_i = i + 1, 0
        if used_j == token[j][1]:
            j, used_j = j + 1, 0
    return total


def fills(levels: Levels, qty: int) -> Levels:
    """The levels, cut to the first `qty` hundredths."""
    out: Levels = []
    for price, size in levels:
        if qty <= 0:
            break
        out.append((price, min(size, qty)))
        qty -= out[-1][1]
    return out


def _leg_cost(taken: Levels, rate: Fraction, fee_grain: int, leg_grain: int) -> int:
    paid = Fraction(sum(price * size * 100 for price, size in taken))
    fees = sum(
        ceil_to(fee_per_share(rate, price) * size * 10_000, fee_grain) for price, size in taken
    )
    return ceil_to(paid + fees, leg_grain)


def edge_of(kalshi: Levels, token: Levels, token_rate: Fraction) -> Edge:
    """Size and edge of the basket that buys both legs from these levels."""
    depth = _depth(kalshi, token, token_rate)
    if depth == 0:
        return Edge(0, 0, True)
    limit = fills(token, depth)[-1][0]
    step = 10_000 // gcd(limit * 100, 10_000)
    qty = div_floor(depth, step) * step
    if qty == 0:
        return Edge(0, 0, False)
    token_fills = fills(token, qty)
    cost = _leg_cost(fills(kalshi, qty), KALSHI_RATE, 1, 100)
    cost += _leg_cost(token_fills, token_rate, 10, 1)
    return Edge(qty * 10_000, qty * 10_000 - cost, token_fills[-1][0] == limit)
