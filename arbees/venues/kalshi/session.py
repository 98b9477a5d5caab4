"""Sans-I/O protocol state of a Kalshi connection: bytes in, events out.

One counter per sid covers all its markets; what comes after a gap is not believed until each book
has been sent again. A NO level becomes an ask at one minus its price.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from arbees.errors import WireError
from arbees.messages import events as ev
from arbees.units import NS_PER_MS, PRICE_MAX
from arbees.venues.kalshi.read import bands_of, hint_of, levels_of, payout_of
from arbees.venues.kalshi.wire import Body, Envelope, Loose
from arbees.venues.parsing import UNREADABLE, price_of, qty_of

CHANNELS = ("orderbook_delta", "trade")
TERMINAL_ERRORS = frozenset({10, 25})
SNAPSHOT_CHUNK = 100
TS_MS_MAX = 10**13
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
        self._book_sid: dict[int, int] = {}
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
            "unsubscribed": self._unsubscribed,
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
            return self._lost(message.sid, ix, f"bad {error.where}")

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
        """One book is unknown; ask for it again where books come from."""
        self._ask(self._book_sid.get(ix, sid), [ix])
        return (ev.BookInvalid(ix, reason),)

    def _ask(self, sid: int | None, ixs: list[int]) -> None:
        if sid is None:
            return
        tickers = [self._tickers[ix] for ix in ixs]
        for start in range(0, len(tickers), SNAPSHOT_CHUNK):
            self._out.append(
                self._command(
                    "update_subscription", sids=[sid], action="get_snapshot",
                    market_tickers=tickers[start : start + SNAPSHOT_CHUNK],
                )
            )  # fmt: skip

    def _gap(self, message: Envelope) -> Sequence[ev.EngineEvent]:
        """Every book of this sid is unknown; what else the message says (a whole book, a
        settlement) does not depend on what was lost."""
        assert message.sid is not None
        self.gaps += 1
        books = sorted(self._books.get(message.sid, ()))
        invalid = tuple(ev.BookInvalid(ix, "gap") for ix in books)
        self._ask(message.sid, books)
        if message.type in ("orderbook_delta", "unreadable"):
            return invalid
        return (*invalid, *self._handle(message))

    def _where(self, message: Envelope, body: Body) -> int:
        """Index of the message's market, -1 if not watched. Raises WireError if unnamed."""
        if body.market_ticker is None:
            raise WireError("market_ticker is missing", f"kalshi {message.type}")
        ix = self._ix.get(body.market_ticker, -1)
        if ix >= 0 and message.sid is not None and message.type.startswith("orderbook"):
            self._books.setdefault(message.sid, set()).add(ix)
            self._book_sid[ix] = message.sid
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
        if (body.yes and body.yes_dollars_fp is None) or (body.no and body.no_dollars_fp is None):
            raise WireError("levels come in cents only", "orderbook_snapshot")
        bids = levels_of(body.yes_dollars_fp, "yes_dollars_fp", flip=False)
        asks = levels_of(body.no_dollars_fp, "no_dollars_fp", flip=not self._use_yes_price)
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
        bid = hint_of(body.yes_bid_dollars)
        return (ev.QuoteHint(ix, bid, hint_of(body.yes_ask_dollars), _time(body)),)

    def _lifecycle(self, message: Envelope, body: Body) -> Sequence[ev.EngineEvent]:
        ix = self._where(message, body)
        if ix < 0:
            if body.event_type == "created" and body.market_ticker is not None:
                return (ev.MarketSeen("kalshi", body.market_ticker, _time(body)),)
            return ()
        events: list[ev.EngineEvent] = []
        if body.event_type == "determined":
            self._payout[ix] = payout_of(body)
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
        if body.code not in TERMINAL_ERRORS:
            return ()
        ended = list(self._books) if message.sid is None else [message.sid]
        self._out.extend(self.subscribe_commands())
        return [event for sid in ended for event in self._ended(sid)]

    def _unsubscribed(self, message: Envelope, body: Body) -> Sequence[ev.EngineEvent]:
        sid = message.sid if message.sid is not None else body.sid
        return () if sid is None else self._ended(sid)

    def _ended(self, sid: int) -> tuple[ev.EngineEvent, ...]:
        """Nothing more comes on this sid: its books are unknown."""
        books = sorted(self._books.pop(sid, ()))
        self._seq.pop(sid, None)
        for ix in books:
            self._book_sid.pop(ix, None)
        return tuple(ev.BookInvalid(ix, "subscription_ended") for ix in books)


def _time(body: Body) -> int:
    """ns of the venue's clock; 0 where it is absent or odd (it decides nothing)."""
    ts_ms = body.ts_ms or 0
    return ts_ms * NS_PER_MS if 0 < ts_ms < TS_MS_MAX else 0
