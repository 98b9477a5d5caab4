"""Polymarket's trades as fills of ours, from the user socket and from /data/trades (section 5).

A trade is told once per status, in the taker's words. The one rule: what a maker of ours got stands
in `maker_orders`, with its own token, price and amount; the top of the message is the taker's.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from arbees.errors import WireError
from arbees.messages.events import TradeStage
from arbees.units import NS_PER_MS, NS_PER_S, PRICE_MAX
from arbees.venues.parsing import price_of, size_of

STAGES = {
    "MATCHED": TradeStage.MATCHED,
    "MATCHED_NOT_BROADCASTED": TradeStage.MATCHED,
    "MINED": TradeStage.MINED,
    "CONFIRMED": TradeStage.CONFIRMED,
    "RETRYING": TradeStage.RETRYING,
    "FAILED": TradeStage.FAILED,
}
PREFIX = "TRADE_STATUS_"
STAMP_MAX = 19
"""Digits of a time that can be one."""


class MakerOrder(msgspec.Struct, frozen=True, gc=False):
    """One resting order that a trade hit."""

    order_id: str
    asset_id: str
    matched_amount: str
    price: str


class Trade(msgspec.Struct, frozen=True, gc=False):
    """A trade of either source. `timestamp` is the socket's (ms), the others are seconds or ISO."""

    id: str
    taker_order_id: str
    market: str
    asset_id: str
    side: str
    size: str
    price: str
    status: str
    maker_orders: tuple[MakerOrder, ...] | None = None
    match_time: str | None = None
    timestamp: str | None = None
    transaction_hash: str | None = None


class TradeLeg(msgspec.Struct, frozen=True, gc=False):
    """What one order of ours got in one trade, against one resting order."""

    fill_id: str
    venue_id: str
    token: str
    price: int
    qty: int
    is_taker: bool


def stage_of(trade: Trade) -> TradeStage:
    """Raises WireError on a word that nobody knows."""
    found = STAGES.get(trade.status.upper().removeprefix(PREFIX))
    if found is None:
        raise WireError(f"status {trade.status!r}", f"trade {trade.id}")
    return found


def time_of(trade: Trade) -> int:
    """ns of the message, else of the match; 0 if neither can be read (it decides nothing)."""
    stamp = trade.timestamp or ""
    if stamp.isascii() and stamp.isdigit() and len(stamp) <= STAMP_MAX:
        number = int(stamp)
        return number * (NS_PER_MS if number >= 10**11 else NS_PER_S)
    said = trade.match_time or ""
    if said.isascii() and said.isdigit() and len(said) <= 11:
        return int(said) * NS_PER_S
    try:
        when = datetime.fromisoformat(said)
    except ValueError:
        return 0
    return int(when.replace(tzinfo=when.tzinfo or UTC).timestamp()) * NS_PER_S


def legs_of(trade: Trade, is_ours: Callable[[str], bool]) -> list[TradeLeg]:
    """Every fill of ours in it. Raises WireError where amounts do not add up: money is read
    exactly, or asked for again."""
    makers = trade.maker_orders or ()
    legs = [_maker(trade, m) for m in makers if is_ours(m.order_id)]
    if is_ours(trade.taker_order_id):
        legs.extend(_taker(trade, makers))
    return legs


def _maker(trade: Trade, maker: MakerOrder) -> TradeLeg:
    where = f"trade {trade.id} maker order"
    return TradeLeg(
        f"{trade.id}:{maker.order_id}", maker.order_id, maker.asset_id,
        price_of(maker.price, where), _amount(maker.matched_amount, where), False,
    )  # fmt: skip


def _taker(trade: Trade, makers: tuple[MakerOrder, ...]) -> list[TradeLeg]:
    """One leg per resting order: the taker gets each at that order's price (7.3). One that rested
    on the complement (a mint or a merge) is a price of 1 less its own."""
    where = f"trade {trade.id}"
    size = _amount(trade.size, where)
    order = trade.taker_order_id
    if not makers:
        price = price_of(trade.price, where)
        return [TradeLeg(f"{trade.id}:taker", order, trade.asset_id, price, size, True)]
    legs = []
    for maker in makers:
        price = price_of(maker.price, where)
        at = price if maker.asset_id == trade.asset_id else PRICE_MAX - price
        qty = _amount(maker.matched_amount, where)
        name = f"{trade.id}:taker:{maker.order_id}"
        legs.append(TradeLeg(name, order, trade.asset_id, at, qty, True))
    total = sum(leg.qty for leg in legs)
    if total != size:
        raise WireError(f"its makers gave {total} of {size} millionths", where)
    return legs


def _amount(text: str, where: str) -> int:
    qty = size_of(text, where)
    if qty == 0:
        raise WireError("a fill of nothing", where)
    return qty
