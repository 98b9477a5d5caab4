"""Our clients' life on both simulated venues at once; our ledger ends as the simulators' books.

Connect, discover, subscribe, place both legs, partial fills, an amendment, a cut in the middle,
reconciling, cancels, repair of what is uneven, settlement.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest

from arbees.messages.commands import CancelOrder
from arbees.messages.records import IntentMade, SettlementBooked
from arbees.venues.kalshi import orders
from tests.life.joint import CONTRACT, Joint, joint
from tests.simulator.kalshi.bench import FED
from tests.simulator.polymarket.rig import Wallet, condition

pytestmark = pytest.mark.anyio


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


async def test_both_legs_of_a_basket(tmp_path: Path, http: httpx.AsyncClient) -> None:
    async with joint(tmp_path, http) as it:
        assert await it.trade() == 2
        await it.settle_down()
        assert [type(r) for r in it.records].count(IntentMade) == 1
        assert it.ours() == it.books()
        assert it.ours()["kalshi"][0] == it.ours()["polymarket"][0] == 10 * CONTRACT


async def amend(it: Joint, order_id: str, contracts: int) -> None:
    """The order's whole size becomes this, filled part included."""
    session = it.kalshi.inbox.session
    assert session is not None
    venue_id = session.tracker.venue_id(order_id)
    assert venue_id is not None
    changed = orders.order_of(it.kalshi.asked[order_id])
    changed = msgspec.structs.replace(changed, qty=contracts * CONTRACT)
    said = await it.kalshi.client.send(
        orders.amend(venue_id, changed, it.kalshi.gateway.shards.route(FED))
    )
    assert said.status == 200, said.body


@pytest.mark.parametrize(
    ("kalshi_pays", "token_pays"), [(10_000, 0), (5_000, 5_000), (3_700, 10_000)]
)
async def test_a_whole_life_ends_with_equal_books(
    tmp_path: Path, http: httpx.AsyncClient, kalshi_pays: int, token_pays: int
) -> None:
    async with joint(tmp_path, http) as it:
        assert await it.trade() == 2
        await it.settle_down()
        other = await it.at.login(Wallet(8))
        ours, theirs = await it.rest(4_500, 4_500, 20)
        await it.kalshi.meet("ask", "0.4500", "3.00")
        await it.at.place(other, "free", "BUY", "0.55", "8", outcome=1)
        await it.until(lambda: it.ours()["kalshi"][0] == 13 * CONTRACT)
        await it.until(lambda: it.ours()["polymarket"][0] == 18 * CONTRACT)
        await amend(it, ours, 6)
        await it.cut()
        await it.kalshi.meet("ask", "0.4500", "1.00")
        await it.at.place(other, "free", "BUY", "0.55", "7", outcome=1)
        await it.reconnect()
        await it.until(lambda: it.ours()["kalshi"][0] == 14 * CONTRACT)
        await it.until(lambda: it.ours()["polymarket"][0] == 25 * CONTRACT)
        for venue, order_id in (("kalshi", ours), ("polymarket", theirs)):
            it.submit([CancelOrder(order_id, venue, it.clock.now_ns())], it.clock.now_ns())
        await it.settle_down()
        assert it.ours() == it.books()
        await it.even()
        assert it.ours() == it.books()
        it.kalshi.made.venue.life.determine(FED, kalshi_pays, timer_ms=0)
        it.kalshi.made.tick()
        await it.kalshi.made.venue.publisher.hub.flush()
        status, _ = await it.at.do("settle", market=condition("free"), payout=token_pays)
        assert status == 200
        await it.until(lambda: not it.ledger.positions)
        assert [r.payout for r in it.records if isinstance(r, SettlementBooked)] == [
            kalshi_pays, token_pays]  # fmt: skip
        cash = {venue: money for venue, (_, money) in it.books().items()}
        assert it.ledger.cash == cash
