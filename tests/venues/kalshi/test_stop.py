"""Cancel everything: confirmed by reads that lag, honest when it cannot be confirmed."""

import pytest

from arbees.venues.kalshi import stop
from arbees.venues.kalshi.stop import cancel_everything
from tests.venues.kalshi.venue import scene

pytestmark = pytest.mark.anyio
BODY = {"ticker": "T", "side": "bid", "price": "0.5200", "count": "1.00"}


async def test_all_is_cancelled_and_confirmed() -> None:
    async with scene(is_running=False) as stage:
        stage.venue.on_create = lambda body: (0, 100)
        for number in range(3):
            stage.venue._create(BODY | {"client_order_id": f"c{number}"})
        stage.venue.faults["DELETE"] = ["lost_before", (500, b"")]
        stage.venue.faults["GET /portfolio/orders"] = [(502, b"")]
        assert await cancel_everything(stage.client, stage.clock) == 0
        assert {o["status"] for o in stage.venue.orders.values()} == {"canceled"}


async def test_what_is_not_known_is_not_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop, "CONFIRM_S", 0.1)
    async with scene(is_running=False) as stage:
        stage.venue.faults["DELETE"] = [(500, b"")] * 100
        assert await cancel_everything(stage.client, stage.clock) is None
