"""Clock: ns of the wall clock, ns that never go back, and a sleep that yields."""

import time

import pytest

from arbees.clock import SystemClock, monotonic_ns
from arbees.ports import Clock


def test_now_is_wall_time() -> None:
    clock: Clock = SystemClock()
    before = time.time_ns()
    now = clock.now_ns()
    assert isinstance(now, int)
    assert before <= now <= time.time_ns()


def test_monotonic_never_goes_back() -> None:
    readings = [monotonic_ns() for _ in range(100)]
    assert readings == sorted(readings)
    assert all(isinstance(reading, int) for reading in readings)


@pytest.mark.anyio
async def test_sleep_of_nothing_returns() -> None:
    await SystemClock().sleep(0)
