"""Requests a second, and who goes first, in virtual time."""

import anyio
import pytest

from arbees.app.discovery.budget import BURST_S, Budget
from tests.virtual_loop import VIRTUAL

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> object:
    return VIRTUAL


async def spent(budget: Budget, count: int, is_urgent: bool = False) -> list[float]:
    times = []
    for _ in range(count):
        await budget.turn(is_urgent)
        times.append(anyio.current_time())
    return times


@pytest.mark.parametrize("per_s", [0.5, 2.0, 20.0])
async def test_no_window_holds_more_than_the_venue_allows(per_s: float) -> None:
    budget = Budget(per_s)
    await spent(budget, 30)
    times = await spent(budget, 60)
    times += await spent(budget, 40, is_urgent=True)
    for start in times:
        inside = sum(start <= t < start + 10 - 1e-6 for t in times)
        assert inside <= 10 * per_s + max(1.0, per_s * BURST_S) + 1


async def test_what_a_scan_leaves_is_there_at_once_for_what_is_urgent() -> None:
    budget = Budget(20.0)
    await spent(budget, 100)
    begun = anyio.current_time()
    assert (await spent(budget, 25, is_urgent=True))[-1] - begun < 0.01


async def test_a_scan_waits_while_anything_urgent_does() -> None:
    budget = Budget(4.0)
    await spent(budget, 8, is_urgent=True)
    order: list[str] = []

    async def ask(name: str, is_urgent: bool) -> None:
        await budget.turn(is_urgent)
        order.append(name)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask, "scan", False)
        await anyio.lowlevel.checkpoint()
        for _ in range(6):
            tasks.start_soon(ask, "game", True)
    assert order == ["game"] * 6 + ["scan"]


async def test_a_venue_that_asks_for_a_pause_gets_it() -> None:
    budget = Budget(10.0)
    begun = anyio.current_time()
    budget.hold(5.0)
    await budget.turn(is_urgent=True)
    assert anyio.current_time() - begun == pytest.approx(5.0, abs=0.2)
