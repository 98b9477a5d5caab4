"""The gateway against a small venue on loopback: each way an order's answer can be lost, and the
same end each time: the venue's truth, fills before DONE, nothing sent twice."""

from typing import Any

import msgspec
import pytest

from arbees.messages import events as ev
from arbees.messages.commands import CancelOrder, LegSide, PlaceOrder, Resnapshot, TimeInForce
from arbees.venues.kalshi.orders import client_id_of
from arbees.venues.kalshi.pacing import Bucket, Limits
from tests.loopback import until
from tests.venues.kalshi.venue import START, Scene, scene

pytestmark = pytest.mark.anyio
CONTRACT = 1_000_000
US = "e-1-0"


def place(
    order_id: str = US, tif: TimeInForce = TimeInForce.IOC, qty: int = CONTRACT
) -> PlaceOrder:
    return PlaceOrder(order_id, "e-1", 0, "kalshi", "T", LegSide.YES, 5_200, qty, tif, START)


def created(stage: Scene) -> int:
    return sum(seen == ("POST", "/portfolio/events/orders") for seen in stage.venue.seen)


async def ended(stage: Scene, order_id: str = US) -> list[str]:
    await until(lambda: order_id not in stage.gateway.working)
    return stage.inbox.answers(order_id)


def filled(stage: Scene) -> int:
    return sum(e.qty for e in stage.inbox.events if isinstance(e, ev.FillReport))


async def test_bytes_leave_in_submit_and_fills_come_before_the_end() -> None:
    async with scene() as stage:
        stage.venue.on_create = lambda body: (100, 0)
        stage.gateway.submit([place(), Resnapshot(1, (0,))], START)
        assert stage.pool.idle < 2
        assert await ended(stage) == ["done"]
        assert filled(stage) == CONTRACT
        assert isinstance(stage.inbox.events[0], ev.FillReport)
        (order,) = stage.venue.orders.values()
        assert order["client_order_id"] == client_id_of(US)


async def test_nothing_available_is_done_and_a_refusal_rejected() -> None:
    async with scene() as stage:
        stage.gateway.submit([place()], START)
        assert await ended(stage) == ["done"]
        stage.venue.faults["POST"] = [(400, {"error": {"code": "insufficient_balance"}})]
        stage.gateway.submit([place("e-2-0")], START)
        assert await ended(stage, "e-2-0") == ["rejected"]
        assert stage.gateway.lookups == 0


@pytest.mark.parametrize(
    "fault",
    [
        "lost",
        (502, b"<html>bad gateway</html>"),
        (201, b"<html>"),
        (429, {"error": "too many requests"}),
    ],
)
async def test_a_lost_answer_is_found_by_its_client_id(fault: Any) -> None:
    async with scene() as stage:
        stage.venue.lag_ns = 500_000_000
        stage.venue.on_create = lambda body: (100, 0)
        if fault != "lost":
            stage.venue._create({"client_order_id": client_id_of(US), "ticker": "T", "side": "bid",
                                 "price": "0.5200", "count": "1.00"})  # fmt: skip
        stage.venue.faults["POST"] = [fault]
        stage.gateway.submit([place()], START)
        answers = await ended(stage)
        assert (answers[0], answers[-1]) == ("unknown", "done")
        assert filled(stage) == CONTRACT
        assert created(stage) == 1
        assert stage.gateway.lookups >= 1


async def test_an_order_that_never_arrived_is_so_only_when_reads_prove_it() -> None:
    async with scene() as stage:
        stage.venue.faults["POST"] = ["lost_before"]
        stage.gateway.submit([place()], START)
        answers = await ended(stage)
        assert (answers[0], answers[-1]) == ("unknown", "rejected")
        last = stage.inbox.events[-1]
        assert isinstance(last, ev.OrderAnswer)
        assert last.reason == "never_arrived"
        assert stage.clock.now_ns() - START > 75 * 10**9
        assert created(stage) == 1


