"""Sans-I/O protocol state of a Polymarket market socket: bytes in, events out.

There are no sequence numbers: nothing here proves continuity, so freshness is per token. Sizes
are absolute; a frame is an object or an array of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from arbees.errors import WireError
from arbees.markets.instrument import PriceBand
from arbees.messages import events as ev
from arbees.units import NS_PER_MS, PRICE_MAX
from arbees.venues.parsing import (
    UNREADABLE,
    check_book,
    decode_body,
    drain,
    hint_of,
    levels_of,
    price_of,
    size_of,
)
from arbees.venues.polymarket.wire import Change, Level, Loose, Message

CHUNK = 100
"""Tokens a frame: frames with thousands are closed by the venue (polymarket.md section 4)."""
ANNOUNCEMENTS = frozenset({"new_market", "market_resolved"})
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
        self._market_of: dict[int, str] = {}
        self._tick_of: dict[int, int] = {}
        self._out: list[bytes] = []

    def watch(self, tokens: Mapping[str, int]) -> None:
        """More tokens on the same connection; `outgoing` then subscribes to them."""
        self._out.extend(_subscribe(list(tokens), CHUNK, is_first=not self._ix))
        self._ix.update(tokens)
        self._tokens.update({ix: token for token, ix in tokens.items()})

    def subscribe_commands(self, chunk: int = CHUNK) -> list[bytes]:
        """Commands that subscribe to every watched token, `chunk` at a time."""
        return _subscribe(list(self._ix), chunk, is_first=True)

    def outgoing(self) -> list[bytes]:
        """What the session wants sent; empties it."""
        return drain(self._out)

    def ask_again(self, ixs: Sequence[int]) -> None:
        """Ask for whole books of these tokens."""
        self._ask(list(ixs))

    def receive(self, data: bytes) -> Sequence[ev.EngineEvent]:
        """Events of one frame. Raises WireError if it names no book and makes no sense; every
        book of the connection is then void, so all are asked for again."""
        if data == b"PONG":
            return ()
        try:
            try:
                if data[:1] == b"[":
                    return [e for part in _many.decode(data) for e in self._message(part)]
                return self._message(_one.decode(data))
            except UNREADABLE as error:
                return self._unreadable(data, str(error))
        except WireError:
            self._ask(list(self._tokens))
            raise

    def _unreadable(self, data: bytes, why: str) -> Sequence[ev.EngineEvent]:
        try:
            loose = _loose.decode(data)
        except UNREADABLE as error:
            raise WireError(why, "polymarket frame") from error
        lost: dict[int, None] = {}
        facts: list[ev.EngineEvent] = []
        for part in loose if isinstance(loose, tuple) else (loose,):
            named = [c.get("asset_id") for c in part.price_changes or ()] or [part.asset_id]
            known = [self._ix.get(t) if isinstance(t, str) else None for t in named]
            lost.update({ix: None for ix in known if ix is not None})
            if None in known:
                lost.update(dict.fromkeys(self._concerned(part.market, why)))
            if part.event_type in ANNOUNCEMENTS:
                facts.append(ev.MarketSeen("polymarket", part.market or "", 0))
        return [*self._lost(lost, "unreadable"), *facts]

    def _concerned(self, market: str | None, why: str) -> list[int]:
        """Every book that a change of a nameless token of `market` could be about: the market's,
        and those whose market this connection has not told yet. Raises WireError without one."""
        if not market:
            raise WireError(why, "polymarket frame")
        return [ix for ix in self._tokens if self._market_of.get(ix, market) == market]

    def _lost(self, ixs: Iterable[int], reason: str) -> list[ev.EngineEvent]:
        """These books are unknown; unsubscribe and subscribe brings new ones."""
        lost = list(ixs)
        self._ask(lost)
        return [ev.BookInvalid(ix, reason) for ix in lost]

    def _ask(self, ixs: list[int]) -> None:
        for start in range(0, len(ixs), CHUNK):
            body = {"assets_ids": [self._tokens[ix] for ix in ixs[start : start + CHUNK]]}
            for operation in ("unsubscribe", "subscribe"):
                more = {"operation": operation, "custom_feature_enabled": True}
                self._out.append(msgspec.json.encode(body | more))

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
                return (_seen(message.market or message.condition_id, message),)
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
            return self._lost((ix,), f"bad {error.where}")

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
            ix = None if token is None else self._ix.get(token)
            try:
                side = SIDES.get(change.side)
                if token is None or side is None:
                    missing = "asset_id" if token is None else "side"
                    raise WireError(f"{missing} is missing or odd", missing)
                price, qty = price_of(change.price, "price"), size_of(change.size, "size")
            except WireError as error:
                lost = self._concerned(message.market, str(error)) if ix is None else (ix,)
                events.extend(self._lost(lost, f"bad {error.where}"))
                continue
            if ix is not None:
                events.append(ev.LevelSet(ix, side, price, qty, ts_ns))
        return events

    def _book(self, ix: int, message: Message) -> Sequence[ev.EngineEvent]:
        """A book may state its tick: so a change that was missed while away is still heard."""
        if message.market:
            self._market_of[ix] = message.market
        bids = _side(message.bids if message.bids is not None else message.buys)
        asks = _side(message.asks if message.asks is not None else message.sells)
        check_book(bids, asks, "book")
        snapshot = ev.BookSnapshot(ix, bids, asks, _time(message))
        said = message.tick_size
        step = _step(str(said), "tick_size") if said not in (None, "") else 0
        if step in (0, self._tick_of.get(ix)):
            return (snapshot,)
        self._tick_of[ix] = step
        return (_grid(ix, step, message, voids_book=False), snapshot)

    def _trade(self, ix: int, message: Message) -> Sequence[ev.EngineEvent]:
        side = SIDES.get(message.side or "")
        price, qty = price_of(message.price, "price"), size_of(message.size, "size")
        return (ev.PublicTrade(ix, price, qty, side, _time(message)),)

    def _tick(self, ix: int, message: Message) -> Sequence[ev.EngineEvent]:
        step = _step(message.new_tick_size, "new_tick_size")
        self._tick_of[ix] = step
        return (_grid(ix, step, message, voids_book=True),)

    def _quote(self, ix: int, message: Message) -> Sequence[ev.EngineEvent]:
        bid, ask = (hint_of(t, "best_bid_ask") for t in (message.best_bid, message.best_ask))
        return (ev.QuoteHint(ix, bid, ask, _time(message)),)

    def _resolved(self, message: Message) -> Sequence[ev.EngineEvent]:
        """The winner pays a dollar. A split (50-50) has no winner and its payout is not told
        here: the market is over, and what it paid must be read."""
        winner, ts_ns = message.winning_asset_id, _time(message)
        named = {self._ix[token] for token in message.assets_ids if token in self._ix}
        learned = {ix for ix, market in self._market_of.items() if market == message.market}
        over = ev.MarketStatus.DETERMINED
        events: list[ev.EngineEvent] = [
            ev.StatusChanged(ix, over, ts_ns) for ix in sorted(named | learned)
        ]
        told = {self._market_of.get(ix, message.market) for ix in named}
        is_pair = len(message.assets_ids) == len(set(message.assets_ids)) == 2
        if winner not in message.assets_ids or not is_pair or learned - named or len(told) > 1:
            return [*events, _seen(message.market, message)] if events else events
        for token in message.assets_ids:
            if token in self._ix:
                payout = PRICE_MAX if token == winner else 0
                events.append(ev.MarketSettled(self._ix[token], payout, ts_ns))
        return events


def _subscribe(tokens: list[str], chunk: int, *, is_first: bool) -> list[bytes]:
    """The first frame of a connection names the channel, later ones add to it."""
    commands: list[bytes] = []
    for start in range(0, len(tokens), chunk):
        body: dict[str, object] = {"assets_ids": tokens[start : start + chunk]}
        if start == 0 and is_first:
            body |= {"type": "market", "initial_dump": True}
        else:
            body |= {"operation": "subscribe"}
        commands.append(msgspec.json.encode(body | {"custom_feature_enabled": True}))
    return commands


class PolymarketRestSession:
    """Bodies of /book and /books: the fallback, and the witness of a silent token."""

    def __init__(self, tokens: Mapping[str, int]) -> None:
        self._session = PolymarketWsSession(tokens)

    def watch(self, tokens: Mapping[str, int]) -> None:
        """More tokens to know in bodies."""
        self._session.watch(tokens)
        self._session.outgoing()

    def ask_again(self, ixs: Sequence[int]) -> None:
        """Nothing to send: who polls asks anyway."""

    def outgoing(self) -> list[bytes]:
        return []

    def receive(self, data: bytes) -> Sequence[ev.EngineEvent]:
        """A snapshot per watched token. Raises WireError if the body is no book."""
        where = "polymarket books"
        if data.lstrip()[:1] == b"[":
            books = decode_body(data, tuple[Message, ...], where)
        else:
            books = (decode_body(data, Message, where),)
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


def _seen(market: str | None, message: Message) -> ev.MarketSeen:
    """An announcement without a name still says that there is something to read."""
    return ev.MarketSeen("polymarket", market or "", _time(message))


def _step(text: object, where: str) -> int:
    """Tick in pips. Raises WireError if it does not divide a dollar."""
    step = price_of(text, where)
    if PRICE_MAX % step:
        raise WireError(f"tick {text!r} does not divide 1", where)
    return step


def _grid(ix: int, step: int, message: Message, *, voids_book: bool) -> ev.GridChanged:
    bands = (PriceBand(0, PRICE_MAX, step),)
    return ev.GridChanged(ix, bands, voids_book, _time(message))


def _side(levels: tuple[Level, ...] | None) -> tuple[tuple[int, int], ...]:
    if levels is None:
        raise WireError("a side is missing", "book")
    return levels_of([(level.price, level.size) for level in levels], "book")
