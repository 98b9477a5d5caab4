"""Commands: what the engine asks the shell to do. Their ordered bytes make the digest."""

from enum import IntEnum, StrEnum

import msgspec


class LegSide(IntEnum):
    """YES buys the instrument at its ask; NO buys the other side at 1 - bid (Kalshi only)."""

    YES = 0
    NO = 1


class TimeInForce(StrEnum):
    """How long an order lives."""

    IOC = "ioc"
    FOK = "fok"
    GTC = "gtc"


class Command(msgspec.Struct, frozen=True, gc=False, tag=True):
    """Base of the closed set of commands."""


class PlaceOrder(Command, frozen=True, gc=False, omit_defaults=True):
    """Buy `qty` micro-contracts of `side`, paying at most `price_limit` pips a contract
    (in the price of that side: for NO it is 1 - the YES price). Where marketable orders state
    cash, `spend` is the micro-dollars to state, fees not counted; it buys more than `qty` if the
    book has become better. 0: `qty` is exact. `is_sell`: give contracts of `side` that are held, at
    `price_limit` or more."""

    order_id: str
    intent_id: str
    ix: int
    venue: str
    instrument_id: str
    side: LegSide
    price_limit: int
    qty: int
    tif: TimeInForce
    ts_ns: int
    spend: int = 0
    is_sell: bool = False


class CancelOrder(Command, frozen=True, gc=False):
    """Cancel whatever of this order still rests."""

    order_id: str
    venue: str
    ts_ns: int


class Resnapshot(Command, frozen=True, gc=False):
    """Ask the feed for a fresh snapshot of these instruments."""

    conn_id: int
    ixs: tuple[int, ...]


AnyCommand = PlaceOrder | CancelOrder | Resnapshot
