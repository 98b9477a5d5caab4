"""An order as this venue keeps it: what was signed, whose it is, and what became of it.

One rule: the exchange decides what happened; this only adds what the exchange does not know.
"""

from dataclasses import dataclass, field

from arbees.simulator.exchange.orders import Order, Reason, Side, Status
from arbees.simulator.polymarket.keys import Credentials
from arbees.simulator.polymarket.listing import Listing

ENDINGS = {
    Reason.USER: "CANCELED", Reason.UNFILLED: "CANCELED", Reason.HEARTBEAT: "CANCELED",
    Reason.EXPIRY: "CANCELED_EXPIRED_ORDER", Reason.CLOSE: "CANCELED_MARKET_RESOLVED",
    Reason.BOOK_CLEARED: "INVALID", Reason.VENUE: "INVALID", Reason.HALT: "INVALID",
    Reason.SELF_TRADE: "INVALID",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """What an order asks for: price in pips of its token, size in micro-shares.

    `dollars` is the signed amount of money; market BUYs are made of it.
    """

    outcome: int
    side: Side
    price: int
    size: int
    dollars: int
    order_type: str
    post_only: bool
    expiration: int

    @property
    def is_bid(self) -> bool:
        return (self.outcome == 0) == (self.side is Side.BUY)

    @property
    def is_market(self) -> bool:
        """FOK and FAK, which never rest."""
        return self.order_type in ("FOK", "FAK")

    @property
    def budget(self) -> int | None:
        return self.dollars if self.is_market and self.side is Side.BUY else None


@dataclass(slots=True)
class Placed:
    """An order that was let in. `order` is None while it is delayed, or when it was killed."""

    id: str
    listing: Listing
    owner: Credentials
    wallet: str
    ask: Ask
    created_ns: int
    order: Order | None = None
    delayed: bool = False
    killed: str = ""
    cut: bool = False
    deals: list[str] = field(default_factory=list)

    @property
    def token(self) -> str:
        return self.listing.tokens[self.ask.outcome]

    @property
    def is_open(self) -> bool:
        return self.order is not None and self.order.status is Status.RESTING

    @property
    def matched(self) -> int:
        return self.order.filled if self.order else 0

    @property
    def status(self) -> str:
        """The word of the user socket and of /data/order."""
        if self.delayed:
            return "DELAYED"
        if self.cut:
            return "CANCELED"
        if self.order is None:
            return self.killed
        if self.is_open:
            return "LIVE"
        if self.order.status is Status.EXECUTED:
            return "MATCHED"
        return ENDINGS.get(self.order.reason or Reason.VENUE, "CANCELED")
