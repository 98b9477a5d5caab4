"""A large catalogue: as many markets as asked, no id twice, games at both venues with books."""

import json

from arbees.simulator.bulk import GAMES_A_DAY, LADDER, Bulk, enlarge
from arbees.simulator.generate import generate


def test_counts_ids_and_books() -> None:
    catalog, rows, _ = generate(1, duration_s=60.0, plants=1)
    before = len(rows)
    catalog, rows = enlarge(catalog, rows, 500, 300, 12, 1)
    ours = [m["ticker"] for e in catalog["kalshi"]["events"] for m in e["markets"]]
    gamma = catalog["polymarket"]["gamma_events"]
    theirs = [m["conditionId"] for e in gamma for m in e["markets"]]
    tokens = [t for e in gamma for m in e["markets"] for t in json.loads(m["clobTokenIds"])]
    assert 500 <= len(ours) < 500 + LADDER and 300 <= len(theirs) < 300 + LADDER
    assert len(set(ours)) == len(ours) and len(set(theirs)) == len(theirs)
    assert len(set(tokens)) == len(tokens) == 2 * len(theirs)
    assert len({e["id"] for e in gamma}) == len(gamma)
    assert {e["series_ticker"] for e in catalog["kalshi"]["events"]} <= {
        s["ticker"] for s in catalog["kalshi"]["series"]}  # fmt: skip
    assert len(rows) - before == 3 * 12
    assert sum("-vs-" in e["slug"] or e["slug"].startswith("nba-") for e in gamma) >= 12


def test_the_same_seed_lists_the_same_games_and_no_team_plays_twice_a_day() -> None:
    games = list(Bulk(7).games(3 * GAMES_A_DAY))
    assert games == list(Bulk(7).games(3 * GAMES_A_DAY)) != list(Bulk(8).games(3 * GAMES_A_DAY))
    for day in {game[0] for game in games}:
        teams = [side[0] for game in games if game[0] == day for side in game[1:]]
        assert len(set(teams)) == len(teams) == 2 * GAMES_A_DAY
