"""A simulated Polymarket under a clock that tests turn, and a wallet that signs for itself."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import coincurve
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from arbees.simulator.polymarket.eip712 import (
    TAIL,
    Domain,
    OrderFields,
    auth_digest,
    checksummed,
    domain_of,
    keccak,
    wrapped_digest,
)  # fmt: skip
from arbees.simulator.polymarket.venue import Polymarket
from arbees.simulator.session import Line
from arbees.units import MICRO, NS_PER_MS, NS_PER_S

Body = dict[str, Any]
START_NS = 1_790_000_000 * NS_PER_S
ZERO = "0x" + "0" * 64


class Clock:
    """Real and session time in one; nothing passes by itself."""

    def __init__(self) -> None:
        self.ns = START_NS

    def now_ns(self) -> int:
        return self.ns


def token_of(name: str, outcome: int) -> str:
    """A full 256-bit id, far from the position ids of Protocol V2."""
    digest = hashlib.sha256(f"{name} {outcome}".encode()).digest()
    if name == "protocol":  # module 01, bits 40 to 103 zero, the outcome last
        return str(int.from_bytes(b"\1" + digest[:18] + bytes(8) + digest[:4] + bytes((outcome,))))
    return str(int.from_bytes(digest, "big") | 1 << 255)


def market(name: str, **more: Any) -> Body:
    """A Gamma market; `name` makes its ids."""
    return {
        "id": str(int.from_bytes(name.encode()[:6], "big")), "question": f"{name}?", "slug": name,
        "conditionId": "0x" + hashlib.sha256(name.encode()).hexdigest(),
        "outcomes": json.dumps(["Yes", "No"]), "outcomePrices": json.dumps(["0.5", "0.5"]),
        "clobTokenIds": json.dumps([token_of(name, 0), token_of(name, 1)]),
        "orderPriceMinTickSize": 0.01, "orderMinSize": 5, "negRisk": False, "active": True,
        "closed": False, "acceptingOrders": True, "enableOrderBook": True, "feesEnabled": True,
        "takerBaseFee": 1000, "version": "v1",
        "feeSchedule": {"exponent": 1, "rate": 0.05, "takerOnly": True, "rebateRate": 0.15},
        **more,
    }  # fmt: skip


def event(name: str, *markets: Body, **more: Any) -> Body:
    head = {"id": name, "slug": name, "title": name, "ticker": name, "closed": False}
    return {**head, "tags": [{"id": "1", "slug": "tests"}], "markets": list(markets), **more}


def catalogue() -> list[Body]:
    """One market of every kind that trades differently."""
    fine = {"orderPriceMinTickSize": 0.001, "negRisk": True}
    free: Body = {"feesEnabled": False, "feeSchedule": None}
    return [
        event("plain-event", market("plain")),
        event("neg-event", *(market(f"neg{i}", **fine) for i in range(3)), negRisk=True),
        event("game-event", market("game", secondsDelay=3, clearBookOnStart=True,
                                   gameStartTime="2027-01-01 00:00:00+00")),
        event("crypto-event", market("crypto", itode=True)),
        event("free-event", market("free", **free)),
        event("protocol-event", market("protocol", version="v2")),
    ]  # fmt: skip


def condition(name: str) -> str:
    return str(market(name)["conditionId"])


class Wallet:
    """A key holder. `kind` 3 trades from a deposit wallet, 1 and 2 from `funder`."""

    def __init__(self, number: int, kind: int = 0, funder: str = "") -> None:
        self._key = coincurve.PrivateKey(number.to_bytes(32, "big"))
        public = self._key.public_key.format(compressed=False)
        self.address = checksummed(keccak(public[1:])[12:])
        self.kind = kind
        self.maker = funder or self.address
        self.creds: Body = {}
        self._salt = number * 1_000

    def sign(self, digest: bytes) -> bytes:
        flat = self._key.sign_recoverable(digest, hasher=None)
        return flat[:64] + bytes((flat[64] + 27,))

    def l1(self, now_ns: int, nonce: int = 0) -> dict[str, str]:
        stamp = str(now_ns // NS_PER_S)
        signed = self.sign(auth_digest(self.address, stamp, nonce))
        return {
            "POLY_ADDRESS": self.address, "POLY_SIGNATURE": "0x" + signed.hex(),
            "POLY_TIMESTAMP": stamp, "POLY_NONCE": str(nonce),
        }  # fmt: skip

    def l2(self, now_ns: int, method: str, path: str, body: bytes) -> dict[str, str]:
        stamp = str(now_ns // NS_PER_S)
        key = base64.urlsafe_b64decode(self.creds["secret"])
        said = f"{stamp}{method}{path}".encode() + body
        signed = base64.urlsafe_b64encode(hmac.new(key, said, hashlib.sha256).digest())
        return {
            "POLY_ADDRESS": self.address, "POLY_SIGNATURE": signed.decode(),
            "POLY_TIMESTAMP": stamp, "POLY_API_KEY": self.creds["apiKey"],
            "POLY_PASSPHRASE": self.creds["passphrase"],
        }  # fmt: skip

    def amounts(self, side: str, price: str, size: str, dollars: str = "") -> tuple[int, int]:
        """(maker, taker) as integers; exact for what tests ask."""
        shares = round(float(size) * MICRO)
        cash = round(float(dollars) * MICRO) if dollars else round(float(price) * shares)
        return (cash, shares) if side == "BUY" else (shares, cash)

    def order(
        self, name: str, side: str, price: str, size: str, *, outcome: int = 0,
        order_type: str = "GTC", post_only: bool = False, expiration: int = 0,
        domain: Domain | None = None, dollars: str = "", **more: Any,
    ) -> Body:  # fmt: skip
        """The body of POST /order. `more` replaces what is sent after it was signed."""
        self._salt += 1
        maker, taker = self.amounts(side, price, size, dollars)
        signer = self.maker if self.kind == 3 else self.address
        fields = OrderFields(
            self._salt, self.maker, signer, int(token_of(name, outcome)), maker, taker,
            0 if side == "BUY" else 1, self.kind, START_NS // NS_PER_MS, ZERO, ZERO,
        )  # fmt: skip
        where = domain or domain_of(
            neg_risk=name.startswith("neg"), protocol_v2=name == "protocol"
        )  # fmt: skip
        body = {
            "salt": fields.salt, "maker": fields.maker, "signer": fields.signer,
            "tokenId": str(fields.token), "makerAmount": str(maker), "takerAmount": str(taker),
            "side": side, "expiration": str(expiration), "signatureType": self.kind,
            "timestamp": str(fields.timestamp), "metadata": ZERO, "builder": ZERO,
            "signature": "0x" + self._signed(fields, where).hex(), **more,
        }  # fmt: skip
        return {
            "order": body, "owner": self.creds.get("apiKey", ""), "orderType": order_type,
            "deferExec": False, "postOnly": post_only,
        }  # fmt: skip

    def _signed(self, fields: OrderFields, domain: Domain) -> bytes:
        if self.kind != 3:
            return self.sign(fields.digest(domain))
        inner = self.sign(wrapped_digest(fields, domain))
        return inner + domain.separator() + fields.struct_hash() + TAIL


class Rig:
    """The venue on loopback and what a test does with it."""

    def __init__(self, venue: Polymarket, clock: Clock, clob: Any, gamma: Any) -> None:
        self.venue, self.clock = venue, clock
        self.clob, self.gamma = clob, gamma

    async def pass_time(self, seconds: float) -> None:
        self.clock.ns += int(seconds * NS_PER_S)
        await self.venue.advance()

    async def login(self, wallet: Wallet) -> Wallet:
        said = await self.clob.post("/auth/api-key", headers=wallet.l1(self.clock.ns))
        assert said.status == 200, await said.text()
        wallet.creds = await said.json()
        return wallet

    async def call(
        self, wallet: Wallet, method: str, path: str, body: Any = None, **query: str
    ) -> tuple[int, Any]:
        """(status, JSON) of a signed call."""
        data = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        headers = wallet.l2(self.clock.ns, method, path, data)
        said = await self.clob.request(method, path, data=data, headers=headers, params=query)
        text = await said.text()
        return said.status, json.loads(text) if text else None

    async def place(self, wallet: Wallet, *args: Any, **more: Any) -> tuple[int, Any]:
        return await self.call(wallet, "POST", "/order", wallet.order(*args, **more))

    async def book(
        self, name: str, bids: dict[str, str], asks: dict[str, str], outcome: int = 0
    ) -> None:
        """A recorded book arrives."""
        frame = {
            "event_type": "book", "asset_id": token_of(name, outcome), "market": condition(name),
            "timestamp": str(self.clock.ns // NS_PER_MS), "hash": "",
            "bids": [{"price": p, "size": q} for p, q in bids.items()],
            "asks": [{"price": p, "size": q} for p, q in asks.items()],
        }  # fmt: skip
        await self.venue.play(Line(self.clock.ns, "polymarket", frame))

    async def do(self, verb: str, **more: Any) -> tuple[int, Body]:
        said = await self.clob.post("/control/polymarket", json={"do": verb, **more})
        return said.status, await said.json()

    @asynccontextmanager
    async def user_socket(
        self, wallet: Wallet, markets: list[str] | None = None
    ) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """Subscribed; the PONG that is waited for proves that the subscription was read."""
        async with self.clob.ws_connect("/ws/user") as socket:
            await socket.send_json({"type": "user", "auth": wallet.creds, "markets": markets or []})
            await socket.send_str("PING")
            assert await socket.receive_str() == "PONG"
            yield socket

    async def heard(self, socket: aiohttp.ClientWebSocketResponse) -> list[Body]:
        """Everything said before the next PONG."""
        await socket.send_str("PING")
        said: list[Body] = []
        while (text := await socket.receive_str()) != "PONG":
            body = json.loads(text)
            said += body if isinstance(body, list) else [body]
        return said


@asynccontextmanager
async def rig(**more: Any) -> AsyncIterator[Rig]:
    clock = Clock()
    venue = Polymarket(catalogue(), now_ns=clock.now_ns, **more)
    clients = []
    for routes in (venue.clob_routes(), venue.gamma_routes()):
        app = web.Application(middlewares=venue.middlewares())
        app.add_routes(routes)
        clients.append(TestClient(TestServer(app)))
    async with clients[0], clients[1]:
        yield Rig(venue, clock, *clients)
