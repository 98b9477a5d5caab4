"""Every named fault once while both legs are traded: our ledger ends as the simulators' books.

The faults are listed at run time: one without a case fails here.
"""

from pathlib import Path
from typing import Any

import httpx
import pytest

from arbees.messages.records import OrderClosed
from arbees.simulator.faults import NAMES
from tests.life.acts import faults_of, under_fault
from tests.life.joint import TOKEN, Joint, joint
from tests.simulator.kalshi.bench import FED

pytestmark = pytest.mark.anyio
KALSHI, POLYMARKET = "kalshi", "polymarket"
ORDERS = {"match": "/portfolio/events/orders"}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "disconnect": (KALSHI, {}),
    "freeze_market": (KALSHI, {"match": FED}),
    "freeze_socket": (KALSHI, {}),
    "gap": (KALSHI, {}),
    "duplicate": (KALSHI, {}),
    "reorder": (KALSHI, {}),
    "overflow": (KALSHI, {}),
    "late_ack": (KALSHI, {**ORDERS, "ms": 100}),
    "lost_ack": (KALSHI, ORDERS),
    "throttle": (KALSHI, ORDERS),
    "server_error": (KALSHI, {**ORDERS, "status": 503}),
    "html": (KALSHI, {**ORDERS, "status": 502}),
    "slow": (POLYMARKET, {"match": "/order", "ms": 50}),
    "clock_skew": (POLYMARKET, {"match": "/order"}),
    "partial_then_cancel": (POLYMARKET, {}),
    "failed_settlement": (POLYMARKET, {}),
    "schema_drift": (KALSHI, {**ORDERS, "field": "order_id", "to": "id"}),
    "frame_drift": (KALSHI, {"field": "yes_dollars_fp", "to": "yes"}),
    "pause": (KALSHI, {"ms": 1_000}),
    "exchange_pause": (KALSHI, {"ms": 1_000}),
    "refuse_socket": (POLYMARKET, {"match": "/ws/market"}),
    "maintenance": (POLYMARKET, {"match": "/order"}),
    "tick_change": (POLYMARKET, {"match": TOKEN, "tick": "0.001"}),
    "engine_restart": (POLYMARKET, {"ms": 1_000}),
    "delayed": (POLYMARKET, {"ms": 1_000}),
    "post_only_mode": (POLYMARKET, {"ms": 1_000}),
    "geoblock": (POLYMARKET, {}),
    "closed_only": (POLYMARKET, {}),
    "refusal": (POLYMARKET, {}),
}


def test_every_fault_that_the_simulator_names_has_a_case() -> None:
    assert set(CASES) == NAMES


def bit(it: Joint, venue: str) -> bool:
    """Whether the fault happened; one that stands is seen by the order that it refused."""
    refused = [r for r in it.records if isinstance(r, OrderClosed) and r.status == "rejected"]
    return bool(refused) or any(fault.fired for fault in faults_of(it, venue).armed)


@pytest.mark.parametrize("name", sorted(NAMES))
async def test_a_basket_under_each_fault_ends_with_equal_books(tmp_path: Path, name: str) -> None:
    venue, more = CASES[name]
    async with httpx.AsyncClient(trust_env=False) as http, joint(tmp_path, http) as it:
        assert await it.trade() == 2
        await it.settle_down()
        await under_fault(it, name, venue, more)
        assert bit(it, venue), "the fault never came"
        faults_of(it, venue).clear()
        await it.settle_down()
        await it.trade(patience_s=0.6)
        await it.settle_down()
        assert it.ours() == it.books()
