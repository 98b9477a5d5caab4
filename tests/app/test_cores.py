"""The engine's core: taken by the calling thread, left by what was started before."""

import os
import threading
from collections.abc import Iterator

import pytest

from arbees.app.cores import leave_core, take_core
from arbees.errors import ConfigError


@pytest.fixture(autouse=True)
def usable() -> Iterator[set[int]]:
    before = os.sched_getaffinity(0)
    yield before
    os.sched_setaffinity(0, before)


def test_what_is_started_before_stays_off_the_core(usable: set[int]) -> None:
    if len(usable) < 2:
        pytest.skip("one core only")
    cpu = max(usable)
    seen: list[set[int]] = []
    leave_core(cpu)
    thread = threading.Thread(target=lambda: seen.append(os.sched_getaffinity(0)))
    thread.start()
    thread.join()
    take_core(cpu)
    assert seen == [usable - {cpu}]
    assert os.sched_getaffinity(0) == {cpu}


def test_no_core_changes_nothing(usable: set[int]) -> None:
    leave_core(-1)
    take_core(-1)
    assert os.sched_getaffinity(0) == usable


def test_a_core_that_is_not_there_is_refused(usable: set[int]) -> None:
    with pytest.raises(ConfigError, match=r"engine\.cpu is 4000"):
        leave_core(4_000)
    assert os.sched_getaffinity(0) == usable


def test_the_only_core_is_refused(usable: set[int]) -> None:
    cpu = min(usable)
    os.sched_setaffinity(0, {cpu})
    with pytest.raises(ConfigError, match="at least two"):
        leave_core(cpu)
