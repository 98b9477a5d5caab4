"""A simulated Kalshi in this process, and a client of the test's own that signs for itself."""

import base64
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientResponse, ClientWebSocketResponse, web
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from arbees.simulator.catalog import START_NS, build_catalog
from arbees.simulator.faults import Faults, control_routes
from arbees.simulator.kalshi.desk import Options
from arbees.simulator.kalshi.keys import Issued
from arbees.simulator.kalshi.limits import PRESTIGE
from arbees.simulator.kalshi.venue import Kalshi

Body = dict[str, Any]
REST = "/trade-api/v2"
WS = "/trade-api/ws/v2"
FED = "KXFEDDECISION-26JAN-H0"
CUT = "KXFEDDECISION-26JAN-C25"
BTC = "KXBTC15M-26JAN010000-00"
GAME = "KXNBAGAME-26JAN01BOSLAL-BOS"
SALT = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


def sign(issued: Issued, text: str) -> str:
    key = serialization.load_pem_private_key(issued.pem.encode(), None)
    if isinstance(key, rsa.RSAPrivateKey):
        raw = key.sign(text.encode(), SALT, hashes.SHA256())
    else:
        assert isinstance(key, Ed25519PrivateKey)
        raw = key.sign(text.encode())
    return base64.b64encode(raw).decode()


def headers(
    issued: Issued, method: str, path: str, *, late_ms: int = 0, now_ns: int | None = None
) -> dict[str, str]:
    stamp = str((now_ns or time.time_ns()) // 1_000_000 - late_ms)
    return {
        "KALSHI-ACCESS-KEY": issued.id,
        "KALSHI-ACCESS-TIMESTAMP": stamp,
        "KALSHI-ACCESS-SIGNATURE": sign(issued, stamp + method + path.partition("?")[0]),
    }


class Bench:
    """One venue, one HTTP client; `now` is the venue's clock, turned by hand."""

    def __init__(self, venue: Kalshi, http: TestClient[web.Request, web.Application]) -> None:
        self.venue, self.http = venue, http
        self.now = START_NS
        venue.desk.clock = lambda: self.now
        venue.desk.steady = lambda: time.monotonic_ns() + self.now - START_NS

    async def ask(
        self, method: str, path: str, body: Body | None = None, *, key: Issued | None = None
    ) -> tuple[int, Any]:
        """(status, body) of a signed request."""
        where = f"{REST}{path}"
        now = self.venue.desk.wall()
        signed = headers(key or self.venue.key, method, where, now_ns=now)
        response: ClientResponse = await self.http.request(method, where, json=body, headers=signed)
        return response.status, (await response.json() if await response.read() else None)

    async def raw(self, method: str, path: str, body: bytes) -> int:
        """The status of a signed request with any bytes in it."""
        where = f"{REST}{path}"
        signed = headers(self.venue.key, method, where)
        return (await self.http.request(method, where, data=body, headers=signed)).status

    async def get(self, path: str) -> Any:
        status, body = await self.ask("GET", path)
        assert status == 200, body
        return body

    async def order(
        self, side: str, price: str, count: str, *, ticker: str = FED, other: bool = False,
        **more: Any,
    ) -> tuple[int, Any]:  # fmt: skip
        body = {
            "ticker": ticker, "side": side, "price": price, "count": count,
            "time_in_force": "good_till_canceled", "self_trade_prevention_type": "taker_at_cross",
            "client_order_id": str(uuid.uuid4()), **more,
        }  # fmt: skip
        body = {name: value for name, value in body.items() if value is not None}
        key = self.venue.other_key if other else None
        return await self.ask("POST", "/portfolio/events/orders", body, key=key)

    def liquidity(self, bids: dict[int, int], asks: dict[int, int], ticker: str = FED) -> None:
        """Anonymous size in whole cents and contracts."""
        self.venue.desk.known.add(ticker)
        levels = [{c * 100: n * 1_000_000 for c, n in side.items()} for side in (bids, asks)]
        self.venue.publisher.publish(
            self.venue.desk.exchange.record(ticker, levels[0], levels[1], self.now)
        )

    def balance(self, user: str = "trader", shard: int = 0) -> int:
        return self.venue.desk.exchange.accounts.balance(f"{user}/0", shard)

    def total(self) -> int:
        return self.venue.desk.exchange.accounts.total()

    def tick(self, seconds: float = 0.0) -> None:
        self.now += int(seconds * 1_000_000_000)
        self.venue.life.tick()

    @asynccontextmanager
    async def socket(
        self, *channels: str, key: Issued | None = None, **params: Any
    ) -> AsyncIterator["Listener"]:
        signed = headers(key or self.venue.key, "GET", WS)
        async with self.http.ws_connect(WS, headers=signed) as socket:
            listener = Listener(socket)
            if channels:
                await listener.command("subscribe", channels=list(channels), **params)
                for _ in channels:
                    assert (await listener.next("subscribed"))["id"] == 1
            yield listener


class Listener:
    """Reads messages; `next` skips to the first of a type."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.ids = 0
        self.skipped: list[Body] = []

    async def command(self, cmd: str, **params: Any) -> int:
        self.ids += 1
        await self.socket.send_json({"id": self.ids, "cmd": cmd, "params": params})
        return self.ids

    async def read(self) -> Body:
        message: Body = await self.socket.receive_json(timeout=5)
        return message

    async def next(self, kind: str) -> Body:
        for index, old in enumerate(self.skipped):
            if old["type"] == kind:
                return self.skipped.pop(index)
        while (message := await self.read())["type"] != kind:
            self.skipped.append(message)
        return message


@asynccontextmanager
async def bench(*, extra: Body | None = None, **options: Any) -> AsyncIterator[Bench]:
    """A venue with generous limits unless told otherwise; Bitcoin trades on shard 2."""
    catalog = build_catalog(1500)["kalshi"] | (extra or {})
    for event in catalog["events"]:
        shard = 2 if event["series_ticker"] == "KXBTC15M" else 0
        for row in (event, *event["markets"]):
            row["exchange_index"] = shard
    faults = Faults()
    venue = Kalshi(catalog, faults, Options(**{"tier": PRESTIGE, **options}))
    app = web.Application(middlewares=venue.middlewares())
    app.add_routes([*venue.routes(), *control_routes(faults)])
    async with TestClient(TestServer(app)) as http:
        made = Bench(venue, http)
        yield made
        assert made.total() == len(("trader", "counterparty")) * venue.desk.options.cash
