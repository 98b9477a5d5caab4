"""Polymarket's feed: the market socket with text pings, and POST /books as fallback and witness."""

from collections.abc import Awaitable, Callable, Sequence

import httpx
import msgspec

from arbees.pipeline.bodies import body_of
from arbees.pipeline.polling import PollPlan
from arbees.pipeline.silence import WitnessPlan
from arbees.pipeline.sockets import SocketPlan
from arbees.venues.polymarket.session import PolymarketRestSession, PolymarketWsSession

BOOKS_MAX = 100
"""Tokens a question. The venue takes 500, whose decoding would hold the engine up for 60 ms."""


def socket_plan(
    url: str,
    tokens: dict[str, int],
    conn_id: int,
    *,
    ping_s: float = 10.0,
    pong_s: float = 5.0,
    open_s: float = 10.0,
) -> SocketPlan:
    """No sequence numbers: the connection's life proves nothing about a token's book."""
    return SocketPlan(
        venue="polymarket",
        conn_id=conn_id,
        url=url,
        instruments=tokens,
        is_sequenced=False,
        headers=dict,
        commands=lambda: PolymarketWsSession(tokens).subscribe_commands(),
        ping_s=ping_s,
        pong_s=pong_s,
        text_ping="PING",
        text_pong=b"PONG",
        open_s=open_s,
    )


def poll_plan(
    base: str,
    http: httpx.AsyncClient,
    tokens: dict[str, int],
    conn_id: int,
    interval_s: float,
    after_s: float = 0.0,
) -> PollPlan:
    """POST /books."""
    session = PolymarketRestSession(tokens)
    return PollPlan(
        venue="polymarket",
        conn_id=conn_id,
        instruments=tokens,
        fetch=_fetch(base, http),
        decode=session.receive,
        chunk=BOOKS_MAX,
        interval_s=interval_s,
        after_s=after_s,
        grow=session.watch,
    )


def witness_plan(poll: PollPlan, silence_s: float, void_s: float) -> WitnessPlan:
    """Sizes on the socket are absolute, so the witness's book may replace ours at once."""
    return WitnessPlan(poll, silence_s, void_s, is_absolute=True)


def _fetch(base: str, http: httpx.AsyncClient) -> Callable[[Sequence[str]], Awaitable[bytes]]:
    async def fetch(tokens: Sequence[str]) -> bytes:
        body = msgspec.json.encode([{"token_id": token} for token in tokens])
        headers = {"Content-Type": "application/json"}
        return body_of(await http.post(f"{base}/books", content=body, headers=headers))

    return fetch
