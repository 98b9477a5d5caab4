"""Signed, paced requests: what is refused before it leaves, what waits, what an answer teaches."""

from base64 import b64decode

import pytest

from arbees.errors import (
    OutcomeUnknown,
    VenueRejected,
    VenueThrottled,
    VenueUnavailable,
    WireError,
)
from arbees.messages.commands import TimeInForce
from arbees.messages.requests import RequestKind
from arbees.units import NS_PER_S
from arbees.venues.kalshi import client, orders, queries
from arbees.venues.kalshi.orders import NewOrder
from arbees.venues.kalshi.pacing import BASIC, Bucket, Limits
from tests.venues.kalshi.keys import ed25519_key
from tests.venues.kalshi.venue import START, scene

pytestmark = pytest.mark.anyio
ORDER = NewOrder("T", "bid", 1_000_000, 5_000, TimeInForce.IOC, "arbees-e-1-0")


async def test_what_leaves_is_signed_over_time_method_and_path_without_query() -> None:
    async with scene(is_running=False) as stage:
        raw = stage.client.encode(orders.cancel("id", "T"))
        head = raw.split(b"\r\n\r\n")[0].decode().split("\r\n")
        said = dict(line.split(": ") for line in head[1:])
        path = head[0].split(" ")[1]
        assert path.endswith("?market_ticker=T")
        text = f"{said['KALSHI-ACCESS-TIMESTAMP']}DELETE{path.partition('?')[0]}".encode()
        signature = b64decode(said["KALSHI-ACCESS-SIGNATURE"])
        ed25519_key().public_key().verify(signature, text)
        assert abs(int(said["KALSHI-ACCESS-TIMESTAMP"]) - START // 10**6) < 60_000


async def test_no_order_goes_before_the_clock_was_checked_or_with_a_wrong_one() -> None:
    async with scene(is_running=False) as stage:
        with pytest.raises(VenueUnavailable, match="not been checked"):
            stage.client.send_now(orders.create(ORDER))
        stage.venue.skew_s = -30
        with pytest.raises(VenueUnavailable, match="ahead of"):
            await stage.client.check_clock()
        with pytest.raises(VenueUnavailable, match="NTP"):
            stage.client.send_now(orders.create(ORDER))
        stage.venue.skew_s = 0
        await stage.client.check_clock()
        assert (await stage.client.send_now(orders.create(ORDER))).status == 201
        stage.venue.faults["POST"] = [(401, {"error": {"code": "header_timestamp_expired"}})]
        request = orders.create(ORDER)
        stage.client.heard(request, await stage.client.send_now(request))
        with pytest.raises(VenueUnavailable, match="refused a timestamp"):
            stage.client.send_now(request)
        assert len(stage.venue.orders) == 1


async def test_pauses_stop_orders_and_let_cancels_pass() -> None:
    async with scene(is_running=False) as stage:
        stage.venue.status["trading_active"] = False
        await stage.client.check_clock()
        await stage.client.refresh()
        with pytest.raises(VenueRejected) as caught:
            stage.client.send_now(orders.create(ORDER))
        assert caught.value.reason == "trading_paused"
        assert (await stage.client.send(orders.cancel("v", "T"))).status == 404


async def test_limits_costs_and_hours_are_the_venues() -> None:
    async with scene(is_running=False) as stage:
        assert stage.client.pacer.levels()["write"] == BASIC.write.bucket_capacity
        await stage.client.refresh()
        assert stage.client.pacer.levels()["write"] == 9_000
        assert stage.client.hours.status is not None
        stage.client.pacer.take(orders.create(ORDER), stage.clock.now_ns())
        level = stage.client.pacer.levels()["write"]
        await stage.client.refresh()
        assert stage.client.pacer.levels()["write"] <= level + 100
        stage.venue.faults["GET /exchange/status"] = [(503, {"exchange_active": False,
                                                             "trading_active": False})]  # fmt: skip
        await stage.client.refresh()
        assert stage.client.hours.refusal(RequestKind.CANCEL, 0, START) == "exchange_paused"


async def test_orders_are_not_sent_late_and_the_rest_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scene(is_running=False) as stage:
        await stage.client.check_clock()
        stage.client.pacer.configure(Limits(Bucket(100, 100), Bucket(20, 10)))
        with pytest.raises(VenueThrottled) as caught:
            for number in range(3):
                stage.client.send_now(orders.create(ORDER, orders.Route(number)))
                stage.client.send_now(orders.create(ORDER, orders.Route(number)))
        assert caught.value.retry_after_s
        before = stage.clock.now_ns()
        for _ in range(14):
            await stage.client.send(orders.cancel("v", "T", orders.Route(3)))
        assert stage.clock.now_ns() - before >= 0.7 * NS_PER_S
        monkeypatch.setattr(client, "WAIT_MAX_S", 5.0)
        stage.client.pacer.configure(Limits(Bucket(20, 1), Bucket(20, 10)))
        with pytest.raises(VenueThrottled, match="no tokens within"):
            for _ in range(9):
                await stage.client.send(queries.settlements_request())


async def test_a_lost_read_changed_nothing() -> None:
    async with scene(is_running=False) as stage:
        stage.venue.faults["GET"] = ["lost", (500, b""), (429, {"error": "too many requests"})]
        request = queries.as_of_request()
        with pytest.raises(VenueUnavailable):
            await stage.client.read(request)
        with pytest.raises(VenueUnavailable):
            await stage.client.read(request)
        with pytest.raises(VenueThrottled):
            await stage.client.read(request)
        assert stage.client.pacer.levels()["read"] < 100
        stage.venue.faults["DELETE"] = ["lost"]
        with pytest.raises(OutcomeUnknown):
            await stage.client.send(orders.cancel_all())


async def test_an_unreadable_status_is_no_status() -> None:
    async with scene(is_running=False) as stage:
        stage.venue.faults["GET /exchange/status"] = [(200, b"<html>"), (404, b"")]
        with pytest.raises(WireError):
            await stage.client.refresh()
        with pytest.raises(VenueRejected):
            await stage.client.refresh()
