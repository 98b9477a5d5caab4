"""Recorded Kalshi bodies for every test of this folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

Captured = Callable[[str], bytes]


@pytest.fixture
def captured(test_data: Path) -> Captured:
    """The body of a recording, by its name under captures/kalshi."""

    def read(name: str) -> bytes:
        return (test_data / "captures" / "kalshi" / f"{name}.json").read_bytes()

    return read
