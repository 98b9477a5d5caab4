"""Fee changes come into force at their second, an event's override over its series."""

import pytest

from arbees.simulator.exchange.fees import KalshiFees
from tests.simulator.kalshi.bench import BTC, FED, Bench, bench

pytestmark = pytest.mark.anyio
EVENT = "KXFEDDECISION-26JAN"


def multiplier(made: Bench, ticker: str) -> float:
    fees = made.venue.desk.exchange.markets[ticker].fees
    assert isinstance(fees, KalshiFees)
    return float(fees.multiplier)


async def test_scheduled_changes_come_into_force_and_past_ones_do_not_again() -> None:
    rows = {
        "series_fee_changes": [
            {"id": "0", "series_ticker": "KXBTC15M", "fee_type": "quadratic", "fee_multiplier": 9,
             "scheduled_ts": "2025-12-01T00:00:00Z"},
            {"id": "1", "series_ticker": "KXBTC15M", "fee_type": "quadratic",
             "fee_multiplier": 0.5, "scheduled_ts": "2026-01-01T00:01:00Z"},
            {"id": "2", "series_ticker": "KXFEDDECISION", "fee_type": "quadratic",
             "fee_multiplier": 3, "scheduled_ts": "2026-01-01T00:01:00Z"},
        ],
        "event_fee_changes": [
            {"id": "3", "event_ticker": EVENT, "series_ticker": "KXFEDDECISION",
             "fee_type_override": None, "fee_multiplier_override": 0,
             "scheduled_ts": "2026-01-01T00:00:30Z"},
        ],
    }  # fmt: skip
    async with bench(extra=rows) as made:
        made.tick()
        assert (multiplier(made, BTC), multiplier(made, FED)) == (1, 1)
        async with made.socket("market_lifecycle_v2") as heard:
            made.tick(31)
            made.venue.publisher.hub.kick()
            assert (await heard.next("event_fee_update"))["msg"]["event_ticker"] == EVENT
        made.tick(30)
        assert (multiplier(made, BTC), multiplier(made, FED)) == (0.5, 0)
        assert (await made.get("/series/KXBTC15M"))["series"]["fee_multiplier"] == 0.5
        made.venue.life.fees.override(EVENT, None, None)
        assert multiplier(made, FED) == 3
