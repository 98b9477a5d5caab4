"""Reading and matching catalogues as large as the venues' own, beside a running engine.

A simulator lists 120,000 and 50,000 markets; a worker process reads and matches them at the
venues' published rates while this process runs an engine with real feeds. Meanwhile 50 games are
named: measured is the time until their markets are known, linked, and their books valid. The
loop's longest turn is taken twice: as CPU time (what the engine itself does) and as wall time,
each beside the same loop without discovery; what starting the worker costs, once and before a
feed brings anything, stands by itself. Prints one JSON object.
"""

import argparse
import json
import platform
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import anyio
import httpx

from arbees.app import compose
from arbees.app.config import Kalshi, Matching, Settings
from arbees.app.cores import leave_core, take_core
from arbees.app.discovering import begin_of
from arbees.app.discovery.client import Discovery
from arbees.app.discovery.linker import Linker
from arbees.app.discovery.messages import Game
from arbees.app.engine_settings import engine_settings
from arbees.app.feeds import start_feeds
from arbees.app.simulated import Venues, real_venues
from arbees.app.warm import hold_still, warm_up
from arbees.clock import SystemClock
from arbees.pipeline.runtime import Runtime
from arbees.simulator.bulk import Bulk
from benchmarks.broken_feeds import simulator

KALSHI, POLYMARKET, GAMES, NAMED = 120_000, 50_000, 60, 50
CORE = 0
BASELINE_S = 5.0


class Turns:
    """The longest turns of the event loop, as the engine's thread spends them."""

    def __init__(self) -> None:
        self.cpu_ns = self.wall_ns = 0
        self.over = 0
        self.count = 0
        self.begun = time.perf_counter()
        self.when: list[tuple[float, float]] = []

    async def watch(self) -> None:
        """Take every turn there is; what lies between two of ours is somebody else's."""
        cpu, wall = time.thread_time_ns(), time.perf_counter_ns()
        while True:
            await anyio.lowlevel.checkpoint()
            now_cpu, now_wall = time.thread_time_ns(), time.perf_counter_ns()
            spent = now_cpu - cpu
            self.cpu_ns = max(self.cpu_ns, spent)
            self.wall_ns = max(self.wall_ns, now_wall - wall)
            if spent > 2_000_000:
                self.over += 1
                self.when.append(
                    (round(time.perf_counter() - self.begun, 2), round(spent / 1e6, 1))
                )
            self.count += 1
            cpu, wall = now_cpu, now_wall

    def figures(self) -> dict[str, Any]:
        return {"longest_cpu_ms": round(self.cpu_ns / 1e6, 3), "turns": self.count,
                "longest_wall_ms": round(self.wall_ns / 1e6, 3),
                "turns_over_2_ms_cpu": self.over, "at_s_ms": self.when}  # fmt: skip


def named_games(seed: int) -> list[Game]:
    """The first games that the simulator lists at both venues."""
    found = list(Bulk(seed).games(NAMED))
    return [_game(day, away[0], home[0]) for day, away, home in found]


def _game(day: date, away: str, home: str) -> Game:
    return Game("nba", (f"nba:{away.lower()}", f"nba:{home.lower()}"), day.isoformat())


def venues_of(settings: Settings, said: dict[str, Any]) -> Venues:
    """The simulator's addresses with the key it issued."""
    keys = said["credentials"]
    return replace(
        real_venues(settings), kalshi_key_id=keys["kalshi_key_id"],
        kalshi_key_pem=keys["kalshi_private_key_pem"].encode(),
        **{n: said[n] for n in ("kalshi_rest", "kalshi_ws", "gamma", "clob", "polymarket_ws")},
    )  # fmt: skip


async def baseline() -> dict[str, Any]:
    """The same loop with nothing else in it."""
    turns = Turns()
    with anyio.move_on_after(BASELINE_S):
        await turns.watch()
    return turns.figures()


