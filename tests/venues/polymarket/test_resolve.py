"""Doubt is read away, and absence is believed only from reads that agree."""

from collections.abc import Callable
from typing import Any

import pytest

from arbees.errors import OutcomeUnknown, VenueUnavailable
from arbees.messages.requests import Response
from arbees.venues.polymarket.amounts import Amounts
from arbees.venues.polymarket.life import Life
from arbees.venues.polymarket.orders import OrderType, SignedOrder
from arbees.venues.polymarket.replies import Placed, PlaceStatus
from tests.venues.polymarket.scripted import START_NS, Reply, Sent, World, good
from tests.venues.polymarket.test_life import kinds

pytestmark = pytest.mark.anyio
SHARE = 1_000_000


class Venue:
    """What reads would show."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, str]] = {}
        self.trades: list[dict[str, Any]] = []
        self.broken: Reply | None = None

    def __call__(self, sent: Sent) -> Reply:
        if self.broken is not None:
            return self.broken
        path = sent.path.partition("?")[0]
        if path.startswith("/data/order/"):
            found = self.orders.get(path.rpartition("/")[2])
            return good(found) if found else Response(404, b'{"error":"order not found"}')
        rows = self.trades if path == "/data/trades" else list(self.orders.values())
        return good({"data": rows, "next_cursor": "LTE="})

    def rest(self, venue_id: str, matched: str = "0", status: str = "LIVE") -> None:
        self.orders[venue_id] = {"id": venue_id, "status": status, "size_matched": matched}

    def trade(self, size: str, name: str = "t1", **more: Any) -> None:
        self.trades.append(
            {"id": name, "taker_order_id": "0xo", "market": "m", "asset_id": "2174",
             "side": "BUY", "size": size, "price": "0.5", "status": "MINED",
             "match_time": "1800000001"} | more
        )  # fmt: skip


def world(venue: Callable[[Sent], Reply], kind: OrderType = OrderType.FAK) -> tuple[World, Life]:
    made = World(venue)
    order = SignedOrder("o", "0xo", Amounts(10 * SHARE, 20 * SHARE), True, kind, b"")
    return made, made.lives.add(order, "2174", START_NS)


async def turns(made: World, count: int) -> None:
    for _ in range(count):
        await made.clock.sleep(0.5)
        await made.resolver.turn()


async def test_a_lost_answer_of_an_order_that_was_filled() -> None:
    venue = Venue()
    made, life = world(venue)
    made.lives.unknown(life, "no_answer", START_NS)
    venue.trade("20")
    await turns(made, 20)
    assert kinds(made.events) == ["fill:20@5000+250000", "mined", "done:filled"]
    assert life.is_ended


async def test_a_lost_answer_of_an_order_that_never_came() -> None:
    made, life = world(Venue())
    made.lives.unknown(life, "no_answer", START_NS)
    await turns(made, 7)
    assert made.events == []  # it may still appear
    assert made.resolver.reads == 7
    await turns(made, 1)
    assert kinds(made.events) == ["rejected:not_found"]
    await turns(made, 5)
    assert made.resolver.reads == 8


async def test_an_order_that_appears_late_is_not_called_absent() -> None:
    venue = Venue()
    made, life = world(venue)
    made.lives.unknown(life, "no_answer", START_NS)
    await turns(made, 7)
    venue.trade("5")
    await turns(made, 2)  # the count changed: the reads must agree anew
    assert kinds(made.events) == ["fill:5@5000+62500", "mined"]
    await turns(made, 3)
    assert kinds(made.events)[-1] == "done:partial"


async def test_a_lost_answer_of_an_order_that_rests() -> None:
    venue = Venue()
    made, life = world(venue, OrderType.GTC)
    made.lives.unknown(life, "no_answer", START_NS)
    venue.rest("0xo")
    await turns(made, 6)
    assert kinds(made.events) == ["accepted:found"]
    assert made.resolver.reads == 1  # a resting order is no doubt
    assert not life.is_unknown


async def test_shares_that_were_matched_but_not_told() -> None:
    venue = Venue()
    made, life = world(venue)
    made.lives.placed(life, Placed("0xo", PlaceStatus.MATCHED, 10 * SHARE, 20 * SHARE, ()), 1)
    await turns(made, 3)
    assert made.resolver.reads == 0  # the socket has its time
    venue.trade("20")
    await turns(made, 2)
    assert kinds(made.events) == ["fill:20@5000+250000", "mined", "done:filled"]


async def test_fewer_trades_than_the_venue_says_it_matched_stay_unknown() -> None:
    venue = Venue()
    made, life = world(venue)
    made.lives.placed(life, Placed("0xo", PlaceStatus.MATCHED, 10 * SHARE, 20 * SHARE, ()), 1)
    venue.trade("5")
    await turns(made, 40)
    assert kinds(made.events) == ["fill:5@5000+62500", "mined"]
    assert not life.is_ended


async def test_a_delayed_order_that_found_nobody() -> None:
    made, life = world(Venue())
    made.lives.placed(life, Placed("0xo", PlaceStatus.DELAYED, 0, 0, ()), 1)
    await turns(made, 20)
    assert kinds(made.events) == ["done:unfilled"]


async def test_a_delayed_order_that_is_still_delayed() -> None:
    venue = Venue()
    made, life = world(venue)
    made.lives.placed(life, Placed("0xo", PlaceStatus.DELAYED, 0, 0, ()), 1)
    venue.rest("0xo", status="DELAYED")
    await turns(made, 20)
    assert made.events == []
    venue.orders.clear()
    venue.trade("20")
    await turns(made, 5)
    assert kinds(made.events)[-1] == "done:filled"


@pytest.mark.parametrize(
    "broken", [VenueUnavailable("down"), OutcomeUnknown("lost"), Response(200, b"<html>"),
               Response(500, b"")],
)  # fmt: skip
async def test_reads_that_fail_prove_nothing(broken: Reply) -> None:
    venue = Venue()
    made, life = world(venue)
    made.lives.unknown(life, "no_answer", START_NS)
    venue.broken = broken
    await turns(made, 30)
    assert made.events == []
    assert made.resolver.last_error
    venue.broken = None
    await turns(made, 4)
    assert kinds(made.events) == ["rejected:not_found"]


async def test_after_a_connection_everything_is_read() -> None:
    venue = Venue()
    made, gone = world(venue, OrderType.GTC)
    made.lives.placed(gone, Placed("0xo", PlaceStatus.LIVE, 0, 0, ()), 1)
    still = made.lives.add(
        SignedOrder("p", "0xp", Amounts(SHARE, 2 * SHARE), True, OrderType.GTC, b""), "2174",
        START_NS,
    )  # fmt: skip
    made.lives.unknown(still, "no_answer", START_NS)
    venue.rest("0xp")
    venue.rest("0xforeign")
    venue.trade("5", maker_orders=[])
    made.resolver.wants_all = True
    await made.resolver.turn()
    assert made.lives.foreign == 1
    assert kinds(made.events) == ["accepted:found", "fill:5@5000+62500", "mined"]
    assert gone.is_unknown  # it rested, and is in no list any more
    await turns(made, 12)
    assert kinds(made.events)[3:] == ["done:partial"]
    assert not still.is_ended


async def test_a_reading_that_fails_is_done_again() -> None:
    venue = Venue()
    venue.broken = VenueUnavailable("down")
    made, _ = world(venue, OrderType.GTC)
    made.resolver.wants_all = True
    await made.resolver.turn()
    assert made.resolver.wants_all
    venue.broken = None
    await made.resolver.turn()
    assert not made.resolver.wants_all


async def test_it_runs_until_it_is_cancelled() -> None:
    import anyio

    made, life = world(Venue())
    made.lives.unknown(life, "no_answer", START_NS)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(made.resolver.run)
        while not life.is_ended:
            await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    assert kinds(made.events) == ["rejected:not_found"]
