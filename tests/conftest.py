"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def data_root() -> Path:
    """The recorded data tree: ARBEES_TEST_DATA, else ../shared/data beside the project."""
    return Path(os.environ.get("ARBEES_TEST_DATA") or ROOT.parent / "shared" / "data")


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Recorded sessions and captures. Skips visibly without them, and never in CI."""
    root = data_root()
    if not root.is_dir():
        text = f"no recorded data at {root}: set ARBEES_TEST_DATA"
        if os.environ.get("CI"):
            pytest.fail(text)
        pytest.skip(text)
    return root


@pytest.fixture
def anyio_backend() -> str:
    """The process runs on asyncio; so do the tests."""
    return "asyncio"
