"""What an attack on the gateway found: cancels that slept, orders that had no end, lost fills."""

import json
from typing import Any

import anyio
import pytest

from arbees.messages import events as ev
from arbees.messages.commands import CancelOrder, LegSide, PlaceOrder, TimeInForce
from arbees.messages.frames import Frame
from arbees.venues.kalshi.hours import decode_schedule
from arbees.venues.kalshi.orders import client_id_of
from arbees.venues.kalshi.pacing import Bucket, Limits
from tests.loopback import until
from tests.venues.kalshi.venue import SPEED, START, Scene, scene

pytestmark = pytest.mark.anyio
CONTRACT = 1_000_000
US = "e-1-0"
GTC, IOC = TimeInForce.GTC, TimeInForce.IOC
SOON_NS = 10 * 10**9
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CANCEL = [CancelOrder(US, "kalshi", START)]


def place(tif: TimeInForce = IOC) -> PlaceOrder:
    return PlaceOrder(US, "e-1", 0, "kalshi", "T", LegSide.YES, 5_200, CONTRACT, tif, START)


def told(stage: Scene, filled: str = "0.00", left: str = "1.00", **more: Any) -> None:
    """A user_order message over the private socket."""
    said = {
        "order_id": "v-1", "ticker": "T", "status": "resting", "book_side": "bid",
        "yes_price_dollars": "0.5200", "fill_count_fp": filled, "remaining_count_fp": left,
        "initial_count_fp": "1.00", "client_order_id": client_id_of(US), **more,
    }  # fmt: skip
    data = json.dumps({"type": "user_order", "sid": 2, "msg": said}).encode()
    stage.inbox.deliver_frame(Frame(9, 1, stage.clock.now_ns(), data))


def deletes(stage: Scene) -> int:
    return sum(method == "DELETE" for method, _ in stage.venue.seen)


async def rests(stage: Scene) -> None:
    stage.venue.on_create = lambda body: (0, 100)
    stage.gateway.submit([place(GTC)], START)
    await until(lambda: stage.inbox.answers(US) == ["accepted"])


async def test_a_cancel_leaves_as_soon_as_the_socket_brings_the_id() -> None:
    async with scene() as stage:
        stage.venue.on_create = lambda body: (0, 100)
        stage.venue.faults["POST"] = ["lost"]
        stage.gateway.submit([place(GTC)], START)
        await until(lambda: stage.inbox.answers(US) == ["unknown"])
        stage.gateway.submit(CANCEL, START)
        told(stage)
        at = stage.clock.now_ns()
        await until(lambda: deletes(stage) > 0)
        assert stage.clock.now_ns() - at < SOON_NS


async def test_a_cancel_in_an_outage_is_sent_again_while_the_order_is_hit() -> None:
    async with scene() as stage:
        await rests(stage)
        stage.venue.faults["DELETE"] = [(503, b"")] * 5
        stage.gateway.submit(CANCEL, START)
        await until(lambda: not stage.venue.faults["DELETE"])
        told(stage, "0.20", "0.80")
        at, before = stage.clock.now_ns(), deletes(stage)
        await until(lambda: deletes(stage) > before)
        assert stage.clock.now_ns() - at < SOON_NS


async def test_a_new_connection_does_not_forget_what_an_order_is_called() -> None:
    async with scene() as stage:
        await rests(stage)
        stage.venue.faults["GET /exchange/user_data"] = [(503, b"")] * 1_000
        opened = ev.ConnOpened(9, "kalshi", "private", 1, False, ())
        stage.inbox.deliver_event(opened, START)
        stage.gateway.submit(CANCEL, START)
        await until(lambda: deletes(stage) > 0)


async def test_a_clock_set_back_stops_neither_cancels_nor_look_ups() -> None:
    async with scene() as stage:
        await rests(stage)
        stage.venue.faults["GET /account"] = [(500, b"")] * 500
        stage.client.pacer.configure(Limits(Bucket(200, 200), Bucket(100, 100)))
        for bucket in stage.client.pacer._writes.values():
            bucket.empty(stage.clock.now_ns())
        stage.clock._from += 600 / SPEED
        at, looked = stage.clock.now_ns(), stage.gateway.lookups
        stage.gateway.submit(CANCEL, START)
        await until(lambda: deletes(stage) > 0 and stage.gateway.lookups > looked)
        assert stage.clock.now_ns() - at < 6 * SOON_NS


