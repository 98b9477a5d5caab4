"""The catalogue scan of both venues: bodies only, parsed by the venues' catalogues."""

import httpx
import msgspec

from arbees.app.config import Settings
from arbees.errors import VenueUnavailable
from arbees.pipeline.bodies import USER_AGENT, body_of
from arbees.ports import Clock

Bodies = tuple[list[bytes], bytes, bytes, list[bytes]]
"""Kalshi events, series and fee changes, then Gamma events."""
PAGES_MAX = 2_000


class _Cursor(msgspec.Struct):
    cursor: str | None = None
    next_cursor: str | None = None


async def scan_venues(
    kalshi_rest: str, gamma: str, clob: str, settings: Settings, clock: Clock
) -> Bodies:
    """Everything open on both venues. Raises VenueUnavailable naming the request that failed."""
    pause = 1.0 / settings.kalshi.max_requests_per_s
    async with httpx.AsyncClient(timeout=30.0, headers={"User-Agent": USER_AGENT}) as http:
        try:
            events = await _pages(
                http, f"{kalshi_rest}/events",
                {"limit": "200", "status": "open", "with_nested_markets": "true"}, "cursor",
                pause, clock,
            )  # fmt: skip
            series = body_of(await http.get(f"{kalshi_rest}/series"))
            changes = body_of(await http.get(f"{kalshi_rest}/series/fee_changes"))
            listed = await _pages(
                http, f"{gamma}/events/keyset", {"limit": "500", "closed": "false"},
                "after_cursor", pause, clock,
            )  # fmt: skip
        except httpx.HTTPError as error:
            raise VenueUnavailable(f"catalogue scan: {type(error).__name__}: {error}") from error
    return events, series, changes, listed


async def _pages(
    http: httpx.AsyncClient,
    url: str,
    params: dict[str, str],
    cursor_name: str,
    pause_s: float,
    clock: Clock,
) -> list[bytes]:
    """All pages of a listing, politely spaced."""
    bodies: list[bytes] = []
    cursor = ""
    for _ in range(PAGES_MAX):
        more = params | ({cursor_name: cursor} if cursor else {})
        body = body_of(await http.get(url, params=more))
        bodies.append(body)
        said = msgspec.json.decode(body, type=_Cursor)
        cursor = said.cursor or said.next_cursor or ""
        if not cursor:
            break
        await clock.sleep(pause_s)
    return bodies
