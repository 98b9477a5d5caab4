"""What a worker is told at the beginning."""

from pathlib import Path

import pytest

from arbees.app.config import Kalshi, Matching, Settings
from arbees.app.discovering import begin_of
from arbees.app.simulated import real_venues
from arbees.errors import ConfigError

ROW = {"kalshi_ticker": "K", "polymarket_token_id": "1", "relation": "same", "evidence": "read"}


def test_the_worker_gets_its_share_of_the_pace_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(
        kalshi=Kalshi(max_requests_per_s=10.0, key_id="the-key"), matching=Matching(share=0.3)
    )
    begin = begin_of(settings, real_venues(settings), tmp_path, [ROW], [("kalshi", "H")])
    assert begin.held[0].instrument_id == "H"
    assert begin.kalshi_per_s == pytest.approx(3.0) and begin.home == str(tmp_path)
    own = begin_of(settings, real_venues(settings), tmp_path, [], is_session=True)
    assert own.kalshi_per_s == own.polymarket_per_s > 100
    assert begin.pinned[0].evidence == "read" and begin.cores
    assert "the-key" not in repr(begin)


def test_a_row_without_its_parts_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a session's pairs"):
        begin_of(Settings(), real_venues(Settings()), tmp_path, [{"kalshi_ticker": "K"}])
