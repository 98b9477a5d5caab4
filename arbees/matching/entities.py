"""The directory: leagues, teams, competitions, assets, indicators, offices and people.

What lives here: look-ups over tables that app reads from `matching/data`. The one rule: a
nickname or code means something only inside a league; a look-up that finds two finds none.
"""

import tomllib
from collections.abc import Iterable, Mapping

import msgspec

from arbees.matching.names import fold
from arbees.matching.terms import UNREAD, Said

PLACE_SHORT = {"new york": "ny", "los angeles": "la", "chicago": "chi"}


class Team(msgspec.Struct, frozen=True):
    """A team of one league: `place` and `nick` as its league prints them."""

    entity: str
    place: str
    nick: str
    codes: tuple[str, ...]
    names: tuple[str, ...] = ()
    since: str = ""
    until: str = ""


class League(msgspec.Struct, frozen=True):
    """One league and how each venue marks it."""

    league: str
    sport: str
    teams: tuple[Team, ...]
    three_way: bool
    tabled: bool
    source: str
    read: str


class TeamIndex:
    """All names and codes of one league, each leading to the entities it may mean."""

    def __init__(self, league: League) -> None:
        self.league = league
        self.by_name: dict[str, set[str]] = {}
        self.by_code: dict[str, set[str]] = {}
        self.teams = {team.entity: team for team in league.teams}
        for team in league.teams:
            for code in team.codes:
                self.by_code.setdefault(code, set()).add(team.entity)
            for name in _spellings(team):
                self.by_name.setdefault(fold(name), set()).add(team.entity)

    def named(self, text: str) -> str | None:
        """The one team of this league that the words (or code) name."""
        folded = fold(text)
        found = self.by_name.get(folded) or self.by_code.get(folded.replace(" ", ""), set())
        return next(iter(found)) if len(found) == 1 else None

    def coded(self, code: str) -> str | None:
        """The one team of a code."""
        found = self.by_code.get(code.casefold(), set())
        return next(iter(found)) if len(found) == 1 else None

    def entities_now(self) -> frozenset[str]:
        """Every team that still plays in the league."""
        return frozenset(team.entity for team in self.league.teams if not team.until)

    def is_pair(self, first: str, second: str) -> bool:
        """Whether two codes are of two teams of the league."""
        one, two = self.coded(first), self.coded(second)
        return one is not None and two is not None and one != two


def _spellings(team: Team) -> Iterable[str]:
    place, nick = team.place, team.nick
    yield f"{place} {nick}"
    if nick:
        yield nick
        yield f"{place} {nick[0]}"  # Los Angeles C
    yield place
    for code in team.codes:
        yield f"{code} {nick}" if nick else code
    short = PLACE_SHORT.get(place.casefold())
    if short and nick:
        yield f"{short} {nick}"
    yield from team.names


class Directory:
    """Every table, with the look-ups the readers need."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """`texts`: file name to TOML text, as app reads them from matching/data."""
        self.leagues: dict[str, TeamIndex] = {}
        self.kalshi_series: dict[str, tuple[str, ...]] = {}
        self.slug_leagues: dict[str, str] = {}
        self.competitions: dict[str, tuple[str, str]] = {}
        self.assets: dict[str, str] = {}
        self.indicators: dict[str, str] = {}
        self.people: dict[str, str] = {}
        self.places: dict[str, str] = {}
        for name in sorted(texts):
            self._add(tomllib.loads(texts[name]))

    def _add(self, table: Mapping[str, object]) -> None:
        for row in _rows(table, "league"):
            index = TeamIndex(self._league(row, table))
            self.leagues[index.league.league] = index
            for prefix in _strings(row.get("slugs", ())):
                self.slug_leagues[prefix] = index.league.league
        for series, spec in _section(table, "kalshi_series").items():
            self.kalshi_series[series] = tuple(_strings(spec))
        for competition, names in _section(table, "competitions").items():
            for name in _strings(names):
                self.competitions[fold(name)] = (competition, name)
        for kind in ("assets", "indicators", "people", "places"):
            index_of: dict[str, str] = getattr(self, kind)
            for entity, names in _section(table, kind).items():
                for name in (entity.replace("_", " "), *_strings(names)):
                    index_of[fold(name)] = entity

    def _league(self, row: Mapping[str, object], table: Mapping[str, object]) -> League:
        """A league of its own clubs and, for a cup, those of the leagues it includes."""
        league = str(row["id"])
        lines = _strings(row.get("teams", ()))
        for name in _strings(row.get("lists", ())):
            lines += _strings(table[name])
        teams = [_team(league, line) for line in lines]
        for other in _strings(row.get("include", ())):
            for team in self.leagues[other].league.teams:
                own = f"{league}:{team.entity.replace(':', '.')}"
                teams.append(msgspec.structs.replace(team, entity=own))
        return League(
            league=league,
            sport=str(row["sport"]),
            teams=tuple(teams),
            three_way=bool(row.get("three_way", False)),
            tabled=bool(teams),
            source=str(row.get("source", "")),
            read=str(row.get("read", "")),
        )

    def teams(self, league: str) -> TeamIndex | None:
        """The league's index, when its teams are tabled."""
        index = self.leagues.get(league)
        return index if index is not None and index.league.tabled else None

    def ways(self, league: str) -> Said[int]:
        """How many outcomes the league's games have; unread for a league no table holds."""
        index = self.leagues.get(league)
        if index is None:
            return UNREAD
        return Said(3 if index.league.three_way else 2, f"directory:{league}")

    def person(self, name: str) -> str:
        """The name under which a candidate is compared: `AOC` is Alexandria Ocasio-Cortez."""
        known = self.people.get(fold(name))
        return known.replace("_", " ") if known else name


def _team(league: str, line: str) -> Team:
    """`id | place | nick | codes | more names | since..until`, the last two optional."""
    cells = [cell.strip() for cell in line.split("|")] + [""] * 3
    own, place, nick, codes, names, dates = cells[:6]
    since, _, until = dates.partition("..")
    return Team(
        entity=f"{league}:{own}",
        place=place,
        nick=nick,
        codes=tuple(dict.fromkeys((own, *codes.split()))),
        names=tuple(name.strip() for name in names.split(";") if name.strip()),
        since=since,
        until=until,
    )


def _rows(table: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    found = table.get(name, [])
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _section(table: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = table.get(name, {})
    return found if isinstance(found, dict) else {}


def _strings(found: object) -> list[str]:
    return [str(each) for each in found] if isinstance(found, list | tuple) else []
