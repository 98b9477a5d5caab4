"""The catalogue scan of both venues: bodies only, parsed by the venues' catalogues.

Both venues are read at the same time, each at its own pace. A page that does not come is asked for
again a few times; a scan that lacks one is no scan.
"""

import anyio
import httpx
import msgspec

from arbees.app.config import Settings
from arbees.errors import VenueThrottled, VenueUnavailable
from arbees.pipeline.backoff import Backoff, BackoffPolicy
from arbees.pipeline.bodies import USER_AGENT, ask, body_of
from arbees.pipeline.pacing import Pacer
from arbees.ports import Clock

Bodies = tuple[list[bytes], bytes, bytes, list[bytes], list[bytes]]
"""Kalshi events, series and series' fee changes, Gamma events, Kalshi events' fee changes."""
PAGES_MAX = 2_000
TRIES = 4
ANSWER_S = 30.0
"""The list of series is 18 MB in one answer (kalshi.md section 5.1)."""
Params = dict[str, str]


class _Cursor(msgspec.Struct):
    cursor: str | None = None
    next_cursor: str | None = None


class Reader:
    """Reads one venue: at its pace, patiently, and in vain at most TRIES times a page."""

    def __init__(
        self, venue: str, http: httpx.AsyncClient, pacer: Pacer, policy: BackoffPolicy, clock: Clock
    ) -> None:
        self._venue = venue
        self._http = http
        self._pacer = pacer
        self._policy = policy
        self._clock = clock

    async def body(self, url: str, params: Params | None = None) -> bytes:
        """One body. Raises VenueUnavailable naming venue and request when it never came."""
        backoff = Backoff(self._policy, lambda: 1.0)
        tries = 0
        while True:
            tries += 1
            await self._pacer.turn()
            try:
                return await ask(self._get(url, params), ANSWER_S)
            except VenueUnavailable as error:
                if tries == TRIES:
                    text = f"{self._venue} catalogue, {tries} tries of {url}: {error}"
                    raise VenueUnavailable(text) from error
                delay = max(backoff.next_s(), error.retry_after_s or 0.0)
                if isinstance(error, VenueThrottled):
                    self._pacer.hold(delay)
                await self._clock.sleep(delay)

    async def _get(self, url: str, params: Params | None) -> bytes:
        return body_of(await self._http.get(url, params=params))

    async def pages(self, url: str, params: Params, cursor_name: str) -> list[bytes]:
        """All pages of a listing. Raises VenueUnavailable if it has no end."""
        bodies: list[bytes] = []
        cursor = ""
        while True:
            more = params | ({cursor_name: cursor} if cursor else {})
            body = await self.body(url, more)
            bodies.append(body)
            said = msgspec.json.decode(body, type=_Cursor)
            cursor = said.cursor or said.next_cursor or ""
            if not cursor:
                return bodies
            if len(bodies) == PAGES_MAX:
                raise VenueUnavailable(f"{self._venue} catalogue: {url} has over {PAGES_MAX} pages")


async def scan_venues(
    kalshi_rest: str,
    gamma: str,
    clob: str,
    settings: Settings,
    clock: Clock,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Bodies:
    """Everything open on both venues. Raises VenueUnavailable naming the request that failed."""
    said = settings.reconnect
    policy = BackoffPolicy(said.base_ms / 1000, said.cap_s, said.jitter, said.healthy_s)
    paces = {"kalshi": settings.kalshi.max_requests_per_s,
             "polymarket": settings.polymarket.max_requests_per_s}  # fmt: skip
    headers = {"User-Agent": USER_AGENT}
    async with httpx.AsyncClient(timeout=ANSWER_S, headers=headers, transport=transport) as http:
        readers = {v: Reader(v, http, Pacer(pace), policy, clock) for v, pace in paces.items()}
        kalshi: list[tuple[list[bytes], bytes, bytes, list[bytes]]] = []
        listed: list[list[bytes]] = []
        failed: list[VenueUnavailable] = []

        async def read_kalshi() -> None:
            try:
                kalshi.append(await _kalshi(readers["kalshi"], kalshi_rest))
            except VenueUnavailable as error:
                failed.append(error)

        async def read_polymarket() -> None:
            params = {"limit": "500", "closed": "false"}
            try:
                url = f"{gamma}/events/keyset"
                listed.append(await readers["polymarket"].pages(url, params, "after_cursor"))
            except VenueUnavailable as error:
                failed.append(error)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read_kalshi)
            tasks.start_soon(read_polymarket)
    if failed:
        raise failed[0]
    events, series, changes, event_changes = kalshi[0]
    return events, series, changes, listed[0], event_changes


async def _kalshi(reader: Reader, base: str) -> tuple[list[bytes], bytes, bytes, list[bytes]]:
    """Events, then what they charge: a fee change between the two is in the later answer."""
    params = {"limit": "200", "status": "open", "with_nested_markets": "true"}
    events = await reader.pages(f"{base}/events", params, "cursor")
    series = await reader.body(f"{base}/series")
    changes = await reader.body(f"{base}/series/fee_changes")
    event_changes = await reader.pages(f"{base}/events/fee_changes", {"limit": "100"}, "cursor")
    return events, series, changes, event_changes