async def measure(share: float, home: Path) -> dict[str, Any]:
    """Everything, once."""
    settings = Settings(
        kalshi=Kalshi(max_requests_per_s=20.0), matching=Matching(share=0.95, changes_s=1.0),
        store={"enabled": False}, home=str(home),  # type: ignore[arg-type]
    )  # fmt: skip
    sizes = (str(int(KALSHI * share)), str(int(POLYMARKET * share)), str(GAMES))
    leave_core(CORE)
    more = ("--bulk", *sizes, "--anonymous-rate", "200")
    async with simulator(1, *more) as said, anyio.create_task_group() as tasks:
        venues = venues_of(settings, said)
        runtime = compose.build_runtime(engine_settings(settings, "bench"))
        warm_up(home)
        linker = Linker(runtime, SystemClock())
        discovery = Discovery(begin_of(settings, venues, home, []), linker)
        take_core(CORE)
        figures: dict[str, Any] = {"loop_alone": await baseline()}
        linker.feeds = await start_feeds(
            tasks, venues, settings, runtime, SystemClock(), [], discovery.look
        )
        hold_still()
        begun = time.perf_counter()
        spent = time.thread_time_ns()
        tasks.start_soon(discovery.run)
        await until(lambda: discovery.state == "scanning")
        figures["starting_the_worker_cpu_ms"] = round((time.thread_time_ns() - spent) / 1e6, 1)
        turns = Turns()
        tasks.start_soon(turns.watch)
        figures["games"] = await games(discovery, linker, runtime)
        await discovery.first_scan.wait()
        figures["first_scan_s"] = round(time.perf_counter() - begun, 1)
        figures["loop_beside_discovery"] = turns.figures()
        figures |= await afterwards(discovery, linker)
        tasks.cancel_scope.cancel()
    return figures


async def games(discovery: Discovery, linker: Linker, runtime: Runtime) -> dict[str, Any]:
    """50 named games while everything else is being read: known, linked, books valid."""
    await until(lambda: sum(discovery.counted.listed.values()) > 0 or discovery.state == "up")
    asked = named_games(1)
    begun = time.perf_counter()
    found = await discovery.games(asked)
    known_s = time.perf_counter() - begun
    wanted = {name for ids in found.kalshi for name in ids}
    await until(lambda: wanted <= {k.split(":")[1] for k in linker.links})
    linked_s = time.perf_counter() - begun
    books = runtime.engine.books
    ixs = {ix for name, spec in linker.links.items() if name.split(":")[1] in wanted
           for ix in (spec.a_ix, spec.b_ix)}  # fmt: skip
    await until(lambda: all(books.is_valid(ix) for ix in ixs))
    return {
        "named": len(asked), "found_at_both": sum(
            bool(a) and bool(b) for a, b in zip(found.kalshi, found.polymarket, strict=True)
        ),
        "markets": len(wanted) + sum(len(ids) for ids in found.polymarket),
        "known_s": round(known_s, 3), "linked_s": round(linked_s, 3), "books": len(ixs),
        "books_valid_s": round(time.perf_counter() - begun, 3),
        "full_scan_was_still_running": not discovery.first_scan.is_set(),
    }  # fmt: skip


async def afterwards(discovery: Discovery, linker: Linker) -> dict[str, Any]:
    """What it costs to keep, and to look for changes."""
    scans = dict(discovery.stats()["scan_s"])
    await until(lambda: discovery.stats()["scan_s"] != scans)
    said = discovery.stats()
    return {
        "listed": said["listed"], "links": said["links"], "pairs": said["pairs"],
        "throttled": said["throttled"], "error": said["error"], "scan_s": scans,
        "changes_s": said["scan_s"], "worker_peak_mb": peak_mb(discovery.worker_pid),
        "engine_peak_mb": peak_mb("self"), "links_in_engine": len(linker.links),
    }  # fmt: skip


def peak_mb(pid: int | str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    return -1


async def until(is_so: Any) -> None:
    """Wait for something, giving every turn away."""
    while not is_so():  # noqa: ASYNC110
        await anyio.sleep(0.001)


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--share", type=float, default=1.0, help="of the full size")
    share = parser.parse_args().share
    with tempfile.TemporaryDirectory() as home, suppress(httpx.HTTPError):
        figures = anyio.run(measure, share, Path(home))
        figures["machine"] = f"{platform.machine()}, Python {platform.python_version()}"
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
