"""The scan against scripted answers: every page, dated fees, patience, errors with a place."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import anyio
import httpx
import pytest

from arbees.app import compose, scan
from arbees.app.config import Settings
from arbees.errors import VenueUnavailable
from arbees.simulator.catalog import build_catalog
from tests.pipeline.feeds import LoopClock
from tests.virtual_loop import VIRTUAL

pytestmark = pytest.mark.anyio
CHANGE = {"id": "1", "event_ticker": "KXCPIYOY-26JAN", "series_ticker": "KXCPIYOY",
          "fee_type_override": "quadratic", "fee_multiplier_override": 0.5,
          "scheduled_ts": "2030-01-01T00:00:00Z"}  # fmt: skip


@pytest.fixture
def anyio_backend() -> object:
    return VIRTUAL


class Venues:
    """Both venues' listings, two events a page; `errors` are answered first, by path."""

    def __init__(self) -> None:
        self.catalog: dict[str, Any] = build_catalog(60.0)
        self.calls: list[tuple[float, str]] = []
        self.errors: dict[str, list[httpx.Response]] = {}

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/k")
        self.calls.append((anyio.current_time(), request.url.path))
        if self.errors.get(path):
            return self.errors[path].pop(0)
        start = int(request.url.params.get("cursor", request.url.params.get("after_cursor", 0)))
        kalshi, gamma = self.catalog["kalshi"], self.catalog["polymarket"]["gamma_events"]
        match request.url.path:
            case "/k/events":
                return self.page("events", kalshi["events"], start, "cursor")
            case "/k/series":
                return httpx.Response(200, json={"series": kalshi["series"]})
            case "/k/series/fee_changes":
                return httpx.Response(200, json={"series_fee_change_arr": []})
            case "/k/events/fee_changes":
                rows = [CHANGE, CHANGE | {"event_ticker": "OTHER"}, CHANGE | {"id": "3"}]
                return self.page("event_fee_changes", rows, start, "cursor")
            case _:
                return self.page("events", gamma, start, "next_cursor")

    def page(self, key: str, rows: list[Any], start: int, cursor: str) -> httpx.Response:
        more = str(start + 2) if start + 2 < len(rows) else ""
        return httpx.Response(200, json={key: rows[start : start + 2], cursor: more})


@pytest.fixture
def venues() -> Venues:
    return Venues()


async def run(venues: Venues) -> scan.Bodies:
    return await scan.scan_venues(
        "http://x/k", "http://x", "http://x", Settings(), LoopClock(),
        httpx.MockTransport(venues.answer),
    )  # fmt: skip


async def test_every_page_of_both_venues_is_read_at_each_ones_pace(venues: Venues) -> None:
    bodies = await run(venues)
    instruments = compose.instruments_from_bodies(*bodies)
    whole = compose.instruments_from_catalog(venues.catalog)
    assert [i.instrument_id for i in instruments] == [i.instrument_id for i in whole]
    for venue, gap_s in (("/k/", 0.2), ("/events/keyset", 0.05)):
        times = [t for t, path in venues.calls if path.startswith(venue)]
        assert len(times) >= 3
        assert [b - a for a, b in pairwise(times)] == pytest.approx([gap_s] * (len(times) - 1))


async def test_a_dated_override_of_an_event_is_in_its_instruments_fees(venues: Venues) -> None:
    instruments = compose.instruments_from_bodies(*await run(venues))
    (cpi,) = [i for i in instruments if i.event_id == "KXCPIYOY-26JAN"]
    assert cpi.fees.at(0).taker_rate == 70_000
    assert cpi.fees.at(2_000_000_000 * 10**9).taker_rate == 35_000


def failing(status: int) -> Callable[[], httpx.Response]:
    return lambda: httpx.Response(status, headers={"Retry-After": "5"} if status == 429 else {})


async def test_a_page_that_fails_is_asked_for_again_when_the_venue_said(venues: Venues) -> None:
    venues.errors["/series"] = [failing(429)(), failing(503)()]
    assert len((await run(venues))[1]) > 10
    times = [t for t, path in venues.calls if path == "/k/series"]
    assert len(times) == 3
    assert times[1] - times[0] == pytest.approx(5.0)


async def test_a_page_that_never_comes_names_its_place(venues: Venues) -> None:
    venues.errors["/events/fee_changes"] = [failing(503)() for _ in range(9)]
    with pytest.raises(VenueUnavailable, match=r"kalshi catalogue, 4 tries of http://x/k/events/f"):
        await run(venues)
    venues.errors = {"/events/keyset": [failing(500)() for _ in range(9)]}
    with pytest.raises(VenueUnavailable, match="polymarket catalogue"):
        await run(venues)


async def test_a_listing_without_an_end_is_an_error(
    venues: Venues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "PAGES_MAX", 2)
    with pytest.raises(VenueUnavailable, match="has over 2 pages"):
        await run(venues)
