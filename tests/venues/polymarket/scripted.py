"""A transport and a clock that a test scripts: requests are read back from their very bytes."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import anyio

from arbees.errors import ArbeesError, VenueError
from arbees.markets.instrument import FeeRounding, FeeTerm
from arbees.messages.events import EngineEvent
from arbees.messages.requests import Response
from arbees.venues.polymarket.access import AccessGate, Finding
from arbees.venues.polymarket.calls import Calls
from arbees.venues.polymarket.gateway import PolymarketGateway
from arbees.venues.polymarket.life import OrderLives
from arbees.venues.polymarket.orders import TokenFacts
from arbees.venues.polymarket.pacing import Pacer
from arbees.venues.polymarket.resolve import Resolver, ResolveSettings
from arbees.venues.polymarket.signing import Exchange, OrderSigner
from tests.venues.polymarket.test_auth import KEYS
from tests.venues.polymarket.test_signing import KEY, TOKEN

START_NS = 1_800_000_000_000_000_000
SPORTS = FeeTerm(0, 50_000, 0, rounding=FeeRounding.POLYMARKET)


class VirtualClock:
    """`sleep` turns it, and lets others run."""

    def __init__(self) -> None:
        self.ns = START_NS

    def now_ns(self) -> int:
        return self.ns

    async def sleep(self, seconds: float) -> None:
        self.ns += int(seconds * 1e9)
        await anyio.lowlevel.checkpoint()


@dataclass(slots=True)
class Sent:
    """A request as it stood on the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.body)


def parsed(data: bytes) -> Sent:
    head, _, body = data.partition(b"\r\n\r\n")
    line, *rest = head.decode().split("\r\n")
    method, path, _ = line.split(" ")
    headers = dict(row.split(": ", 1) for row in rest)
    assert int(headers.get("Content-Length", "0")) == len(body)
    return Sent(method, path, headers, body)


Reply = Response | VenueError
Handler = Callable[[Sent], Reply]


def good(body: object, status: int = 200, **headers: str) -> Response:
    named = tuple((key.replace("_", "-"), value) for key, value in headers.items())
    return Response(status, json.dumps(body).encode(), named)


class Transport:
    """Calls the gate, then answers what `handle` says."""

    def __init__(self, handle: Handler) -> None:
        self.handle = handle
        self.sent: list[Sent] = []

    def send(
        self, data: bytes, deadline_s: float, gate: Callable[[], None] | None = None
    ) -> Awaitable[Response]:
        future: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        try:
            if gate is not None:
                gate()
        except ArbeesError as error:
            future.set_exception(error)
            return future
        request = parsed(data)
        self.sent.append(request)
        said = self.handle(request)
        if isinstance(said, Response):
            future.set_result(said)
        else:
            future.set_exception(said)
        return future

    def paths(self) -> list[str]:
        return [f"{s.method} {s.path.partition('?')[0]}" for s in self.sent]


@dataclass
class World:
    """A gateway with everything around it."""

    handle: Handler
    clock: VirtualClock = field(default_factory=VirtualClock)
    events: list[EngineEvent] = field(default_factory=list)
    is_killed: bool = False
    tick: int = 100

    def __post_init__(self) -> None:
        self.transport = Transport(self.handle)
        self.pacer = Pacer()
        self.calls = Calls(self.transport, "clob.test", self.clock, self.pacer, KEYS)
        self.lives = OrderLives(lambda token, ts: SPORTS)
        self.access = AccessGate()
        self.access.record(Finding(None, "203.0.113.1"), Finding(None), START_NS)
        self.signer = OrderSigner(KEY)
        self.gateway = PolymarketGateway(
            self.calls, self.signer, KEYS, self.lives, self.facts, self.access,
            lambda: self.is_killed, self.take, self.clock,
        )  # fmt: skip
        self.resolver = Resolver(
            self.calls, self.lives, self.take, self.clock, ResolveSettings(absent_s=4.0)
        )

    def facts(self, token: str) -> TokenFacts | None:
        if token != str(TOKEN):
            return None
        return TokenFacts(TOKEN, "0xdd22", self.tick, Exchange.STANDARD)

    def take(self, event: EngineEvent, ts_ns: int) -> None:
        self.events.append(event)


async def settle(turns: int = 20) -> None:
    """Let every task that can run do so."""
    for _ in range(turns):
        await anyio.lowlevel.checkpoint()
