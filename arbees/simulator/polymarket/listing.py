"""What is traded: one Gamma market as matching, signing and fees need it.

One rule: what may change while trading (tick, phase, words) changes here and nowhere else.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from arbees.simulator.exchange.fees import FREE, PolymarketFees
from arbees.simulator.exchange.orders import Band, Market
from arbees.simulator.polymarket.eip712 import Domain, domain_of
from arbees.units import NS_PER_S, PIPS_PER_DOLLAR, parse_pips, parse_qty

MINT_SHARE = 30
"""Per cent of meetings with recorded liquidity that mint or merge; no recording says which."""
PRICE_DECIMALS = {1_000: 1, 100: 2, 50: 3, 25: 4, 10: 3, 1: 4}
CRYPTO_DELAY_NS = NS_PER_S // 20
"""`itode` markets answer 50 ms late since 2026-08-17."""
Raw = dict[str, Any]


@dataclass(slots=True)
class Listing:
    """`tick` in pips, `least` in micro-contracts; `raw` is the Gamma object, kept true."""

    raw: Raw
    event: Raw
    condition: str
    tokens: tuple[str, str]
    outcomes: tuple[str, str]
    neg_risk: bool
    protocol_v2: bool
    tick: int
    least: int
    fees: PolymarketFees
    delay_ns: int
    takes_50ms: bool
    clears_at_start: bool
    start_ns: int | None
    market: Market
    hydrating: bool = False
    last: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Last trade by token: price in pips and the taker's side."""

    @property
    def domain(self) -> Domain:
        return domain_of(neg_risk=self.neg_risk, protocol_v2=self.protocol_v2)

    @property
    def where(self) -> str:
        """What a fault's `match` is looked for in."""
        return f"{self.condition} {self.tokens[0]} {self.tokens[1]}"

    @property
    def amount_decimals(self) -> int:
        return PRICE_DECIMALS[self.tick] + 2

    def set_tick(self, tick: int) -> None:
        """A new grid, in force at once. Raises KeyError for a step the venue does not have."""
        _ = PRICE_DECIMALS[tick]
        self.tick = tick
        self.market.bands = bands_of(tick)
        self.market.qty_grain = grain_of(tick)
        self.raw["orderPriceMinTickSize"] = tick / PIPS_PER_DOLLAR

    def close(self, payout: int) -> None:
        """Resolved: `active` stays true, prices say who won."""
        shares = [payout / PIPS_PER_DOLLAR, 1 - payout / PIPS_PER_DOLLAR]
        self.raw |= {
            "closed": True, "acceptingOrders": False, "enableOrderBook": False,
            "umaResolutionStatus": "resolved",
            "outcomePrices": json.dumps([f"{share:g}" for share in shares]),
        }  # fmt: skip


def bands_of(tick: int) -> tuple[Band, ...]:
    return ((tick, PIPS_PER_DOLLAR - tick, tick),)


def grain_of(tick: int) -> int:
    """The finest amount (millionths) that orders of this tick are made of (section 7.2)."""
    return int(10 ** (4 - PRICE_DECIMALS[tick]))


def _fees(raw: Raw) -> PolymarketFees:
    said = raw.get("feeSchedule")
    if not said or raw.get("feesEnabled") is False:
        return FREE
    return PolymarketFees(Fraction(str(said["rate"])), int(said.get("exponent", 1)))


def _start(raw: Raw) -> int | None:
    """`2026-04-05 15:10:00+00`: a space and two digits of zone."""
    text = raw.get("gameStartTime")
    if not text:
        return None
    return int(datetime.fromisoformat(text).timestamp()) * NS_PER_S


def tick_of(raw: Raw) -> int:
    return parse_pips(f"{float(raw.get('orderPriceMinTickSize') or 0.01):.4f}")


def listing_of(raw: Raw, event: Raw) -> Listing | None:
    """None for a market without tokens: it is not hydrated, or has no book."""
    tokens = json.loads(raw.get("clobTokenIds") or "[]")
    outcomes = json.loads(raw.get("outcomes") or "[]")
    if len(tokens) != 2 or len(outcomes) != 2 or not raw.get("conditionId"):
        return None
    tick, fees = tick_of(raw), _fees(raw)
    market = Market(
        raw["conditionId"], fees, bands_of(tick), qty_min=1, qty_grain=grain_of(tick),
        mint_share=MINT_SHARE, deferred=True,
    )  # fmt: skip
    return Listing(
        raw, event, raw["conditionId"], (tokens[0], tokens[1]), (outcomes[0], outcomes[1]),
        bool(raw.get("negRisk")), raw.get("version") == "v2", tick,
        parse_qty(str(raw.get("orderMinSize") or 5)), fees,
        int(raw.get("secondsDelay") or 0) * NS_PER_S, bool(raw.get("itode")),
        bool(raw.get("clearBookOnStart")), _start(raw), market,
    )  # fmt: skip


def listings_of(events: list[Raw]) -> Iterator[Listing]:
    """Every market with tokens, of all events."""
    for event in events:
        for raw in event["markets"]:
            found = listing_of(raw, event)
            if found is not None:
                yield found
