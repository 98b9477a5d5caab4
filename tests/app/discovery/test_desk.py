"""What is listed -> links that may be traded: proved by every rule, approved, or pinned."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from arbees.app.discovery.catalogue import FILE, Catalogue
from arbees.app.discovery.desk import Desk
from arbees.app.discovery.messages import Answer, Game, Held, Holding, Links, Row, Unlinked, When
from arbees.app.discovery.pages import KalshiFees, kalshi_page, polymarket_page
from arbees.app.linking import decide, linked, stored
from arbees.app.links import load_matcher
from arbees.matching.decisions import Choice
from arbees.matching.verdicts import Answer as Said
from arbees.venues.kalshi.catalog import Series
from tests.app.discovery import listings

MIL, LAL = f"{listings.GAME}-MIL", f"{listings.GAME}-LAL"
PAIRS = {(MIL, "11", "inverse"), (LAL, "11", "same")}


class World:
    """A desk and its file."""

    def __init__(self, home: Path, **more: Any) -> None:
        self.catalogue = Catalogue(home / FILE)
        self.desk = Desk(load_matcher(), self.catalogue, **more)
        self.fees = KalshiFees()
        self.fees.learn([Series("KXNBAGAME", fee_type="quadratic", fee_multiplier=1.0)])

    def kalshi(self, *events: dict[str, Any], scan: int = 1) -> None:
        body = json.dumps({"events": events}).encode()
        for event in kalshi_page(body, self.fees, Counter()):
            self.desk.take(event, scan)

    def gamma(self, *events: dict[str, Any], scan: int = 1) -> None:
        for event in polymarket_page(json.dumps({"events": events}).encode(), Counter()):
            self.desk.take(event, scan)

    def told(self) -> set[tuple[str, str, str]]:
        return {
            (link.a.instrument_id, link.b.instrument_id, link.relation)
            for answer in self.desk.news()
            if isinstance(answer, Links)
            for link in answer.links
        }

    def untold(self) -> set[str]:
        found: list[Answer] = list(self.desk.news())
        return {name for each in found if isinstance(each, Unlinked) for name in each.names}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def other_rules() -> dict[str, Any]:
    event = listings.kalshi_event()
    for market in event["markets"]:
        market["rules_primary"] = "Fair price after 48 hours."
    return event


def test_rules_alike_are_linked_and_told_once(world: World) -> None:
    world.kalshi(listings.kalshi_event())
    assert world.told() == set()
    world.gamma(listings.gamma_event())
    assert world.told() == PAIRS
    world.kalshi(listings.kalshi_event())
    assert world.told() == set()
    counted = world.desk.counted()
    assert (counted.listed, counted.links) == ({"kalshi": 2, "polymarket": 1}, 2)


def test_terms_that_change_are_heard(world: World) -> None:
    world.gamma(listings.gamma_event())
    world.kalshi(other_rules())
    assert world.told() == set()
    world.kalshi(listings.kalshi_event())
    assert world.told() == PAIRS
    world.kalshi(other_rules())
    assert world.untold() == {f"inverse:{MIL}:11", f"same:{LAL}:11"}
    world.kalshi(listings.kalshi_event())
    assert world.told() == PAIRS


def test_a_fee_that_changes_is_told_though_the_terms_stand(world: World) -> None:
    world.gamma(listings.gamma_event())
    world.kalshi(listings.kalshi_event())
    assert world.told() == PAIRS
    world.fees.learn([Series("KXNBAGAME", fee_type="quadratic", fee_multiplier=0.5)])
    world.kalshi(listings.kalshi_event())
    (answer,) = world.desk.news()
    assert isinstance(answer, Links)
    assert {link.a.fees.at(0).taker_rate for link in answer.links} == {35_000}


def test_what_is_no_longer_listed_is_unlinked(world: World) -> None:
    world.gamma(listings.gamma_event())
    world.kalshi(listings.kalshi_event())
    assert world.told() == PAIRS
    shut = listings.kalshi_event()
    shut["markets"][0]["status"] = "finalized"
    world.kalshi(shut)
    assert world.untold() == {f"inverse:{MIL}:11"}
    assert world.desk.finish("kalshi", 1) == 0
    assert world.desk.finish("polymarket", 2) == 1
    assert world.untold() == {f"same:{LAL}:11"}
    assert world.catalogue.names("polymarket") == set()


def test_a_file_of_an_earlier_run_loses_what_is_gone(tmp_path: Path) -> None:
    first = World(tmp_path)
    first.gamma(listings.gamma_event(), listings.gamma_event("nba-x-2026-01-09", 2))
    first.catalogue.close()
    second = World(tmp_path)
    second.gamma(listings.gamma_event())
    assert second.desk.finish("polymarket", 1) == 1
    assert second.catalogue.names("polymarket") == {"0xa1"}


def test_a_persons_word_counts_at_once_and_falls_away_with_the_terms(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.gamma(listings.gamma_event())
    world.kalshi(other_rules())
    assert world.told() == set()
    found = next(k for k in linked(None, tmp_path).links if k.a.market_id == MIL)
    decide(found, Choice.APPROVE, Said.INVERSE, "owner", "2026-01-08T00:00:00+00:00", "", tmp_path)
    for _ in world.desk.decide(stored(tmp_path)):
        pass
    assert world.told() == {(MIL, "11", "inverse")}
    changed = other_rules()
    changed["markets"][0]["rules_primary"] = "Something else."
    world.kalshi(changed)
    assert world.untold() == {f"inverse:{MIL}:11"}


def test_a_veto_unlinks(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.gamma(listings.gamma_event())
    world.kalshi(listings.kalshi_event())
    assert world.told() == PAIRS
    found = next(k for k in linked(None, tmp_path).links if k.a.market_id == MIL)
    decide(found, Choice.VETO, Said.UNKNOWN, "owner", "2026-01-08T00:00:00+00:00", "", tmp_path)
    for _ in world.desk.decide(stored(tmp_path)):
        pass
    assert world.untold() == {f"inverse:{MIL}:11"}


def test_pinned_rows_are_links_as_soon_as_both_are_listed(tmp_path: Path) -> None:
    rows = [Row(MIL, "12", "same", "a session"), Row("NEVER", "11", "same")]
    world = World(tmp_path, pinned=rows, is_matching=False)
    world.kalshi(listings.kalshi_event())
    assert world.told() == set()
    world.gamma(listings.gamma_event())
    assert world.told() == {(MIL, "12", "same")}
    world.gamma(listings.gamma_event())
    assert world.told() == set()


@pytest.mark.parametrize("pinned", [[], [Row(MIL, "11", "inverse", "a session")]])
def test_a_link_says_when_its_game_is(tmp_path: Path, pinned: list[Row]) -> None:
    world = World(tmp_path, pinned=pinned)
    world.kalshi(listings.kalshi_event())
    world.gamma(listings.gamma_event(gameStartTime="2026-01-10 03:30:00+00"))
    found = [link for each in world.desk.news() if isinstance(each, Links) for link in each.links]
    starts = {link.a.instrument_id: link.when for link in found}
    assert starts[MIL] == When(start_s=1_768_015_800)


def test_what_is_pinned_counts_more_than_the_matcher(tmp_path: Path) -> None:
    world = World(tmp_path, pinned=[Row(MIL, "11", "same", "configuration")])
    world.kalshi(listings.kalshi_event())
    world.gamma(listings.gamma_event())
    assert world.told() == {(MIL, "11", "same"), (LAL, "11", "same")}


def test_games_are_found_by_league_sides_and_date(world: World) -> None:
    world.kalshi(listings.kalshi_event(), listings.kalshi_event("KXNBAGAME-26JAN10MILLAL"))
    world.gamma(listings.gamma_event())
    sides = ("nba:lal", "nba:mil")
    games = [Game("nba", sides, "2026-01-09"), Game("nba", ("nba:a", "nba:b"), ""),
             Game("nba", sides, "2026-01-10")]  # fmt: skip
    found = world.desk.games(7, games)
    assert found.number == 7
    assert [sorted(ids) for ids in found.kalshi][:2] == [[LAL, MIL], []]
    assert [len(ids) for ids in found.kalshi] == [2, 0, 2]
    assert found.polymarket == (("0xa1",), (), ())


def test_what_a_scan_leaves_out_is_counted_anew_each_time(world: World) -> None:
    for _ in range(2):
        dropped = world.desk.begin("kalshi")
        dropped["kalshi: combo"] += 3
        dropped["polymarket: hydrating"] += 1
    assert world.desk.counted().dropped == {"kalshi: combo": 3, "polymarket: hydrating": 2}


def test_what_is_held_is_told_once_even_if_it_is_closed_and_not_linked(tmp_path: Path) -> None:
    held = [Holding("kalshi", MIL), Holding("polymarket", "12"), Holding("kalshi", "NEVER")]
    world = World(tmp_path, held=held, is_matching=False)
    shut = listings.kalshi_event()
    shut["markets"][0]["status"] = "finalized"
    world.kalshi(shut)
    world.gamma(listings.gamma_event())
    (answer,) = world.desk.news()
    assert isinstance(answer, Held)
    assert [i.instrument_id for i in answer.instruments] == [MIL, "12"]
    assert not answer.instruments[0].is_open
    world.kalshi(listings.kalshi_event())
    assert list(world.desk.news()) == []
