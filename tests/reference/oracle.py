"""Oracle of detection: what two books and two fee rules say is worth trading, in fractions.

Imports nothing of the program under test. `python -m tests.reference.oracle DIR` prints counts.
The rule: every number is exact until the venue itself rounds it.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor, gcd
from pathlib import Path
from typing import Any, NamedTuple

from tests.reference.books import Book, Key, Replay, read_catalog, read_lines
from tests.reference.fees import MICRO, ceil_to, kalshi_rate, polymarket_fee

PAYOUT = Fraction(1)
PIP = Fraction(1, 10_000)
BALANCE_GRAIN = Fraction(1, 10_000)
LOTS_PER_CONTRACT = 100
STALE_AFTER_NS = 30_000_000_000


class Opp(NamedTuple):
    """One opportunity: 0-based line, index in the catalog's pairs, size, cost and net edge."""

    line: int
    basket: int
    qty_micro: int
    cost_micro: int
    edge_micro: int


class Level(NamedTuple):
    """`price` is the book's own (YES or token) price, `pay` what a share of the leg costs."""

    price: Fraction
    pay: Fraction
    size: Fraction


@dataclass(frozen=True)
class Leg:
    """One side of one book. `is_no`: buy NO by walking the bids downward at 1 - price."""

    key: Key
    is_no: bool
    rate: Fraction

    def levels(self, book: Book) -> list[Level]:
        """Best first; none when the book may not be traded."""
        if not book.is_tradable:
            return []
        if self.is_no:
            return [Level(p, 1 - p, book.bids[p]) for p in sorted(book.bids, reverse=True)]
        return [Level(p, p, book.asks[p]) for p in sorted(book.asks)]


@dataclass(frozen=True)
class Limits:
    """What counts as an opportunity, in exact dollars and contracts."""

    min_edge: Fraction
    min_profit: Fraction
    min_touch_qty: Fraction
    max_qty: Fraction
    stale_after_ns: int
    needs_gross: bool = False


class Walk(NamedTuple):
    """Shares worth buying and the worst price paid per leg."""

    qty: Fraction
    limits: tuple[Fraction, ...]


def marginal_edge(levels: list[Level], rates: list[Fraction]) -> Fraction:
    """Dollars the next share nets when one is taken of each leg's level."""
    edge = PAYOUT
    for level, rate in zip(levels, rates, strict=True):
        edge -= level.pay + rate * level.price * (1 - level.price)
    return edge


def walk(
    ladders: list[list[Level]], rates: list[Fraction], min_edge: Fraction, max_qty: Fraction
) -> Walk:
    """Equal shares of every leg, slab by slab, while a share still nets `min_edge`."""
    at = [0] * len(ladders)
    left = [ladder[0].size if ladder else Fraction(0) for ladder in ladders]
    qty = Fraction(0)
    limits: tuple[Fraction, ...] = ()
    while qty < max_qty and all(i < len(ladder) for i, ladder in zip(at, ladders, strict=True)):
        now = [ladder[i] for i, ladder in zip(at, ladders, strict=True)]
        if marginal_edge(now, rates) < min_edge:
            break
        slab = min(*left, max_qty - qty)
        qty += slab
        limits = tuple(level.pay for level in now)
        for k, ladder in enumerate(ladders):
            left[k] -= slab
            if left[k] == 0:
                at[k] += 1
                left[k] = ladder[at[k]].size if at[k] < len(ladder) else Fraction(0)
    return Walk(qty, limits)


def floor_lots(qty: Fraction, token_limit: Fraction) -> Fraction:
    """Hundredths of a share, and few enough that limit times size is whole cents."""
    pips = token_limit / PIP
    if pips.denominator != 1:
        raise ValueError(f"price finer than a pip: {token_limit}")
    step = 10_000 // gcd(pips.numerator, 10_000)
    lots = floor(qty * LOTS_PER_CONTRACT)
    return Fraction(lots - lots % step, LOTS_PER_CONTRACT)


def takes(ladder: list[Level], qty: Fraction) -> Iterator[tuple[Level, Fraction]]:
    """What each level gives when exactly `qty` is bought."""
    for level in ladder:
        if qty <= 0:
            return
        taken = min(level.size, qty)
        yield level, taken
        qty -= taken
    if qty > 0:
        raise ValueError("the ladder does not hold that much")


def kalshi_cost(ladder: list[Level], qty: Fraction, rate: Fraction) -> Fraction:
    """Dollars the balance falls by: each fill's fee up to a micro, the whole up to $0.0001."""
    total = Fraction(0)
    for level, taken in takes(ladder, qty):
        total += level.pay * taken
        total += ceil_to(rate * taken * level.price * (1 - level.price), MICRO)
    return ceil_to(total, BALANCE_GRAIN)


def polymarket_cost(ladder: list[Level], qty: Fraction, rate: Fraction) -> Fraction:
    """Dollars paid: the price up to a micro, each fill's fee up to $0.00001."""
    paid, fees = Fraction(0), Fraction(0)
    for level, taken in takes(ladder, qty):
        paid += level.pay * taken
        fees += polymarket_fee(level.price, taken, rate)
    return ceil_to(paid, MICRO) + fees


def basket_cost(ladders: list[list[Level]], rates: list[Fraction], qty: Fraction) -> Fraction:
    """Both legs: Kalshi first, as in every basket here."""
    kalshi = kalshi_cost(ladders[0], qty, rates[0])
    return kalshi + polymarket_cost(ladders[1], qty, rates[1])


def micro(value: Fraction) -> int:
    scaled = value / MICRO
    if scaled.denominator != 1:
        raise ValueError(f"not whole micro-units: {value}")
    return scaled.numerator


