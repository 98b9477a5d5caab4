"""Our clients' life on both simulated venues at once; our ledger ends as the simulators' books.

Connect, discover, subscribe, place both legs, partial fills, an amendment, a cut in the middle,
reconciling, cancels, repair of what is uneven, settlement.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from arbees.messages.records import IntentMade, SettlementBooked
from tests.life.acts import amend, cancel, settle
from tests.life.joint import CONTRACT, joint
from tests.simulator.polymarket.rig import Wallet

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
        assert await amend(it, ours, 6) == 200
        await it.cut()
        await it.kalshi.meet("ask", "0.4500", "1.00")
        await it.at.place(other, "free", "BUY", "0.55", "7", outcome=1)
        await it.reconnect()
        await it.until(lambda: it.ours()["kalshi"][0] == 14 * CONTRACT)
        await it.until(lambda: it.ours()["polymarket"][0] == 25 * CONTRACT)
        for venue, order_id in (("kalshi", ours), ("polymarket", theirs)):
            cancel(it, venue, order_id)
        await it.settle_down()
        assert it.ours() == it.books()
        await it.even()
        assert it.ours() == it.books()
        await settle(it, kalshi_pays, token_pays)
        assert [r.payout for r in it.records if isinstance(r, SettlementBooked)] == [
            kalshi_pays, token_pays]  # fmt: skip
        cash = {venue: money for venue, (_, money) in it.books().items()}
        assert it.ledger.cash == cash
