"""What is started for which settings: keys, shards, paces, one policy."""

import json
from dataclasses import replace

import httpx
import pytest

from arbees.app.compose import build_runtime, make_session
from arbees.app.config import Settings
from arbees.app.engine_settings import engine_settings
from arbees.app.feed_builder import FeedBuilder
from arbees.app.simulated import Venues, real_venues
from arbees.clock import SystemClock
from arbees.messages import events as ev
from arbees.venues.kalshi import feed as kalshi_feed
from arbees.venues.kalshi.auth import KalshiSigner
from arbees.venues.kalshi.session import KalshiWsSession

pytestmark = pytest.mark.anyio


def builder(settings: Settings) -> FeedBuilder:
    runtime = build_runtime(engine_settings(settings, "t"))
    return FeedBuilder(settings, runtime, SystemClock(), httpx.AsyncClient())


def venues(settings: Settings, key: str | None) -> Venues:
    return replace(real_venues(settings), kalshi_key_id=key, kalshi_key_pem=PEM if key else None)


PEM = b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
-----END PRIVATE KEY-----
"""


async def test_without_keys_kalshi_is_polled_politely_and_says_so() -> None:
    settings = Settings()
    made = builder(settings)
    tickers = {f"K{n}": n for n in range(1_000)}
    (monitor,) = made.kalshi(venues(settings, None), tickers)
    assert monitor.socket is None
    assert monitor.witness is None
    (row,) = monitor.statuses()
    assert row.note == "no keys: books polled every 2 s"
    assert row.books == 1_000
    await made.http.aclose()


async def test_with_keys_one_socket_carries_all_of_kalshi() -> None:
    settings = Settings()
    made = builder(settings)
    (monitor,) = made.kalshi(venues(settings, "id"), {"K": 0})
    assert monitor.socket is not None
    plan = monitor.socket.plan
    assert plan.is_sequenced
    assert set(plan.headers()) >= {"KALSHI-ACCESS-KEY", "KALSHI-ACCESS-SIGNATURE"}
    assert (plan.ping_s, plan.pong_s, plan.open_s) == (5.0, 3.0, 10.0)
    assert [row.name for row in monitor.statuses()] == [
        "kalshi-ws", "kalshi-rest", "kalshi-ws-witness",
    ]  # fmt: skip
    await made.http.aclose()


async def test_polymarkets_tokens_are_spread_over_sockets_without_loss() -> None:
    settings = Settings()
    made = builder(settings)
    tokens = {str(n): n for n in range(450)}
    monitors = made.polymarket(venues(settings, None), tokens)
    carried = [m.socket.plan.instruments for m in monitors if m.socket]
    assert [len(part) for part in carried] == [200, 200, 50]
    assert {name: ix for part in carried for name, ix in part.items()} == tokens
    conns = [c for m in monitors if m.socket
             for c in (m.socket.plan.conn_id, m.fallback.plan.conn_id)]  # fmt: skip
    assert len(set(conns)) == 6
    first = monitors[0].socket
    assert first is not None
    assert len(first.plan.commands()) == 2
    assert len(made.polymarket(venues(settings, None), {})) == 1
    await made.http.aclose()


async def test_the_policy_is_the_configured_one() -> None:
    settings = Settings(reconnect={"base_ms": 100, "cap_s": 5.0, "healthy_s": 9.0})  # type: ignore[arg-type]
    policy = builder(settings).policy
    assert (policy.base_s, policy.cap_s, policy.jitter, policy.healthy_s) == (0.1, 5.0, 0.2, 9.0)


def test_the_ids_of_kalshis_commands_are_unique_over_feed_and_session() -> None:
    """The feed subscribes with a session of its own; the runtime's asks for books later."""
    tickers = {f"K{n}": n for n in range(250)}
    signer = KalshiSigner("id", PEM)
    plan = kalshi_feed.socket_plan("ws://x/", tickers, signer, SystemClock().now_ns, 1)
    opened = ev.ConnOpened(1, "kalshi", "ws", 1, True, tuple(tickers.items()))
    session = make_session(opened)
    assert isinstance(session, KalshiWsSession)
    subscribed = b'{"type":"subscribed","id":1,"msg":{"channel":"orderbook_delta","sid":1}}'
    session.receive(subscribed)
    session.ask_again([7])
    ids = [json.loads(command)["id"] for command in (*plan.commands(), *session.outgoing())]
    assert ids == [1, 2, 3, 4, 5]
