"""Scans of Kalshi: everything once, then what changed, and what is named before all else.

The one rule: a page that does not come makes a scan incomplete, and an incomplete scan never says
that a market is gone.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import anyio

from arbees.app.discovery.intake import Intake
from arbees.app.discovery.pages import KalshiFees, kalshi_page, series_of
from arbees.app.discovery.reading import Params, Reader
from arbees.errors import VenueUnavailable, WireError
from arbees.venues.kalshi import catalog as kalshi
from arbees.venues.kalshi.fees import EventFeeChange, decode_event_fee_changes, decode_fee_changes

OVERLAP_S = 120
"""A scan for changes begins this long before the last one: clocks differ."""
IDS_MAX = 50
SERIES_MAX = 4
"""More than these are found faster in the list of all, 18 MB as it is."""
FRESH_S = 60.0
"""A look just before a scan may have read all series: 18 MB are not asked for twice."""
LISTED = ("unopened", "open")
"""Events whose markets may be traded, now or soon."""


class KalshiScanner:
    """Events with their markets; what they charge is read before, and again after, each scan."""

    venue = "kalshi"

    def __init__(self, base: str, reader: Reader, intake: Intake) -> None:
        self._base = base
        self._reader = reader
        self._dropped: Counter[str] = Counter()
        self._intake = intake
        self._fees = KalshiFees()
        self._series_at_s = float("-inf")

    async def prepare(self) -> None:
        """What is charged beyond the series' own words. Raises VenueUnavailable, WireError."""
        await self._fee_changes(is_urgent=True)

    async def full(self, scan: int) -> None:
        """Everything open. Raises VenueUnavailable, WireError."""
        if anyio.current_time() - self._series_at_s > FRESH_S:
            await self._learn_all(is_urgent=False)
        self._dropped = self._intake.desk.begin(self.venue)
        for status in LISTED:
            params = (("limit", "200"), ("status", status), ("with_nested_markets", "true"))
            await self._events(params, scan, learns=False)
        self._dropped = Counter()
        self._intake.desk.finish(self.venue, scan)
        await self._again(await self._fee_changes(), scan)

    async def changed(self, since_s: int, scan: int) -> None:
        """Events whose listing changed, whatever their status now; and what is charged."""
        params = (("limit", "200"), ("min_updated_ts", str(since_s - OVERLAP_S)),
                  ("with_nested_markets", "true"))  # fmt: skip
        await self._events(params, scan)
        await self._again(await self._fee_changes(), scan)

    async def league(self, series: Sequence[str], scan: int) -> None:
        """The open markets of some series, before all else and all at once."""
        async with self._intake.pace, anyio.create_task_group() as tasks:
            for ticker in series:
                tasks.start_soon(self._series, ticker, scan)

    async def look(self, tickers: Sequence[str], scan: int) -> None:
        """The events of these markets."""
        async with self._intake.pace:
            for start in range(0, len(tickers), IDS_MAX):
                names = ",".join(tickers[start : start + IDS_MAX])
                body = await self._read("/markets", (("tickers", names), ("limit", "1000")), True)
                events = sorted({m.event_ticker for m in kalshi.decode_markets(body).markets})
                await self._named(events, scan, is_urgent=True)

    async def _series(self, ticker: str, scan: int) -> None:
        params = (("limit", "200"), ("status", "open"), ("with_nested_markets", "true"),
                  ("series_ticker", ticker))  # fmt: skip
        await self._events(params, scan, is_urgent=True)

    async def _named(self, events: Sequence[str], scan: int, is_urgent: bool = False) -> None:
        for start in range(0, len(events), IDS_MAX):
            names = ",".join(events[start : start + IDS_MAX])
            params = (("limit", "200"), ("tickers", names), ("with_nested_markets", "true"))
            await self._events(params, scan, is_urgent)

    async def _events(
        self, params: Params, scan: int, is_urgent: bool = False, learns: bool = True
    ) -> None:
        async for body in self._pages("/events", params, is_urgent):
            if learns:
                await self._learn(body, is_urgent)
            read = kalshi_page(body, self._fees, self._dropped)
            await self._intake.take(read, scan, is_urgent)

    async def _learn(self, body: bytes, is_urgent: bool) -> None:
        """The series of a page that are not known yet."""
        wanted = sorted(series_of(body) - self._fees.series.keys())
        if len(wanted) > SERIES_MAX:
            with suppress(VenueUnavailable, WireError):  # an unknown fee is not traded
                await self._learn_all(is_urgent)
            return
        for ticker in wanted:
            with suppress(VenueUnavailable, WireError):
                await self._learn_from(f"/series/{ticker}", is_urgent)

    async def _learn_all(self, is_urgent: bool) -> None:
        await self._learn_from("/series", is_urgent)
        self._series_at_s = anyio.current_time()

    async def _learn_from(self, path: str, is_urgent: bool) -> None:
        self._fees.learn(kalshi.decode_series_list(await self._read(path, (), is_urgent)))

    async def _fee_changes(self, is_urgent: bool = False) -> set[str]:
        """Series and events whose scheduled changes are others than before."""
        changes = decode_fee_changes(await self._read("/series/fee_changes", (), is_urgent))
        events: list[EventFeeChange] = []
        async for body in self._pages("/events/fee_changes", (("limit", "100"),), is_urgent):
            events += decode_event_fee_changes(body).event_fee_changes or ()
        return self._fees.replace(changes, events)

    async def _again(self, charged: set[str], scan: int) -> None:
        """Read again what is charged otherwise than when it was read."""
        for name in sorted(charged):
            kind = "tickers" if name in self._fees.event_changes else "series_ticker"
            params = (("limit", "200"), (kind, name), ("with_nested_markets", "true"))
            await self._events(params, scan)

    async def _read(self, path: str, params: Params = (), is_urgent: bool = False) -> bytes:
        return await self._reader.body(self._base + path, params, is_urgent)

    def _pages(self, path: str, params: Params, is_urgent: bool) -> AsyncIterator[bytes]:
        return self._reader.pages(self._base + path, params, "cursor", is_urgent)
