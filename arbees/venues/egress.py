"""Egress: a TCP connection to a venue, directly or through the operator's own proxy.

An HTTP proxy is asked with CONNECT, a SOCKS5 proxy by name. This is plain network egress: where a
venue refuses a place or an account, that refusal stands. The caller sets the deadline.
"""

import asyncio
import socket
import ssl
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote, urlsplit

from arbees.errors import ConfigError, VenueUnavailable

HEAD_MAX = 16_384
SOCKS_PORT, HTTP_PORT = 1080, 8080


@dataclass(frozen=True, slots=True)
class Target:
    """Where a pool connects. `tls` None is plain HTTP, for loopback only."""

    host: str
    port: int
    tls: ssl.SSLContext | None

    @property
    def authority(self) -> str:
        """For the Host header."""
        usual = 443 if self.tls else 80
        return self.host if self.port == usual else f"{self.host}:{self.port}"


def target_of(url: str, tls: ssl.SSLContext | None = None) -> Target:
    """Raises ConfigError if it is no http(s) URL, or plain HTTP to anything but loopback."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{url}: not an http or https address")
    if parts.scheme == "http":
        if parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ConfigError(f"{url}: orders go over https; plain http is for loopback only")
        return Target(parts.hostname, parts.port or 80, None)
    return Target(parts.hostname, parts.port or 443, tls or ssl.create_default_context())


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP or SOCKS5 proxy; the password is not part of its repr."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)


def proxy_of(url: str) -> Proxy:
    """Raises ConfigError on anything but http://, socks5:// or socks5h:// with a host."""
    parts = urlsplit(url)
    scheme = parts.scheme.removesuffix("h") if parts.scheme == "socks5h" else parts.scheme
    if scheme not in ("http", "socks5") or not parts.hostname:
        raise ConfigError("proxy: write it as http://host:port or socks5://host:port")
    try:
        port = parts.port or (SOCKS_PORT if scheme == "socks5" else HTTP_PORT)
    except ValueError as error:
        raise ConfigError(f"proxy: {error}") from error
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Proxy(scheme, parts.hostname, port, user, password)


class Channel(Protocol):
    """Bytes to and from a proxy; at most `count` come, none at the end."""

    async def send(self, data: bytes) -> None: ...
    async def receive(self, count: int) -> bytes: ...


class _SocketChannel:
    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()

    async def send(self, data: bytes) -> None:
        await self._loop.sock_sendall(self._sock, data)

    async def receive(self, count: int) -> bytes:
        return await self._loop.sock_recv(self._sock, count)


async def open_through(proxy: Proxy, host: str, port: int) -> socket.socket:
    """A socket that speaks with host:port through the proxy. Raises VenueUnavailable if the proxy
    refuses, OSError if it cannot be reached."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(proxy.host, proxy.port, type=socket.SOCK_STREAM)
    family, kind, proto, _, address = found[0]
    sock = socket.socket(family, kind, proto)
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, address)
        await greet(_SocketChannel(sock), proxy, host, port)
    except BaseException:
        sock.close()
        raise
    return sock


async def greet(channel: Channel, proxy: Proxy, host: str, port: int) -> None:
    """Ask the proxy at the other end for host:port; afterwards the venue is. Raises
    VenueUnavailable if it refuses."""
    if proxy.scheme == "http":
        await _connect(channel, proxy, host, port)
    else:
        await _socks5(channel, proxy, host, port)


def _refused(proxy: Proxy, what: str) -> VenueUnavailable:
    return VenueUnavailable(f"proxy {proxy.host}:{proxy.port}: {what}")


async def _connect(channel: Channel, proxy: Proxy, host: str, port: int) -> None:
    head = f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n"
    if proxy.user:
        pair = b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        head += f"Proxy-Authorization: Basic {pair}\r\n"
    await channel.send(f"{head}\r\n".encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        # One byte at a time: what follows the head already belongs to the venue.
        byte = await channel.receive(1)
        if not byte or len(answer) > HEAD_MAX:
            raise _refused(proxy, "ended without an answer to CONNECT")
        answer += byte
    line = answer.split(b"\r\n", 1)[0].decode("latin-1")
    words = line.split(" ", 2)
    if len(words) < 2 or words[1] != "200":
        raise _refused(proxy, f"refused CONNECT: {line[:80]!r}")


async def _exactly(channel: Channel, proxy: Proxy, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = await channel.receive(count - len(data))
        if not more:
            raise _refused(proxy, "ended in the middle of the SOCKS5 greeting")
        data += more
    return data


async def _socks5(channel: Channel, proxy: Proxy, host: str, port: int) -> None:
    await channel.send(b"\x05\x02\x00\x02" if proxy.user else b"\x05\x01\x00")
    version, method = await _exactly(channel, proxy, 2)
    if version != 5 or method == 0xFF or (method == 2 and not proxy.user):
        raise _refused(proxy, "speaks no SOCKS5 that we may use")
    if method == 2:
        user, password = proxy.user.encode(), proxy.password.encode()
        said = bytes([1, len(user)]) + user + bytes([len(password)]) + password
        await channel.send(said)
        if (await _exactly(channel, proxy, 2))[1] != 0:
            raise _refused(proxy, "refused the user and password")
    name = host.encode("idna")
    await channel.send(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + port.to_bytes(2, "big"))
    _, status, _, kind = await _exactly(channel, proxy, 4)
    if status != 0:
        raise _refused(proxy, f"SOCKS5 status {status}")
    length = {1: 4, 4: 16}.get(kind)
    if length is None:
        length = (await _exactly(channel, proxy, 1))[0]
    await _exactly(channel, proxy, length + 2)
