"""Instrument: one thing that can be bought, its legal prices and its dated fees."""

from dataclasses import dataclass, replace
from enum import IntEnum

from arbees.units import MICRO, QTY_GRAIN, div_ceil


@dataclass(frozen=True, slots=True)
class PriceBand:
    """Prices start..end (pips, both ends legal) in steps of `step` pips."""

    start: int
    end: int
    step: int


@dataclass(frozen=True, slots=True)
class PriceGrid:
    """Which prices an order may have: contiguous bands, strictly inside 0..10_000."""

    bands: tuple[PriceBand, ...]

    def is_legal(self, price: int) -> bool:
        """At a shared boundary both bands accept the price (kalshi.md section 4.1)."""
        if not 0 < price < 10_000:
            return False
        return any(
            b.start <= price <= b.end and (price - b.start) % b.step == 0 for b in self.bands
        )

    @property
    def step_min(self) -> int:
        return min(b.step for b in self.bands)


def uniform_grid(step: int) -> PriceGrid:
    """One band over the whole range, e.g. 100 pips for cents."""
    return PriceGrid((PriceBand(0, 10_000, step),))


class FeeRounding(IntEnum):
    """How a venue rounds a fee."""

    KALSHI = 0
    """Each fill up to $0.000001, the order's balance change up to `balance_step`."""
    POLYMARKET = 1
    """Each fill up to $0.00001."""


RATE_MAX = MICRO
"""Millionths. A rate above 1 is no fee that a venue would charge, and the kernels' integers were
not sized for it: such a fee is unknown."""
EXPONENT_MAX = 8


@dataclass(frozen=True, slots=True)
class FeeTerm:
    """fee dollars = rate * contracts * (p * (1-p)) ** exponent, from `from_ns` on.

    Rates are millionths (70_000 is 0.07). `balance_step` is the micro-dollar grid of the venue's
    balance change (Kalshi: 100 for direct members, 10_000 else); 1 where there is none.
    `is_known` False: this market's fee could not be read; it must not be traded.
    """

    from_ns: int
    taker_rate: int
    maker_rate: int
    exponent: int = 1
    rounding: FeeRounding = FeeRounding.KALSHI
    balance_step: int = 1
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class FeeOverride:
    """What an event says in place of its series' fee, from `from_ns` on (kalshi.md section 9.1).

    `taker_rate` in millionths; `maker_share` in millionths of the taker rate. None: the series'
    value holds; both None ends an override. `is_known` False: not readable, not traded.
    """

    from_ns: int
    taker_rate: int | None
    maker_share: int | None
    is_known: bool = True

    def over(self, base: FeeTerm) -> FeeTerm:
        """`base` with this override on top; shares that nobody said are rounded against us."""
        if self.taker_rate is None and self.maker_share is None and self.is_known:
            return base
        taker = base.taker_rate if self.taker_rate is None else self.taker_rate
        if self.maker_share is not None:
            maker = div_ceil(taker * self.maker_share, MICRO)
        elif base.taker_rate:
            maker = div_ceil(taker * base.maker_rate, base.taker_rate)
        else:
            maker = taker
        is_whole = self.taker_rate is not None and self.maker_share is not None
        is_known = self.is_known and (is_whole or base.is_known)
        start = max(base.from_ns, self.from_ns)
        return replace(base, from_ns=start, taker_rate=taker, maker_rate=maker, is_known=is_known)


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """Dated fee terms of one market and what overrides them, each ascending by `from_ns`."""

    terms: tuple[FeeTerm, ...]
    overrides: tuple[FeeOverride, ...] = ()

    def at(self, ts_ns: int) -> FeeTerm:
        """The term in force at `ts_ns`; the first one before its own start (nothing earlier is
        known)."""
        found = self.terms[0]
        for term in self.terms:
            if term.from_ns > ts_ns:
                break
            found = term
        said: FeeOverride | None = None
        for override in self.overrides:
            if override.from_ns > ts_ns:
                break
            said = override
        return found if said is None else said.over(found)

    def starts_after(self, ts_ns: int) -> list[int]:
        """Times later than `ts_ns` at which another term may come into force, ascending."""
        starts = {*(t.from_ns for t in self.terms), *(o.from_ns for o in self.overrides)}
        return sorted(start for start in starts if start > ts_ns)

    def with_term(self, term: FeeTerm) -> "FeeSchedule":
        """From `term.from_ns` on this term holds, whatever was planned or overridden."""
        terms = (*(t for t in self.terms if t.from_ns < term.from_ns), term)
        overrides = tuple(o for o in self.overrides if o.from_ns < term.from_ns)
        if overrides:
            overrides = (*overrides, FeeOverride(term.from_ns, None, None))
        return FeeSchedule(terms, overrides)

    def with_override(self, override: FeeOverride) -> "FeeSchedule":
        """One more override; the last word for a moment replaces an earlier one."""
        kept = [o for o in self.overrides if o.from_ns != override.from_ns]
        return FeeSchedule(self.terms, tuple(sorted([*kept, override], key=_start)))


def _start(override: FeeOverride) -> int:
    return override.from_ns


@dataclass(frozen=True, slots=True)
class Instrument:
    """A Kalshi market or a Polymarket outcome token.

    `ix` is dense over both venues. `instrument_id` is the ticker or the token id, `market_id` the
    ticker or the condition id, `event_id` the venue's event. `has_no_side`: NO can be bought in
    the same book (Kalshi). `qty_min` micro-contracts, `notional_min` micro-dollars for a
    marketable order, `qty_step` order size grain, `amount_step` micro-dollar grain of price * qty
    (polymarket.md section 7.2), 1 where any.
    """

    ix: int
    venue: str
    instrument_id: str
    market_id: str
    event_id: str
    title: str
    outcome: str
    grid: PriceGrid
    fees: FeeSchedule
    has_no_side: bool
    qty_min: int = QTY_GRAIN
    qty_step: int = QTY_GRAIN
    notional_min: int = 0
    amount_step: int = 1
    is_open: bool = True
    close_ts_ns: int = 0
    delay_ns: int = 0
    category: str = ""

    @property
    def event_key(self) -> str:
        """Names the venue's event among all venues'."""
        return f"{self.venue}:{self.event_id}"
