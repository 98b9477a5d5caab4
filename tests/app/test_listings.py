"""Listings as recorded, and as broken as they come."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from arbees.app.listings import read_listing
from arbees.errors import ConfigError


def write(folder: Path, name: str, body: Any) -> None:
    raw = json.dumps(body).encode()
    (folder / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)


def test_recorded_listings_read_whole(test_data: Path) -> None:
    trimmed = read_listing(test_data / "listings" / "2026-03-01")
    assert len(trimmed.kalshi) == 200 and len(trimmed.polymarket) == 100
    ours = sum(len(event.markets) for event in trimmed.kalshi)
    theirs = sum(len(event.markets) for event in trimmed.polymarket)
    assert ours + theirs + sum(trimmed.dropped.values()) == 860 + 1761
    gamma = read_listing(test_data / "listings" / "polymarket_nba_gamma_2026-01-04")
    market = gamma.polymarket[0].markets[0]
    assert market.outcomes and market.token_ids and market.game_start_time


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    markets = [
        {"ticker": "KXMVE-1"}, {"ticker": "A", "market_type": "scalar"},
        {"ticker": "B", "status": "finalized"}, {"ticker": "C", "floor_strike": "13.1"},
    ]  # fmt: skip
    write(tmp_path, "kalshi.json.gz", {"events": [{"event_ticker": "E", "markets": markets}, 7]})
    offered = [
        {"question": "q", "outcomes": "[]"}, {"question": "q", "outcomes": "x"},
        {"question": "q", "outcomes": ["Yes", "No"], "closed": True},
        {"question": "q", "outcomes": '["Yes","No"]', "line": 1.5, "conditionId": "0x1"},
    ]  # fmt: skip
    write(
        tmp_path, "polymarket.json", [{"slug": "s", "markets": offered, "teams": [{"name": "T"}]}]
    )
    listing = read_listing(tmp_path)
    assert [m.ticker for e in listing.kalshi for m in e.markets] == ["C"]
    assert [m.market_id for e in listing.polymarket for m in e.markets] == ["0x1"]
    assert sum(listing.dropped.values()) == 6


def test_bad_listings_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no kalshi"):
        read_listing(tmp_path)
    (tmp_path / "kalshi.json").write_text("{")
    with pytest.raises(ConfigError, match=r"kalshi\.json: cannot be read"):
        read_listing(tmp_path)
