"""What a life on both venues is made of beyond trading: amendments, cancels, faults, payment."""

from typing import Any

import msgspec

from arbees.messages.commands import CancelOrder
from arbees.venues.kalshi import orders
from tests.life.joint import CONTRACT, Joint
from tests.simulator.kalshi.bench import FED
from tests.simulator.polymarket.rig import condition


async def amend(it: Joint, order_id: str, contracts: int) -> int:
    """The order's whole size at Kalshi becomes this, filled part included; the HTTP status."""
    await it.until(lambda: _venue_id(it, order_id))
    venue_id = _venue_id(it, order_id)
    assert venue_id is not None
    changed = orders.order_of(it.kalshi.asked[order_id])
    changed = msgspec.structs.replace(changed, qty=contracts * CONTRACT)
    said = await it.kalshi.client.send(
        orders.amend(venue_id, changed, it.kalshi.gateway.shards.route(FED))
    )
    return said.status


def _venue_id(it: Joint, order_id: str) -> str | None:
    """What Kalshi calls an order; a new private connection has to read it first."""
    session = it.kalshi.inbox.session
    return session.tracker.venue_id(order_id) if session is not None else None


def cancel(it: Joint, venue: str, order_id: str) -> None:
    now = it.clock.now_ns()
    it.submit([CancelOrder(order_id, venue, now)], now)


async def settle(it: Joint, kalshi_pays: int, token_pays: int) -> None:
    """Both markets pay (pips a contract); until nothing is held."""
    it.kalshi.made.venue.life.determine(FED, kalshi_pays, timer_ms=0)
    it.kalshi.made.tick()
    await it.kalshi.made.venue.publisher.hub.flush()
    status, _ = await it.at.do("settle", market=condition("free"), payout=token_pays)
    assert status == 200
    await it.until(lambda: not it.ledger.positions)


def faults_of(it: Joint, venue: str) -> Any:
    """The faults of one venue's simulator."""
    return it.kalshi.made.venue.desk.faults if venue == "kalshi" else it.at.venue.faults


async def under_fault(it: Joint, name: str, venue: str, more: dict[str, Any]) -> None:
    """Trade once while the fault is armed; a socket that it touches dials again."""
    faults_of(it, venue).arm(name, venue, **more)
    await it.trade(patience_s=0.6)
    if name in ("refuse_socket", "disconnect"):
        await it.cut()
        await it.reconnect()
    await it.pump()
