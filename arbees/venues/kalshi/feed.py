"""Kalshi's feed: the socket with a signed handshake, REST batch books without keys or beside it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import urlsplit

import httpx

from arbees.pipeline.monitors import PollPlan, SocketPlan, body_of
from arbees.units import NS_PER_MS
from arbees.venues.kalshi.auth import KalshiSigner
from arbees.venues.kalshi.private import KalshiPrivateSession
from arbees.venues.kalshi.session import KalshiWsSession

PING_S = 5.0
SILENT_S = 15.0
BOOKS_MAX = 100


def socket_plan(
    url: str,
    instruments: Mapping[str, int],
    signer: KalshiSigner,
    real_now_ns: Callable[[], int],
    conn_id: int,
) -> SocketPlan:
    """Every connection needs the signed handshake; `real_now_ns` is wall time."""
    path = urlsplit(url).path

    def headers() -> dict[str, str]:
        return signer.headers("GET", path, real_now_ns() // NS_PER_MS)

    return SocketPlan(
        venue="kalshi",
        conn_id=conn_id,
        url=url,
        instruments=instruments,
        is_sequenced=True,
        headers=headers,
        commands=lambda: KalshiWsSession(instruments).subscribe_commands(),
        text_ping=None,
        ping_s=PING_S,
        silent_s=SILENT_S,
    )


def private_plan(
    url: str, signer: KalshiSigner, real_now_ns: Callable[[], int], conn_id: int
) -> SocketPlan:
    """Our own orders, fills, positions and groups, on a connection of their own: a flood of
    market data can then neither delay nor overflow them."""
    path = urlsplit(url).path
    return SocketPlan(
        venue="kalshi",
        conn_id=conn_id,
        url=url,
        instruments={},
        is_sequenced=False,
        headers=lambda: signer.headers("GET", path, real_now_ns() // NS_PER_MS),
        commands=lambda: KalshiPrivateSession().subscribe_commands(),
        text_ping=None,
        ping_s=PING_S,
        silent_s=SILENT_S,
        kind="private",
    )


def poll_plan(
    base: str,
    http: httpx.AsyncClient,
    instruments: Mapping[str, int],
    conn_id: int,
    interval_s: float,
    max_requests_per_s: float,
) -> PollPlan:
    """GET /markets/orderbooks with repeated tickers, at most 100 a call."""
    return PollPlan(
        venue="kalshi",
        conn_id=conn_id,
        instruments=instruments,
        fetch=_fetch(base, http),
        chunk=BOOKS_MAX,
        interval_s=interval_s,
        pause_s=1.0 / max_requests_per_s,
    )


def _fetch(base: str, http: httpx.AsyncClient) -> Callable[[Sequence[str]], Awaitable[bytes]]:
    async def fetch(tickers: Sequence[str]) -> bytes:
        params = {"tickers": list(tickers)}
        return body_of(await http.get(f"{base}/markets/orderbooks", params=params))

    return fetch
