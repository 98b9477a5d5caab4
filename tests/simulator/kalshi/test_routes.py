"""Admission and answers at the HTTP surface: signed public reads are charged, acks get lost."""

import aiohttp
import pytest

from arbees.simulator.kalshi.limits import BASIC
from tests.simulator.kalshi.bench import REST, bench

pytestmark = pytest.mark.anyio


async def test_signed_public_reads_are_charged_and_unsigned_ones_by_address() -> None:
    async with bench(tier=BASIC, anonymous_rate=20) as made:
        signed = [(await made.ask("GET", "/exchange/status"))[0] for _ in range(30)]
        assert 20 <= signed.count(200) < 25
        unsigned = [(await made.http.get(f"{REST}/exchange/status")).status for _ in range(5)]
        assert unsigned[:2] == [200, 200]
        assert 429 in unsigned


async def test_a_lost_ack_leaves_the_order_live_and_findable_by_its_own_id() -> None:
    async with bench() as made:
        made.venue.desk.faults.arm("lost_ack", "kalshi", match="POST")
        with pytest.raises(aiohttp.ClientError):
            await made.order("bid", "0.5000", "1.00", client_order_id="lost")
        (order,) = (await made.get("/portfolio/orders?status=resting"))["orders"]
        assert order["client_order_id"] == "lost"
        again = await made.order("bid", "0.5000", "1.00", client_order_id="lost")
        assert again[0] == 409


async def test_a_late_ack_still_arrives() -> None:
    async with bench() as made:
        made.venue.desk.faults.arm("late_ack", "kalshi", ms=1, match="events/orders")
        assert (await made.order("bid", "0.5000", "1.00"))[0] == 201


async def test_nothing_is_archived() -> None:
    async with bench() as made:
        cutoff = await made.get("/historical/cutoff")
        assert cutoff["market_settled_ts"].startswith("1970")
