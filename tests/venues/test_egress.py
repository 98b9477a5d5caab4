"""Egress: addresses, and proxies that work, refuse, lie or keep silent."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest

from arbees.errors import ConfigError, VenueUnavailable
from arbees.pipeline.backoff import BackoffPolicy
from arbees.venues.egress import Proxy, open_through, proxy_of, target_of
from arbees.venues.http1 import Http1Pool, PoolPolicy
from tests.loopback import Server, make_tls, ok, until

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


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


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
    writer.close()


async def _join(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int
) -> None:
    far_reader, far_writer = await asyncio.open_connection(host, port)
    await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))


def connect_proxy(seen: list[bytes]) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        seen.append(head)
        host, port = head.split(b" ")[1].decode().split(":")
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await _join(reader, writer, host, int(port))

    return handle


def socks_proxy(seen: list[bytes]) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        count = (await reader.readexactly(2))[1]
        methods = await reader.readexactly(count)
        method = 2 if 2 in methods else 0
        writer.write(bytes([5, method]))
        if method == 2:
            user = await reader.readexactly((await reader.readexactly(2))[1])
            password = await reader.readexactly((await reader.readexactly(1))[0])
            seen.append(user + b":" + password)
            writer.write(b"\x01\x00")
        length = (await reader.readexactly(5))[4]
        host = (await reader.readexactly(length)).decode()
        port = int.from_bytes(await reader.readexactly(2), "big")
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        await _join(reader, writer, host, port)

    return handle


def saying(answer: bytes) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        writer.close()

    return handle


async def _listen(handler: Handler) -> tuple[asyncio.Server, int]:
    async def quiet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.close()

    server = await asyncio.start_server(quiet, "127.0.0.1", 0)
    return server, int(server.sockets[0].getsockname()[1])


@pytest.mark.anyio
@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_venue_behind_a_proxy_with_tls_end_to_end(scheme: str, tmp_path: Path) -> None:
    seen: list[bytes] = []
    server_tls, client_tls = make_tls(tmp_path)
    listening, port = await _listen(connect_proxy(seen) if scheme == "http" else socks_proxy(seen))
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
    listening, port = await _listen(saying(answer))
    with pytest.raises((VenueUnavailable, ConnectionError)):
        await open_through(Proxy(scheme, "127.0.0.1", port), "venue.test", 443)
    listening.close()


@pytest.mark.anyio
async def test_a_silent_proxy_never_blocks_the_next_attempt() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listening, port = await _listen(silent)
    policy = PoolPolicy(1, dial_s=0.02, backoff=BackoffPolicy(0.001, 0.001))
    pool = Http1Pool(target_of("http://127.0.0.1:9"), policy, Proxy("http", "127.0.0.1", port))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pool.run)
        await until(lambda: pool.dials >= 4)
        tasks.cancel_scope.cancel()
    assert pool.last_error
    listening.close()
