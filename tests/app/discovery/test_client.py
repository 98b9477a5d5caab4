"""A real worker process against a real simulator: links come, it dies, another is started."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from arbees.app.discovery.client import Discovery
from arbees.app.discovery.messages import Game, Links, Row, Unlinked
from benchmarks.broken_feeds import simulator
from tests.app.discovery.listings import begin
from tests.pipeline.feeds import until

pytestmark = pytest.mark.anyio


class Heard:
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.begun = 0
        self.completed = 0

    def begins(self) -> None:
        self.begun += 1

    def take(self, answer: Links | Unlinked) -> None:
        if isinstance(answer, Links):
            self.names += [link.name for link in answer.links]

    def is_complete(self) -> None:
        self.completed += 1


@asynccontextmanager
async def discovering(home: Path, **more: Any) -> AsyncIterator[tuple[Discovery, Heard]]:
    async with simulator(3) as said:
        heard = Heard()
        told = begin(str(home), kalshi_rest=said["kalshi_rest"], gamma=said["gamma"], **more)
        discovery = Discovery(told, heard)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(discovery.run)
            with anyio.fail_after(60):
                yield discovery, heard
            tasks.cancel_scope.cancel()


async def test_a_worker_that_dies_is_started_again_and_tells_everything_anew(
    tmp_path: Path,
) -> None:
    row = Row("KXNBAMVP-26-NJOK", "nowhere", "same")
    async with discovering(tmp_path, pinned=(row,)) as (discovery, heard):
        await discovery.first_scan.wait()
        assert discovery.state == "up" and discovery.counted.listed["kalshi"] > 5
        first, names = discovery.worker_pid, sorted(heard.names)
        assert os.getsid(first) != os.getsid(0)  # a Ctrl-C in the terminal is for us
        found = await discovery.games([Game("nba", ("nba:mil", "nba:lal"), "1999-01-01")])
        assert found.kalshi == ((),)
        discovery.look("kalshi", ["KXNEVER-26"])
        heard.names.clear()
        os.kill(first, signal.SIGKILL)
        await until(lambda: heard.completed == 2)
        assert (heard.begun, discovery.starts) == (2, 2)
        assert discovery.worker_pid != first and sorted(heard.names) == names
    said = discovery.stats()
    assert said["starts"] == 2 and said["listed"]["polymarket"] > 0


async def test_a_worker_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "links.jsonl").write_text("{}\n")
    async with discovering(tmp_path) as (discovery, _):
        await until(lambda: bool(discovery.error))
    assert "links.jsonl line 1" in discovery.error and discovery.state == "down"


async def test_what_does_not_fit_is_counted() -> None:
    discovery = Discovery(begin("/nowhere"), Heard())
    for _ in range(1_003):
        discovery.look("kalshi", ["K"])
    assert discovery.stats()["not_asked"] == 3
