"""Kalshi's REST market data: books (the feed without keys, and the fallback), trades, status.

Error bodies and the integer-cent forms of before March 2026 raise WireError (kalshi.md 5.5, 13).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from arbees.errors import WireError
from arbees.messages import events as ev
from arbees.venues.kalshi.read import BOOK_SIDES, side_of, time_ns
from arbees.venues.kalshi.wire import Levels
from arbees.venues.parsing import UNREADABLE, check_book, decode_body, price_of, size_of


class KalshiRestSession:
    """Bodies of GET /markets/orderbooks: the feed without keys, and the fallback."""

    def __init__(self, instruments: Mapping[str, int]) -> None:
        self._ix = dict(instruments)

    def watch(self, instruments: Mapping[str, int]) -> None:
        """More markets to know in bodies."""
        self._ix.update(instruments)

    def ask_again(self, ixs: Sequence[int]) -> None:
        """Nothing to send: who polls asks anyway."""

    def outgoing(self) -> list[bytes]:
        return []

    def receive(self, data: bytes) -> Sequence[ev.EngineEvent]:
        """A snapshot per book. Raises WireError if the body is not a list of books."""
        body = decode_body(data, Orderbooks, "kalshi orderbooks")
        watched = ((self._ix.get(book.ticker), book.orderbook_fp) for book in body.orderbooks)
        return [_snapshot(ix, raw) for ix, raw in watched if ix is not None]


class OrderbookFp(msgspec.Struct, frozen=True, gc=False):
    """Both sides in their own dollars; an absent or null side is empty. `yes` and `no` are the
    removed sides in cents."""

    yes_dollars: Levels | None = None
    no_dollars: Levels | None = None
    yes: Any = None
    no: Any = None


class OneOrderbook(msgspec.Struct, frozen=True, gc=False):
    """GET /markets/{ticker}/orderbook; the body does not name its market."""

    orderbook_fp: OrderbookFp


class TickerBook(msgspec.Struct, frozen=True, gc=False):
    """One book of a batch; its levels are read one by one, so that a bad one harms no other."""

    ticker: str
    orderbook_fp: msgspec.Raw = msgspec.Raw(b"null")


class Orderbooks(msgspec.Struct, frozen=True, gc=False):
    """GET /markets/orderbooks."""

    orderbooks: tuple[TickerBook, ...]


class RestTrade(msgspec.Struct, frozen=True, gc=False):
    """A public print. `taker_book_side` is absent in old recordings."""

    ticker: str
    trade_id: str
    yes_price_dollars: str
    count_fp: str
    created_time: str
    taker_book_side: str | None = None
    is_block_trade: bool = False


class TradesPage(msgspec.Struct, frozen=True, gc=False):
    """GET /markets/trades, newest first."""

    trades: tuple[RestTrade, ...]
    cursor: str = ""


class ShardStatus(msgspec.Struct, frozen=True, gc=False):
    """One shard of the exchange."""

    exchange_index: int
    exchange_active: bool
    trading_active: bool
    description: str = ""


class ExchangeStatus(msgspec.Struct, frozen=True, gc=False):
    """GET /exchange/status; the same body comes with 500, 503 and 504."""

    exchange_active: bool
    trading_active: bool
    exchange_index_statuses: tuple[ShardStatus, ...] = ()
    exchange_estimated_resume_time: str | None = None


def decode_orderbook(body: bytes, ix: int) -> ev.BookSnapshot:
    """The book of the market that was asked for. Raises WireError if it is not one whole book."""
    return _book(ix, decode_body(body, OneOrderbook, "kalshi orderbook").orderbook_fp)


def decode_trades(body: bytes) -> TradesPage:
    """A page of public trades with its cursor."""
    return decode_body(body, TradesPage, "kalshi trades")


def decode_exchange_status(body: bytes) -> ExchangeStatus:
    """Whether the exchange and its shards trade."""
    return decode_body(body, ExchangeStatus, "kalshi exchange status")


def trade_of(ix: int, trade: RestTrade) -> ev.PublicTrade:
    """The event of one print, as the socket would have told it."""
    return ev.PublicTrade(
        ix,
        price_of(trade.yes_price_dollars, "yes_price_dollars"),
        size_of(trade.count_fp, "count_fp"),
        BOOK_SIDES.get(trade.taker_book_side or ""),
        time_ns(trade.created_time),
    )


def _snapshot(ix: int, raw: msgspec.Raw) -> ev.EngineEvent:
    try:
        return _book(ix, msgspec.json.decode(raw, type=OrderbookFp))
    except WireError as error:
        return ev.BookInvalid(ix, f"bad {error.where}")
    except UNREADABLE:
        return ev.BookInvalid(ix, "unreadable")


def _book(ix: int, book: OrderbookFp) -> ev.BookSnapshot:
    bids = side_of(book.yes_dollars, book.yes, "yes_dollars", flip=False)
    asks = side_of(book.no_dollars, book.no, "no_dollars", flip=True)
    check_book(bids, asks, "orderbook_fp")
    return ev.BookSnapshot(ix, bids, asks, 0)