async def test_a_failing_look_up_is_tried_again() -> None:
    async with scene() as stage:
        stage.venue.on_create = lambda body: (100, 0)
        stage.venue.faults["POST"] = ["lost"]
        stage.venue.faults["GET /portfolio"] = [
            (500, b""), "lost_before", (200, b"<html>"), (429, {"error": "too many requests"}),
        ]  # fmt: skip
        stage.gateway.submit([place()], START)
        assert (await ended(stage))[-1] == "done"
        assert stage.gateway.last_error
        assert stage.client.pacer.throttled == 1


async def test_the_latch_is_read_before_each_write_and_cancels_pass_it() -> None:
    async with scene() as stage:
        stage.venue.on_create = lambda body: (0, 100)
        stage.gateway.submit([place(tif=TimeInForce.GTC)], START)
        await until(lambda: stage.inbox.answers(US) == ["accepted"])
        stage.is_killed = True
        stage.gateway.submit([place("e-2-0")], START)
        assert await ended(stage, "e-2-0") == ["rejected"]
        assert (stage.gateway.blocked, created(stage)) == (1, 1)
        stage.gateway.submit([CancelOrder(US, "kalshi", START)], START)
        assert await ended(stage) == ["accepted", "done"]


async def test_a_cancel_is_confirmed_by_reads_that_lag() -> None:
    async with scene() as stage:
        stage.venue.lag_ns = 2_000_000_000
        stage.venue.on_create = lambda body: (0, 100)
        stage.gateway.submit([place(tif=TimeInForce.GTC)], START)
        await until(lambda: stage.inbox.answers(US) == ["accepted"])
        stage.venue.faults["DELETE"] = ["lost", (429, {"error": "too many requests"})]
        stage.gateway.submit([CancelOrder(US, "kalshi", START)], START)
        assert await ended(stage) == ["accepted", "done"]
        assert stage.venue.orders["v-1"]["status"] == "canceled"
        stage.gateway.submit([CancelOrder(US, "kalshi", START)], START)


@pytest.mark.parametrize(
    "fault",
    ["lost_before", (429, {"error": "too many requests"}), (503, b""), (401, {"error": {}})],
)
async def test_a_cancel_that_is_not_taken_stays_wanted(fault: Any) -> None:
    async with scene() as stage:
        stage.venue.on_create = lambda body: (0, 100)
        stage.gateway.submit([place(tif=TimeInForce.GTC)], START)
        await until(lambda: stage.inbox.answers(US) == ["accepted"])
        stage.venue.faults["DELETE"] = [fault] * 12
        stage.gateway.submit([CancelOrder(US, "kalshi", START)] * 2, START)
        assert (await ended(stage))[-1] == "done"
        assert stage.venue.orders["v-1"]["status"] == "canceled"
        assert not stage.venue.faults["DELETE"]


async def test_a_cancel_waits_for_the_venues_id() -> None:
    async with scene() as stage:
        stage.venue.on_create = lambda body: (0, 100)
        stage.venue.faults["POST"] = ["lost"]
        stage.gateway.submit([place(tif=TimeInForce.GTC)], START)
        stage.gateway.submit([CancelOrder(US, "kalshi", START)], START)
        assert (await ended(stage))[-1] == "done"
        assert stage.venue.orders["v-1"]["status"] == "canceled"


async def test_a_cancel_that_comes_too_late_finds_the_fill() -> None:
    async with scene() as stage:
        stage.venue.on_create = lambda body: (0, 100)
        stage.gateway.submit([place(tif=TimeInForce.GTC)], START)
        await until(lambda: stage.inbox.answers(US) == ["accepted"])
        stage.venue.orders["v-1"] |= {"status": "executed", "fill_count_fp": "1.00"}
        stage.venue.fill("v-1", 100)
        stage.gateway.submit([CancelOrder(US, "kalshi", START)], START)
        assert await ended(stage) == ["accepted", "done"]
        assert filled(stage) == CONTRACT


async def test_a_new_connection_looks_up_what_was_open() -> None:
    async with scene() as stage:
        stage.venue.on_create = lambda body: (0, 100)
        stage.gateway.submit([place(tif=TimeInForce.GTC)], START)
        await until(lambda: stage.inbox.answers(US) == ["accepted"])
        stage.inbox.deliver_event(ev.ConnOpened(9, "kalshi", "private", 1, False, ()), START)
        stage.venue.orders["v-1"] |= {"status": "executed", "fill_count_fp": "1.00"}
        stage.venue.fill("v-1", 100)
        assert (await ended(stage))[-1] == "done"
        assert filled(stage) == CONTRACT


