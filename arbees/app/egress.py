"""The operator's own proxies, one per venue: plain egress for sockets and listings as for orders.

Only what the settings name is used; the environment's proxies are not. Where a venue refuses a
place or an account, that refusal stands.
"""

import socket
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from urllib.parse import urlsplit

import anyio
import httpcore
import httpx

from arbees.app.config import Settings
from arbees.app.discovery.messages import Route
from arbees.app.secrets import KALSHI_PROXY, PROXY, take_secret
from arbees.errors import ConfigError, VenueUnavailable
from arbees.pipeline.bodies import USER_AGENT
from arbees.pipeline.sockets import Dial
from arbees.venues.egress import Proxy, greet, open_through, proxy_of


def proxy_from(variable: str, setting: str, url: str) -> Proxy | None:
    """A venue's proxy, or None: the environment's, else the setting's, which may hold no
    password. Raises ConfigError, never showing one."""
    said = take_secret(variable, "")
    if said:
        return proxy_of(said.decode())
    if not url:
        return None
    if urlsplit(url).password is not None:
        raise ConfigError(f"{setting}: it holds a password; put it in {variable} instead")
    return proxy_of(url)


def venue_proxies(settings: Settings) -> dict[str, Proxy]:
    """By venue; a venue without one is reached directly. Raises ConfigError."""
    said = {
        "kalshi": proxy_from(KALSHI_PROXY, "kalshi.proxy", settings.kalshi.proxy),
        "polymarket": proxy_from(PROXY, "polymarket.proxy", settings.polymarket.proxy),
    }
    return {venue: proxy for venue, proxy in said.items() if proxy is not None}


def routes_to(urls: Mapping[str, Sequence[str]], proxies: Mapping[str, Proxy]) -> tuple[Route, ...]:
    """How requests leave: `urls` are base addresses by venue."""
    return tuple(
        _route(url, proxies[venue])
        for venue, some in urls.items()
        if venue in proxies
        for url in some
    )


def _route(url: str, proxy: Proxy) -> Route:
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return Route(origin, proxy.scheme, proxy.host, proxy.port, proxy.user, proxy.password)


def open_client(
    routes: Sequence[Route], timeout_s: float, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """A client for everything that is not an order. `transport` takes what has no route."""
    mounts = {route.origin: _through(route) for route in routes}
    return httpx.AsyncClient(
        timeout=timeout_s, headers={"User-Agent": USER_AGENT}, mounts=mounts, transport=transport,
        trust_env=False,
    )  # fmt: skip


def _through(route: Route) -> httpx.AsyncHTTPTransport:
    """httpx's own proxies are not used: a SOCKS one that keeps silent holds a request for ever,
    and each attempt on one that lies leaves a socket open (httpcore 1.0)."""
    proxy = Proxy(route.scheme, route.host, route.port, route.user, route.password)
    transport = httpx.AsyncHTTPTransport(trust_env=False)
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=httpx.create_ssl_context(trust_env=False), network_backend=Backend(proxy)
    )
    return transport


class Backend(httpcore.AnyIOBackend):
    """Connections of a pool, every one through the same proxy."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's signature)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises httpcore.ConnectError or ConnectTimeout, naming the proxy."""
        proxy = self._proxy
        stream = await super().connect_tcp(
            proxy.host, proxy.port, timeout, local_address, socket_options
        )
        try:
            with anyio.fail_after(timeout):
                await greet(_StreamChannel(stream), proxy, host, port)
        except BaseException as error:
            with anyio.CancelScope(shield=True):
                await stream.aclose()
            if isinstance(error, TimeoutError):
                text = f"proxy {proxy.host}:{proxy.port}: no answer in {timeout:g} s"
                raise httpcore.ConnectTimeout(text) from error
            if isinstance(error, VenueUnavailable):
                raise httpcore.ConnectError(str(error)) from error
            raise
        return stream


class _StreamChannel:
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def send(self, data: bytes) -> None:
        await self._stream.write(data)

    async def receive(self, count: int) -> bytes:
        return await self._stream.read(count)


def dial_of(proxies: Mapping[str, Proxy], venue: str) -> Dial | None:
    """How this venue's sockets are dialled, or None for directly."""
    proxy = proxies.get(venue)
    return None if proxy is None else partial(_dial, proxy)


async def _dial(proxy: Proxy, host: str, port: int) -> socket.socket:
    """Raises VenueUnavailable, naming the proxy without its password."""
    try:
        return await open_through(proxy, host, port)
    except OSError as error:
        raise VenueUnavailable(f"proxy {proxy.host}:{proxy.port}: {error}") from error
