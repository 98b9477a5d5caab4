"""The basket walk, written for obviousness with Fraction. Imports nothing from arbees.

A leg is a dict: levels [(pay pips, yes pips, qty micro)] best first, rate (millionths), rounding
"kalshi" or "polymarket", balance_step micro-dollars, amount_step micro-dollars.
"""

import math
from fractions import Fraction
from typing import Any

Leg = dict[str, Any]


def marginal_edge(payout: int, prices: list[tuple[int, int]], legs: list[Leg]) -> Fraction:
    edge = Fraction(payout, 10_000)
    for (pay, yes), leg in zip(prices, legs, strict=True):
        p = Fraction(yes, 10_000)
        edge -= Fraction(pay, 10_000) + Fraction(leg["rate"], 10**6) * p * (1 - p)
    return edge


def walk(payout: int, legs: list[Leg], min_edge: int, max_qty: int) -> tuple[int, list[int]]:
    """(qty before lots, limit pips per leg)."""
    qty, limits = 0, [0] * len(legs)
    books = [[list(level) for level in leg["levels"]] for leg in legs]
    while qty < max_qty and all(books):
        prices = [(b[0][0], b[0][1]) for b in books]
        if marginal_edge(payout, prices, legs) < Fraction(min_edge, 10_000):
            break
        slab = min([b[0][2] for b in books] + [max_qty - qty])
        qty += slab
        limits = [b[0][0] for b in books]
        for book in books:
            book[0][2] -= slab
            if book[0][2] == 0:
                book.pop(0)
    return qty, limits


def lot_floor(qty: int, limits: list[int], legs: list[Leg]) -> int:
    """Largest number of hundredths whose limit cost fits each leg's decimals of dollars."""
    hundredths = qty // 10_000
    while hundredths > 0:
        if all(
            limit * hundredths % leg["amount_step"] == 0
            for limit, leg in zip(limits, legs, strict=True)
        ):
            break
        hundredths -= 1
    return hundredths * 10_000


def leg_cost(leg: Leg, qty: int) -> int:
    """Micro-dollars, fees and rounding included."""
    left, paid, fees = qty, Fraction(0), 0
    for pay, yes, size in leg["levels"]:
        take = min(left, size)
        if take <= 0:
            break
        p = Fraction(yes, 10_000)
        paid += Fraction(pay, 10_000) * take
        fee = Fraction(leg["rate"], 10**6) * p * (1 - p) * take
        fees += math.ceil(fee) if leg["rounding"] == "kalshi" else math.ceil(fee / 10) * 10
        left -= take
    assert left == 0
    if leg["rounding"] == "kalshi":
        step: int = leg["balance_step"]
        return math.ceil((paid + fees) / step) * step
    return math.ceil(paid) + fees
