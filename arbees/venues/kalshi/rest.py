"""Kalshi's REST books: the feed without keys, and the fallback while the socket is down."""

from collections.abc import Mapping, Sequence

import msgspec

from arbees.errors import WireError
from arbees.messages import events as ev
from arbees.venues.kalshi.read import levels_of
from arbees.venues.kalshi.wire import Levels
from arbees.venues.parsing import UNREADABLE


class KalshiRestSession:
    """Bodies of GET /markets/orderbooks: the feed without keys, and the fallback."""

    def __init__(self, instruments: Mapping[str, int]) -> None:
        self._ix = dict(instruments)

    def outgoing(self) -> list[bytes]:
        return []

    def receive(self, data: bytes) -> Sequence[ev.EngineEvent]:
        """A snapshot per book. Raises WireError if the body is not a list of books."""
        try:
            body = msgspec.json.decode(data, type=Orderbooks)
        except UNREADABLE as error:
            raise WireError(str(error), "kalshi orderbooks") from error
        events: list[ev.EngineEvent] = []
        for book in body.orderbooks:
            ix = self._ix.get(book.ticker)
            if ix is None:
                continue
            events.append(_snapshot(ix, book.orderbook_fp))
        return events


class OrderbookFp(msgspec.Struct, frozen=True, gc=False):
    """Both sides in their own dollars; an absent or null side is empty."""

    yes_dollars: Levels | None = None
    no_dollars: Levels | None = None


class TickerBook(msgspec.Struct, frozen=True, gc=False):
    """One book of a batch; its levels are read one by one, so that a bad one harms no other."""

    ticker: str
    orderbook_fp: msgspec.Raw


class Orderbooks(msgspec.Struct, frozen=True, gc=False):
    """GET /markets/orderbooks."""

    orderbooks: tuple[TickerBook, ...]


def _snapshot(ix: int, raw: msgspec.Raw) -> ev.EngineEvent:
    try:
        book = msgspec.json.decode(raw, type=OrderbookFp)
        bids = levels_of(book.yes_dollars, "yes_dollars", flip=False)
        asks = levels_of(book.no_dollars, "no_dollars", flip=True)
    except WireError as error:
        return ev.BookInvalid(ix, f"bad {error.where}")
    except UNREADABLE:
        return ev.BookInvalid(ix, "unreadable")
    return ev.BookSnapshot(ix, bids, asks, 0)
