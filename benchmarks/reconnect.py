"""Forced disconnects over both venues: how soon is each feed back with valid books?

`python -m benchmarks.reconnect [--cuts 200]` breaks TCP (RST, FIN, refusal, freeze) before each
socket of the process's own feeds (broken_feeds.py). Back means: a new connection is subscribed and
every book of it is valid through the socket; REST does not count. Exit code 1 where a bound is
missed: half of the cuts mended in 1 s, 95 % in 5 s, no attempt sooner than the policy allows.
"""

import argparse
import json
import platform
from itertools import pairwise
from random import Random
from typing import Any

import anyio

from arbees.app.config import Settings
from arbees.pipeline.backoff import BackoffPolicy
from arbees.simulator.relay import moments
from benchmarks.broken_feeds import LOOK_S, Feed, running
from benchmarks.private_feeds import PrivateFeed, private

P50_S, P95_S = 1.0, 5.0
LAG_S = 0.005
"""A call is noted when the loop gets to it: two notes may be closer than two calls were."""
OUTAGE_S = 3.0


async def _cut(feed: Feed | PrivateFeed, plan: list[tuple[float, str]]) -> None:
    """Break the connection at each moment of the plan; note how long it takes to be whole."""
    for wait_s, way in plan:
        await anyio.sleep(wait_s)
        generation = feed.socket.status.generation
        calls, began = len(feed.relay.called_s), anyio.current_time()
        if feed.relay.cut(way) != 1:
            raise RuntimeError(f"{feed.name}: no single connection to cut")
        await feed.whole(generation)
        feed.back_s.append(anyio.current_time() - began)
        feed.wait_s.append(feed.relay.called_s[calls] - began)


async def _outage(feed: Feed, seconds: float) -> tuple[float, float]:
    """Refuse every call for a while. Seconds until REST had every book valid, and from the end of
    the outage until the socket had."""
    generation = feed.socket.status.generation
    began = anyio.current_time()
    feed.relay.is_refusing = True
    feed.relay.cut("reset")
    rest_s = float("inf")
    while anyio.current_time() - began < seconds:
        await anyio.sleep(LOOK_S)
        if rest_s == float("inf") and feed.socket.is_down and feed.is_whole:
            rest_s = anyio.current_time() - began
    feed.relay.is_refusing = False
    ended = anyio.current_time()
    await feed.whole(generation)
    return rest_s, anyio.current_time() - ended


def too_close(feed: Feed | PrivateFeed, policy: BackoffPolicy) -> list[str]:
    """Waits from a cut to the next call, and gaps between calls, that the policy does not allow."""
    gaps = [b - a for a, b in pairwise(feed.relay.called_s)]
    least = policy.least_s(0) - LAG_S
    return [f"{feed.name}: {gap:.4f} s" for gap in (*feed.wait_s, *gaps) if gap < least]


def climbs(calls: list[float], policy: BackoffPolicy) -> bool:
    """The first call of an outage follows the base wait; the gaps behind it climb from the second
    step on."""
    gaps = [b - a for a, b in pairwise(calls)]
    return all(gap >= policy.least_s(n + 1) - LAG_S for n, gap in enumerate(gaps))


def spread(seconds: list[float]) -> dict[str, float]:
    """Order statistics of a list of seconds."""
    rows = sorted(seconds)
    at = {name: rows[min(len(rows) - 1, int(len(rows) * share))]
          for name, share in (("p50", 0.50), ("p95", 0.95), ("p99", 0.99))}  # fmt: skip
    return {**{k: round(v, 3) for k, v in at.items()}, "max": round(rows[-1], 3), "n": len(rows)}