async def test_a_partial_fill_of_which_only_the_order_tells_is_looked_up() -> None:
    async with scene() as stage:
        await rests(stage)
        stage.venue.fill("v-1", 20)
        stage.venue.orders["v-1"] |= {"fill_count_fp": "0.20", "remaining_count_fp": "0.80"}
        told(stage, "0.20", "0.80")
        at = stage.clock.now_ns()
        await until(lambda: any(isinstance(e, ev.FillReport) for e in stage.inbox.events))
        assert stage.clock.now_ns() - at < SOON_NS


async def test_a_status_unknown_keeps_the_fills_and_ends_with_a_known_one() -> None:
    async with scene() as stage:
        await rests(stage)
        stage.venue.fill("v-1", 40)
        stage.venue.orders["v-1"] |= {"status": "unknown", "fill_count_fp": "0.40"}
        told(stage, "0.40", "0.60", status="unknown")
        await until(lambda: any(isinstance(e, ev.FillReport) for e in stage.inbox.events))
        assert stage.inbox.answers(US) == ["accepted"]
        stage.venue.orders["v-1"] |= {"status": "canceled"}
        await until(lambda: US not in stage.gateway.working)
        assert stage.inbox.answers(US) == ["accepted", "done"]


async def test_an_order_that_is_not_found_by_id_is_searched_in_its_market() -> None:
    async with scene() as stage:
        stage.venue.on_create = lambda body: (100, 0)
        listed = stage.venue._orders
        stage.venue._orders = lambda parts, query: (  # type: ignore[method-assign]
            (404, {"error": {"code": "not_found"}}) if len(parts) == 3 else listed(parts, query)
        )
        stage.gateway.submit([place()], START)
        await until(lambda: US not in stage.gateway.working)
        assert stage.inbox.answers(US)[-1] == "done"


@pytest.mark.parametrize("code", ["MARKET_NOT_FOUND", "market_not_found"])
async def test_a_market_on_another_shard_is_left_to_the_venue(code: str) -> None:
    async with scene() as stage:
        stage.venue.faults["POST"] = [(404, {"error": {"code": code}})]
        stage.gateway.submit([place()], START)
        await until(lambda: US not in stage.gateway.working)
        assert stage.shards.route("T").exchange_index is None


def schedule(**week: str) -> bytes:
    hours = {day: [{"open_time": "00:00", "close_time": "00:00"}] for day in DAYS}
    body = {"standard_hours": [{**hours, **week}], "maintenance_windows": []}
    return json.dumps({"schedule": body}).encode()


async def test_hours_without_a_zone_are_new_yorks_and_orders_go_by_them() -> None:
    async with scene() as stage:
        stage.client.hours.schedule = decode_schedule(
            schedule(start_time="2026-01-01T00:00:00", end_time="2027-01-01T00:00:00")
        )
        stage.venue.on_create = lambda body: (100, 0)
        stage.gateway.submit([place()], START)
        await until(lambda: US not in stage.gateway.working)
        assert stage.inbox.answers(US)[-1] == "done"


async def test_hours_that_cannot_be_read_refuse_each_order_with_an_answer() -> None:
    async with scene() as stage:
        good = decode_schedule(schedule())
        stage.client.hours.schedule = type(good)(
            tuple(type(week)(start_time="soon") for week in good.standard_hours)
        )
        for number in range(2):
            order_id = f"e-{number}-0"
            order = PlaceOrder(order_id, "e", 0, "kalshi", "T", LegSide.YES, 5_200, CONTRACT, IOC,
                               START)  # fmt: skip
            stage.gateway.submit([order], START)
            assert stage.inbox.answers(order_id) == ["rejected"]


async def test_orders_whose_answers_hang_hold_no_cancel_up() -> None:
    async with scene() as stage:
        await rests(stage)
        other = stage.pool.__class__(stage.pool.target, stage.pool._policy)
        stage.client._cancels = other
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(other.run)
            await other.wait_warm()
            while stage.pool._take() is not None:
                pass
            stage.gateway.submit(CANCEL, START)
            await until(lambda: stage.inbox.answers(US)[-1] == "done" or deletes(stage) > 0)
            tasks.cancel_scope.cancel()
