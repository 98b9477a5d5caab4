"""Microseconds from an order command to its bytes in the kernel, on a warm TLS connection.

`python -m benchmarks.order_send`: the server is another process on loopback with a certificate made
now; requests come one by one, 4 ms apart, so nothing runs hot. Ours is the whole gateway path:
encode, pacing, hours, signature (Ed25519, made ahead unless --sign), kill latch (a stat call), TLS
write. Beside it, in turns of 100 in the same run, the bare write of such bytes, which is no path's
to save, and httpx, with body and signature made before the clock starts; its end is httpcore's own
trace of the last byte sent. The server is kept off our core and is polite: else the kernel runs it
in the middle of our write, which no network card would do.
Bounds: p50 100 us, p99 250 us.
"""

import argparse
import asyncio
import gc
import os
import platform
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import anyio
import httpx

from arbees.app.cores import leave_core, take_core
from arbees.app.killswitch import KillLatch
from arbees.clock import SystemClock
from arbees.errors import VenueRejected
from arbees.messages.commands import LegSide, PlaceOrder, TimeInForce
from arbees.venues.egress import target_of
from arbees.venues.http1 import Http1Pool, PoolPolicy
from arbees.venues.kalshi import orders
from arbees.venues.kalshi.auth import KalshiSigner, Presigned
from arbees.venues.kalshi.client import KalshiClient
from arbees.venues.kalshi.orders import Route
from arbees.venues.kalshi.pacing import Bucket, Limits
from tests.loopback import make_tls, ok
from tests.venues.kalshi.keys import ed25519_key, pem

COUNT, BLOCK, WARM = 1_000, 100, 10
PAUSE_S = 0.004
POLITE = 10
KEEP_WARM_S = 0.002
BOUNDS_US = {0.50: 100.0, 0.99: 250.0}
PLENTY = Limits(Bucket(10**7, 10**7), Bucket(10**7, 10**7))
ANSWER = ok(
    b'{"client_order_id":"c","fill_count":"1.00","order_id":"o","remaining_count":"0.00",'
    b'"ts_ms":1781159370164}', "201 Created",
)  # fmt: skip


