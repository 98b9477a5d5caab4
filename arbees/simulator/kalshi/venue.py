"""The simulated Kalshi: one exchange behind REST and the signed WebSocket.

One rule: recorded frames change the exchange's anonymous liquidity, and what clients see of a book
is what the exchange shows: recorded size less what was taken, and everybody's resting orders.
"""

import asyncio
import json
from contextlib import suppress
from email.utils import formatdate
from functools import cached_property
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from arbees.simulator.exchange.events import Level
from arbees.simulator.faults import Faults
from arbees.simulator.faulty import Wire, middleware
from arbees.simulator.kalshi.desk import Desk, Options
from arbees.simulator.kalshi.errors import Problem
from arbees.simulator.kalshi.hub import Connection
from arbees.simulator.kalshi.keys import Issued
from arbees.simulator.kalshi.life import Life
from arbees.simulator.kalshi.parse import body_of
from arbees.simulator.kalshi.public import Public
from arbees.simulator.kalshi.publish import Publisher
from arbees.simulator.kalshi.routes import Routes, refusals
from arbees.simulator.session import Line
from arbees.units import NS_PER_S, PIPS_PER_DOLLAR, parse_pips, parse_qty

Body = dict[str, Any]
WS_PATH = "/trade-api/ws/v2"
PING_S = 10.0
TICK_S = 0.05
USERS = ("trader", "counterparty")


