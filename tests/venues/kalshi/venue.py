"""A small Kalshi on loopback for gateway tests: orders fill by script, reads lag, faults by name.

It is not the simulator: it has no matching. What it says of an order is what the test told it.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import anyio

from arbees.messages import events as ev
from arbees.messages.frames import Frame
from arbees.pipeline.backoff import BackoffPolicy
from arbees.units import NS_PER_S
from arbees.venues.egress import target_of
from arbees.venues.http1 import Http1Pool, PoolPolicy
from arbees.venues.kalshi.auth import KalshiSigner, Presigned
from arbees.venues.kalshi.client import KalshiClient
from arbees.venues.kalshi.gateway import KalshiGateway
from arbees.venues.kalshi.private import KalshiPrivateSession
from arbees.venues.kalshi.shards import Shards
from tests.loopback import Server, ok
from tests.venues.kalshi.keys import ed25519_key, pem

START = 1_795_600_000 * NS_PER_S
"""A Wednesday noon."""
SPEED = 100
ROOT = "/trade-api/v2"
QUICK = BackoffPolicy(0.01, 0.05)


class FastClock:
    """Time that runs SPEED times as fast, so that a minute of patience is no minute of test."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._from = self._loop.time()

    def now_ns(self) -> int:
        return START + int((self._loop.time() - self._from) * SPEED * NS_PER_S)

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds / SPEED)


