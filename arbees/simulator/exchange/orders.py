"""What an exchange trades and what it is asked: markets, order terms, orders.

One rule: prices are pips of the order's own outcome; the book's scale is that of outcome 0 (YES),
in which buying outcome 1 at p is an ask at 1 - p. That mirrors complement books onto each other.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from arbees.simulator.exchange.fees import Fees
from arbees.units import PIPS_PER_DOLLAR, QTY_GRAIN

Band = tuple[int, int, int]
"""(first price, last price, step) in pips, both ends included."""
CENT_GRID: tuple[Band, ...] = ((0, 10_000, 100),)


class Side(StrEnum):
    BUY = "buy"
    SELL = "sell"


class Tif(StrEnum):
    """IOC is what Polymarket calls FAK; GTD is GTC with `expires_ns`."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"


class SelfTrade(StrEnum):
    """Who goes when an order would meet one of its own account."""

    TAKER = "taker"
    MAKER = "maker"


class Status(StrEnum):
    RESTING = "resting"
    CANCELED = "canceled"
    EXECUTED = "executed"


class Reason(StrEnum):
    """Why an order changed or ended."""

    USER = "user"
    TRADE = "trade"
    DECREASE = "decrease"
    AMEND = "amend"
    UNFILLED = "unfilled"
    SELF_TRADE = "self_trade"
    EXPIRY = "expiry"
    CLOSE = "close"
    HALT = "halt"
    BOOK_CLEARED = "book_cleared"
    GROUP = "group"
    HEARTBEAT = "heartbeat"
    VENUE = "venue"


class Phase(StrEnum):
    """Where a market is in its life; only an open one trades."""

    UNOPENED = "unopened"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    SETTLED = "settled"


@dataclass(slots=True)
class Market:
    """One binary question. `nets`: YES and NO of one account cancel into cash at once (Kalshi)."""

    name: str
    fees: Fees
    bands: tuple[Band, ...] = CENT_GRID
    qty_min: int = QTY_GRAIN
    qty_grain: int = QTY_GRAIN
    shard: int = 0
    nets: bool = False
    mint_share: int = 0
    """Per cent of meetings with anonymous liquidity that are mint or merge; no book shows which."""
    deferred: bool = False
    """Bought shares cannot be sold before `confirm` says that their trade is mined."""
    phase: Phase = Phase.OPEN

    def allows(self, price: int) -> bool:
        """Whether an order may rest at this price: on the grid and strictly inside 0..1."""
        if not 0 < price < PIPS_PER_DOLLAR:
            return False
        return any(a <= price <= b and (price - a) % step == 0 for a, b, step in self.bands)


@dataclass(frozen=True, slots=True)
class Terms:
    """An order as asked. With `budget` (micro-dollars, BUY only) `qty` is the least acceptable."""

    account: str
    market: str
    outcome: int
    side: Side
    price: int
    qty: int
    tif: Tif = Tif.GTC
    expires_ns: int | None = None
    post_only: bool = False
    reduce_only: bool = False
    self_trade: SelfTrade = SelfTrade.TAKER
    budget: int | None = None
    tag: str = ""
    """The client's own id: unique for ever within an account, where given."""
    cancel_on_pause: bool = False
    group: str = ""

    @property
    def is_bid(self) -> bool:
        """Whether it stands on the bid side of outcome 0's book."""
        return (self.outcome == 0) == (self.side is Side.BUY)

    @property
    def book_price(self) -> int:
        return on_scale(self.outcome, self.price)


@dataclass(slots=True)
class Order:
    """An accepted order. Money in micro-dollars; `ahead` counts anonymous size before it."""

    id: str
    terms: Terms
    number: int
    created_ns: int
    updated_ns: int
    remaining: int
    filled: int = 0
    status: Status = Status.RESTING
    reason: Reason | None = None
    spent: int = 0
    """Of a budget order: what its fills took."""
    cost_taker: int = 0
    cost_maker: int = 0
    fee_taker: int = 0
    fee_maker: int = 0
    fee_carry: int = 0
    ahead: int = 0
    trades: list[int] = field(default_factory=list)

    @property
    def initial(self) -> int:
        return self.terms.qty


def on_scale(outcome: int, price: int) -> int:
    """A price of `outcome` on outcome 0's scale, and back."""
    return price if outcome == 0 else PIPS_PER_DOLLAR - price
