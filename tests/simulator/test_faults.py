"""Arming, matching, drawing and using up faults."""

from pathlib import Path

import pytest

from arbees.simulator.faults import NAMES, Fault, Faults


def test_a_fault_happens_where_it_fits_after_what_it_skips_and_so_often() -> None:
    faults = Faults()
    faults.arm("gap", "kalshi", count=2, skip=1, match="KXB")
    assert faults.take("gap", "polymarket", "KXB-1") is None
    assert faults.take("gap", "kalshi", "KXA") is None
    happened = [faults.take("gap", "kalshi", "KXB-1") is not None for _ in range(5)]
    assert happened == [False, True, True, False, False]
    assert faults.rows()[0] | {"id": 0} == {
        "id": 0, "name": "gap", "venue": "kalshi", "left": 0, "fired": 2, "match": "KXB",
    }  # fmt: skip


def test_handlers_act_when_armed() -> None:
    faults, seen = Faults(), list[Fault]()
    faults.on("pause", "kalshi", seen.append)
    faults.arm("pause", "kalshi", ms=70)
    faults.arm("pause", "polymarket")
    assert [fault.seconds() for fault in seen] == [0.07]
    assert faults.take("pause", "kalshi") is None
    assert faults.active("pause", "polymarket")


def test_draws_repeat_with_their_seed() -> None:
    runs = []
    for _ in range(2):
        faults = Faults()
        faults.draw(7, 0.2, ["gap", "slow"])
        runs.append([faults.take("gap", "kalshi") is not None for _ in range(200)])
        assert faults.take("disconnect", "kalshi") is None
        faults.clear()
        assert all(faults.take("gap", "kalshi") is None for _ in range(100))
    assert runs[0] == runs[1]
    assert 20 < sum(runs[0]) < 65


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown fault 'gremlin'"):
        Faults().arm("gremlin")
    with pytest.raises(ValueError, match="gremlin"):
        Faults().draw(1, 1.0, ["gremlin"])


def test_every_name_is_fired_by_some_test() -> None:
    here = Path(__file__).parent
    others = [p for p in here.parent.rglob("test_*.py") if p.name not in ("test_faults.py",)]
    text = "\n".join(path.read_text() for path in others)
    assert [name for name in sorted(NAMES) if f'"{name}"' not in text] == []
