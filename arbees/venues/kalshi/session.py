"""Sans-I/O protocol state of a Kalshi connection: bytes in, events out.

One counter per sid covers all its markets; what comes after a gap is not believed until each book
has been sent again. A NO level becomes an ask at one minus its price.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from arbees.errors import WireError
from arbees.messages import events as ev
from arbees.units import NS_PER_MS, PRICE_MAX
from arbees.venues.kalshi.fees import override_of
from arbees.venues.kalshi.lifecycle import Lifecycle
from arbees.venues.kalshi.read import BOOK_SIDES, side_of
from arbees.venues.kalshi.wire import Body, Envelope, Loose
from arbees.venues.parsing import UNREADABLE, check_book, drain, hint_of, price_of, qty_of, size_of

CHANNELS = ("orderbook_delta", "trade")
TERMINAL_ERRORS = frozenset({10, 25})
SNAPSHOT_CHUNK = 100
TS_MS_MAX = 10**13
LIFECYCLE = "market_lifecycle_v2"
FACTS = frozenset({LIFECYCLE, "event_fee_update", "event_lifecycle"})
"""What the lifecycle channel carries, of all markets: facts, no books."""
WITHOUT_NEWS = frozenset({"ok", "event_lifecycle"})
"""Replies to our commands, and new events: their markets are announced one by one."""

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
        self._lifecycle = Lifecycle()
        self._out: list[bytes] = []
        self._command_id = 0
        self._handlers: dict[str, Callable[[Envelope, Body], Sequence[ev.EngineEvent]]] = {
            "orderbook_delta": self._delta,
            "orderbook_snapshot": self._snapshot,
            "trade": self._trade,
            "ticker": self._ticker,
            LIFECYCLE: self._life,
            "event_fee_update": self._event_fee,
            "error": self._error,
            "subscribed": self._subscribed,
        }

    def watch(self, instruments: Mapping[str, int]) -> None:
        """More markets on the same connection; they join the active subscriptions (6.1)."""
        self._ix.update(instruments)
        self._tickers.update({ix: ticker for ticker, ix in instruments.items()})
        self._out.extend(self._subscribe(list(instruments)))

    def subscribe_commands(self, chunk: int = 100) -> list[bytes]:
        """Commands that subscribe to every watched market, `chunk` tickers at a time."""
        commands = self._subscribe(list(self._ix), chunk)
        return [*commands, self._command("subscribe", channels=[LIFECYCLE])]

    def _subscribe(self, tickers: list[str], chunk: int = SNAPSHOT_CHUNK) -> list[bytes]:
        return [
            self._command(
                "subscribe", channels=list(CHANNELS),
                market_tickers=tickers[start : start + chunk], use_yes_price=self._use_yes_price,
            )
            for start in range(0, len(tickers), chunk)
        ]  # fmt: skip

    def _command(self, cmd: str, **params: object) -> bytes:
        self._command_id += 1
        return msgspec.json.encode({"id": self._command_id, "cmd": cmd, "params": params})

    def outgoing(self) -> list[bytes]:
        """What the session wants sent; empties it."""
        return drain(self._out)

    def ask_again(self, ixs: Sequence[int]) -> None:
        """Ask for whole books, each where it is (or must be) subscribed."""
        sid = next((s for s, channel in self._channel.items() if channel == CHANNELS[0]), None)
        for ix in ixs:
            self._ask(self._book_sid.get(ix, sid), [ix])

    def receive(self, data: bytes) -> Sequence[ev.EngineEvent]:
        """Events of one message. Raises WireError if it names no book and makes no sense; every
        book of the connection is then void, so all are asked for again."""
        try:
            try:
                message = _decoder.decode(data)
            except UNREADABLE as error:
                return self._unreadable(data, str(error))
            if self._missed(message.sid, message.seq):
                return self._gap(message)
            return self._handle(message)
        except WireError:
            for sid, books in self._books.items():
                self._ask(sid, sorted(books))
            raise

    def _handle(self, message: Envelope) -> Sequence[ev.EngineEvent]:
        handler = self._handlers.get(message.type)
        if handler is None:
            if message.type == "unsubscribed":
                return self._unsubscribed(message)
            self.unknown += message.type not in WITHOUT_NEWS
            return ()
        if not isinstance(message.msg, Body):
            raise WireError("msg is missing", f"kalshi {message.type}")
        try:
            return handler(message, message.msg)
        except WireError as error:
            ix = self._ix.get(message.msg.market_ticker or "")
            if ix is None and message.type in FACTS:
                return self._read_all()
            if ix is None:
                raise
            return self._lost(message.type, message.sid, ix, f"bad {error.where}")

    def _unreadable(self, data: bytes, why: str) -> Sequence[ev.EngineEvent]:
        try:
            loose = _loose.decode(data)
        except UNREADABLE as error:
            raise WireError(why, "kalshi frame") from error
        missed = self._missed(loose.sid, loose.seq)
        ticker = (loose.msg or {}).get("market_ticker")
        ix = self._ix.get(ticker) if isinstance(ticker, str) else None
        if missed and loose.sid is not None:
            return self._gap(Envelope("unreadable", loose.sid, loose.seq))
        if ix is not None:
            return self._lost(loose.type, loose.sid, ix, "unreadable")
        if loose.type in FACTS:
            # No book is touched by these; of an unwatched market they are none of our business.
            return () if isinstance(ticker, str) else self._read_all()
        raise WireError(why, f"kalshi {loose.type}")

    def _missed(self, sid: int | None, seq: int | None) -> bool:
        """Note a sequence number; True if others should have come before it."""
        if seq is None or sid is None:
            return False
        last = self._seq.get(sid)
        self._seq[sid] = seq
        return last is not None and seq != last + 1

    def _lost(
        self, kind: str | None, sid: int | None, ix: int, reason: str
    ) -> Sequence[ev.EngineEvent]:
        """One book is unknown; ask for it again where books come from. What a lifecycle message
        wanted to say of the market, discovery must read."""
        self._ask(self._book_sid.get(ix, sid), [ix])
        invalid = ev.BookInvalid(ix, reason)
        if kind != LIFECYCLE:
            return (invalid,)
        return (invalid, ev.MarketSeen("kalshi", self._tickers[ix], 0))

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
        """Every book of this sid is unknown, or all that a lifecycle said; what else the message
        says (a whole book, a settlement) does not depend on what was lost."""
        assert message.sid is not None
        self.gaps += 1
        books = sorted(self._books.get(message.sid, ()))
        invalid: tuple[ev.EngineEvent, ...] = tuple(ev.BookInvalid(ix, "gap") for ix in books)
        invalid += self._to_read(message.sid)
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
        bids = side_of(body.yes_dollars_fp, body.yes, "yes_dollars_fp", flip=False)
        flip = not self._use_yes_price
        asks = side_of(body.no_dollars_fp, body.no, "no_dollars_fp", flip=flip)
        check_book(bids, asks, "orderbook_snapshot")
        return (ev.BookSnapshot(ix, bids, asks, _time(body)),)

    def _trade(self, message: Envelope, body: Body) -> Sequence[ev.EngineEvent]:
        ix = self._where(message, body)
        if ix < 0:
            return ()
        return (
            ev.PublicTrade(
                ix,
                price_of(body.yes_price_dollars, "yes_price_dollars"),
                size_of(body.count_fp, "count_fp"),
                BOOK_SIDES.get(body.taker_book_side or ""),
                _time(body),
            ),
        )

    def _ticker(self, message: Envelope, body: Body) -> Sequence[ev.EngineEvent]:
        ix = self._where(message, body)
        if ix < 0:
            return ()
        bid, ask = (hint_of(t, "ticker") for t in (body.yes_bid_dollars, body.yes_ask_dollars))
        return (ev.QuoteHint(ix, bid, ask, _time(body)),)

    def _life(self, message: Envelope, body: Body) -> Sequence[ev.EngineEvent]:
        return self._lifecycle.events(self._where(message, body), body, _time(body))

    def _event_fee(self, message: Envelope, body: Body) -> Sequence[ev.EngineEvent]:
        """Null says "the series' value"; two fields that are not there at all say nothing."""
        if body.event_ticker is None:
            raise WireError("event_ticker is missing", "kalshi event_fee_update")
        said = (body.fee_type_override, body.fee_multiplier_override)
        kind, multiplier = (None if s is msgspec.UNSET else s for s in said)
        is_silent = all(s is msgspec.UNSET for s in said)
        override = override_of("", None, 0) if is_silent else override_of(kind, multiplier, 0)
        return (ev.EventFeeChanged("kalshi", body.event_ticker, override),)

    def _subscribed(self, message: Envelope, body: Body) -> Sequence[ev.EngineEvent]:
        if body.sid is not None and body.channel is not None:
            self._channel[body.sid] = body.channel
        return ()

    def _error(self, message: Envelope, body: Body) -> Sequence[ev.EngineEvent]:
        """Codes 10 and 25 end the subscription: its books are unknown, subscribe again."""
        if body.code not in TERMINAL_ERRORS:
            return ()
        sid = message.sid if message.sid is not None else body.sid
        ended = [sid] if sid is not None else sorted({*self._books, *self._channel, *self._seq})
        self._out.extend(self.subscribe_commands())
        return [event for sid in ended for event in self._ended(sid)]

    def _unsubscribed(self, message: Envelope) -> Sequence[ev.EngineEvent]:
        sid = message.sid
        if sid is None and isinstance(message.msg, Body):
            sid = message.msg.sid
        if sid is None:
            raise WireError("sid is missing", "kalshi unsubscribed")
        return self._ended(sid)

    def _ended(self, sid: int) -> tuple[ev.EngineEvent, ...]:
        """Nothing more comes on this sid: its books are unknown."""
        books = sorted(self._books.pop(sid, ()))
        to_read = self._to_read(sid)
        self._seq.pop(sid, None)
        self._channel.pop(sid, None)
        for ix in books:
            self._book_sid.pop(ix, None)
        return (*(ev.BookInvalid(ix, "subscription_ended") for ix in books), *to_read)

    def _to_read(self, sid: int) -> tuple[ev.MarketSeen, ...]:
        """All watched markets, where a lifecycle lost messages: status, close, fee and result
        may have changed unheard."""
        return self._read_all() if self._channel.get(sid) == LIFECYCLE else ()

    def _read_all(self) -> tuple[ev.MarketSeen, ...]:
        return tuple(ev.MarketSeen("kalshi", ticker, 0) for ticker in self._ix)


def _time(body: Body) -> int:
    """ns of the venue's clock; 0 where it is absent or odd (it decides nothing)."""
    ts_ms = body.ts_ms or 0
    return ts_ms * NS_PER_MS if 0 < ts_ms < TS_MS_MAX else 0
