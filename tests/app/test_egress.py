"""A venue behind the operator's own proxy: its socket, its listings, a proxy that refuses."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random

import anyio
import httpx
import msgspec
import pytest
from aiohttp import web

from arbees.app import egress
from arbees.app.config import Kalshi, Polymarket, Settings
from arbees.app.discovery.messages import Route
from arbees.app.secrets import KALSHI_PROXY, PROXY
from arbees.clock import SystemClock
from arbees.errors import ConfigError, VenueUnavailable
from arbees.messages import events as ev
from arbees.pipeline.backoff import Backoff, BackoffPolicy
from arbees.pipeline.bodies import USER_AGENT, ask, body_of
from arbees.pipeline.sockets import SocketFeed, SocketPlan
from arbees.venues.egress import Proxy, proxy_of
from tests.loopback import until
from tests.pipeline.feeds import Recorder
from tests.proxies import Handler, connect_proxy, listen, saying, socks_proxy

KINDS: dict[str, Callable[[list[bytes]], Handler]] = {"http": connect_proxy, "socks5": socks_proxy}


async def _answer(request: web.Request) -> web.StreamResponse:
    if request.headers.get("Upgrade") == "websocket":
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("hello")
        await socket.receive()
        return socket
    return web.Response(text=request.headers["User-Agent"])


@asynccontextmanager
async def venue() -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_get("/{rest:.*}", _answer)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def feed_on(port: int, proxy: Proxy, sink: Recorder) -> SocketFeed:
    plan = SocketPlan(
        "kalshi", 1, f"ws://127.0.0.1:{port}/ws", {}, False, dict, list, 10.0, 5.0,
        dial=egress.dial_of({"kalshi": proxy}, "kalshi"),
    )  # fmt: skip
    backoff = Backoff(BackoffPolicy(0.001, 0.002), Random(1).random)
    return SocketFeed(plan, sink, SystemClock(), backoff)


@pytest.mark.anyio
@pytest.mark.parametrize("kind", list(KINDS))
async def test_the_socket_and_the_listings_leave_through_the_proxy(kind: str) -> None:
    seen: list[bytes] = []
    server, port = await listen(KINDS[kind](seen))
    proxy = proxy_of(f"{kind}://me:secret@127.0.0.1:{port}")
    async with venue() as far:
        routes = egress.routes_to({"kalshi": [f"http://127.0.0.1:{far}/rest"]}, {"kalshi": proxy})
        async with egress.open_client(routes, 5.0) as client:
            answer = await client.get(f"http://127.0.0.1:{far}/rest/markets")
            assert answer.text == USER_AGENT
        asked = len(seen)
        sink = Recorder()
        feed = feed_on(far, proxy, sink)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(feed.run)
            with anyio.fail_after(10):
                await feed.is_up.wait()
            tasks.cancel_scope.cancel()
    server.close()
    assert asked >= 1
    assert len(seen) > asked


@pytest.mark.anyio
async def test_a_proxy_that_refuses_is_named_without_its_password() -> None:
    server, port = await listen(saying(b"HTTP/1.1 407 Not you\r\n\r\n"))
    sink = Recorder()
    feed = feed_on(9, proxy_of(f"http://me:hidden@127.0.0.1:{port}"), sink)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(feed.run)
        await until(lambda: feed.status.attempts > 2)
        tasks.cancel_scope.cancel()
    server.close()
    assert f"proxy 127.0.0.1:{port}: refused CONNECT" in feed.status.last_error
    assert "hidden" not in feed.status.last_error
    assert not any(isinstance(event, ev.ConnOpened) for event in sink.events)


@pytest.mark.anyio
@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("answer", [b"", b"\x05", b"\x05\xff", b"<html>", b"\x05\x00\x05\x01\x00"])
async def test_a_lying_proxy_is_an_unavailable_venue(kind: str, answer: bytes) -> None:
    server, port = await listen(saying(answer))
    route = Route("http://127.0.0.1:9", kind, "127.0.0.1", port, "me", "hidden")
    async with egress.open_client([route], 5.0) as client:
        with pytest.raises(VenueUnavailable) as caught:
            await ask(get(client), 5.0)
    server.close()
    assert "hidden" not in str(caught.value)


@pytest.mark.anyio
@pytest.mark.parametrize("kind", list(KINDS))
async def test_a_silent_proxy_holds_nobody_longer_than_the_deadline(kind: str) -> None:
    held = anyio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.set()
        await reader.read()
        writer.close()

    server, port = await listen(silent)
    route = Route("http://127.0.0.1:9", kind, "127.0.0.1", port)
    async with egress.open_client([route], 5.0) as client:
        with pytest.raises(VenueUnavailable):
            await ask(get(client), 0.05)
    server.close()
    assert held.is_set()


async def get(client: httpx.AsyncClient) -> bytes:
    return body_of(await client.get("http://127.0.0.1:9/"))


@pytest.mark.anyio
async def test_a_proxy_that_is_not_there_is_said() -> None:
    feed = feed_on(9, Proxy("socks5", "127.0.0.1", 9), Recorder())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(feed.run)
        await until(lambda: feed.status.attempts > 1)
        tasks.cancel_scope.cancel()
    assert "proxy 127.0.0.1:9" in feed.status.last_error


@pytest.mark.anyio
async def test_the_environments_proxies_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with venue() as far, egress.open_client((), 5.0) as client:
        assert (await client.get(f"http://127.0.0.1:{far}/")).status_code == 200


def test_each_venue_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert egress.venue_proxies(Settings()) == {}
    plain = Settings(polymarket=Polymarket(proxy="socks5://127.0.0.1:1080"))
    assert egress.venue_proxies(plain) == {"polymarket": Proxy("socks5", "127.0.0.1", 1080)}
    assert egress.dial_of(egress.venue_proxies(plain), "kalshi") is None
    monkeypatch.setenv(KALSHI_PROXY, "http://u:hunter2@h:1")
    found = egress.venue_proxies(plain)["kalshi"]
    assert (found.password, "hunter2" in repr(found)) == ("hunter2", False)
    route = egress.routes_to({"kalshi": ["https://k.test/v2"]}, {"kalshi": found})[0]
    assert route.origin == "https://k.test"
    assert "hunter2" not in repr(route)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(route), type=Route) == route


@pytest.mark.parametrize(("name", "variable"), [("kalshi", KALSHI_PROXY), ("polymarket", PROXY)])
def test_a_password_in_the_settings_is_refused(name: str, variable: str) -> None:
    url = "http://u:hunter2@h:1"
    settings = Settings(kalshi=Kalshi(proxy=url)) if name == "kalshi" else Settings(
        polymarket=Polymarket(proxy=url))  # fmt: skip
    with pytest.raises(ConfigError, match=f"{name}.proxy.*{variable}") as caught:
        egress.venue_proxies(settings)
    assert "hunter2" not in str(caught.value)


def test_a_route_for_another_origin_takes_nothing_from_this_one() -> None:
    route = Route("https://k.test", "http", "p.test", 1)
    client = egress.open_client([route], 5.0, httpx.MockTransport(lambda _: httpx.Response(204)))
    assert client._transport_for_url(httpx.URL("https://g.test/x")) is client._transport
    assert client._transport_for_url(httpx.URL("https://k.test/x")) is not client._transport
