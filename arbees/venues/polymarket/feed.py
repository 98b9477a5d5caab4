"""Polymarket's feed: the market socket with text pings, and POST /books as fallback and witness."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import httpx
import msgspec

from arbees.pipeline.monitors import PollPlan, SocketPlan, body_of
from arbees.venues.polymarket.session import PolymarketWsSession

PING_S = 10.0
SILENT_S = 30.0
BOOKS_MAX = 500


def socket_plan(url: str, tokens: Mapping[str, int], conn_id: int) -> SocketPlan:
    """No sequence numbers: the connection's life proves nothing about a token's book."""
    return SocketPlan(
        venue="polymarket",
        conn_id=conn_id,
        url=url,
        instruments=tokens,
        is_sequenced=False,
        headers=dict,
        commands=lambda: PolymarketWsSession(tokens).subscribe_commands(),
        text_ping="PING",
        ping_s=PING_S,
        silent_s=SILENT_S,
    )


def poll_plan(
    base: str, http: httpx.AsyncClient, tokens: Mapping[str, int], conn_id: int, interval_s: float
) -> PollPlan:
    """POST /books, at most 500 tokens a call."""
    return PollPlan(
        venue="polymarket",
        conn_id=conn_id,
        instruments=tokens,
        fetch=_fetch(base, http),
        chunk=BOOKS_MAX,
        interval_s=interval_s,
        pause_s=0.1,
    )


def _fetch(base: str, http: httpx.AsyncClient) -> Callable[[Sequence[str]], Awaitable[bytes]]:
    async def fetch(tokens: Sequence[str]) -> bytes:
        body = msgspec.json.encode([{"token_id": token} for token in tokens])
        headers = {"Content-Type": "application/json"}
        return body_of(await http.post(f"{base}/books", content=body, headers=headers))

    return fetch
