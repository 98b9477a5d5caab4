"""Sans-I/O protocol state of a Kalshi connection: bytes in, events out.

One counter per sid covers all its markets; what comes after a gap is not believed until each book
has been sent again. A NO level becomes an ask at one minus its price.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from arbees.errors import WireError
from arbees.markets.instrument import PriceBand
from arbees.messages import events as ev
from arbees.units import NS_PER_MS, PRICE_MAX, parse_pips
from arbees.venues.kalshi.wire import Body, Envelope, Levels, Loose
from arbees.venues.parsing import UNREADABLE, price_of, qty_of

CHANNELS = ("orderbook_delta", "trade")
TERMINAL_ERRORS = frozenset({10, 25})
STATUSES = {
    "activated": ev.MarketStatus.OPEN,
    "deactivated": ev.MarketStatus.PAUSED,
    "determined": ev.MarketStatus.DETERMINED,
}

_decoder = msgspec.json.Decoder(Envelope)
_loose = msgspec.json.Decoder(Loose)


class KalshiWsSession:
    """`instruments` maps tickers to dense indices."""

    def __init__(self, instruments: Mapping[str, int], use_yes_price: bool = True) -> None:
        self.unknown = 0
        self.gaps = 0
        self._ix = dict(instruments)
        self._tickers = {ix: ticker for ticker, ix in self._ix.items()}
        self._use_yes_price = use_yes_price
        self._seq: dict[int, int] = {}
        self._books: dict[int, set[int]] = {}
        self._channel: dict[int, str] = {}
        self._payout: dict[int, int] = {}
        self._out: list[bytes] = []
        self._command_id = 0
        self._handlers: dict[str, Callable[[Envelope, Body], Sequence[ev.EngineEvent]]] = {
            "orderbook_delta": self._delta,
            "orderbook_snapshot": self._snapshot,
            "trade": self._trade,
            "ticker": self._ticker,
            "market_lifecycle_v2": self._lifecycle,
            "error": self._error,
            "subscribed": self._subscribed,
        }

    def watch(self, instruments: Mapping[str, int]) -> None:
        """More markets on the same connection."""
        self._ix.update(instruments)
        self._tickers.update({ix: ticker for ticker, ix in instruments.items()})

    def subscribe_commands(self, chunk: int = 100) -> list[bytes]:
        """Commands that subscribe to every watched market, `chunk` tickers at a time."""
        tickers = list(self._ix)
        commands = [
            self._command(
                "subscribe",
                channels=list(CHANNELS),
                market_tickers=tickers[start : start + chunk],
                use_yes_price=self._use_yes_price,
            )
            for start in range(0, len(tickers), chunk)
        ]
        return [*commands, self._command("subscribe", channels=["market_lifecycle_v2"])]

    def _command(self, cmd: str, **params: object) -> bytes:
        self._command_id += 1
        return msgspec.json.encode({"id": self._command_id, "cmd": cmd, "params": params})

    def outgoing(self) -> list[bytes]:
        """What the session wants sent; empties it."""
        if not self._out:
            return self._out
        out, self._out = self._out, []
        return out

    def receive(self, data: bytes) -> Sequence[ev.EngineEvent]:
        """Events of one message. Raises WireError if it names no book and makes no sense."""
        try:
            message = _decoder.decode(data)
        except UNREADABLE as error:
            return self._unreadable(data, str(error))
        if message.seq is not None and message.sid is not None:
            last = self._seq.get(message.sid)
            self._seq[message.sid] = message.seq
            if last is not None and message.seq != last + 1:
                return self._gap(message)
        return self._handle(message)

    def _handle(self, message: Envelope) -> Sequence[ev.EngineEvent]:
        handler = self._handlers.get(message.type)
        if handler is None:
            self.unknown += 1
            return ()
        if not isinstance(message.msg, Body):
            raise WireError("msg is missing", f"kalshi {message.type}")
        try:
            return handler(message, message.msg)
        except WireError as error:
            ix = self._ix.get(message.msg.market_ticker or "")
            if ix is None:
                raise
            return self._lost(message.sid, ix, error.what)

    def _unreadable(self, data: bytes, why: str) -> Sequence[ev.EngineEvent]:
        try:
            loose = _loose.decode(data)
        except UNREADABLE as error:
            raise WireError(why, "kalshi frame") from error
        ticker = (loose.msg or {}).get("market_ticker")
        ix = self._ix.get(ticker) if isinstance(ticker, str) else None
        if ix is None:
            raise WireError(why, f"kalshi {loose.type}")
        if loose.sid is None or loose.seq is None:
            return self._lost(loose.sid, ix, "unreadable")
        last = self._seq.get(loose.sid)
        self._seq[loose.sid] = loose.seq
        if last is not None and loose.seq != last + 1:
            return self._gap(Envelope("unreadable", loose.sid, loose.seq))
        return self._lost(loose.sid, ix, "unreadable")

    def _lost(self, sid: int | None, ix: int, reason: str) -> Sequence[ev.EngineEvent]:
        """One book is unknown; ask for it again."""
        self._ask(sid, [ix])
        return (ev.BookInvalid(ix, reason),)

    def _ask(self, sid: int | None, ixs: list[int]) -> None:
        if sid is not None and ixs:
            tickers = [self._tickers[ix] for ix in ixs]
            self._out.append(
                self._command(
                    "update_subscription", sids=[sid], action="get_snapshot",
                    market_tickers=tickers,
                )
            )  # fmt: skip

    def _gap(self, message: Envelope) -> Sequence[ev.EngineEvent]:
        """Everything of this sid is unknown, except a snapshot that comes with the gap."""
        assert message.sid is not None
        self.gaps += 1
        books = sorted(self._books.get(message.sid, ()))
        invalid = tuple(ev.BookInvalid(ix, "gap") for ix in books)
        self._ask(message.sid, books)
        if message.type == "orderbook_snapshot":
            return (*invalid, *self._handle(message))
        return invalid

    def _where(self, message: Envelope, body: Body) -> int:
        """Index of the message's market, -1 if not watched. Raises WireError if unnamed."""
        if body.market_ticker is None:
            raise WireError("market_ticker is missing", f"kalshi {message.type}")
        ix = self._ix.get(body.market_ticker, -1)
        if ix >= 0 and message.sid is not None and message.type.startswith("orderbook"):
            self._books.setdefault(message.sid, set()).add(ix)
        return ix

    def _delta(self, message: Envelope, body: Body) -> Sequence[ev.EngineEvent]:
        ix = self._where(message, body)
        if ix < 0:
            return ()
        price = price_of(body.price_dollars, "price_dollars")
        change = qty_of(body.delta_fp, "delta_fp")
        if body.side == "yes":
            side = ev.BookSide.BID
        elif body.side == "no":
            side = ev.BookSide.ASK
            if not self._use_yes_price:
                price = PRICE_MAX - price
        else:
            raise WireError(f"side is {body.side!r}", "side")
        return (ev.BookDelta(ix, side, price, change, _time(body)),)

    def _snapshot(self, message: Envelope, body: Body) -> Sequence[ev.EngineEvent]:
        ix = self._where(message, body)
        if ix < 0:
            return ()
        bids = _levels(body.yes_dollars_fp, "yes_dollars_fp", flip=False)
        asks = _levels(body.no_dollars_fp, "no_dollars_fp", flip=not self._use_yes_price)
        if bids and asks and max(bids)[0] >= min(asks)[0]:
            raise WireError("crossed", "orderbook_snapshot")
        return (ev.BookSnapshot(ix, bids, asks, _time(body)),)

    def _trade(self, message: Envelope, body: Body) -> Sequence[ev.EngineEvent]:
        ix = self._where(message, body)
        if ix < 0:
            return ()
        sides = {"bid": ev.BookSide.BID, "ask": ev.BookSide.ASK}
        return (
            ev.PublicTrade(
                ix,
                price_of(body.yes_price_dollars, "yes_price_dollars"),
                qty_of(body.count_fp, "count_fp"),
                sides.get(body.taker_book_side or ""),
                _time(body),
            ),
        )

    def _ticker(self, message: Envelope, body: Body) -> Sequence[ev.EngineEvent]:
        ix = self._where(message, body)
        if ix < 0:
            return ()
        bid = parse_hint(body.yes_bid_dollars)
        return (ev.QuoteHint(ix, bid, parse_hint(body.yes_ask_dollars), _time(body)),)

    def _lifecycle(self, message: Envelope, body: Body) -> Sequence[ev.EngineEvent]:
        ix = self._where(message, body)
        if ix < 0:
            if body.event_type == "created" and body.market_ticker is not None:
                return (ev.MarketSeen("kalshi", body.market_ticker, _time(body)),)
            return ()
        events: list[ev.EngineEvent] = []
        if body.event_type == "determined":
            self._payout[ix] = _payout(body)
        status = STATUSES.get(body.event_type or "")
        if status is not None:
            events.append(ev.StatusChanged(ix, status, _time(body)))
        elif body.event_type == "settled" and ix in self._payout:
            events.append(ev.MarketSettled(ix, self._payout[ix], _time(body)))
        elif body.event_type == "price_level_structure_updated" and body.price_ranges:
            events.append(ev.GridChanged(ix, bands_of(body.price_ranges), False, _time(body)))
        return events

    def _subscribed(self, message: Envelope, body: Body) -> Sequence[ev.EngineEvent]:
        if body.sid is not None and body.channel is not None:
            self._channel[body.sid] = body.channel
        return ()

    def _error(self, message: Envelope, body: Body) -> Sequence[ev.EngineEvent]:
        """Codes 10 and 25 end the subscription: its books are unknown, subscribe again."""
        if body.code not in TERMINAL_ERRORS or message.sid is None:
            return ()
        books = sorted(self._books.pop(message.sid, ()))
        self._seq.pop(message.sid, None)
        self._out.extend(self.subscribe_commands())
        return tuple(ev.BookInvalid(ix, "subscription_ended") for ix in books)


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
            try:
                bids = _levels(book.orderbook_fp.yes_dollars, "yes_dollars", flip=False)
                asks = _levels(book.orderbook_fp.no_dollars, "no_dollars", flip=True)
            except WireError as error:
                events.append(ev.BookInvalid(ix, error.what))
                continue
            events.append(ev.BookSnapshot(ix, bids, asks, 0))
        return events


