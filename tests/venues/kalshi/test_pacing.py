"""Budgets: the venue's own costs, cancels and look-ups first, and a 429 believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.errors import VenueRejected, WireError
from arbees.messages.commands import TimeInForce
from arbees.messages.requests import Request
from arbees.units import NS_PER_S
from arbees.venues.kalshi import orders, queries
from arbees.venues.kalshi.orders import NewOrder, Route
from arbees.venues.kalshi.pacing import (
    BASIC,
    Bucket,
    Costs,
    EndpointCost,
    EndpointCosts,
    Limits,
    Pacer,
    TokenBucket,
    decode_costs,
    decode_limits,
)
from tests.venues.kalshi.conftest import Captured

START = 1_000 * NS_PER_S
ORDER = NewOrder("T", "bid", 1_000_000, 5_000, TimeInForce.IOC, "arbees-1")


def place(shard: int | None = 0) -> Request:
    return orders.create(ORDER, Route(shard))


def test_costs_are_the_venues() -> None:
    stated = decode_costs(
        b'{"default_cost":10,"endpoint_costs":[{"cost":150,"method":"GET","path":'
        b'"/trade-api/v2/cfbenchmarks/*endpoint"},{"cost":3,"method":"DELETE","path":'
        b'"/trade-api/v2/portfolio/events/orders/:order_id"},{"cost":4,"method":"DELETE","path":'
        b'"/trade-api/v2/portfolio/events/orders/batched"}]}'
    )
    costs = Costs(stated)
    assert costs.of(orders.cancel("id", "T")) == 3
    assert costs.of(orders.cancel_batch([("id", "T", Route())] * 5)) == 20
    assert costs.of(orders.create_batch([(ORDER, Route())] * 3)) == 30
    assert costs.each("GET", "/trade-api/v2/cfbenchmarks/a/b") == 150
    assert costs.each("GET", "/trade-api/v2/cfbenchmarks") == 10
    assert costs.each("POST", "/trade-api/v2/portfolio/events/orders/x") == 10
    for bad in (b"", b"{}", b'{"default_cost":"10"}'):
        with pytest.raises(WireError):
            decode_costs(bad)


def test_the_documented_costs_hold_until_the_venue_is_asked() -> None:
    costs = Costs()
    assert costs.of(place()) == 10
    assert costs.of(orders.cancel("id", "T", Route(1))) == 2
    assert costs.of(orders.cancel_all()) == 2
    assert costs.of(queries.order_request("id")) == 2
    assert costs.of(queries.fills_request(order_id="id")) == 10


def test_orders_leave_room_for_cancels_and_come_back_by_the_refill() -> None:
    pacer = Pacer()
    assert [pacer.take(place(), START) for _ in range(8)] == [0] * 8
    assert pacer.take(place(), START) == NS_PER_S // 10
    assert [pacer.take(orders.cancel("id", "T", Route(0)), START) for _ in range(10)] == [0] * 10
    assert pacer.take(orders.cancel("id", "T", Route(0)), START) == 2 * NS_PER_S // 100
    later = START + 3 * NS_PER_S // 10
    assert pacer.take(place(), later) == 0
    assert pacer.levels()["write"] == 20


def test_look_ups_of_orders_come_before_other_reads() -> None:
    pacer = Pacer()
    scan = queries.positions_request()
    assert [pacer.take(scan, START) for _ in range(16)] == [0] * 16
    assert pacer.take(scan, START) > 0
    assert pacer.take(queries.order_request("id"), START) == 0
    assert pacer.take(queries.fills_request(order_id="id"), START) == 0


def test_who_is_charged() -> None:
    pacer = Pacer()
    pacer.take(place(2), START)
    assert pacer.levels() == {
        "read": 200, "write": 100, "write/shard1": 100, "write/shard2": 90, "write/shard3": 100,
    }  # fmt: skip
    pacer.take(place(None), START)
    assert set(pacer.levels().values()) == {200, 90, 80}
    pacer.take(place(9), START)
    assert pacer.levels()["write"] == 80


def test_after_a_429_the_bucket_is_empty() -> None:
    pacer = Pacer()
    pacer.refused(place(1), START)
    assert pacer.throttled == 1
    assert pacer.take(place(1), START) == 3 * NS_PER_S // 10
    assert pacer.take(orders.cancel("id", "T", Route(1)), START) == 2 * NS_PER_S // 100
    assert pacer.take(place(0), START) == 0


def test_what_never_fits_is_refused_and_limits_can_grow() -> None:
    pacer = Pacer()
    many = orders.create_batch([(ORDER, Route())] * 9)
    with pytest.raises(VenueRejected, match="90 of 100"):
        pacer.take(many, START)
    pacer.configure(Limits(Bucket(600, 300), Bucket(900, 300)))
    assert pacer.take(many, START) == 0


def test_limits() -> None:
    body = (
        b'{"grants":[],"read":{"bucket_capacity":200,"refill_rate":200},"usage_tier":"basic",'
        b'"write":{"bucket_capacity":100,"refill_rate":100}}'
    )
    assert decode_limits(body) == BASIC
    for bad in (b"{}", body.replace(b":100}", b":0}"), body.replace(b"100", b'"1"')):
        with pytest.raises(WireError):
            decode_limits(bad)


def test_the_recorded_costs_and_limits(captured: Captured) -> None:
    assert decode_limits(captured("account/limits")) == BASIC
    stated = decode_costs(captured("account/endpoint_costs"))
    assert EndpointCost("DELETE", f"{orders.ORDERS}/:order_id", 2) in stated.endpoint_costs
    assert Costs(stated).of(orders.cancel("id", "T")) == 2


@given(
    st.integers(1, 50),
    st.integers(1, 100),
    st.lists(st.tuples(st.integers(0, NS_PER_S), st.integers(1, 20)), max_size=40),
)
def test_no_second_ever_lets_more_through_than_capacity_and_refill(
    capacity: int, rate: int, asks: list[tuple[int, int]]
) -> None:
    bucket, now, taken = TokenBucket(capacity, rate), START, 0
    for pause, cost in asks:
        now += pause
        wait = bucket.wait_ns(cost, 0, now)
        if cost <= capacity:
            now += wait
            assert bucket.wait_ns(cost, 0, now) == 0
            bucket.take(cost)
            taken += cost
        assert taken <= capacity + rate * (now - START) / NS_PER_S + 1e-6


def test_costs_without_entries() -> None:
    assert Costs(EndpointCosts(7)).each("GET", "/x") == 7
