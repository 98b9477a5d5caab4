"""The simulated Polymarket: Gamma and CLOB market data, and the market socket (sections 2 to 4)."""

import json
import time
from decimal import Decimal
from typing import Any

from aiohttp import web

from arbees.simulator.session import Line


class Polymarket:
    """Books per token: {"bids": {price: size}, "asks": ...} as decimal strings of the wire."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self._events_list = events
        self._markets = {
            m["conditionId"]: m for e in events for m in e["markets"] if "conditionId" in m
        }
        self.books: dict[str, dict[str, Any]] = {}
        self._clients: dict[web.WebSocketResponse, set[str]] = {}
        self.served = 0
        self.rest = 0

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/events/keyset", self._events),
            web.get("/clob-markets/{condition}", self._clob_market),
            web.get("/book", self._book),
            web.post("/books", self._books),
            web.get("/time", self._time),
            web.get("/ws/market", self._socket),
        ]

    async def _events(self, request: web.Request) -> web.Response:
        self.rest += 1
        limit = min(int(request.query.get("limit", "100")), 500)
        start = int(request.query.get("after_cursor") or 0)
        end = start + limit
        more = str(end) if end < len(self._events_list) else None
        page = self._events_list[start:end]
        return web.json_response({"events": page, "next_cursor": more})

    async def _clob_market(self, request: web.Request) -> web.Response:
        self.rest += 1
        market = self._markets.get(request.match_info["condition"])
        if market is None:
            return web.json_response({"error": "market not found"}, status=404)
        names = json.loads(market["outcomes"])
        tokens = json.loads(market["clobTokenIds"])
        body: dict[str, Any] = {
            "c": market["conditionId"],
            "t": [{"t": t, "o": o} for t, o in zip(tokens, names, strict=True)],
            "mts": market["orderPriceMinTickSize"],
            "mos": market["orderMinSize"],
        }
        fee = market.get("feeSchedule")
        if fee:
            body["fd"] = {"r": fee["rate"], "e": fee["exponent"], "to": fee["takerOnly"]}
        return web.json_response(body)

    async def _time(self, request: web.Request) -> web.Response:
        self.rest += 1
        return web.json_response(time.time_ns() // 1_000_000_000)

    async def _book(self, request: web.Request) -> web.Response:
        self.rest += 1
        token = request.query.get("token_id", "")
        if token not in self.books:
            text = "No orderbook exists for the requested token id"
            return web.json_response({"error": text}, status=404)
        return web.json_response(self._message(token))

    async def _books(self, request: web.Request) -> web.Response:
        self.rest += 1
        wanted = [row["token_id"] for row in await request.json()]
        return web.json_response([self._message(t) for t in wanted if t in self.books])

    def _message(self, token: str) -> dict[str, Any]:
        """A book as the venue sends it: best of each side last."""
        book = self.books[token]
        bids = sorted(book["bids"].items(), key=lambda row: Decimal(row[0]))
        asks = sorted(book["asks"].items(), key=lambda row: -Decimal(row[0]))
        return {
            "event_type": "book",
            "asset_id": token,
            "market": book["market"],
            "timestamp": book["timestamp"],
            "hash": "",
            "bids": [{"price": p, "size": q} for p, q in bids],
            "asks": [{"price": p, "size": q} for p, q in asks],
        }

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False, max_msg_size=1 << 20)
        await socket.prepare(request)
        self._clients[socket] = set()
        try:
            async for message in socket:
                if message.data == "PING":
                    await self._send(socket, "PONG")
                else:
                    await self._command(socket, json.loads(message.data))
        finally:
            del self._clients[socket]
        return socket

    async def _command(self, socket: web.WebSocketResponse, command: dict[str, Any]) -> None:
        tokens = command.get("assets_ids", [])
        watched = self._clients[socket]
        if command.get("operation") == "unsubscribe":
            watched.difference_update(tokens)
            return
        fresh = [t for t in tokens if t not in watched]
        watched.update(fresh)
        known = [self._message(t) for t in fresh if t in self.books]
        if known and command.get("initial_dump", True):
            await self._send(socket, json.dumps(known, separators=(",", ":")))

    async def _send(self, socket: web.WebSocketResponse, text: str) -> None:
        """Counted before it is handed over, so that nobody reads more than was counted."""
        if socket.closed:
            return
        self.served += 1
        try:
            await socket.send_str(text)
        except (ConnectionError, RuntimeError):
            self.served -= 1

    async def play(self, line: Line) -> None:
        """Apply a recorded frame and pass it on to whoever watches one of its tokens."""
        if line.frame is None:
            self.books.clear()
            return
        frame = line.frame
        tokens = self._apply(frame)
        text = json.dumps(frame, separators=(",", ":"))
        for socket, watched in list(self._clients.items()):
            if watched & tokens:
                await self._send(socket, text)

    def _apply(self, frame: dict[str, Any]) -> set[str]:
        """Update the books; the tokens that the frame names."""
        if frame["event_type"] == "book":
            self.books[frame["asset_id"]] = {
                "market": frame["market"],
                "timestamp": frame["timestamp"],
                "bids": {row["price"]: row["size"] for row in frame["bids"]},
                "asks": {row["price"]: row["size"] for row in frame["asks"]},
            }
        if frame["event_type"] != "price_change":
            return {frame["asset_id"]} if "asset_id" in frame else set()
        for change in frame["price_changes"]:
            book = self.books.get(change["asset_id"])
            if book is None:
                continue
            side = book["bids" if change["side"] == "BUY" else "asks"]
            side.pop(change["price"], None)
            if Decimal(change["size"]) > 0:
                side[change["price"]] = change["size"]
        return {change["asset_id"] for change in frame["price_changes"]}
