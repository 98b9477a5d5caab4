"""The recorded sessions' catalogues: every pair they trade is found, with the right relation."""

import json
from pathlib import Path

import pytest

from arbees.app.linking import link
from arbees.app.listings import read_listing

MIRRORED = {"same": "inverse", "inverse": "same"}


@pytest.mark.parametrize(("session", "pairs"), [("nba_games_feb", 64), ("nba_mvp_dec", 6)])
def test_recorded_pairs_are_found(
    test_data: Path, tmp_path: Path, session: str, pairs: int
) -> None:
    catalog = json.loads((test_data / "sessions" / session / "catalog.json").read_text())
    (tmp_path / "kalshi.json").write_text(json.dumps({"events": catalog["kalshi"]["events"]}))
    gamma = catalog["polymarket"]["gamma_events"]
    (tmp_path / "gamma.json").write_text(json.dumps({"events": gamma}))
    linked = link(read_listing(tmp_path), [])
    found = {(each.a.market_id, each.b.market_id): each.verdict for each in linked.links}
    first = {
        m["conditionId"]: json.loads(m["clobTokenIds"])[0] for e in gamma for m in e["markets"]
    }
    wanted = set()
    for row in catalog["pairs"]:
        key = (row["kalshi_ticker"], row["polymarket_condition_id"])
        is_first = row["polymarket_token_id"] == first[key[1]]
        relation = row["relation"] if is_first else MIRRORED[row["relation"]]
        assert found[key].identity.value == relation
        assert not found[key].is_riskless  # the venues part on postponement, or say too little
        wanted.add(key)
    assert set(found) == wanted and len(catalog["pairs"]) == pairs