async def campaign(
    cuts: int,
    clients: int,
    settings: Settings,
    *,
    seed: int = 7,
    outage_s: float = OUTAGE_S,
    freezes: bool = True,
) -> dict[str, Any]:
    """All three parts; figures and what was missed."""
    healthy_s = settings.reconnect.healthy_s
    async with running(settings, clients, seed) as feeds:
        policy = BackoffPolicy(
            settings.reconnect.base_ms / 1000, settings.reconnect.cap_s,
            settings.reconnect.jitter, healthy_s,
        )  # fmt: skip
        each = -(-cuts // len(feeds))
        async with anyio.create_task_group() as tasks:
            for number, feed in enumerate(feeds):
                plan = moments(
                    seed + number, each, healthy_s + 0.05, healthy_s + 1.05, ("reset", "finish")
                )
                tasks.start_soon(_cut, feed, plan)
        said: dict[str, Any] = {"back_s": spread([s for f in feeds for s in f.back_s])}
        for venue in ("kalshi", "polymarket"):
            said[f"back_s_{venue}"] = spread(
                [s for f in feeds if f.socket.plan.venue == venue for s in f.back_s]
            )
        said["too_close"] = [row for feed in feeds for row in too_close(feed, policy)]
        said["least_wait_s"] = round(min(w for feed in feeds for w in feed.wait_s), 4)
        said |= await _outages(feeds, policy, outage_s)
        if freezes:
            said["freeze_s"] = await _freezes(feeds, seed)
        said["policy"] = {"base_s": policy.base_s, "cap_s": policy.cap_s, "jitter": policy.jitter,
                          "healthy_s": policy.healthy_s}  # fmt: skip
    return said


async def private_campaign(cuts: int, settings: Settings, seed: int) -> dict[str, Any]:
    """The same for both accounts' private sockets; nothing of theirs may be lost by it."""
    said = settings.reconnect
    policy = BackoffPolicy(said.base_ms / 1000, said.cap_s, said.jitter, said.healthy_s)
    async with private(settings, seed) as feeds, anyio.create_task_group() as tasks:
        for number, feed in enumerate(feeds):
            plan = moments(seed + number, -(-cuts // len(feeds)), said.healthy_s + 0.05,
                           said.healthy_s + 1.05, ("reset", "finish"))  # fmt: skip
            tasks.start_soon(_cut, feed, plan)
    return {
        "back_s_private": spread([s for feed in feeds for s in feed.back_s]),
        "too_close_private": [row for feed in feeds for row in too_close(feed, policy)],
    }


async def _outages(feeds: list[Feed], policy: BackoffPolicy, outage_s: float) -> dict[str, Any]:
    """Every feed at once, its socket refused for `outage_s`."""
    await anyio.sleep(policy.healthy_s + 0.1)
    firsts = [len(feed.relay.called_s) for feed in feeds]
    results: list[tuple[float, float]] = []

    async def one(feed: Feed) -> None:
        results.append(await _outage(feed, outage_s))

    async with anyio.create_task_group() as tasks:
        for feed in feeds:
            tasks.start_soon(one, feed)
    ladders = [f.relay.called_s[n:] for f, n in zip(feeds, firsts, strict=True)]
    return {
        "outage_rest_books_s": spread([rest for rest, _ in results]),
        "outage_back_s": spread([back for _, back in results]),
        "outage_attempts": sorted(len(ladder) for ladder in ladders),
        "outage_climbs": all(climbs(ladder, policy) for ladder in ladders),
    }


async def _freezes(feeds: list[Feed], seed: int) -> dict[str, Any]:
    """Connections that stay open and say nothing: detection by ping, then as after any loss."""
    rng = Random(seed)
    back: dict[str, list[float]] = {"kalshi": [], "polymarket": []}

    async def one(feed: Feed, wait_s: float) -> None:
        await anyio.sleep(wait_s)
        generation = feed.socket.status.generation
        began = anyio.current_time()
        feed.relay.cut("freeze")
        await feed.whole(generation)
        back[feed.socket.plan.venue].append(anyio.current_time() - began)

    async with anyio.create_task_group() as tasks:
        for feed in feeds:
            tasks.start_soon(one, feed, rng.uniform(0.5, 5.0))
    return {venue: spread(rows) for venue, rows in back.items() if rows}


def missed(said: dict[str, Any]) -> list[str]:
    """Which bounds were missed, in words."""
    back, own = said["back_s"], said["back_s_private"]
    claims = {
        f"private p50 {own['p50']} s, p95 {own['p95']} s": own["p50"] > P50_S or own["p95"] > P95_S,
        f"private attempts too close: {said['too_close_private']}": bool(said["too_close_private"]),
        f"p50 {back['p50']} s is over {P50_S} s": back["p50"] > P50_S,
        f"p95 {back['p95']} s is over {P95_S} s": back["p95"] > P95_S,
        f"attempts too close: {said['too_close']}": bool(said["too_close"]),
        "attempts in an outage do not climb": not said["outage_climbs"],
    }
    return [claim for claim, is_missed in claims.items() if is_missed]


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.reconnect")
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--private-cuts", type=int, default=60)
    parser.add_argument("--clients", type=int, default=4, help="feed sets side by side")
    arguments = parser.parse_args()
    said = anyio.run(campaign, arguments.cuts, arguments.clients, Settings())
    said |= anyio.run(private_campaign, arguments.private_cuts, Settings(), 11)
    print(f"machine: {platform.machine()} {platform.python_version()}")
    print(json.dumps(said, indent=2))
    for claim in missed(said):
        print(f"MISSED: {claim}")
    return 1 if missed(said) else 0


if __name__ == "__main__":
    raise SystemExit(main())
