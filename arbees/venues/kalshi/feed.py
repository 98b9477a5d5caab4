"""Kalshi's feed: the socket with a signed handshake, REST batch books without keys or beside it."""

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

import httpx

from arbees.pipeline.bodies import body_of
from arbees.pipeline.polling import PollPlan
from arbees.pipeline.silence import WitnessPlan
from arbees.pipeline.sockets import SocketPlan
from arbees.units import NS_PER_MS
from arbees.venues.kalshi.auth import KalshiSigner
from arbees.venues.kalshi.indices import KalshiIndexSession
from arbees.venues.kalshi.private import KalshiPrivateSession
from arbees.venues.kalshi.rest import KalshiRestSession
from arbees.venues.kalshi.session import KalshiWsSession

BOOKS_MAX = 100
PING_S, PONG_S = 5.0, 3.0
WITNESS_DEPTH = 10
"""Levels of a side that must agree. A batch's default depth is not documented (section 5.1)."""


def socket_plan(
    url: str,
    instruments: dict[str, int],
    signer: KalshiSigner,
    real_now_ns: Callable[[], int],
    conn_id: int,
    *,
    ping_s: float = PING_S,
    pong_s: float = PONG_S,
    open_s: float = 10.0,
) -> SocketPlan:
    """Every connection needs the signed handshake; `real_now_ns` is wall time. There is no ping
    of its own in the protocol: the frame's ping is answered (section 6)."""
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
        ping_s=ping_s,
        pong_s=pong_s,
        open_s=open_s,
    )


def private_plan(
    url: str, signer: KalshiSigner, real_now_ns: Callable[[], int], conn_id: int
) -> SocketPlan:
    """Our own orders, fills, positions and groups, on a connection of their own: a flood of
    market data can then neither delay nor overflow them."""
    commands = KalshiPrivateSession().subscribe_commands
    return _side_plan(url, signer, real_now_ns, conn_id, "private", commands)


def index_plan(
    url: str,
    signer: KalshiSigner,
    real_now_ns: Callable[[], int],
    conn_id: int,
    index_ids: Sequence[str] = ("all",),
) -> SocketPlan:
    """The settlement indices, once a second each."""
    commands = KalshiIndexSession(index_ids).subscribe_commands
    return _side_plan(url, signer, real_now_ns, conn_id, "index", commands)


def _side_plan(
    url: str,
    signer: KalshiSigner,
    real_now_ns: Callable[[], int],
    conn_id: int,
    kind: str,
    commands: Callable[[], Sequence[bytes]],
) -> SocketPlan:
    path = urlsplit(url).path
    return SocketPlan(
        venue="kalshi",
        conn_id=conn_id,
        url=url,
        instruments={},
        is_sequenced=False,
        headers=lambda: signer.headers("GET", path, real_now_ns() // NS_PER_MS),
        commands=commands,
        ping_s=PING_S,
        pong_s=PONG_S,
        kind=kind,
    )


def poll_plan(
    base: str,
    http: httpx.AsyncClient,
    instruments: dict[str, int],
    conn_id: int,
    interval_s: float,
    after_s: float = 0.0,
) -> PollPlan:
    """GET /markets/orderbooks with repeated tickers, at most 100 a call."""
    session = KalshiRestSession(instruments)
    return PollPlan(
        venue="kalshi",
        conn_id=conn_id,
        instruments=instruments,
        fetch=_fetch(base, http),
        decode=session.receive,
        chunk=BOOKS_MAX,
        interval_s=interval_s,
        after_s=after_s,
        grow=session.watch,
    )


def witness_plan(poll: PollPlan, silence_s: float, void_s: float) -> WitnessPlan:
    """Sequence numbers prove that nothing is missing between two messages, not that any come. The
    socket states changes, so only the socket may bring a new book."""
    return WitnessPlan(poll, silence_s, void_s, is_absolute=False, depth=WITNESS_DEPTH)


def _fetch(base: str, http: httpx.AsyncClient) -> Callable[[Sequence[str]], Awaitable[bytes]]:
    async def fetch(tickers: Sequence[str]) -> bytes:
        params = {"tickers": list(tickers)}
        return body_of(await http.get(f"{base}/markets/orderbooks", params=params))

    return fetch