def kalshi_rates(catalog: dict[str, Any]) -> dict[str, Fraction]:
    """Taker coefficient by ticker; an event's override beats its series."""
    series = {s["ticker"]: s for s in catalog["kalshi"]["series"]}
    rates = {}
    for event in catalog["kalshi"]["events"]:
        source = series[event["series_ticker"]]
        kind = event.get("fee_type_override") or source["fee_type"]
        factor = event.get("fee_multiplier_override")
        if factor is None:
            factor = source["fee_multiplier"]
        for market in event["markets"]:
            rates[market["ticker"]] = kalshi_rate(kind, Fraction(str(factor)))
    return rates


def polymarket_rates(catalog: dict[str, Any]) -> dict[str, Fraction]:
    """Taker rate by token; a market without a schedule is free."""
    rates = {}
    for event in catalog["polymarket"]["gamma_events"]:
        for market in event["markets"]:
            schedule = market.get("feeSchedule") or {"rate": 0, "exponent": 1}
            if schedule["exponent"] != 1:
                raise ValueError(f"fee exponent {schedule['exponent']}")
            for token in json.loads(market["clobTokenIds"]):
                rates[token] = Fraction(str(schedule["rate"]))
    return rates


def baskets_of(catalog: dict[str, Any], *, zero_fees: bool) -> list[tuple[Leg, Leg]]:
    """One basket per catalog pair, in the catalog's order."""
    if not catalog["pairs"]:
        return []
    kalshi, token = kalshi_rates(catalog), polymarket_rates(catalog)
    found = []
    for pair in catalog["pairs"]:
        ticker, token_id = pair["kalshi_ticker"], pair["polymarket_token_id"]
        is_no = {"same": True, "inverse": False}[pair["relation"]]
        rates = (Fraction(0), Fraction(0)) if zero_fees else (kalshi[ticker], token[token_id])
        first = Leg(("kalshi", ticker), is_no, rates[0])
        found.append((first, Leg(("polymarket", token_id), False, rates[1])))
    return found


def evaluate(
    legs: tuple[Leg, Leg], replay: Replay, now_ns: int, limits: Limits
) -> tuple[int, int, int] | None:
    """(qty, cost, edge) in micro-units if the basket is an opportunity now."""
    ladders = [leg.levels(replay.book(leg.key)) for leg in legs]
    rates = [leg.rate for leg in legs]
    if not all(ladders):
        return None
    if any(now_ns - replay.confirmed_ns(leg.key) > limits.stale_after_ns for leg in legs):
        return None
    if any(ladder[0].size < limits.min_touch_qty for ladder in ladders):
        return None
    if limits.needs_gross and sum(ladder[0].pay for ladder in ladders) >= PAYOUT:
        return None
    found = walk(ladders, rates, limits.min_edge, limits.max_qty)
    if found.qty == 0:
        return None
    qty = floor_lots(found.qty, found.limits[1])
    if qty == 0:
        return None
    cost = basket_cost(ladders, rates, qty)
    edge = qty * PAYOUT - cost
    if edge < limits.min_profit:
        return None
    return micro(qty), micro(cost), micro(edge)


def opportunities(
    session_dir: Path,
    *,
    zero_fees: bool,
    min_edge_pips: int = 50,
    min_profit_micro: int = 10_000,
    min_touch_qty_micro: int = 1_000_000,
    stale_after_ns: int = STALE_AFTER_NS,
    max_qty_micro: int = 500_000_000,
    needs_gross: bool = False,
) -> list[Opp]:
    """Every opportunity of a recorded session, in order of line, then of basket.

    `needs_gross` asks for a share under a dollar before fees; it matters only with thresholds at
    or below zero, which put the cost of every near miss to the test.
    """
    limits = Limits(
        min_edge_pips * PIP,
        min_profit_micro * MICRO,
        min_touch_qty_micro * MICRO,
        max_qty_micro * MICRO,
        stale_after_ns,
        needs_gross,
    )
    baskets = baskets_of(read_catalog(session_dir), zero_fees=zero_fees)
    using: dict[Key, list[int]] = {}
    for number, legs in enumerate(baskets):
        for leg in legs:
            using.setdefault(leg.key, []).append(number)
    replay, last, found = Replay(), dict[int, tuple[int, int]](), list[Opp]()
    for number, line in enumerate(read_lines(session_dir)):
        touched = replay.apply(line)
        for basket in sorted({b for key in touched for b in using.get(key, [])}):
            result = evaluate(baskets[basket], replay, line["t"], limits)
            if result is None:
                last.pop(basket, None)
                continue
            qty, cost, edge = result
            if last.get(basket) != (qty, edge):
                found.append(Opp(number, basket, qty, cost, edge))
            last[basket] = (qty, edge)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Count the opportunities of a recorded session.")
    parser.add_argument("session_dir", type=Path)
    parser.add_argument("--zero-fees", action="store_true")
    parser.add_argument("--min-edge", type=int, nargs="+", default=[0, 10, 50], metavar="PIPS")
    parser.add_argument("--rows", action="store_true", help="print the rows as well")
    args = parser.parse_args()
    for edge in args.min_edge:
        found = opportunities(args.session_dir, zero_fees=args.zero_fees, min_edge_pips=edge)
        total = sum(opp.edge_micro for opp in found)
        text = f"{args.session_dir.name} min_edge={edge} zero_fees={args.zero_fees}"
        sys.stdout.write(f"{text}: {len(found)} opportunities, edges sum to {total} micro\n")
        for opp in found if args.rows else []:
            sys.stdout.write(" ".join(str(value) for value in opp) + "\n")


if __name__ == "__main__":
    main()
