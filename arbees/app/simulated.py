"""The built-in simulator as a child process, and where the venues are to be found."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any

import anyio
import anyio.abc
import httpx
from anyio.streams.buffered import BufferedByteReceiveStream

from arbees.app.config import Settings
from arbees.app.discovery.messages import Route
from arbees.app.egress import routes_to, venue_proxies
from arbees.app.options import RunOptions
from arbees.app.secrets import kalshi_private_key
from arbees.errors import ConfigError, VenueUnavailable
from arbees.venues.egress import Proxy

READY_S = 60.0
LINE_MAX = 65_536


@dataclass(frozen=True, slots=True)
class Venues:
    """Base URLs of both venues and what is needed to talk to them."""

    kalshi_rest: str
    kalshi_ws: str
    gamma: str
    clob: str
    polymarket_ws: str
    kalshi_key_id: str | None
    kalshi_key_pem: bytes | None = field(repr=False)
    proxies: Mapping[str, Proxy] = field(default_factory=dict)
    """The operator's egress, by venue."""
    polymarket_user_ws: str = ""
    site: str = ""
    """Where the geoblock check is asked."""
    polymarket_key: bytes | None = field(default=None, repr=False)

    def routes(self) -> tuple[Route, ...]:
        """How requests of listings and books leave."""
        urls = {"kalshi": (self.kalshi_rest,), "polymarket": (self.gamma, self.clob)}
        return routes_to(urls, self.proxies)


def real_venues(settings: Settings) -> Venues:
    """The venues that the configuration names."""
    kalshi, polymarket = settings.kalshi, settings.polymarket
    return Venues(
        kalshi.rest_url, kalshi.ws_url, polymarket.gamma_url, polymarket.clob_url,
        polymarket.ws_url, kalshi.key_id or None, kalshi_private_key(settings),
        venue_proxies(settings),
    )  # fmt: skip


class Simulated:
    """Starts the simulator, reads its one line of endpoints, and ends it."""

    def __init__(self, options: RunOptions) -> None:
        self._options = options
        self._process: anyio.abc.Process | None = None
        self._said: dict[str, Any] = {}
        self._http = httpx.AsyncClient(timeout=5.0, trust_env=False)
        self.last_served = 0
        self._said_by_child = TemporaryFile()  # noqa: SIM115, closed in __aexit__
        """Not a pipe: one that nobody reads would fill up."""

    async def __aenter__(self) -> "Simulated":
        options = self._options
        command = [sys.executable, "-m", "arbees.simulator", "--json"]
        command += ["--speed", str(options.speed)]
        if options.session is not None:
            command += ["--session", str(options.session)]
        else:
            command += ["--seed", str(options.seed if options.seed is not None else 1)]
        self._process = await anyio.open_process(command, stderr=self._said_by_child)
        assert self._process.stdout is not None
        try:
            with anyio.fail_after(READY_S):
                stream = BufferedByteReceiveStream(self._process.stdout)
                line = await stream.receive_until(b"\n", LINE_MAX)
            self._said = json.loads(line)
        except (TimeoutError, anyio.IncompleteRead, ValueError) as error:
            await self._end()
            said = self._complaint() or str(error)
            raise VenueUnavailable(
                f"the simulator did not start ({' '.join(command[1:])}): {said}"
            ) from error
        return self

    def _complaint(self) -> str:
        """The last line of what the child said before it ended."""
        self._said_by_child.seek(0)
        said = self._said_by_child.read()[-LINE_MAX:]
        return said.decode("utf-8", "replace").strip().rpartition("\n")[2]

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()
        await self._end()
        self._said_by_child.close()

    async def _end(self) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            process.terminate()
            with anyio.CancelScope(shield=True), anyio.move_on_after(5) as patience:
                await process.wait()
            if patience.cancelled_caught:
                process.kill()
        if process is not None:
            with anyio.CancelScope(shield=True):
                await process.aclose()

    def venues(self) -> Venues:
        """The simulator's addresses with the credentials it issued."""
        said, keys = self._said, self._said["credentials"]
        return Venues(
            said["kalshi_rest"], said["kalshi_ws"], said["gamma"], said["clob"],
            said["polymarket_ws"], keys["kalshi_key_id"],
            keys["kalshi_private_key_pem"].encode(),
            polymarket_user_ws=said["polymarket_user_ws"], site=said["gamma"],
            polymarket_key=keys["polymarket_private_key"].encode(),
        )  # fmt: skip

    @property
    def clock_url(self) -> str:
        return str(self._said["control"]).replace("http", "ws", 1) + "/sim/clock/ws"

    async def _ask(self, method: str, path: str) -> Any:
        try:
            response = await self._http.request(method, self._said["control"] + path)
            return response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise VenueUnavailable(f"simulator {path}: {error}") from error

    async def clock(self) -> dict[str, Any]:
        said = await self._ask("GET", "/sim/clock")
        if not isinstance(said, dict):
            raise ConfigError("the simulator's clock is not an object")
        return said

    async def pairs(self) -> list[dict[str, str]]:
        said = await self._ask("GET", "/sim/pairs")
        return list(said["pairs"] if isinstance(said, dict) else said)

    async def start(self) -> None:
        await self._ask("POST", "/sim/start")

    async def stop(self) -> None:
        await self._ask("POST", "/sim/stop")

    async def frames_served(self) -> int:
        """Messages served over both venues' sockets so far."""
        said = await self._ask("GET", "/sim/stats")
        self.last_served = sum(said[v]["ws_frames_served"] for v in ("kalshi", "polymarket"))
        return self.last_served
