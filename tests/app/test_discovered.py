"""A scan's pages -> rows that may be traded: proved by every rule, or approved by a person."""

import json
from pathlib import Path
from typing import Any

import pytest

from arbees.app import discovered
from arbees.app.linking import decide, link_folder
from arbees.matching.decisions import Choice
from arbees.matching.verdicts import Answer

GAME = "KXNBAGAME-26JAN09MILLAL"
ALIKE = (
    "Including overtime. If the game is postponed, this market will remain open until the game is "
    "played. If the game is canceled, this market will resolve 50-50."
)


def bodies(rules: str, padding: int = 0) -> tuple[list[bytes], list[bytes]]:
    """One game on both venues, Kalshi's rules given."""
    market: dict[str, Any] = {
        "ticker": f"{GAME}-MIL", "event_ticker": GAME, "rules_primary": rules, "status": "active",
        "rules_secondary": " " * padding,
    }  # fmt: skip
    kalshi = {"events": [{"event_ticker": GAME, "markets": [market]}], "cursor": ""}
    offered = {
        "slug": "nba-mil-lal-2026-01-09", "conditionId": "0xa", "question": "Bucks vs. Lakers",
        "outcomes": '["Lakers", "Bucks"]', "clobTokenIds": '["11", "22"]', "description": ALIKE,
        "sportsMarketType": "moneyline",
    }  # fmt: skip
    gamma = {
        "events": [{"slug": offered["slug"], "title": "Bucks vs. Lakers", "markets": [offered]}]
    }
    return [json.dumps(kalshi).encode()], [json.dumps(gamma).encode()]


@pytest.mark.anyio
async def test_rules_alike_are_traded_and_others_are_not(tmp_path: Path) -> None:
    rows = await discovered.discovered_links(*bodies(ALIKE), tmp_path)
    assert [(r["kalshi_ticker"], r["polymarket_token_id"], r["relation"]) for r in rows] == [
        (f"{GAME}-MIL", "11", "inverse")
    ]
    assert await discovered.discovered_links(*bodies("Fair price after 48 hours."), tmp_path) == []


@pytest.mark.anyio
async def test_a_persons_word_counts(tmp_path: Path) -> None:
    assert await discovered.discovered_links(*bodies(""), tmp_path) == []
    (found,) = link_folder(tmp_path / discovered.CATALOGUE, tmp_path).links
    when = "2026-01-08T00:00:00+00:00"
    decide(found, Choice.APPROVE, Answer.INVERSE, "owner", when, "read both", tmp_path)
    (row,) = await discovered.discovered_links(*bodies(""), tmp_path)
    assert row["evidence"].startswith("approved by owner")


@pytest.mark.anyio
async def test_large_scans_are_matched_in_another_process(tmp_path: Path) -> None:
    pages = bodies(ALIKE, padding=discovered.INLINE_BYTES)
    rows = await discovered.discovered_links(*pages, tmp_path)
    assert [row["relation"] for row in rows] == ["inverse"]


def test_an_earlier_scans_pages_are_gone(tmp_path: Path) -> None:
    kalshi, gamma = bodies("")
    discovered.keep_bodies(tmp_path, [*kalshi, *kalshi], gamma)
    discovered.keep_bodies(tmp_path, kalshi, gamma)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "kalshi_00000.json", "polymarket_00000.json",
    ]  # fmt: skip
