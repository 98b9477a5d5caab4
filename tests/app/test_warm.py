"""The rehearsal orders every time, ends every order, and keeps nothing."""

from pathlib import Path

import pytest

from arbees.app import warm
from arbees.errors import InvariantError
from arbees.pipeline.settings import RiskSettings


def test_each_run_places_two_orders_and_leaves_nothing_behind(tmp_path: Path) -> None:
    rehearsal = warm.Rehearsal(warm.Scratch(tmp_path))
    engine = rehearsal.runtime.engine
    for number in range(1, 50):
        rehearsal.run()
        assert rehearsal.runtime.orders == 2 * number
    assert engine.orders.by_id == {}
    assert engine.fills == 0
    assert set(engine.ledger.reserved.values()) == {0}
    assert engine.ledger.cash == dict.fromkeys(("kalshi", "polymarket"), warm.CASH)
    assert engine.risk_state.event_cost == {}
    assert len(engine.take_records()) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_rehearsal_that_orders_nothing_is_found_at_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(warm, "RISK", RiskSettings(max_position_qty=0))
    with pytest.raises(InvariantError, match="position_limit"):
        warm.warm_up(tmp_path)
