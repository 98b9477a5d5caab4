"""Cash between shards: read, moved from the richest, waited for."""

import pytest

from arbees.errors import OutcomeUnknown, VenueRejected, VenueUnavailable
from arbees.venues.kalshi import funds
from tests.venues.kalshi.venue import scene

pytestmark = pytest.mark.anyio
DOLLAR = 1_000_000


async def test_balances_by_shard() -> None:
    async with scene(is_running=False) as stage:
        stage.venue.cash = {0: 70 * DOLLAR, 2: 30 * DOLLAR}
        assert await funds.read_balances(stage.client, stage.shards) == 100 * DOLLAR
        assert stage.shards.cash == {0: 70 * DOLLAR, 2: 30 * DOLLAR}


async def test_cash_is_moved_and_seen_there() -> None:
    async with scene(is_running=False) as stage:
        await funds.move_cash(stage.client, stage.clock, stage.shards, 3, 20 * DOLLAR + 7)
        assert stage.venue.cash == {0: 980 * DOLLAR, 3: 20 * DOLLAR}
        assert stage.shards.cash == stage.venue.cash
        with pytest.raises(VenueRejected, match="no shard can spare"):
            await funds.move_cash(stage.client, stage.clock, stage.shards, 3, 981 * DOLLAR)


async def test_a_transfer_that_is_lost_or_does_not_arrive() -> None:
    async with scene(is_running=False) as stage:
        stage.venue.faults["POST"] = ["lost"]
        with pytest.raises(OutcomeUnknown):
            await funds.move_cash(stage.client, stage.clock, stage.shards, 3, DOLLAR)
        assert stage.venue.cash[3] == DOLLAR
        stage.venue.faults["POST"] = [(200, {"transfer_id": "t"})]
        with pytest.raises(VenueUnavailable, match="not arrived"):
            await funds.move_cash(stage.client, stage.clock, stage.shards, 3, DOLLAR)
