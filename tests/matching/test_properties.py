"""Renaming, reordering, casing, accents and time zones never make a yes, and swapping sides
turns same into inverse. Every settlement pair is put through all of them."""

import unicodedata
from datetime import date, datetime, timedelta, timezone
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from arbees.matching.entities import Team
from arbees.matching.records import PolymarketRecord
from arbees.matching.verdicts import Answer, swapped
from tests.matching.tables import DIRECTORY, MATCHER, of_kalshi, of_polymarket
from tests.matching.test_settlement_pairs import Pair, pairs, terms

YES = (Answer.SAME, Answer.INVERSE)
TEXTS = ("question", "event_title", "outcome", "outcomes", "group_item_title")
ACCENTS = ("\u0301", "\u0308", "\u0327", "")
PAIR = st.sampled_from([p for p in pairs() if msgspec.json.decode(p.b)["venue"] == "polymarket"])


def retold(value: Any, change: Any) -> Any:
    """A text, or the texts of a list, changed."""
    if isinstance(value, str):
        return change(value)
    return [change(each) for each in value] if isinstance(value, list) else value


def with_texts(pair: Pair, change: Any) -> PolymarketRecord:
    body = msgspec.json.decode(pair.b)
    changed = {key: retold(value, change) for key, value in body.items() if key in TEXTS}
    return msgspec.convert({**body, **changed}, PolymarketRecord)


def keeps(pair: Pair, record: PolymarketRecord) -> None:
    """A retelling may cost a yes, and never makes or turns one."""
    before = MATCHER.judge(terms(pair.a), terms(pair.b))
    after = MATCHER.judge(terms(pair.a), MATCHER.of_polymarket(record))
    assert after.identity not in YES or after.identity is before.identity, pair.id
    assert after.answer not in YES or after.answer is before.answer, pair.id


@given(PAIR, st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_casing(pair: Pair, change: Any) -> None:
    keeps(pair, with_texts(pair, change))


@given(PAIR, st.lists(st.sampled_from(ACCENTS), min_size=1, max_size=5))
def test_accents(pair: Pair, accents: list[str]) -> None:
    def accented(text: str) -> str:
        marked = (
            c + (accents[at % len(accents)] if c in "aeiouAEIOU" else "")
            for at, c in enumerate(text)
        )
        return unicodedata.normalize("NFC", "".join(marked))

    keeps(pair, with_texts(pair, accented))


@given(PAIR, st.integers(-11, 12))
def test_time_zones(pair: Pair, hours: int) -> None:
    record = msgspec.convert(msgspec.json.decode(pair.b), PolymarketRecord)
    zone = timezone(timedelta(hours=hours))

    def moved(text: str) -> str:
        if len(text) < 16:
            return text
        when = datetime.fromisoformat(text.replace(" ", "T").replace("+00", "+00:00"))
        return when.astimezone(zone).isoformat()

    changed = msgspec.structs.replace(
        record,
        game_start_time=moved(record.game_start_time),
        event_start_time=moved(record.event_start_time),
    )
    assert MATCHER.of_polymarket(changed) == MATCHER.of_polymarket(record)


@given(PAIR)
def test_reordering_the_sides_of_a_title(pair: Pair) -> None:
    def reordered(text: str) -> str:
        one, mark, two = text.partition(" vs. ")
        return f"{two} vs. {one}" if mark and ":" not in text else text

    keeps(pair, with_texts(pair, reordered))


@given(st.sampled_from(pairs()))
def test_swapping_a_and_b_mirrors_the_verdict(pair: Pair) -> None:
    a, b = terms(pair.a), terms(pair.b)
    there, back = swapped(MATCHER.judge(a, b)), MATCHER.judge(b, a)
    assert (there.identity, there.answer) == (back.identity, back.answer)


LEAGUES = {"nfl": "NFL", "nba": "NBA", "nhl": "NHL", "mlb": "MLB", "wnba": "WNBA", "cbb": "NCAAMB"}


@st.composite
def games(draw: st.DrawFn) -> tuple[str, Team, Team, str, str]:
    league = draw(st.sampled_from(sorted(LEAGUES)))
    teams = DIRECTORY.leagues[league].league.teams
    one, two = draw(st.lists(st.sampled_from(teams), min_size=2, max_size=2, unique=True))
    day = draw(st.dates(date(2026, 1, 1), date(2026, 12, 30)))
    return league, one, two, f"{day:%y%b%d}".upper(), day.isoformat()


Game = tuple[str, Team, Team, str, str]


@given(games(), st.integers(0, 1), st.integers(0, 1), st.booleans(), st.data())
def test_any_names_of_a_team_in_any_order(
    game: Game, side: int, outcome: int, turned: bool, data: st.DataObject
) -> None:
    league, one, two, stamp, day = game
    index = DIRECTORY.leagues[league]

    def called(team: Team) -> str:
        known = [n for n, found in index.by_name.items() if found == {team.entity}]
        return data.draw(st.sampled_from(sorted(known)))

    codes = [team.codes[0].upper() for team in (one, two)]
    ours = of_kalshi(f"KX{LEAGUES[league]}GAME-{stamp}{''.join(codes)}-{codes[side]}")
    listed = (two, one) if turned else (one, two)
    names = [called(team) for team in listed]
    slug = f"{league}-{listed[0].codes[0]}-{listed[1].codes[0]}-{day}"
    theirs = of_polymarket(slug, " vs. ".join(names), outcome=called(listed[outcome]))
    same = (one, two)[side] is listed[outcome]
    said = MATCHER.judge(ours, theirs).identity
    assert said in (Answer.SAME if same else Answer.INVERSE, Answer.UNKNOWN)
    opposite = of_polymarket(slug, " vs. ".join(names), outcome=called(listed[1 - outcome]))
    turned_round = MATCHER.judge(ours, opposite).identity
    assert turned_round in (Answer.INVERSE if same else Answer.SAME, Answer.UNKNOWN)