class OrderbookFp(msgspec.Struct, frozen=True, gc=False):
    """Both sides in their own dollars; an absent or null side is empty."""

    yes_dollars: Levels | None = None
    no_dollars: Levels | None = None


class TickerBook(msgspec.Struct, frozen=True, gc=False):
    """One book of a batch."""

    ticker: str
    orderbook_fp: OrderbookFp


class Orderbooks(msgspec.Struct, frozen=True, gc=False):
    """GET /markets/orderbooks."""

    orderbooks: tuple[TickerBook, ...]


def _time(body: Body) -> int:
    return (body.ts_ms or 0) * NS_PER_MS


def parse_hint(text: str | None) -> int | None:
    """Best price of a ticker; the empty-side sentinels 0 and 1 are None."""
    if not text:
        return None
    try:
        price = parse_pips(text)
    except ValueError as error:
        raise WireError(str(error), "ticker") from error
    return price if 0 < price < PRICE_MAX else None


def _levels(levels: Levels | None, where: str, *, flip: bool) -> tuple[tuple[int, int], ...]:
    found = []
    for text, size in levels or ():
        price, qty = price_of(text, where), qty_of(size, where)
        if qty < 0:
            raise WireError(f"size {size!r} is negative", where)
        if qty:
            found.append((PRICE_MAX - price if flip else price, qty))
    return tuple(found)


def _payout(body: Body) -> int:
    """Pips a YES pays: the stated value, else by the result."""
    if body.settlement_value:
        try:
            return parse_pips(body.settlement_value)
        except ValueError as error:
            raise WireError(str(error), "settlement_value") from error
    if body.result in ("yes", "no"):
        return PRICE_MAX if body.result == "yes" else 0
    raise WireError(f"result {body.result!r} without settlement_value", "determined")


def bands_of(ranges: Sequence[Mapping[str, str]]) -> tuple[PriceBand, ...]:
    """Price bands of `price_ranges`. Raises WireError on a missing or zero step."""
    bands = []
    for row in ranges:
        try:
            band = PriceBand(
                parse_pips(row["start"]), parse_pips(row["end"]), parse_pips(row["step"])
            )
        except (KeyError, ValueError) as error:
            raise WireError(f"price_ranges: {error}", "price_ranges") from error
        if band.step <= 0:
            raise WireError("price_ranges: a step of zero", "price_ranges")
        bands.append(band)
    return tuple(bands)
