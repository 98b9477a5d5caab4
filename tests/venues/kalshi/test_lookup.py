"""Look-ups: by the venue's id, else among the market's orders since the send."""

import pytest

from arbees.errors import VenueRejected, VenueUnavailable
from arbees.venues.kalshi import lookup
from arbees.venues.kalshi.lookup import look_up
from arbees.venues.kalshi.orders import client_id_of
from tests.venues.kalshi.venue import START, Scene, scene

pytestmark = pytest.mark.anyio
CONTRACT = 1_000_000


def add(stage: Scene, order_id: str, filled: int = 0) -> None:
    stage.venue.on_create = lambda body: (filled, 0)
    stage.venue._create(
        {"client_order_id": client_id_of(order_id), "ticker": "T", "side": "bid",
         "price": "0.5200", "count": "1.00"}
    )  # fmt: skip


async def test_by_either_id_with_its_fills_only() -> None:
    async with scene(is_running=False) as stage:
        add(stage, "e-1-0", 100)
        add(stage, "e-2-0", 50)
        by_search = await look_up(stage.client, "e-2-0", "T", CONTRACT, START, None)
        assert by_search.order is not None
        assert by_search.order.order_id == "v-2"
        assert [f.count_fp for f in by_search.fills] == ["0.50"]
        by_id = await look_up(stage.client, "e-2-0", "T", CONTRACT, START, "v-2")
        assert (by_id.order, by_id.fills) == (by_search.order, by_search.fills)
        assert ("GET", "/portfolio/orders/v-2") in stage.venue.seen


async def test_absence_is_reported_with_how_far_the_reads_have_come() -> None:
    async with scene(is_running=False) as stage:
        stage.venue.lag_ns = 5_000_000_000
        add(stage, "e-1-0", 100)
        for venue_id in (None, "v-1", "v-9"):
            before = stage.clock.now_ns()
            report = await look_up(stage.client, "e-1-0", "T", CONTRACT, START, venue_id)
            assert (report.order, report.fills) == (None, ())
            assert report.as_of_ns < before
        # How complete the reads are is asked before them: asked after, a later order could be
        # missing from a picture that claims to be later still.
        asked = [path for _, path in stage.venue.seen]
        assert asked[0] == "/exchange/user_data_timestamp"


async def test_what_cannot_be_found_out_is_said() -> None:
    async with scene(is_running=False) as stage:
        stage.venue.faults["GET /portfolio/orders/v"] = [(403, b"")]
        with pytest.raises(VenueRejected):
            await look_up(stage.client, "e-1-0", "T", CONTRACT, START, "v-1")
        stage.venue.faults["GET /exchange/user"] = [(502, b"")]
        with pytest.raises(VenueUnavailable):
            await look_up(stage.client, "e-1-0", "T", CONTRACT, START, None)


async def test_endless_pages_end() -> None:
    async with scene(is_running=False) as stage:
        await stage.client.refresh()
        page = (200, {"orders": [], "cursor": "more"})
        stage.venue.faults["GET /portfolio/orders"] = [page] * (lookup.PAGES_MAX + 1)
        with pytest.raises(VenueRejected, match="pages"):
            await look_up(stage.client, "e-1-0", "T", CONTRACT, START, None)
