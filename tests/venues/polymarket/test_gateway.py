"""The gateway: gated at the last moment, written at once, honest about what it does not know."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from arbees.errors import OutcomeUnknown, VenueRejected, VenueUnavailable
from arbees.messages.commands import CancelOrder, LegSide, PlaceOrder, Resnapshot, TimeInForce
from arbees.messages.requests import Response
from tests.venues.polymarket.scripted import START_NS, Reply, Sent, World, good, settle
from tests.venues.polymarket.test_auth import KEYS
from tests.venues.polymarket.test_life import kinds, trade
from tests.venues.polymarket.test_signing import KEY, TOKEN

pytestmark = pytest.mark.anyio
SHARE = 1_000_000


def order(
    name: str = "1-7-0", tif: TimeInForce = TimeInForce.IOC, *, token: str = str(TOKEN),
    price: int = 5_000, venue: str = "polymarket", side: LegSide = LegSide.YES,
) -> PlaceOrder:  # fmt: skip
    return PlaceOrder(
        name, "1-7", 3, venue, token, side, price, 20 * SHARE, tif, START_NS - 1_000_000
    )


def placed(sent: Sent, status: str = "matched", **more: Any) -> Response:
    """The venue's acceptance; it knows the order by the id we computed."""
    return good(
        {"success": True, "errorMsg": "", "status": status, "makingAmount": "10",
         "takingAmount": "20", "tradeIDs": ["t1"], "transactionsHashes": []} | more
    )  # fmt: skip


@asynccontextmanager
async def running(handle: Callable[[Sent], Reply], **how: Any) -> AsyncIterator[World]:
    world = World(handle)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: world.gateway.run(**how))
        await settle(3)
        yield world
        tasks.cancel_scope.cancel()


def accepting(world: list[World], status: str = "matched", **more: Any) -> Callable[[Sent], Reply]:
    """Accepts every order under its right id."""

    def handle(sent: Sent) -> Reply:
        (life,) = [x for x in world[0].lives.open() if not x.is_accepted]
        return placed(sent, status, orderID=life.venue_id, **more)

    return handle


async def test_an_order_leaves_inside_submit_and_its_answer_is_an_event() -> None:
    worlds: list[World] = []
    async with running(lambda s: accepting(worlds)(s)) as world:
        worlds.append(world)
        world.gateway.submit([order(), Resnapshot(1, (2,)), order(venue="kalshi")], START_NS)
        (sent,) = world.transport.sent  # before anything else could run
        await settle()
        assert world.events == []  # matched, but no fill was told yet
        (life,) = world.lives.open()
        world.lives.trade(trade(size="20", taker_order_id=life.venue_id))
    assert (sent.method, sent.path) == ("POST", "/order")
    assert sent.said["order"]["makerAmount"] == "10000000"
    assert sent.headers["POLY_ADDRESS"] == KEYS.address
    assert sent.headers["POLY_TIMESTAMP"] == "1800000000"
    assert sent.headers["Host"] == "clob.test"
    assert life.is_ended
    assert world.gateway.sent == 1


async def test_delayed_orders_are_accepted_and_end_by_the_socket() -> None:
    worlds: list[World] = []
    more = {"makingAmount": "", "takingAmount": "", "tradeIDs": None}
    async with running(lambda s: accepting(worlds, "delayed", **more)(s)) as world:
        worlds.append(world)
        world.gateway.submit([order()], START_NS)
        await settle()
        (life,) = world.lives.open()
        assert kinds(world.events) == ["accepted:delayed"]
        assert kinds(world.lives.told(life, 0, "canceled", 1)) == ["done:canceled"]


async def test_the_latch_is_read_at_the_write() -> None:
    async with running(lambda s: good({})) as world:
        world.is_killed = True
        world.gateway.submit([order()], START_NS)
        await settle()
        assert world.transport.sent == []
        assert kinds(world.events) == ["rejected:killed"]
        assert world.gateway.blocked == 1


async def test_access_is_read_at_the_write() -> None:
    async with running(lambda s: good({})) as world:
        world.clock.ns += 3_600_000_000_000
        world.gateway.submit([order()], START_NS)
        await settle()
        assert kinds(world.events) == ["rejected:access"]
        assert "too old" in world.gateway.last_error


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (order(token="77"), "terms_unknown"),
        (order(side=LegSide.NO), "side"),
        (order(price=5_050), "amounts"),
    ],
)
async def test_what_need_not_be_sent_is_not(command: PlaceOrder, reason: str) -> None:
    async with running(lambda s: good({})) as world:
        world.gateway.submit([command], START_NS)
        assert world.transport.sent == []
        assert kinds(world.events) == [f"rejected:{reason}"]


async def test_an_order_is_sent_once() -> None:
    async with running(lambda s: OutcomeUnknown("lost")) as world:
        world.gateway.submit([order(), order()], START_NS)
        await settle()
        assert len(world.transport.sent) == 1
        assert kinds(world.events) == ["rejected:sent_before", "unknown:no_answer"]