class Kalshi:
    """Two funded users; the first has an Ed25519 and an RSA key, the second an Ed25519 key."""

    def __init__(
        self, catalog: Body, faults: Faults | None = None, options: Options | None = None
    ) -> None:
        self.desk = Desk(catalog, faults or Faults(), options or Options())
        self.publisher = Publisher(self.desk)
        self.life = Life(self.desk, self.publisher)
        self._public = Public(self.desk)
        self._routes = Routes(self.desk, self.publisher, self._public)
        self.served = 0
        for user in USERS:
            self.desk.open_account(user)
        self.key = self.desk.keys.issue(USERS[0], "ed25519")
        self.read_key = self.desk.keys.issue(USERS[0], "ed25519", writes=False)
        self.other_key = self.desk.keys.issue(USERS[1], "ed25519")

    @cached_property
    def rsa_key(self) -> Issued:
        """Made when first asked for: it takes a while."""
        return self.desk.keys.issue(USERS[0], "rsa")

    @property
    def rest(self) -> int:
        """REST requests answered."""
        return self._routes.count

    def credentials(self) -> dict[str, str]:
        """The test keys that were issued."""
        return {
            "kalshi_key_id": self.key.id, "kalshi_private_key_pem": self.key.pem,
            "kalshi_rsa_key_id": self.rsa_key.id,
            "kalshi_rsa_private_key_pem": self.rsa_key.pem,
            "kalshi_readonly_key_id": self.read_key.id,
            "kalshi_readonly_private_key_pem": self.read_key.pem,
            "kalshi_counterparty_key_id": self.other_key.id,
            "kalshi_counterparty_private_key_pem": self.other_key.pem,
        }  # fmt: skip

    def middlewares(self) -> list[Middleware]:
        words = refusals(self.desk, self._public)
        return [self._dated, middleware(self.desk.faults, "kalshi", words)]

    @property
    def _dated(self) -> Middleware:
        """Every answer carries the venue's own time."""

        @web.middleware
        async def dated(request: web.Request, handler: Handler) -> web.StreamResponse:
            answer = await handler(request)
            if not answer.prepared:
                answer.headers["Date"] = formatdate(self.desk.wall() / NS_PER_S, usegmt=True)
            return answer

        return dated

    def routes(self) -> list[web.AbstractRouteDef]:
        made = self._routes
        return [
            *made.open(), *made.trading(), *made.private(), web.get(WS_PATH, self._socket),
            web.post("/control/kalshi", self._control),
        ]  # fmt: skip

    async def _control(self, request: web.Request) -> web.Response:
        """The operator's hand on markets, see Life.control."""
        try:
            self.life.control(await body_of(request))
        except Problem as problem:
            return problem.answer()
        await self.publisher.hub.flush()
        return web.json_response({"ok": True})

    async def run(self) -> None:
        """Let the venue's clock act until cancelled."""
        while True:
            await asyncio.sleep(TICK_S)
            self.life.tick()
            await self.publisher.hub.flush()

    def _count(self, sent: int) -> None:
        self.served += sent

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        try:
            user = self._routes.user(request)
        except Problem as problem:
            if problem.code == "signature_is_missing_from_headers":
                problem = Problem(401, "token_authentication_failure")
            return problem.answer()
        socket = web.WebSocketResponse(compress=False, max_msg_size=1 << 20)
        await socket.prepare(request)
        wire = Wire(request, socket, self.desk.faults, "kalshi", self._count)
        connection = Connection(wire, user)
        self.publisher.hub.connections.add(connection)
        beat = asyncio.create_task(_beat(socket))
        try:
            with suppress(ConnectionError):  # a peer that is gone is not told anything
                async for message in socket:
                    if message.type is web.WSMsgType.TEXT:
                        self._command(connection, message.data)
                        await connection.flush()
        finally:
            beat.cancel()
            self.publisher.hub.connections.discard(connection)
        return socket

    def _command(self, connection: Connection, text: str) -> None:
        try:
            command = json.loads(text)
        except ValueError:
            command = {}
        self.publisher.hub.command(connection, command if isinstance(command, dict) else {})

    async def play(self, line: Line) -> None:
        """Apply a recorded frame to the exchange and say what it changed."""
        if line.frame is None:
            self._forget()
            return
        kind, body = line.frame["type"], line.frame["msg"]
        ticker = body["market_ticker"]
        self.desk.listed(ticker)
        if kind == "orderbook_snapshot":
            self._snapshot(ticker, body)
        elif kind == "orderbook_delta":
            self._delta(ticker, body)
        elif kind == "trade":
            self._trade(ticker, body)
        await self.publisher.hub.flush()

    def _forget(self) -> None:
        """A gap of the recording: no book is known until its next snapshot."""
        for ticker in self.desk.known:
            self.desk.exchange.record(ticker, {}, {}, self.desk.now_ns())
        self.desk.known.clear()

    def _snapshot(self, ticker: str, body: Body) -> None:
        bids = {parse_pips(p): parse_qty(q) for p, q in body.get("yes_dollars_fp") or []}
        asks = {
            PIPS_PER_DOLLAR - parse_pips(p): parse_qty(q)
            for p, q in body.get("no_dollars_fp") or []
        }
        self.desk.known.add(ticker)
        events = self.desk.exchange.record(ticker, bids, asks, self.desk.now_ns())
        self.publisher.publish(tuple(e for e in events if not isinstance(e, Level)))
        for connection, _ in self.publisher.hub.listening("orderbook_delta", ticker):
            self.publisher.hub.snapshot(connection, ticker)

    def _delta(self, ticker: str, body: Body) -> None:
        is_bid, price = body["side"] == "yes", parse_pips(body["price_dollars"])
        price = price if is_bid else PIPS_PER_DOLLAR - price
        was = self.desk.exchange.book(ticker).recorded_at(is_bid, price)
        qty = max(0, was + parse_qty(body["delta_fp"]))
        events = self.desk.exchange.record_level(ticker, is_bid, price, qty, self.desk.now_ns())
        self.publisher.publish(events, body)

    def _trade(self, ticker: str, body: Body) -> None:
        """A recorded print: passed on as it is; resting orders of ours may have met it."""
        price, qty = parse_pips(body["yes_price_dollars"]), parse_qty(body["count_fp"])
        side = body.get("taker_book_side") or body.get("taker_outcome_side") or body["taker_side"]
        is_bid = side in ("bid", "yes")
        self.desk.count(ticker, price, qty)
        self.publisher.hub.say("trade", "trade", body, ticker)
        now = self.desk.now_ns()
        self.publisher.publish(self.desk.exchange.prints(ticker, is_bid, price, qty, now))


async def _beat(socket: web.WebSocketResponse) -> None:
    with suppress(ConnectionError):
        while not socket.closed:
            await asyncio.sleep(PING_S)
            await socket.ping(b"heartbeat")
