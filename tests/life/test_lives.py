"""A few of the random lives; hundreds are `make soak`."""

import anyio
import pytest

from benchmarks.lives import campaign, one


@pytest.mark.parametrize("seed", [4_001, 4_002, 4_003])
def test_a_random_life_ends_with_equal_books(seed: int) -> None:
    did = anyio.run(one, seed)
    assert did["order"] >= 2 and sum(did.values()) > 3


def test_a_life_that_raises_is_named_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(seed: int) -> None:
        async with anyio.create_task_group():
            raise AssertionError(f"cash of {seed}")

    monkeypatch.setattr("benchmarks.lives.one", broken)
    found = campaign(2, 7)
    assert set(found["failed"]) == {7, 8}
    assert found["failed"][7].startswith("AssertionError: cash of 7 (test_lives.py:")