async def test_beyond_our_rate_nothing_leaves() -> None:
    async with running(lambda s: OutcomeUnknown("lost")) as world:
        world.gateway.submit([order(f"o{n}") for n in range(70)], START_NS)
        assert len(world.transport.sent) == 60
        assert kinds(world.events) == ["rejected:rate_limited"] * 10


async def test_before_it_runs_nothing_leaves() -> None:
    world = World(lambda s: good({}))
    world.gateway.submit([order(), CancelOrder("x", "polymarket", 1)], START_NS)
    assert kinds(world.events) == ["rejected:not_running"]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (VenueUnavailable("down"), "rejected:not_sent"),
        (OutcomeUnknown("lost"), "unknown:no_answer"),
        (VenueRejected("no", "killed"), "rejected:killed"),
        (Response(502, b"<html>"), "unknown:not_served"),
        (Response(200, b"<html>"), "unknown:unclear_answer"),
        (good({"error": "order timed out"}, 500), "unknown:timed_out"),
        (good({"error": "order 0x1 is invalid. Duplicated."}, 400), "unknown:duplicated"),
        (good({"error": "not enough balance / allowance"}, 400), "rejected:balance"),
        (good({"success": True, "orderID": "", "errorMsg": "invalid nonce"}), "rejected:nonce"),
        (good({"success": True, "status": "unmatched"}), "done:no_match"),
        (good({"error": "no orders found to match with FAK order."}, 400), "done:fak_no_match"),
        (good({"error": "the market is not yet ready to process new orders"}, 400),
         "rejected:market_not_ready"),
        (Response(429, b""), "rejected:throttled"),
        (Response(403, b"<html>"), "rejected:forbidden"),
    ],
)  # fmt: skip
async def test_every_kind_of_answer(reply: Reply, said: str) -> None:
    async with running(lambda s: reply) as world:
        world.gateway.submit([order()], START_NS)
        await settle()
        assert kinds(world.events) == [said]


@pytest.mark.parametrize(
    ("reply", "reason", "seconds"),
    [
        (Response(425, b"{}", (("retry-after", "1"),)), "engine_restart", 1),
        (good({"error": "post-only mode: only post-only orders", "retry_after_seconds": 79}, 503),
         "post_only_mode", 79),
        (good({"error": "Trading is currently disabled."}, 503), "trading_disabled", 1),
        (Response(429, b"", (("retry-after", "3"),)), "throttled", 3),
    ],
)  # fmt: skip
async def test_a_venue_that_restarts_is_left_alone(reply: Reply, reason: str, seconds: int) -> None:
    async with running(lambda s: reply) as world:
        world.gateway.submit([order("a")], START_NS)
        await settle()
        world.gateway.submit([order("b")], START_NS)
        world.clock.ns += seconds * 1_000_000_000
        world.gateway.submit([order("c")], START_NS)
        await settle()
        assert kinds(world.events) == [f"rejected:{reason}"] * 3
        assert len(world.transport.sent) == 2


async def test_a_closed_account_closes_the_gate() -> None:
    text = "'0xf39' address in closed only mode"
    async with running(lambda s: good({"error": text}, 400)) as world:
        world.gateway.submit([order("a")], START_NS)
        await settle()
        world.gateway.submit([order("b")], START_NS)
        await settle()
        assert kinds(world.events) == ["rejected:closed_only", "rejected:access"]
        assert text in (world.access.refusal(START_NS) or "")


async def test_cancels_go_even_when_killed() -> None:
    worlds: list[World] = []
    canceled: list[str] = []

    def handle(sent: Sent) -> Reply:
        if sent.method == "DELETE":
            canceled.append(sent.said["orderID"])
            return good({"canceled": canceled, "not_canceled": {}})
        return accepting(worlds, "live", makingAmount="", takingAmount="")(sent)

    async with running(handle) as world:
        worlds.append(world)
        world.gateway.submit([order(tif=TimeInForce.GTC)], START_NS)
        await settle()
        world.is_killed = True
        world.gateway.submit([CancelOrder("1-7-0", "polymarket", 1)], START_NS)
        world.gateway.submit([CancelOrder("other", "polymarket", 1)], START_NS)
        await settle()
        (life,) = world.lives.open()
        assert canceled == [life.venue_id]
        assert life.is_over
        assert life.is_unknown  # how much of it was matched before must be read
        assert kinds(world.events) == ["accepted:live"]


