"""A scan gives way to what is urgent, a chunk at a time."""

import json
from collections import Counter
from pathlib import Path

import anyio
import pytest

from arbees.app.discovery.catalogue import FILE, Catalogue
from arbees.app.discovery.desk import Desk
from arbees.app.discovery.intake import CHUNK, Intake
from arbees.app.discovery.pages import KalshiFees, kalshi_page
from arbees.app.links import load_matcher
from tests.app.discovery.listings import kalshi_event

pytestmark = pytest.mark.anyio


async def test_what_is_urgent_is_read_between_two_chunks_of_a_scan(tmp_path: Path) -> None:
    desk = Desk(load_matcher(), Catalogue(tmp_path / FILE))
    told: list[int] = []
    intake = Intake(desk, lambda: told.append(desk.counted().listed["kalshi"]))

    def events(month: str, count: int) -> bytes:
        rows = [kalshi_event(f"KXNBAGAME-26{month}{n:02d}MILLAL") for n in range(count)]
        return json.dumps({"events": rows}).encode()

    async def take(body: bytes, is_urgent: bool) -> None:
        page = kalshi_page(body, KalshiFees(), Counter())
        if is_urgent:
            async with intake.pace:
                await intake.take(page, 1, is_urgent=True)
        else:
            assert await intake.take(page, 1) == 6 * CHUNK
        done.append("urgent" if is_urgent else "scan")

    done: list[str] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(take, events("JAN", 3 * CHUNK), False)
        await anyio.lowlevel.checkpoint()
        tasks.start_soon(take, events("FEB", CHUNK), True)
    assert done == ["urgent", "scan"]
    assert len(told) >= 8 and told[0] <= CHUNK + 1 and told[-1] == 8 * CHUNK