async def test_orders_of_an_earlier_life_are_looked_up() -> None:
    async with scene() as stage:
        stage.venue.on_create = lambda body: (100, 0)
        stage.venue._create({"client_order_id": client_id_of(US), "ticker": "T", "side": "bid",
                             "price": "0.5200", "count": "1.00"})  # fmt: skip
        old = [msgspec.structs.replace(each, ts_ns=stage.clock.now_ns() - 200 * 10**9)
               for each in (place(), place("e-2-0"))]  # fmt: skip
        stage.gateway.adopt(old)
        assert (await ended(stage))[-1] == "done"
        assert await ended(stage, "e-2-0") == ["rejected"]
        assert (filled(stage), created(stage)) == (CONTRACT, 0)


async def test_a_resting_order_in_silence_is_asked_for() -> None:
    async with scene() as stage:
        stage.venue.on_create = lambda body: (0, 100)
        stage.gateway.submit([place(tif=TimeInForce.GTC)], START)
        await until(lambda: stage.inbox.answers(US) == ["accepted"])
        stage.venue.orders["v-1"] |= {"status": "canceled"}
        assert await ended(stage) == ["accepted", "done"]


async def test_orders_leave_together_and_each_gets_its_own_end() -> None:
    async with scene() as stage:
        await stage.client.refresh()
        stage.venue.on_create = lambda body: (int(float(body["count"]) * 100), 0)
        commands = [place(f"e-{n}-0", qty=n * CONTRACT) for n in range(1, 21)]
        stage.gateway.submit(commands, START)
        for number in range(1, 21):
            assert await ended(stage, f"e-{number}-0") == ["done"]
        fills = {e.order_id: e.qty for e in stage.inbox.events if isinstance(e, ev.FillReport)}
        assert fills == {f"e-{n}-0": n * CONTRACT for n in range(1, 21)}
        assert created(stage) == 20


async def test_without_tokens_an_order_is_not_sent_late() -> None:
    async with scene() as stage:
        stage.venue.faults["GET /account"] = [(500, b"")] * 50
        stage.client.pacer.configure(Limits(Bucket(200, 200), Bucket(100, 1)))
        commands = [place(f"e-{n}-0") for n in range(1, 21)]
        stage.gateway.submit(commands, START)
        for command in commands:
            await ended(stage, command.order_id)
        ends = [e.reason for e in stage.inbox.events if isinstance(e, ev.OrderAnswer)]
        assert (created(stage), ends.count("throttled")) == (8, 12)


async def test_what_breaks_a_rule_or_has_no_gateway_is_never_sent() -> None:
    async with scene() as stage:
        stage.gateway.submit([place(qty=5)], START)
        assert stage.inbox.answers(US) == ["rejected"]
        assert created(stage) == 0
    async with scene(is_running=False) as stage:
        stage.inbox.deliver_event(ev.ConnOpened(9, "kalshi", "private", 0, False, ()), START)
        stage.gateway.submit([place()], START)
        assert stage.inbox.answers(US) == ["rejected"]
        assert created(stage) == 0


async def test_a_market_on_another_shard_is_routed_by_the_venue_next_time() -> None:
    async with scene() as stage:
        stage.venue.faults["POST"] = [(404, {"error": {"code": "market_not_found"}})]
        stage.gateway.submit([place()], START)
        assert await ended(stage) == ["rejected"]
        assert stage.shards.route("T").exchange_index is None


async def test_nothing_secret_is_in_what_is_journaled() -> None:
    async with scene() as stage:
        stage.venue.faults["POST"] = [(401, {"error": {"code": "authentication_error"}})]
        stage.gateway.submit([place()], START)
        await ended(stage)
        assert stage.inbox.frames
        assert all(b"KALSHI-ACCESS" not in frame for frame in stage.inbox.frames)
