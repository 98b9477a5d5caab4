"""Token buckets: costs, whole batches, refill, and both bodies of 429."""

from typing import Any

import pytest

from arbees.simulator.kalshi.errors import Problem
from arbees.simulator.kalshi.limits import BASIC, Bucket, Limits
from tests.simulator.kalshi.bench import bench


def test_a_bucket_refills_with_time_up_to_its_capacity() -> None:
    now = [0.0]
    bucket = Bucket(100, 100, lambda: now[0])
    assert [bucket.take(60) for _ in range(2)] == [True, False]
    now[0] = 0.2
    assert bucket.take(60)
    now[0] = 50.0
    assert not bucket.take(101)
    assert bucket.take(100)


def test_shards_have_write_buckets_of_their_own() -> None:
    limits = Limits(BASIC, lambda: 0.0)
    limits.write("u", 100)
    limits.write("u", 100, shard=2)
    limits.write("v", 100)
    limits.read("u", 200)
    with pytest.raises(Problem):
        limits.write("u", 2)


def test_speed_speeds_the_refill() -> None:
    now = [0.0]
    limits = Limits(BASIC, lambda: now[0], speed=20)
    limits.write("u", 100)
    now[0] = 0.05
    limits.write("u", 100)


@pytest.mark.anyio
async def test_an_empty_bucket_says_429_in_both_ways() -> None:
    async with bench(tier=BASIC) as made:
        answers = [await made.order("bid", "0.1000", "1.00") for _ in range(14)]
        refused = [body for status, body in answers if status == 429]
        assert sum(status == 201 for status, _ in answers) in (10, 11, 12)
        nested = {"code": "too_many_requests", "message": "too many requests"}
        assert refused[0] == {"error": nested}
        assert refused[1] == {"error": "too many requests"}
        batch: dict[str, Any] = {"orders": [{}] * 11}
        status, _ = await made.ask("POST", "/portfolio/events/orders/batched", batch)
        assert status == 429
