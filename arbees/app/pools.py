"""Pools of connections that orders and account reads take: made alike, and warm before any use."""

from collections.abc import Sequence
from random import Random

import anyio
from anyio.abc import TaskGroup

from arbees.app.config import Reconnect
from arbees.errors import VenueUnavailable
from arbees.pipeline.backoff import BackoffPolicy
from arbees.venues.egress import Proxy, Target
from arbees.venues.http1 import Http1Pool, PoolPolicy


def policy_of(said: Reconnect) -> BackoffPolicy:
    """The one policy of every connection."""
    return BackoffPolicy(said.base_ms / 1_000, said.cap_s, said.jitter, said.healthy_s)


def make_pool(
    target: Target, size: int, policy: BackoffPolicy, proxy: Proxy | None, chance: Random
) -> Http1Pool:
    """Each pool waits by a chance of its own, drawn from `chance`."""
    return Http1Pool(target, PoolPolicy(size, backoff=policy), proxy, Random(chance.random()))


async def warm(tasks: TaskGroup, venue: str, pools: Sequence[Http1Pool], seconds: float) -> None:
    """Run the pools until all their connections are open once. Raises VenueUnavailable."""
    for pool in pools:
        tasks.start_soon(pool.run)
    try:
        with anyio.fail_after(seconds):
            for pool in pools:
                await pool.wait_warm()
    except TimeoutError:
        text = next((pool.last_error for pool in pools if pool.last_error), "no answer")
        raise VenueUnavailable(f"{venue}: not reached in {seconds:g} s: {text}") from None
