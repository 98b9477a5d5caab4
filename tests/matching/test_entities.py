"""The tables: complete, without collisions that would decide, dated and sourced."""

from collections import Counter

import pytest

from arbees.matching.names import fold
from tests.matching.tables import DIRECTORY

SIZES = {
    "nfl": 32, "nba": 30, "nhl": 33, "mlb": 30, "wnba": 15, "mls": 30, "cfb": 264, "cbb": 364,
    "epl": 28, "laliga": 22, "bundesliga": 21, "seriea": 23, "ligue1": 21, "fifwc": 72,
}  # fmt: skip


@pytest.mark.parametrize(("league", "size"), SIZES.items())
def test_every_league_is_whole(league: str, size: int) -> None:
    index = DIRECTORY.leagues[league]
    assert len(index.teams) == len(index.league.teams) == size
    assert index.league.source and index.league.read


@pytest.mark.parametrize("league", [k for k in SIZES if k not in ("cbb", "cfb")])
def test_codes_of_a_league_never_collide(league: str) -> None:
    assert all(len(found) == 1 for found in DIRECTORY.leagues[league].by_code.values())


@pytest.mark.parametrize("league", SIZES)
def test_every_team_is_found_by_its_own_names(league: str) -> None:
    index = DIRECTORY.leagues[league]
    for team in index.league.teams:
        full = f"{team.place} {team.nick}".strip()
        assert index.named(full) == team.entity, full
        assert index.named(full.upper()) == team.entity


@pytest.mark.parametrize("league", SIZES)
def test_a_name_that_two_teams_share_finds_none(league: str) -> None:
    index = DIRECTORY.leagues[league]
    for name, found in index.by_name.items():
        if len(found) > 1:
            assert index.named(name) is None
    nicknames = Counter(fold(team.nick) for team in index.league.teams if team.nick)
    for nick, count in nicknames.items():
        if count > 1:
            assert index.named(nick) is None, nick


def test_shared_nicknames_mean_something_only_in_a_league() -> None:
    named = {k: DIRECTORY.leagues[k].named("Cardinals") for k in ("nfl", "mlb", "cbb", "nba")}
    assert named == {"nfl": "nfl:ari", "mlb": "mlb:stl", "cbb": None, "nba": None}
    coded = {k: DIRECTORY.leagues[k].coded("LA") for k in ("nfl", "nba", "nhl")}
    assert coded == {"nfl": "nfl:la", "nba": None, "nhl": "nhl:lak"}
    wsh = {k: DIRECTORY.leagues[k].coded("WSH") for k in ("nfl", "nhl", "mlb", "nba")}
    assert wsh == {"nfl": "nfl:was", "nhl": "nhl:wsh", "mlb": "mlb:wsh", "nba": "nba:was"}


def test_shared_cities_need_their_letter() -> None:
    mlb = DIRECTORY.leagues["mlb"]
    assert mlb.named("New York") is None
    assert mlb.named("New York Y") == "mlb:nyy"
    assert mlb.named("Chicago WS") == "mlb:cws"
    assert mlb.named("A's") == "mlb:ath"


def test_teams_that_moved_say_since_when() -> None:
    teams = DIRECTORY.leagues["nhl"].teams
    assert teams["nhl:uta"].since == "2024" and teams["nhl:ari"].until == "2024"


def test_series_and_slugs_lead_to_known_leagues() -> None:
    for league in DIRECTORY.slug_leagues.values():
        assert league in DIRECTORY.leagues
    for series, (scope, measure, _) in DIRECTORY.kalshi_series.items():
        assert series.startswith("KX") and scope and measure


def test_people_and_ways() -> None:
    assert DIRECTORY.person("AOC") == "Alexandria Ocasio-Cortez"
    assert DIRECTORY.person("Nobody Known") == "Nobody Known"
    assert DIRECTORY.ways("epl").value == 3
    assert DIRECTORY.ways("atp").value == 2
    assert DIRECTORY.ways("chess").value is None
    assert DIRECTORY.teams("atp") is None