class Venue:
    """`on_create` decides what a new order becomes: (filled, resting) in hundredths."""

    def __init__(self, clock: FastClock) -> None:
        self.clock = clock
        self.orders: dict[str, dict[str, Any]] = {}
        self.fills: list[dict[str, Any]] = []
        self.faults: dict[str, list[Any]] = {}
        self.on_create: Callable[[dict[str, Any]], tuple[int, int]] = lambda body: (0, 0)
        self.lag_ns = 0
        self.skew_s = 0
        self.cash = {0: 1_000_000_000}
        self.status: dict[str, Any] = {"exchange_active": True, "trading_active": True}
        self.seen: list[tuple[str, str]] = []

    async def answer(self, request: bytes, writer: asyncio.StreamWriter) -> bool:
        head, _, body = request.partition(b"\r\n\r\n")
        method, path, _ = head.decode().split("\r\n", 1)[0].split(" ")
        path = path.partition("?")[0].removeprefix(ROOT)
        self.seen.append((method, path))
        query = head.decode().split(" ")[1].partition("?")[2]
        fault = self._fault(f"{method} {path}")
        if fault in ("lost", "lost_before"):
            if fault == "lost":
                self._serve(method, path, query, body)
            return False
        status, said = fault or self._serve(method, path, query, body)
        raw = said if isinstance(said, bytes) else json.dumps(said).encode()
        date = formatdate(self.clock.now_ns() / NS_PER_S + self.skew_s, usegmt=True)
        writer.write(ok(raw, f"{status} X", f"Date: {date}\r\n"))
        return True

    def _fault(self, name: str) -> Any:
        for key, left in self.faults.items():
            if left and name.startswith(key):
                return left.pop(0)
        return None

    def _serve(self, method: str, path: str, query: str, body: bytes) -> tuple[int, Any]:
        parts = path.strip("/").split("/")
        if path == "/portfolio/events/orders":
            return self._create(json.loads(body)) if method == "POST" else self._cancel_all()
        if method == "DELETE":
            return self._cancel(parts[-1])
        if path.startswith("/portfolio/orders"):
            return self._orders(parts, query)
        if path == "/portfolio/fills":
            wanted = dict(p.split("=") for p in query.split("&"))["order_id"]
            return 200, {"fills": [f for f in self._seen_by_reads(self.fills)
                                   if f["order_id"] == wanted], "cursor": ""}  # fmt: skip
        return self._account(method, path, body)

    def _account(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        if path == "/exchange/user_data_timestamp":
            at = (self.clock.now_ns() - self.lag_ns) / NS_PER_S
            return 200, {"as_of_time": _time(at)}
        if path == "/portfolio/balance":
            rows = [{"exchange_index": i, "balance": f"{c / 1e6:.4f}"} for i, c in
                    self.cash.items()]  # fmt: skip
            total = sum(self.cash.values())
            return 200, {"balance": total // 10_000, "balance_dollars": f"{total / 1e6:.4f}",
                         "balance_breakdown": rows}  # fmt: skip
        if path.endswith("instance_transfer"):
            said = json.loads(body)
            self.cash[said["source_exchange_shard"]] -= said["amount"] * 100
            index = said["destination_exchange_shard"]
            self.cash[index] = self.cash.get(index, 0) + said["amount"] * 100
            return 200, {"transfer_id": "t"}
        known: dict[str, Any] = {
            "/exchange/status": self.status,
            "/exchange/schedule": {"schedule": {}},
            "/account/endpoint_costs": {"default_cost": 10},
            "/account/limits": {
                "read": {"bucket_capacity": 9_000, "refill_rate": 9_000},
                "write": {"bucket_capacity": 9_000, "refill_rate": 9_000},
            },
        }
        return (200, known[path]) if path in known else (404, {"error": {"code": "not_found"}})

    def _seen_by_reads(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [r for r in rows if r["at"] <= self.clock.now_ns() - self.lag_ns]

    def _create(self, body: dict[str, Any]) -> tuple[int, Any]:
        client_id = body["client_order_id"]
        if any(o["client_order_id"] == client_id for o in self.orders.values()):
            return 409, {"error": {"code": "order_already_exists"}}
        filled, rests = self.on_create(body)
        order_id = f"v-{len(self.orders) + 1}"
        at = self.clock.now_ns()
        self.orders[order_id] = {
            "order_id": order_id, "client_order_id": client_id, "ticker": body["ticker"],
            "status": "resting" if rests else "executed" if filled else "canceled",
            "book_side": body["side"], "yes_price_dollars": body["price"],
            "fill_count_fp": f"{filled / 100:.2f}", "remaining_count_fp": f"{rests / 100:.2f}",
            "initial_count_fp": body["count"], "at": at,
        }  # fmt: skip
        if filled:
            self.fill(order_id, filled)
        return 201, {
            "order_id": order_id, "client_order_id": client_id, "ts_ms": at // 1_000_000,
            "fill_count": f"{filled / 100:.2f}", "remaining_count": f"{rests / 100:.2f}",
        }  # fmt: skip

    def fill(self, order_id: str, hundredths: int) -> None:
        order = self.orders[order_id]
        self.fills.append(
            {
                "order_id": order_id, "trade_id": f"t-{len(self.fills) + 1}", "fee_cost": "0.0175",
                "ticker": order["ticker"], "book_side": order["book_side"],
                "yes_price_dollars": order["yes_price_dollars"],
                "count_fp": f"{hundredths / 100:.2f}", "at": self.clock.now_ns(),
            }
        )  # fmt: skip

    def _cancel(self, order_id: str) -> tuple[int, Any]:
        order = self.orders.get(order_id)
        if order is None or order["status"] != "resting":
            return 404, {"error": {"code": "not_found"}}
        # The reads go on saying "resting" for as long as they lag (kalshi.md 7.4).
        order["was_resting_until"] = self.clock.now_ns() + self.lag_ns
        order["status"] = "canceled"
        return 200, {"order_id": order_id, "reduced_by": order["remaining_count_fp"], "ts_ms": 1}

    def _cancel_all(self) -> tuple[int, Any]:
        for order in self.orders.values():
            if order["status"] == "resting":
                self._cancel(order["order_id"])
        return 204, b""

    def _orders(self, parts: list[str], query: str) -> tuple[int, Any]:
        now = self.clock.now_ns()
        rows = [
            o | {"status": "resting" if o.get("was_resting_until", 0) > now else o["status"]}
            for o in self._seen_by_reads(list(self.orders.values()))
        ]
        if len(parts) == 2:
            wanted = "resting" if "status=resting" in query else ""
            shown = [o for o in rows if o["status"] == wanted or not wanted]
            return 200, {"orders": shown, "cursor": ""}
        found = [o for o in rows if o["order_id"] == parts[2]]
        return (200, {"order": found[0]}) if found else (404, {"error": {"code": "not_found"}})


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


class Inbox:
    """The runtime's part that a gateway needs: a session per connection, events in order."""

    def __init__(self) -> None:
        self.session: KalshiPrivateSession | None = None
        self.events: list[ev.EngineEvent] = []
        self.frames: list[bytes] = []

    def deliver_frame(self, frame: Frame) -> None:
        assert self.session is not None
        self.frames.append(frame.data)
        self.events.extend(self.session.receive(frame.data))

    def deliver_event(self, event: ev.EngineEvent, ts_recv_ns: int) -> None:
        if isinstance(event, ev.ConnOpened):
            self.session = KalshiPrivateSession()

    def session_of(self, conn_id: int) -> object:
        return self.session

    def answers(self, order_id: str) -> list[str]:
        return [e.status.value for e in self.events
                if isinstance(e, ev.OrderAnswer) and e.order_id == order_id]  # fmt: skip


class Scene:
    """A venue, its client and gateway, connected."""

    def __init__(self, venue: Venue, server: Server, pool: Http1Pool) -> None:
        self.venue, self.server, self.pool = venue, server, pool
        self.clock = venue.clock
        self.inbox = Inbox()
        self.is_killed = False
        signer = KalshiSigner("key", pem(ed25519_key()))
        self.client = KalshiClient(
            pool, pool, "x", Presigned(signer), self.clock, self.clock.now_ns
        )
        self.shards = Shards({"T": 0}, subaccount=None)
        self.gateway = KalshiGateway(
            self.client, self.inbox, self.clock, self.shards, lambda: self.is_killed, 9
        )


@asynccontextmanager
async def scene(*, is_running: bool = True) -> AsyncIterator[Scene]:
    venue = Venue(FastClock())
    async with Server(venue.answer) as server:
        pool = Http1Pool(target_of(server.url), PoolPolicy(2, backoff=QUICK))
        made = Scene(venue, server, pool)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(pool.run)
            await pool.wait_warm()
            if is_running:
                await made.client.check_clock()
                tasks.start_soon(made.gateway.run)
                await anyio.lowlevel.checkpoint()
            yield made
            tasks.cancel_scope.cancel()
