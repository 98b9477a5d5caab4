"""Egress: addresses, and proxies that work, refuse, lie or keep silent."""

import asyncio
from pathlib import Path

import anyio
import pytest

from arbees.errors import ConfigError, VenueUnavailable
from arbees.pipeline.backoff import BackoffPolicy
from arbees.venues.egress import Proxy, open_through, proxy_of, target_of
from arbees.venues.http1 import Http1Pool, PoolPolicy
from tests.loopback import Server, make_tls, ok, until
from tests.proxies import connect_proxy, listen, saying, socks_proxy


def test_addresses_and_where_plain_http_may_go() -> None:
    assert target_of("https://a.test/x").authority == "a.test"
    assert target_of("http://127.0.0.1:81").authority == "127.0.0.1:81"
    for bad in ("ftp://a.test", "a.test", "http://a.test", "https://"):
        with pytest.raises(ConfigError):
            target_of(bad)


def test_proxies_and_their_secret() -> None:
    proxy = proxy_of("socks5h://me:pa%20ss@p.test")
    assert proxy == Proxy("socks5", "p.test", 1080, "me", "pa ss")
    assert "pa ss" not in repr(proxy)
    assert proxy_of("http://p.test").port == 8080
    for bad in ("https://p.test", "socks4://p.test", "http://", "http://user:hidden@p.test:x"):
        with pytest.raises(ConfigError) as caught:
            proxy_of(bad)
        assert "hidden" not in str(caught.value)


async def echo(request: bytes, writer: asyncio.StreamWriter) -> bool:
    writer.write(ok(request.split(b" ")[1]))
    return True


@pytest.mark.anyio
@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_venue_behind_a_proxy_with_tls_end_to_end(scheme: str, tmp_path: Path) -> None:
    seen: list[bytes] = []
    server_tls, client_tls = make_tls(tmp_path)
    listening, port = await listen(connect_proxy(seen) if scheme == "http" else socks_proxy(seen))
    async with Server(echo, server_tls) as venue:
        proxy = proxy_of(f"{scheme}://me:secret@127.0.0.1:{port}")
        pool = Http1Pool(target_of(venue.url, client_tls), PoolPolicy(1), proxy)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(pool.run)
            await pool.wait_warm()
            answer = await pool.send(b"GET /far HTTP/1.1\r\nHost: x\r\n\r\n", 30.0)
            assert answer.body == b"/far"
            tasks.cancel_scope.cancel()
    listening.close()
    assert seen[0].startswith(b"CONNECT 127.0.0.1" if scheme == "http" else b"me:secret")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("scheme", "answer"),
    [
        ("http", b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
        ("http", b"nonsense\r\n\r\n"),
        ("http", b""),
        ("socks5", b"\x05\xff"),
        ("socks5", b"\x05\x00\x05\x01\x00\x01"),
        ("socks5", b"\x05"),
    ],
)
async def test_a_refusing_proxy_is_an_unavailable_venue(scheme: str, answer: bytes) -> None:
    listening, port = await listen(saying(answer))
    with pytest.raises((VenueUnavailable, ConnectionError)):
        await open_through(Proxy(scheme, "127.0.0.1", port), "venue.test", 443)
    listening.close()


@pytest.mark.anyio
async def test_a_silent_proxy_never_blocks_the_next_attempt() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listening, port = await listen(silent)
    policy = PoolPolicy(1, dial_s=0.02, backoff=BackoffPolicy(0.001, 0.001))
    pool = Http1Pool(target_of("http://127.0.0.1:9"), policy, Proxy("http", "127.0.0.1", port))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pool.run)
        await until(lambda: pool.dials >= 4)
        tasks.cancel_scope.cancel()
    assert pool.last_error
    listening.close()
