"""The simulated Kalshi: market-data REST and the signed WebSocket (kalshi.md sections 5 and 6)."""

import asyncio
import base64
import binascii
import json
import time
import uuid
from decimal import Decimal
from typing import Any

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from arbees.simulator.session import Line

REST = "/trade-api/v2"
WS_PATH = "/trade-api/ws/v2"
SKEW_MS = 10_000
PING_S = 10.0
ONE = Decimal(1)


class Client:
    """One connection: its sids, their counters and markets."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.sid_of: dict[str, int] = {}
        self.seq: dict[int, int] = {}
        self.markets: dict[str, set[str]] = {}
        self.use_yes = False
        self.sids = 0


class Kalshi:
    """Books are kept as recorded: NO levels in NO dollars."""

    def __init__(self, catalog: dict[str, Any]) -> None:
        self._catalog = catalog
        self._clients: set[Client] = set()
        self.books: dict[str, dict[str, dict[str, Decimal]]] = {}
        self.served = 0
        self.rest = 0
        self.key_id = str(uuid.uuid4())
        self._key = Ed25519PrivateKey.generate()

    @property
    def pem(self) -> str:
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get(f"{REST}/events", self._events),
            web.get(f"{REST}/series", self._series),
            web.get(f"{REST}/series/fee_changes", self._fee_changes),
            web.get(f"{REST}/markets", self._markets),
            web.get(f"{REST}/markets/orderbooks", self._orderbooks),
            web.get(f"{REST}/markets/{{ticker}}/orderbook", self._orderbook),
            web.get(f"{REST}/exchange/status", self._status),
            web.get(WS_PATH, self._socket),
        ]

    async def _events(self, request: web.Request) -> web.Response:
        self.rest += 1
        limit = int(request.query.get("limit", "200"))
        if limit > 200:
            text = "Parameter validation failed for GetEvents: Key: 'Limit' on the 'lte' tag"
            return web.json_response({"msg": text}, status=400)
        events = self._catalog["events"]
        start = int(request.query.get("cursor") or 0)
        end = start + limit
        cursor = str(end) if end < len(events) else ""
        return web.json_response({"events": events[start:end], "cursor": cursor})

    async def _series(self, request: web.Request) -> web.Response:
        self.rest += 1
        return web.json_response({"series": self._catalog["series"]})

    async def _fee_changes(self, request: web.Request) -> web.Response:
        self.rest += 1
        return web.json_response({"series_fee_change_arr": []})

    async def _markets(self, request: web.Request) -> web.Response:
        self.rest += 1
        wanted = request.query.get("tickers")
        markets = [m for e in self._catalog["events"] for m in e["markets"]]
        if wanted:
            markets = [m for m in markets if m["ticker"] in wanted.split(",")]
        return web.json_response({"markets": markets, "cursor": ""})

    async def _status(self, request: web.Request) -> web.Response:
        self.rest += 1
        return web.json_response({"exchange_active": True, "trading_active": True})

    async def _orderbooks(self, request: web.Request) -> web.Response:
        self.rest += 1
        tickers = request.query.getall("tickers", [])
        books = [
            {"ticker": t, "orderbook_fp": self._rest_book(t)} for t in tickers if t in self.books
        ]
        return web.json_response({"orderbooks": books})

    async def _orderbook(self, request: web.Request) -> web.Response:
        self.rest += 1
        return web.json_response({"orderbook_fp": self._rest_book(request.match_info["ticker"])})

    def _rest_book(self, ticker: str) -> dict[str, Any]:
        book = self.books.get(ticker, {"yes": {}, "no": {}})
        return {f"{side}_dollars": _levels(book[side], flip=False) for side in ("yes", "no")}

    def _refusal(self, request: web.Request) -> str | None:
        """Why the handshake is refused, or None."""
        headers = request.headers
        stamp = headers.get("KALSHI-ACCESS-TIMESTAMP", "")
        if headers.get("KALSHI-ACCESS-KEY") != self.key_id or not stamp.isdigit():
            return "token_authentication_failure"
        if abs(int(stamp) - time.time_ns() // 1_000_000) > SKEW_MS:
            return "header_timestamp_expired"
        try:
            signature = base64.b64decode(headers.get("KALSHI-ACCESS-SIGNATURE", ""))
            self._key.public_key().verify(signature, f"{stamp}GET{WS_PATH}".encode())
        except (InvalidSignature, binascii.Error):
            return "authentication_error"
        return None

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        refusal = self._refusal(request)
        if refusal is not None:
            body = {"error": {"code": refusal, "message": refusal.replace("_", " ")}}
            return web.json_response(body, status=401)
        socket = web.WebSocketResponse(compress=False, max_msg_size=1 << 20)
        await socket.prepare(request)
        client = Client(socket)
        self._clients.add(client)
        beat = asyncio.create_task(self._beat(socket))
        try:
            async for message in socket:
                await self._command(client, json.loads(message.data))
        finally:
            beat.cancel()
            self._clients.discard(client)
        return socket

    async def _beat(self, socket: web.WebSocketResponse) -> None:
        while not socket.closed:
            await asyncio.sleep(PING_S)
            await socket.ping(b"heartbeat")

    async def _send(self, client: Client, message: dict[str, Any]) -> None:
        """Counted before it is handed over, so that nobody reads more than was counted."""
        if client.socket.closed:
            return
        self.served += 1
        try:
            await client.socket.send_str(json.dumps(message, separators=(",", ":")))
        except (ConnectionError, RuntimeError):
            self.served -= 1

    async def _command(self, client: Client, command: dict[str, Any]) -> None:
        number, params = command.get("id"), command.get("params", {})
        tickers = params.get("market_tickers") or [params.get("market_ticker")]
        match command.get("cmd"):
            case "subscribe":
                client.use_yes = params.get("use_yes_price", client.use_yes)
                for channel in params["channels"]:
                    await self._subscribe(client, number, channel, tickers)
            case "update_subscription" if params.get("action") == "get_snapshot":
                for ticker in tickers:
                    await self._snapshot(client, ticker, number)
            case "update_subscription" if params.get("action") == "add_markets":
                await self._subscribe(client, number, "orderbook_delta", tickers)
            case "unsubscribe":
                for sid in params.get("sids", []):
                    gone = [c for c, s in client.sid_of.items() if s == sid]
                    for channel in gone:
                        del client.sid_of[channel]
                        client.markets.pop(channel, None)
                    await self._send(client, {"id": number, "sid": sid, "type": "unsubscribed"})
            case _:
                error = {"code": 5, "msg": "Unknown command"}
                await self._send(client, {"id": number, "type": "error", "msg": error})

    async def _subscribe(
        self, client: Client, number: Any, channel: str, tickers: list[str]
    ) -> None:
        if channel not in client.sid_of:
            client.sids += 1
            client.sid_of[channel] = client.sids
            client.seq[client.sids] = 0
        sid = client.sid_of[channel]
        body = {"channel": channel, "sid": sid}
        await self._send(client, {"type": "subscribed", "id": number, "msg": body})
        watched = client.markets.setdefault(channel, set())
        fresh = [t for t in tickers if t is not None and t not in watched]
        watched.update(fresh)
        if channel == "orderbook_delta":
            for ticker in fresh:
                await self._snapshot(client, ticker, None)

    def _next(self, client: Client, channel: str) -> dict[str, int]:
        sid = client.sid_of[channel]
        client.seq[sid] += 1
        return {"sid": sid, "seq": client.seq[sid]}

    async def _snapshot(self, client: Client, ticker: str, number: Any) -> None:
        book = self.books.get(ticker)
        if book is None or "orderbook_delta" not in client.sid_of:
            return
        body: dict[str, Any] = {"market_ticker": ticker, "market_id": _market_id(ticker)}
        for side in ("yes", "no"):
            levels = _levels(book[side], flip=side == "no" and client.use_yes)
            if levels:
                body[f"{side}_dollars_fp"] = levels
        head = {"id": number} if number is not None else {}
        where = self._next(client, "orderbook_delta")
        await self._send(client, {"type": "orderbook_snapshot", **where, **head, "msg": body})

    async def play(self, line: Line) -> None:
        """Apply a recorded frame and pass it on in each client's own numbering."""
        if line.frame is None:
            self.books.clear()
            return
        kind, body = line.frame["type"], line.frame["msg"]
        ticker = body["market_ticker"]
        if kind == "orderbook_snapshot":
            self.books[ticker] = {
                side: {p: Decimal(q) for p, q in body.get(f"{side}_dollars_fp") or []}
                for side in ("yes", "no")
            }
        elif kind == "orderbook_delta":
            _change(self.books.setdefault(ticker, {"yes": {}, "no": {}}), body)
        channel = "trade" if kind == "trade" else "orderbook_delta"
        for client in list(self._clients):
            if ticker not in client.markets.get(channel, ()):
                continue
            if kind == "orderbook_snapshot":
                await self._snapshot(client, ticker, None)
                continue
            said = dict(body)
            if kind == "orderbook_delta" and body["side"] == "no" and client.use_yes:
                said["price_dollars"] = _flip(body["price_dollars"])
            where = self._next(client, channel)
            await self._send(client, {"type": kind, **where, "msg": said})


def _market_id(ticker: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, ticker))


def _flip(price: str) -> str:
    return f"{ONE - Decimal(price):.4f}"


def _levels(side: dict[str, Decimal], *, flip: bool) -> list[list[str]]:
    """Ascending by price, best bid last."""
    rows = sorted(side.items(), key=lambda level: Decimal(level[0]))
    return [[_flip(p) if flip else f"{Decimal(p):.4f}", f"{q:.2f}"] for p, q in rows]


def _change(book: dict[str, dict[str, Decimal]], body: dict[str, Any]) -> None:
    side = book[body["side"]]
    price = body["price_dollars"]
    size = side.get(price, Decimal(0)) + Decimal(body["delta_fp"])
    if size > 0:
        side[price] = size
    else:
        side.pop(price, None)
