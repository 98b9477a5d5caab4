"""What an exchange reports. Every operation returns its events in the order they happened.

One rule: events are facts for both parties; each protocol makes its own messages of them.
"""

from dataclasses import dataclass
from enum import StrEnum

from arbees.simulator.exchange.orders import Order, Reason, Side


class Refusal(StrEnum):
    """Why a request did nothing."""

    UNKNOWN_MARKET = "unknown_market"
    UNKNOWN_ORDER = "unknown_order"
    MARKET_INACTIVE = "market_inactive"
    TRADING_PAUSED = "trading_paused"
    EXCHANGE_PAUSED = "exchange_paused"
    POST_ONLY_MODE = "post_only_mode"
    INVALID_PRICE = "invalid_price"
    INVALID_SIZE = "invalid_size"
    INVALID_TERMS = "invalid_terms"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    INSUFFICIENT_SHARES = "insufficient_shares"
    POST_ONLY_CROSS = "post_only_cross"
    FOK_KILLED = "fok_killed"
    NO_POSITION = "no_position"
    DUPLICATE = "duplicate"


class Kind(StrEnum):
    """How a match came about: against the same outcome, or against its complement."""

    NORMAL = "normal"
    MINT = "mint"
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class Posting:
    """One party's side of a trade. `price` is of its own outcome; `order` None: the street."""

    account: str
    order: Order | None
    outcome: int
    side: Side
    price: int
    cash: int
    """Signed change before the fee."""
    qty: int
    """Signed change of shares."""
    fee: int
    is_taker: bool


@dataclass(frozen=True, slots=True)
class Trade:
    """`price` is on outcome 0's scale; `taker_is_bid` on the same."""

    number: int
    market: str
    price: int
    qty: int
    kind: Kind
    taker_is_bid: bool
    taker: Posting
    maker: Posting
    ts_ns: int

    @property
    def postings(self) -> tuple[Posting, Posting]:
        return self.taker, self.maker


@dataclass(frozen=True, slots=True)
class Refused:
    reason: Refusal
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    order: Order


@dataclass(frozen=True, slots=True)
class Traded:
    trade: Trade


@dataclass(frozen=True, slots=True)
class Changed:
    """A resting order got smaller, moved or was partly filled."""

    order: Order
    reason: Reason


@dataclass(frozen=True, slots=True)
class Ended:
    """No longer resting. `left` is what was still open."""

    order: Order
    reason: Reason
    left: int


@dataclass(frozen=True, slots=True)
class Level:
    """What the book shows at a price changed; sizes in micro-contracts, outcome 0's scale."""

    market: str
    is_bid: bool
    price: int
    before: int
    after: int
    by: Order | None


@dataclass(frozen=True, slots=True)
class Paid:
    """A settlement reached an account: what it held, what it had cost, what it was paid."""

    account: str
    market: str
    held: tuple[int, int]
    cost: tuple[int, int]
    cash: int
    payout: int
    ts_ns: int


Event = Refused | Accepted | Traded | Changed | Ended | Level | Paid


def refusal(events: tuple[Event, ...]) -> Refused | None:
    """The refusal, if the operation did nothing."""
    first = events[0] if events else None
    return first if isinstance(first, Refused) else None
