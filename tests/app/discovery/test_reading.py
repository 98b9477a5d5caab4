"""Asking for pages: patience, pauses, and errors with a place."""

import httpx
import pytest

from arbees.app.discovery import reading
from arbees.app.discovery.budget import Budget
from arbees.app.discovery.reading import Reader
from arbees.errors import VenueUnavailable
from arbees.pipeline.backoff import BackoffPolicy
from tests.app.discovery.listings import Listings, kalshi_event
from tests.pipeline.feeds import LoopClock
from tests.virtual_loop import VIRTUAL

pytestmark = pytest.mark.anyio
POLICY = BackoffPolicy(base_s=1.0, cap_s=8.0, healthy_s=0.0)


@pytest.fixture
def anyio_backend() -> object:
    return VIRTUAL


def reader(venues: Listings) -> Reader:
    http = httpx.AsyncClient(transport=venues.transport)
    return Reader("kalshi", http, Budget(100.0), POLICY, LoopClock())


async def test_a_page_that_fails_is_asked_for_again_when_the_venue_said() -> None:
    venues = Listings()
    venues.errors["/k/series"] = [
        httpx.Response(429, headers={"Retry-After": "5"}), httpx.Response(503),
        httpx.Response(200, text="<html>"),
    ]  # fmt: skip
    assert b"KXNBAGAME" in await reader(venues).body("http://x/k/series")
    times = [t for t, path, _ in venues.calls if path == "/k/series"]
    assert len(times) == 4 and 5.0 <= times[1] - times[0] < 7.0
    assert times[2] > times[1]


async def test_a_page_that_never_comes_names_its_place() -> None:
    venues = Listings()
    venues.errors["/k/series"] = [httpx.Response(500) for _ in range(9)]
    with pytest.raises(VenueUnavailable, match=r"kalshi catalogue, 4 tries of http://x/k/series"):
        await reader(venues).body("http://x/k/series")
    with pytest.raises(VenueUnavailable, match="1 tries"):
        await reader(venues).body("http://x/k/series", tries=1)
    assert len(venues.calls) == 5


async def test_every_page_comes_and_a_listing_without_an_end_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    venues = Listings(size=1)
    venues.kalshi = [kalshi_event(f"KXNBAGAME-26JAN0{n}MILLAL") for n in range(1, 6)]
    pages = [b async for b in reader(venues).pages("http://x/k/events", (), "cursor")]
    assert len(pages) == 5
    monkeypatch.setattr(reading, "PAGES_MAX", 3)
    with pytest.raises(VenueUnavailable, match="has over 3 pages"):
        [b async for b in reader(venues).pages("http://x/k/events", (), "cursor")]
