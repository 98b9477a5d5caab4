"""The WebSocket: connections, subscriptions, commands, and who hears what (kalshi.md section 6).

One rule: `seq` runs per subscription over everything said on it, replies included, where the
channel carries numbers at all. Saying is synchronous and keeps order; `flush` sends.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from arbees.simulator.faulty import Wire

Body = dict[str, Any]
SEQUENCED = frozenset({
    "orderbook_delta", "trade", "order_group_updates", "market_lifecycle_v2",
    "cfbenchmarks_value", "cfbenchmarks_value_5hz",
})  # fmt: skip
PRIVATE = frozenset({"fill", "user_orders", "market_positions", "order_group_updates"})
CHANNELS = SEQUENCED | PRIVATE | {"ticker"}
UNFILTERED = frozenset({"market_lifecycle_v2", "order_group_updates"})
PENDING_MAX = 50_000
ERRORS = {
    2: "Params required", 3: "Channels required", 4: "Subscription IDs required",
    5: "Unknown command", 7: "Unknown subscription ID", 8: "Unknown channel name",
    11: "Invalid parameter", 12: "Exactly one subscription ID is required",
    13: "Unsupported action", 14: "Market ticker required", 15: "Action required",
    24: "Index IDs required", 25: "Subscription buffer overflow",
}  # fmt: skip


@dataclass(slots=True)
class Sub:
    """One subscription. `tickers` None: everything."""

    channel: str
    sid: int
    tickers: set[str] | None
    use_yes: bool = False
    seq: int = 0

    def hears(self, ticker: str) -> bool:
        return self.tickers is None or not ticker or ticker in self.tickers

    def head(self) -> Body:
        """The next numbers of this subscription."""
        if self.channel not in SEQUENCED:
            return {"sid": self.sid}
        self.seq += 1
        return {"sid": self.sid, "seq": self.seq}


@dataclass(eq=False)
class Connection:
    """One socket: its user, its subscriptions, what is still to be sent."""

    wire: Wire
    user: str
    subs: dict[str, Sub] = field(default_factory=dict)
    sids: int = 0
    pending: deque[tuple[str, str]] = field(default_factory=deque)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def say(self, message: Body, where: str = "") -> None:
        if len(self.pending) >= PENDING_MAX:
            self.pending.clear()
            for sub in list(self.subs.values()):
                self.overflow(sub)
        self.pending.append((json.dumps(message, separators=(",", ":")), where))

    def overflow(self, sub: Sub) -> None:
        """Code 25 is terminal: nothing more is said on this subscription."""
        self.subs.pop(sub.channel, None)
        error = {"code": 25, "msg": ERRORS[25]}
        text = json.dumps({"type": "error", **sub.head(), "msg": error}, separators=(",", ":"))
        self.pending.append((text, ""))

    def fail(self, number: Any, code: int) -> None:
        self.say({"id": number, "type": "error", "msg": {"code": code, "msg": ERRORS[code]}})

    async def flush(self) -> None:
        async with self._lock:
            while self.pending:
                text, where = self.pending.popleft()
                await self.wire.send(text, where)


Snapshot = Callable[[str, bool], Body | None]
"""(ticker, use_yes_price) -> the msg of a snapshot, None where no book is known."""


class Hub:
    """All connections. `snapshot` shows a book, `quote` the ticker channel's view of a market."""

    def __init__(self, snapshot: Snapshot, quote: Callable[[str], Body | None]) -> None:
        self.connections: set[Connection] = set()
        self.indices: dict[str, Body] = {}
        self._snapshot = snapshot
        self._quote = quote
        self._tasks: set[asyncio.Task[None]] = set()

    async def flush(self) -> None:
        for connection in list(self.connections):
            if connection.pending:
                await connection.flush()

    def kick(self) -> None:
        """Send what is pending, without waiting for it."""
        task = asyncio.get_running_loop().create_task(self.flush())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def say(self, channel: str, kind: str, msg: Body, ticker: str = "", user: str = "") -> None:
        """Tell everybody who listens; private channels name their user."""
        for connection, sub in self.listening(channel, ticker):
            if not user or connection.user == user:
                connection.say({"type": kind, **sub.head(), "msg": msg}, ticker)

    def listening(self, channel: str, ticker: str) -> Iterable[tuple[Connection, Sub]]:
        for connection in list(self.connections):
            sub = connection.subs.get(channel)
            if sub is not None and sub.hears(ticker):
                yield connection, sub

    def snapshot(self, connection: Connection, ticker: str, number: Any = None) -> None:
        """A whole book; as an answer to get_snapshot it carries the command's id."""
        sub = connection.subs["orderbook_delta"]
        msg = self._snapshot(ticker, sub.use_yes)
        if msg is not None:
            head = {} if number is None else {"id": number}
            message = {"type": "orderbook_snapshot", **head, **sub.head(), "msg": msg}
            connection.say(message, ticker)

    def command(self, connection: Connection, command: Body) -> None:
        number, said = command.get("id"), command.get("params")
        params: Body = said if isinstance(said, dict) else {}
        match command.get("cmd"):
            case "list_subscriptions":
                rows = [{"channel": s.channel, "sid": s.sid} for s in connection.subs.values()]
                connection.say({"id": number, "type": "ok", "msg": rows})
            case "subscribe" | "update_subscription" | "unsubscribe" if not params:
                connection.fail(number, 2)
            case "subscribe":
                self._subscribe(connection, number, params)
            case "update_subscription":
                self._update(connection, number, params)
            case "unsubscribe":
                self._unsubscribe(connection, number, params)
            case _:
                connection.fail(number, 5)

    def _subscribe(self, connection: Connection, number: Any, params: Body) -> None:
        channels = params.get("channels")
        if not lists_of_text(params):
            connection.fail(number, 11)
            return
        if not channels:
            connection.fail(number, 3)
            return
        for channel in channels:
            if channel not in CHANNELS:
                connection.fail(number, 8)
            elif channel == "orderbook_delta" and not _tickers(params):
                connection.fail(number, 14)
            elif channel.startswith("cfbenchmarks") and not params.get("index_ids"):
                connection.fail(number, 24)
            else:
                self._open(connection, number, channel, params)

    def _open(self, connection: Connection, number: Any, channel: str, params: Body) -> None:
        """A new subscription, or new tickers for the one there is."""
        wanted = set(_tickers(params)) or None
        if channel.startswith("cfbenchmarks"):
            wanted = set(params["index_ids"])
        if channel in UNFILTERED:
            wanted = None
        sub = connection.subs.get(channel)
        if sub is None:
            connection.sids += 1
            sub = Sub(channel, connection.sids, wanted, bool(params.get("use_yes_price", False)))
            connection.subs[channel] = sub
            fresh = wanted or set()
        else:
            fresh = set() if sub.tickers is None or wanted is None else wanted - sub.tickers
            sub.tickers = None if sub.tickers is None or wanted is None else sub.tickers | wanted
        said = {"channel": channel, "sid": sub.sid}
        connection.say({"type": "subscribed", "id": number, "msg": said})
        self._greet(connection, sub, [t for t in _order(params) if t in fresh], params)

    def _greet(self, connection: Connection, sub: Sub, fresh: list[str], params: Body) -> None:
        """What a subscription hears at once."""
        for ticker in fresh:
            if sub.channel == "orderbook_delta":
                self.snapshot(connection, ticker)
            elif sub.channel == "ticker" and params.get("send_initial_snapshot"):
                if (quote := self._quote(ticker)) is not None:
                    connection.say({"type": "ticker", **sub.head(), "msg": quote}, ticker)
            elif sub.channel.startswith("cfbenchmarks") and ticker in self.indices:
                msg = self.indices[ticker]
                connection.say({"type": sub.channel, **sub.head(), "msg": msg}, ticker)

    def _find(self, connection: Connection, number: Any, params: Body) -> Sub | None:
        sids = params.get("sids") or ([params["sid"]] if "sid" in params else [])
        if not lists_of_text(params):
            connection.fail(number, 11)
            return None
        if not isinstance(sids, list) or len(sids) != 1:
            connection.fail(number, 12)
            return None
        for sub in connection.subs.values():
            if sub.sid == sids[0]:
                return sub
        connection.fail(number, 7)
        return None

    def _update(self, connection: Connection, number: Any, params: Body) -> None:
        sub = self._find(connection, number, params)
        if sub is None:
            return
        tickers, action = _tickers(params), params.get("action")
        if action is None or not tickers:
            connection.fail(number, 15 if action is None else 14)
            return
        if action == "get_snapshot" and sub.channel == "orderbook_delta":
            for ticker in tickers:
                self.snapshot(connection, ticker, number)
            return
        if action not in ("add_markets", "delete_markets"):
            connection.fail(number, 13)
            return
        watched = sub.tickers or set()
        fresh = [t for t in tickers if t not in watched] if action == "add_markets" else []
        sub.tickers = (
            watched | set(tickers) if fresh or action == "add_markets" else watched - set(tickers)
        )
        short = bool(params.get("skip_ticker_ack"))
        done = {} if short else {"market_tickers": sorted(sub.tickers)}
        connection.say({"id": number, **sub.head(), "type": "ok", "msg": done})
        self._greet(connection, sub, fresh, params)

    def _unsubscribe(self, connection: Connection, number: Any, params: Body) -> None:
        sids = params.get("sids")
        if not isinstance(sids, list) or not sids:
            connection.fail(number, 4)
            return
        for sid in sids:
            gone = [s for s in connection.subs.values() if s.sid == sid]
            if not gone:
                connection.fail(number, 7)
                continue
            del connection.subs[gone[0].channel]
            connection.say({"id": number, **gone[0].head(), "type": "unsubscribed"})


def lists_of_text(params: Body) -> bool:
    """Whether every list of names is one, and the one name is a name."""
    lists = [params.get(name) for name in ("channels", "market_tickers", "index_ids")]
    plain = all(
        rows is None or (isinstance(rows, list) and all(isinstance(r, str) for r in rows))
        for rows in lists
    )
    return plain and isinstance(params.get("market_ticker"), str | None)


def _order(params: Body) -> list[str]:
    return _tickers(params) + list(params.get("index_ids") or [])


def _tickers(params: Body) -> list[str]:
    one = params.get("market_ticker")
    return list(params.get("market_tickers") or ([one] if one else []))