class _Server(asyncio.Protocol):
    """Answers each request with the same fill; a request here is one segment or two."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, found, body = self._data.partition(b"\r\n\r\n")
        if not found:
            return
        wanted = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        if len(body) >= wanted:
            self._data = b""
            self._transport.write(ANSWER)


async def serve(folder: Path) -> None:
    """Until the parent closes our standard input."""
    leave_core(last_core())
    os.nice(POLITE)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Server, "127.0.0.1", 0, ssl=tls)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


def last_core() -> int:
    return max(os.sched_getaffinity(0)) if len(os.sched_getaffinity(0)) > 1 else -1


def command(number: int) -> PlaceOrder:
    return PlaceOrder(
        f"bench-{number}-0", f"bench-{number}", 0, "kalshi", "KXNFLGAME-26SEP24ATLGB-GB",
        LegSide.NO, 4_700, 12_000_000, TimeInForce.IOC, time.time_ns(),
    )  # fmt: skip


class Ours:
    """The path of KalshiGateway.submit for one order."""

    def __init__(self, pool: Http1Pool, latch: KillLatch) -> None:
        clock = SystemClock()
        signer = KalshiSigner("97ec18b7-10d3-4557-9de0-8598aad625f0", pem(ed25519_key()))
        self.client = KalshiClient(
            pool, pool, pool.target.authority, Presigned(signer), clock, time.time_ns
        )
        self.client.pacer.configure(PLENTY)
        self.client.clock_error = ""
        self.latch = latch

    def gate(self) -> None:
        if self.latch.is_on():
            raise VenueRejected("killed", "killed")

    async def send(self, number: int) -> float:
        placed = command(number)
        began = time.perf_counter()
        request = orders.create(orders.order_of(placed), Route(0))
        answer = self.client.send_now(request, 0)
        self.gate()
        taken = time.perf_counter() - began
        assert (await answer).status == 201
        return taken

    def rehearse(self) -> None:
        """What keeps the path warm between orders: all but the write."""
        self.client.rehearse(orders.create(orders.order_of(command(0)), Route(0)), 0)
        self.gate()


class Theirs:
    """httpx, HTTP/1.1, kept alive."""

    def __init__(self, url: str, tls: ssl.SSLContext, ours: Ours) -> None:
        self.http = httpx.AsyncClient(verify=tls, base_url=url)
        self.ours = ours
        self.end = 0.0

    async def trace(self, name: str, info: dict[str, Any]) -> None:
        if name == "http11.send_request_body.complete":
            self.end = time.perf_counter()

    async def send(self, number: int) -> float:
        request = orders.create(orders.order_of(command(number)), Route(0))
        now_ms = time.time_ns() // 1_000_000
        headers = self.ours.client.presigned.signed("POST", request.path, now_ms)
        began = time.perf_counter()
        answer = await self.http.post(
            request.path, content=request.body, headers=dict(headers),
            extensions={"trace": self.trace},
        )  # fmt: skip
        assert answer.status_code == 201
        return self.end - began


class Bare:
    """The write alone: bytes made before the clock starts, on a connection of asyncio's own. What
    no order path on this machine can be faster than."""

    def __init__(self, url: str, tls: ssl.SSLContext, ours: Ours) -> None:
        self.target = target_of(url, tls)
        self.tls = tls
        self.ours = ours
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, number: int) -> float:
        if self.streams is None:
            host, port = self.target.host, self.target.port
            self.streams = await asyncio.open_connection(host, port, ssl=self.tls)
        reader, writer = self.streams
        request = orders.create(orders.order_of(command(number)), Route(0))
        head = f"POST {request.path} HTTP/1.1\r\nContent-Length: {len(request.body)}\r\n\r\n"
        data = head.encode() + request.body
        began = time.perf_counter()
        writer.write(data)
        taken = time.perf_counter() - began
        await reader.readuntil(b"}")
        return taken


async def keep_warm(ours: Ours) -> None:
    while True:
        await anyio.sleep(KEEP_WARM_S)
        ours.rehearse()


async def run(url: str, tls: ssl.SSLContext, folder: Path, ahead: bool) -> int:
    pool = Http1Pool(target_of(url, tls), PoolPolicy(2))
    ours = Ours(pool, KillLatch(folder / "kill"))
    theirs = Theirs(url, tls, ours)
    bare = Bare(url, tls, ours)
    taken: dict[str, list[float]] = {"ours": [], "bare": [], "httpx": []}
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pool.run)
        await pool.wait_warm()
        tasks.start_soon(keep_warm, ours)
        if ahead:
            ours.client.presigned.watch("POST", orders.ORDERS)
            tasks.start_soon(ours.client.keep_signed)
        gc.collect()
        gc.freeze()
        for block in range(COUNT // BLOCK):
            for name, send in (
                ("ours", ours.send), ("bare", bare.send), ("httpx", theirs.send),
            ):  # fmt: skip
                for number in range(BLOCK + WARM):
                    await anyio.sleep(PAUSE_S)
                    us = await send(block * (BLOCK + WARM) + number) * 1e6
                    if number >= WARM:
                        taken[name].append(us)
        await theirs.http.aclose()
        tasks.cancel_scope.cancel()
    return report(taken)


def report(taken: dict[str, list[float]]) -> int:
    at = {name: {q: sorted(rows)[int(len(rows) * q)] for q in BOUNDS_US} for name, rows in
          taken.items()}  # fmt: skip
    for name, rows in at.items():
        print(f"{name:6} p50 {rows[0.50]:7.1f} us  p99 {rows[0.99]:7.1f} us  ({COUNT} orders)")
    own = at["ours"][0.50] - at["bare"][0.50]
    print(f"of ours, beyond the bare write: p50 {own:.1f} us")
    ratio = at["httpx"][0.50] / at["ours"][0.50]
    ok_ = all(at["ours"][q] <= bound for q, bound in BOUNDS_US.items())
    print(f"httpx / ours p50: {ratio:.1f}; bounds 100 / 250 us: {'ok' if ok_ else 'NO'}")
    return 0 if ok_ else 1


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--uvloop", action="store_true", help="run the client's side on uvloop")
    options.add_argument("--sign", action="store_true", help="sign each order on its way")
    said = options.parse_args()
    if said.serve:
        asyncio.run(serve(said.serve))
        return 0
    loop = "uvloop" if said.uvloop else "asyncio"
    print(f"machine: {platform.machine()} {platform.python_version()}, {loop}, TLS on loopback")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _, tls = make_tls(folder)
        words = [sys.executable, "-m", "benchmarks.order_send", "--serve", name]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
            assert server.stdout is not None
            assert server.stdin is not None
            take_core(last_core())
            url = f"https://127.0.0.1:{int(server.stdout.readline())}"
            try:
                return anyio.run(
                    run,
                    url,
                    tls,
                    folder,
                    not said.sign,
                    backend_options={"use_uvloop": said.uvloop},
                )
            finally:
                server.stdin.close()


if __name__ == "__main__":
    raise SystemExit(main())
