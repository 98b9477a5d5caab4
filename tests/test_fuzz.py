"""A short attack on every codec; `make fuzz` is the long one."""

import pytest

from arbees.errors import WireError
from benchmarks.fuzz import attack
from benchmarks.fuzz_targets import Target, targets

ALL = targets()
CONCLUDING = ("polymarket batch", "polymarket refusals", "polymarket gates")
"""Whatever comes, these make a conclusion of it."""


@pytest.mark.parametrize("target", ALL, ids=lambda t: t.name)
def test_only_wire_errors_come_out(target: Target) -> None:
    tally = attack(target, 300, seed=11)
    assert tally.taken > 0
    assert tally.refused > 0 or "socket" in target.name or target.name in CONCLUDING


WHOLE = [t for t in ALL if "socket" not in t.name and not t.has_refusals]


@pytest.mark.parametrize("target", WHOLE, ids=lambda t: t.name)
def test_the_bodies_are_whole_before_they_are_broken(target: Target) -> None:
    for body in target.bodies:
        target.fresh()(body)


def test_what_is_not_a_wire_error_is_reported_with_its_body() -> None:
    def fall(body: bytes) -> object:
        if b"7" in body:
            raise KeyError("seven")
        raise WireError("no", "here")

    with pytest.raises(AssertionError, match=r"weak, seed 5, body \d+: KeyError"):
        attack(Target("weak", lambda: fall, [b'{"a":7}', b"[]"]), 50, seed=5)
