"""The market and the user socket: who watches what, and how news reaches them (sections 4 and 5).

One rule: nothing is acknowledged, PING is answered with PONG, and what is counted was sent.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from arbees.simulator.faults import Faults
from arbees.simulator.faulty import Wire
from arbees.simulator.polymarket.board import Board
from arbees.simulator.polymarket.keys import Keys
from arbees.simulator.polymarket.news import MarketNews, Outbox, UserNews
from arbees.simulator.polymarket.shapes import Body

VENUE = "polymarket"


def text_of(body: Any) -> str:
    return json.dumps(body, separators=(",", ":"))


class Watcher:
    """One market socket."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.tokens: set[str] = set()
        self.custom = False


class Listener:
    """One user socket; no key until its first frame, all markets when none is named."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.key = ""
        self.markets: set[str] = set()


class Hub:
    """All sockets of the venue. `count` is told of every message sent."""

    def __init__(
        self, board: Board, keys: Keys, faults: Faults, outbox: Outbox,
        count: Callable[[int], None],
    ) -> None:  # fmt: skip
        self._board, self._keys, self._faults, self._outbox = board, keys, faults, outbox
        self._count = count
        self._watchers: list[Watcher] = []
        self._listeners: list[Listener] = []
        self._lock = asyncio.Lock()

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.get("/ws/market", self._market), web.get("/ws/user", self._user)]

    async def _open(self, request: web.Request) -> Wire:
        socket = web.WebSocketResponse(compress=False, max_msg_size=1 << 20)
        await socket.prepare(request)
        return Wire(request, socket, self._faults, VENUE, self._count)

    async def _market(self, request: web.Request) -> web.WebSocketResponse:
        watcher = Watcher(await self._open(request))
        self._watchers.append(watcher)
        try:
            async for said in watcher.wire.socket:
                if said.type is WSMsgType.TEXT and said.data == "PING":
                    await watcher.wire.send("PONG")
                elif said.type is WSMsgType.TEXT:
                    await self._watch(watcher, _command(said.data))
        finally:
            self._watchers.remove(watcher)
        return watcher.wire.socket

    async def _watch(self, watcher: Watcher, command: Body) -> None:
        """Subscribe or unsubscribe; a repeated subscribe changes the flag only."""
        tokens = [t for t in command.get("assets_ids") or [] if isinstance(t, str)]
        if command.get("operation") == "unsubscribe":
            watcher.tokens.difference_update(tokens)
            return
        watcher.custom = bool(command.get("custom_feature_enabled", watcher.custom))
        fresh = [token for token in tokens if token not in watcher.tokens]
        watcher.tokens.update(fresh)
        books = [self._board.ws_book(token) for token in fresh if self._board.has_book(token)]
        if books and command.get("initial_dump", True):
            await watcher.wire.send(text_of(books))

    async def _user(self, request: web.Request) -> web.WebSocketResponse:
        listener = Listener(await self._open(request))
        self._listeners.append(listener)
        try:
            async for said in listener.wire.socket:
                if said.type is WSMsgType.TEXT and said.data == "PING":
                    await listener.wire.send("PONG")
                elif said.type is WSMsgType.TEXT and not self._listen(
                    listener, _command(said.data)
                ):
                    await listener.wire.socket.close()
        finally:
            self._listeners.remove(listener)
        return listener.wire.socket

    def _listen(self, listener: Listener, command: Body) -> bool:
        """False when the credentials are wrong: the socket is closed."""
        markets = {m for m in command.get("markets") or [] if isinstance(m, str)}
        if listener.key:
            if command.get("operation") == "unsubscribe":
                listener.markets -= markets
            else:
                listener.markets |= markets
            return True
        auth = command.get("auth")
        if not isinstance(auth, dict):
            return False
        parts = [str(auth.get(name, "")) for name in ("apiKey", "secret", "passphrase")]
        found = self._keys.named(*parts)
        if found is None:
            return False
        listener.key, listener.markets = found.key, markets
        return True

    async def pass_on(self, frame: Body, tokens: set[str], where: str) -> None:
        """A recorded frame, as it is, to everybody who watches one of its tokens."""
        text = text_of(frame)
        for watcher in list(self._watchers):
            if watcher.tokens & tokens:
                await watcher.wire.send(text, where)

    async def flush(self) -> None:
        """Send what waits, in order; the sockets of a slow reader delay it, as sockets do."""
        async with self._lock:
            for news in self._outbox.taken():
                if isinstance(news, UserNews):
                    await self._to_users(news)
                else:
                    await self._to_market(news)

    async def _to_users(self, news: UserNews) -> None:
        text = text_of(news.body)
        for listener in list(self._listeners):
            wanted = not listener.markets or news.condition in listener.markets
            if listener.key == news.key and wanted:
                await listener.wire.send(text, f"user {news.condition}")

    async def _to_market(self, news: MarketNews) -> None:
        text, tokens = text_of(news.body), set(news.tokens)
        for watcher in list(self._watchers):
            if news.custom and not watcher.custom:
                continue
            if news.everyone or watcher.tokens & tokens:
                await watcher.wire.send(text, news.listing.where)


def _command(text: str) -> Body:
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
