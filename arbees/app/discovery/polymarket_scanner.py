"""Scans of Polymarket: everything once, then what is new, and what is named before all else.

Gamma has no filter for what changed (polymarket.md section 2.1): what is new is at the head of a
listing by creation, what changed or closed is found by the next whole scan and by the feeds.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

import anyio
import msgspec

from arbees.app.discovery.intake import Intake
from arbees.app.discovery.pages import created_of, event_ids_of, polymarket_page
from arbees.app.discovery.reading import Params, Reader
from arbees.errors import VenueUnavailable
from arbees.venues.parsing import UNREADABLE

IDS_MAX = 50
OVERLAP_S = 120
"""A look for what is new begins this long before the last one: clocks differ."""
CONDITIONS, TOKENS = "condition_ids", "clob_token_ids"
PAGES_NEW_MAX = 10
OPEN: Params = (("limit", "500"), ("closed", "false"))


class _Sport(msgspec.Struct):
    sport: str
    series: str | int | None = None


class PolymarketScanner:
    """Events with their markets."""

    venue = "polymarket"

    def __init__(self, gamma: str, reader: Reader, intake: Intake) -> None:
        self._gamma = gamma
        self._reader = reader
        self._dropped: Counter[str] = Counter()
        self._intake = intake
        self._sports: dict[str, str] = {}

    async def prepare(self) -> None:
        """The series that each league's games are in; where they are not said, tags must do."""
        with suppress(VenueUnavailable, *UNREADABLE):
            body = await self._reader.body(f"{self._gamma}/sports", (), True, tries=1)
            said = msgspec.json.decode(body, type=list[_Sport])
            self._sports = {each.sport: str(each.series) for each in said if each.series}

    async def full(self, scan: int) -> None:
        """Everything open. Raises VenueUnavailable, WireError."""
        self._dropped = self._intake.desk.begin(self.venue)
        await self._events(OPEN, scan)
        self._dropped = Counter()
        self._intake.desk.finish(self.venue, scan)

    async def changed(self, since_s: int, scan: int) -> None:
        """Events created since (Unix seconds)."""
        since = datetime.fromtimestamp(since_s - OVERLAP_S, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        params = (*OPEN, ("order", "creationDate"), ("ascending", "false"))
        left = PAGES_NEW_MAX
        url = f"{self._gamma}/events/keyset"
        async for body in self._reader.pages(url, params, "after_cursor"):
            await self._take(body, scan)
            left -= 1
            if not left or created_of(body) < since:
                return

    async def league(self, sports: Sequence[str], scan: int) -> None:
        """The open events of some leagues, before all else and all at once."""
        async with self._intake.pace, anyio.create_task_group() as tasks:
            for sport in sports:
                series = self._sports.get(sport)
                named = ("series_id", series) if series else ("tag_slug", sport)
                tasks.start_soon(self._events, (*OPEN, named), scan, True)

    async def look(self, names: Sequence[str], scan: int) -> None:
        """The events of these markets, named by condition or by token; of one kind each time."""
        async with self._intake.pace:
            for start in range(0, len(names), IDS_MAX):
                part = names[start : start + IDS_MAX]
                kinds = [(CONDITIONS if name[:2] == "0x" else TOKENS, name) for name in part]
                params = [("limit", "100"), *kinds]
                body = await self._reader.body(f"{self._gamma}/markets/keyset", params, True)
                for event in event_ids_of(body):
                    said = await self._reader.body(f"{self._gamma}/events/{event}", (), True)
                    await self._take(said, scan, True)

    async def _events(self, params: Params, scan: int, is_urgent: bool = False) -> None:
        async for body in self._reader.pages(
            f"{self._gamma}/events/keyset", params, "after_cursor", is_urgent
        ):
            await self._take(body, scan, is_urgent)

    async def _take(self, body: bytes, scan: int, is_urgent: bool = False) -> None:
        read = polymarket_page(body, self._dropped)
        await self._intake.take(read, scan, is_urgent)
