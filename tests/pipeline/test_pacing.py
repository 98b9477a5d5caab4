"""Turns are evenly spaced whoever asks, in virtual time."""

import anyio
import pytest

from arbees.pipeline.pacing import Pacer
from tests.virtual_loop import VIRTUAL

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> object:
    return VIRTUAL


async def test_two_askers_share_one_pace_and_a_rest_saves_nothing_up() -> None:
    pacer = Pacer(4.0)
    turns: list[float] = []

    async def asker() -> None:
        for _ in range(3):
            await pacer.turn()
            turns.append(anyio.current_time())

    began = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(asker)
        tasks.start_soon(asker)
    assert [t - began for t in turns] == pytest.approx([0, 0.25, 0.5, 0.75, 1.0, 1.25])
    await anyio.sleep(10)
    began = anyio.current_time()
    await pacer.turn()
    await pacer.turn()
    assert anyio.current_time() - began == pytest.approx(0.25)


async def test_a_pause_that_the_venue_asked_for_is_kept() -> None:
    pacer = Pacer(100.0)
    began = anyio.current_time()
    pacer.hold(7.0)
    pacer.hold(1.0)
    await pacer.turn()
    assert anyio.current_time() - began == pytest.approx(7.0)