async def test_a_cancel_that_is_not_taken_is_sent_again_until_it_is() -> None:
    worlds: list[World] = []
    replies: list[Reply] = [
        OutcomeUnknown("lost"), VenueUnavailable("refused"), good({"error": "slow down"}, 429),
        good({"error": "oops"}, 500), good({"error": "unauthorized"}, 401),
        good({"canceled": [], "not_canceled": {"0x1": "matching engine is busy"}}),
    ]  # fmt: skip
    canceled: list[str] = []

    def handle(sent: Sent) -> Reply:
        if sent.method != "DELETE":
            return accepting(worlds, "live", makingAmount="", takingAmount="")(sent)
        if replies:
            return replies.pop(0)
        canceled.append(sent.said["orderID"])
        return good({"canceled": canceled, "not_canceled": {}})

    async with running(handle) as world:
        worlds.append(world)
        world.gateway.submit([order(tif=TimeInForce.GTC)], START_NS)
        await settle()
        world.gateway.submit([CancelOrder("1-7-0", "polymarket", 1)] * 2, START_NS)
        await settle(200)
        (life,) = world.lives.open()
        assert canceled == [life.venue_id] and life.is_over and not life.is_cancelling
        assert not replies and world.gateway.last_error


@pytest.mark.parametrize(
    "reply",
    [OutcomeUnknown("lost"), good({"canceled": [], "not_canceled": {"0x1": "already canceled"}})],
)
async def test_a_cancel_that_failed_is_read(reply: Reply) -> None:
    worlds: list[World] = []

    def handle(sent: Sent) -> Reply:
        if sent.method == "DELETE":
            return reply
        return accepting(worlds, "live", makingAmount="", takingAmount="")(sent)

    async with running(handle) as world:
        worlds.append(world)
        world.gateway.submit([order(tif=TimeInForce.GTC)], START_NS)
        await settle()
        world.gateway.submit([CancelOrder("1-7-0", "polymarket", 1)], START_NS)
        await settle()
        (life,) = world.lives.open()
        assert life.is_unknown


async def test_cancel_everything_says_what_still_rests() -> None:
    rows = [{"id": "0x5", "status": "LIVE"}]

    def handle(sent: Sent) -> Reply:
        if sent.method == "DELETE":
            return good({"canceled": ["0x4"], "not_canceled": {}})
        return good({"data": rows, "next_cursor": "LTE="})

    async with running(handle) as world:
        assert await world.gateway.cancel_everything() == 1
        assert world.transport.paths() == ["DELETE /cancel-all", "GET /data/orders"]


async def test_the_heartbeat_follows_the_venues_ids() -> None:
    ids = iter(["u1", "u2", "u4"])
    asked: list[str] = []

    def handle(sent: Sent) -> Reply:
        asked.append(sent.said["heartbeat_id"])
        if len(asked) == 3:
            return good({"error_msg": "Invalid Heartbeat ID", "heartbeat_id": "u3"}, 400)
        if len(asked) > 4:
            return Response(502, b"")
        return good({"heartbeat_id": next(ids)})

    async with running(handle, heartbeat=True) as world:
        while len(asked) < 6:
            await settle(1)
        assert asked[:6] == ["", "u1", "u2", "u3", "u4", "u4"]
        world.clock.ns += 11_000_000_000
        world.gateway.submit([order("r", TimeInForce.GTC)], START_NS)
        assert kinds(world.events) == ["rejected:heartbeat"]


async def test_a_pause_is_never_longer_than_we_allow() -> None:
    def handle(sent: Sent) -> Reply:
        return Response(429, b"{}", (("retry-after", "999999"),))

    async with running(handle) as world:
        world.gateway.submit([order()], START_NS)
        await settle()
        assert world.gateway.shut(world.clock.ns) != ""
        world.clock.ns += 121 * 10**9
        assert world.gateway.pause(world.clock.ns) == ""
        world.clock.ns -= 3_600 * 10**9  # the clock is set back
        assert world.gateway.pause(world.clock.ns) == ""


async def test_a_heartbeat_that_cannot_be_read_is_tried_again() -> None:
    bodies = iter([b"<html>", b"{}", b'{"heartbeat_id": 7}'])
    asked = 0

    def handle(sent: Sent) -> Reply:
        nonlocal asked
        asked += 1
        body = next(bodies, None)
        return good({"heartbeat_id": "u1"}) if body is None else Response(200, body)

    async with running(handle, heartbeat=True) as world:
        while world.gateway.heart.beat_ns == 0:
            await settle(1)
    assert asked >= 4


async def test_an_order_of_the_log_is_adopted_under_the_same_id() -> None:
    world = World(lambda s: good({}))
    world.gateway.adopt(order())
    (life,) = world.lives.open()
    assert kinds(world.events) == ["unknown:restart"]
    async with running(lambda s: OutcomeUnknown("lost")) as other:
        other.gateway.submit([order()], START_NS)
        assert [x.venue_id for x in other.lives.open()] == [life.venue_id]
    with pytest.raises(VenueRejected, match="terms"):
        world.gateway.adopt(order("z", token="77"))


async def test_no_secret_is_shown() -> None:
    async with running(lambda s: good({"error": "x"}, 400)) as world:
        world.gateway.submit([order()], START_NS)
        await settle()
        shown = f"{world.gateway!r}{world.calls!r}{world.gateway.last_error}{world.events}"
        shown += json.dumps([s.path for s in world.transport.sent])
        for secret in (*KEYS.secrets(), KEY.hex()):
            assert secret not in shown
