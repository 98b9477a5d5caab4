"""Sans-I/O protocol state of a Polymarket market socket: bytes in, events out.

There are no sequence numbers: nothing here proves continuity, so freshness is per token. Sizes
are absolute; a frame is an object or an array of them.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from arbees.errors import WireError
from arbees.markets.instrument import PriceBand
from arbees.messages import events as ev
from arbees.units import NS_PER_MS, PRICE_MAX, parse_pips
from arbees.venues.parsing import UNREADABLE, price_of, qty_of
from arbees.venues.polymarket.wire import Change, Level, Loose, Message

SIDES = {"BUY": ev.BookSide.BID, "SELL": ev.BookSide.ASK}

Maker = Callable[[int, Message], Sequence[ev.EngineEvent]]

_one = msgspec.json.Decoder(Message)
_many = msgspec.json.Decoder(tuple[Message, ...])
_loose = msgspec.json.Decoder(Loose | tuple[Loose, ...])


class PolymarketWsSession:
    """`tokens` maps token ids to dense indices."""

    def __init__(self, tokens: Mapping[str, int]) -> None:
        self.unknown = 0
        self._ix = dict(tokens)
        self._tokens = {ix: token for token, ix in tokens.items()}
        self._out: list[bytes] = []

    def watch(self, tokens: Mapping[str, int]) -> None:
        """More tokens on the same connection."""
        self._ix.update(tokens)
        self._tokens.update({ix: token for token, ix in tokens.items()})

    def subscribe_commands(self, chunk: int = 100) -> list[bytes]:
        """The first frame names the channel, later ones add to it."""
        tokens = list(self._ix)
        commands: list[bytes] = []
        for start in range(0, len(tokens), chunk):
            body: dict[str, object] = {"assets_ids": tokens[start : start + chunk]}
            if start == 0:
                body |= {"type": "market", "initial_dump": True}
            else:
                body |= {"operation": "subscribe"}
            commands.append(msgspec.json.encode(body | {"custom_feature_enabled": True}))
        return commands

    def outgoing(self) -> list[bytes]:
        """What the session wants sent; empties it."""
        if not self._out:
            return self._out
        out, self._out = self._out, []
        return out

    def receive(self, data: bytes) -> Sequence[ev.EngineEvent]:
        """Events of one frame. Raises WireError if it names no book and makes no sense."""
        if data == b"PONG":
            return ()
        try:
            if data[:1] == b"[":
                events: list[ev.EngineEvent] = []
                for message in _many.decode(data):
                    events.extend(self._message(message))
                return events
            return self._message(_one.decode(data))
        except UNREADABLE as error:
            return self._unreadable(data, str(error))

    def _unreadable(self, data: bytes, why: str) -> Sequence[ev.EngineEvent]:
        try:
            loose = _loose.decode(data)
        except UNREADABLE as error:
            raise WireError(why, "polymarket frame") from error
        tokens: dict[str, None] = {}
        for part in loose if isinstance(loose, tuple) else (loose,):
            named = [c.get("asset_id") for c in part.price_changes or ()] or [part.asset_id]
            if not all(isinstance(t, str) for t in named):
                raise WireError(why, "polymarket frame")  # whose book, nobody can say
            tokens.update({t: None for t in named if isinstance(t, str)})
        found = [self._ix[t] for t in tokens if t in self._ix]
        if not found:
            raise WireError(why, "polymarket frame")
        return [event for ix in found for event in self._lost(ix, "unreadable")]

    def _lost(self, ix: int, reason: str) -> tuple[ev.EngineEvent, ...]:
        """One book is unknown; unsubscribe and subscribe brings a new one."""
        body = {"assets_ids": [self._tokens[ix]]}
        for operation in ("unsubscribe", "subscribe"):
            more = {"operation": operation, "custom_feature_enabled": True}
            self._out.append(msgspec.json.encode(body | more))
        return (ev.BookInvalid(ix, reason),)

    def _message(self, message: Message) -> Sequence[ev.EngineEvent]:
        match message.event_type:
            case "price_change":
                return self._changes(message)
            case "book":
                return self._on_book(message, self._book)
            case "last_trade_price":
                return self._on_book(message, self._trade)
            case "tick_size_change":
                return self._on_book(message, self._tick)
            case "best_bid_ask":
                return self._on_book(message, self._quote)
            case "market_resolved":
                return self._resolved(message)
            case "new_market":
                return (ev.MarketSeen("polymarket", message.market or "", _time(message)),)
            case None:
                raise WireError("event_type is missing", "polymarket frame")
            case _:
                self.unknown += 1
                return ()

    def _on_book(self, message: Message, make: Maker) -> Sequence[ev.EngineEvent]:
        if message.asset_id is None:
            raise WireError("asset_id is missing", f"polymarket {message.event_type}")
        ix = self._ix.get(message.asset_id)
        if ix is None:
            return ()
        try:
            return make(ix, message)
        except WireError as error:
            return self._lost(ix, f"bad {error.where}")

    def _changes(self, message: Message) -> Sequence[ev.EngineEvent]:
        """Current schema, and both older ones for replays."""
        changes = message.price_changes
        if changes is None:
            changes = message.changes
        if changes is None:
            if message.price is None or message.size is None or message.side is None:
                raise WireError("no changes in it", "polymarket price_change")
            changes = (Change(message.price, message.size, message.side),)
        ts_ns = _time(message)
        events: list[ev.EngineEvent] = []
        for change in changes:
            token = change.asset_id or message.asset_id
            if token is None:
                raise WireError("asset_id is missing", "polymarket price_change")
            ix = self._ix.get(token)
            if ix is None:
                continue
            side = SIDES.get(change.side)
            try:
                if side is None:
                    raise WireError(f"side is {change.side!r}", "side")
                price, qty = price_of(change.price, "price"), _size(change.size)
                events.append(ev.LevelSet(ix, side, price, qty, ts_ns))
            except WireError as error:
                events.extend(self._lost(ix, f"bad {error.where}"))
        return events

    def _book(self, ix: int, message: Message) -> Sequence[ev.EngineEvent]:
        bids = _levels(message.bids if message.bids is not None else message.buys)
        asks = _levels(message.asks if message.asks is not None else message.sells)
        if bids and asks and max(bids)[0] >= min(asks)[0]:
            raise WireError("crossed", "book")
        return (ev.BookSnapshot(ix, bids, asks, _time(message)),)

    def _trade(self, ix: int, message: Message) -> Sequence[ev.EngineEvent]:
        side = SIDES.get(message.side or "")
        price, qty = price_of(message.price, "price"), _size(message.size)
        return (ev.PublicTrade(ix, price, qty, side, _time(message)),)

    def _tick(self, ix: int, message: Message) -> Sequence[ev.EngineEvent]:
        step = price_of(message.new_tick_size, "new_tick_size")
        return (ev.GridChanged(ix, (PriceBand(0, PRICE_MAX, step),), True, _time(message)),)

    def _quote(self, ix: int, message: Message) -> Sequence[ev.EngineEvent]:
        bid, ask = _hint(message.best_bid), _hint(message.best_ask)
        return (ev.QuoteHint(ix, bid, ask, _time(message)),)

    def _resolved(self, message: Message) -> Sequence[ev.EngineEvent]:
        """The winner pays a dollar. A split result is not announced here: no winner, no event."""
        if message.winning_asset_id not in message.assets_ids:
            return ()
        return [
            ev.MarketSettled(
                self._ix[token],
                PRICE_MAX if token == message.winning_asset_id else 0,
                _time(message),
            )
            for token in message.assets_ids
            if token in self._ix
        ]


class PolymarketRestSession:
    """Bodies of /book and /books: the fallback, and the witness of a silent token."""

    def __init__(self, tokens: Mapping[str, int]) -> None:
        self._session = PolymarketWsSession(tokens)

    def outgoing(self) -> list[bytes]:
        return []

    def receive(self, data: bytes) -> Sequence[ev.EngineEvent]:
        """A snapshot per watched token. Raises WireError if the body is no book."""
        try:
            books = _many.decode(data) if data[:1] == b"[" else (_one.decode(data),)
        except UNREADABLE as error:
            raise WireError(str(error), "polymarket books") from error
        events: list[ev.EngineEvent] = []
        for book in books:
            events.extend(self._session._on_book(book, self._session._book))
        self._session.outgoing()
        return events


def _time(message: Message) -> int:
    """ns of the millisecond string; 0 where it is absent or odd (it decides nothing)."""
    text = message.timestamp or ""
    good = len(text) <= 15 and text.isascii() and text.isdigit()
    return int(text) * NS_PER_MS if good else 0


def _size(text: str | None) -> int:
    qty = qty_of(text, "size")
    if qty < 0:
        raise WireError(f"size {text!r} is negative", "size")
    return qty


def _hint(text: str | None) -> int | None:
    if not text:
        return None
    try:
        price = parse_pips(text)
    except ValueError as error:
        raise WireError(str(error), "best_bid_ask") from error
    return price if 0 < price < PRICE_MAX else None


def _levels(levels: tuple[Level, ...] | None) -> tuple[tuple[int, int], ...]:
    if levels is None:
        raise WireError("a side is missing", "book")
    pairs = ((price_of(level.price, "price"), _size(level.size)) for level in levels)
    return tuple((price, qty) for price, qty in pairs if qty)
