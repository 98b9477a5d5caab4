"""The worker against scripted venues, in virtual time: first things first, then changes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.abc
import httpx
import pytest

from arbees.app.discovery.messages import (
    Answer,
    Command,
    Counted,
    Game,
    Games,
    GamesFound,
    Links,
    Look,
    Row,
    Scanned,
    Unlinked,
)
from arbees.app.discovery.worker import Worker, series_of_league, slugs_of_league
from arbees.app.linking import decide, linked
from arbees.app.links import load_directory
from arbees.matching.decisions import Choice
from arbees.matching.verdicts import Answer as Said
from tests.app.discovery.listings import GAME, Listings, begin, gamma_event, kalshi_event
from tests.pipeline.feeds import LoopClock
from tests.virtual_loop import VIRTUAL

pytestmark = pytest.mark.anyio
MIL = f"inverse:{GAME}-MIL:11"
Send = anyio.abc.ObjectSendStream[Command]


@pytest.fixture
def anyio_backend() -> object:
    return VIRTUAL


class Told:
    """What a worker said."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []

    def names(self) -> set[str]:
        """Links that hold by what was said."""
        held: set[str] = set()
        for answer in self.answers:
            if isinstance(answer, Links):
                held |= {link.name for link in answer.links}
            elif isinstance(answer, Unlinked):
                held -= set(answer.names)
        return held

    def of(self, kind: Any) -> list[Any]:
        return [answer for answer in self.answers if isinstance(answer, kind)]


@asynccontextmanager
async def working(venues: Listings, home: Path, **more: Any) -> AsyncIterator[tuple[Told, Send]]:
    told = Told()
    worker = Worker(begin(str(home), **more), LoopClock(), told.answers.append, venues.transport)
    send, receive = anyio.create_memory_object_stream[Command](10)
    async with receive, anyio.create_task_group() as tasks:
        tasks.start_soon(worker.run, receive)
        async with send:
            yield told, send


async def settle(seconds: float = 5.0) -> None:
    await anyio.sleep(seconds)


async def test_both_venues_are_read_and_matched(tmp_path: Path) -> None:
    venues = Listings(size=1)
    venues.kalshi += [kalshi_event("KXNBAGAME-26JAN10MILLAL")]
    async with working(venues, tmp_path) as (told, _):
        await settle()
        assert {(s.venue, s.is_full) for s in told.of(Scanned)} == {
            ("kalshi", True), ("polymarket", True)}  # fmt: skip
        assert MIL in told.names() and len(told.names()) == 2
        assert told.of(Counted)[-1].listed == {"kalshi": 4, "polymarket": 1}
    assert len(linked(None, tmp_path).links) == 2


async def test_afterwards_only_changes_are_asked_for_until_the_next_whole_scan(
    tmp_path: Path,
) -> None:
    venues = Listings()
    async with working(venues, tmp_path) as (told, _):
        await settle(2)
        whole = len(venues.calls)
        venues.kalshi[0]["updated"] = 1 << 40
        venues.kalshi[0]["markets"][0]["status"] = "finalized"
        await settle(10)
        assert MIL not in told.names()
        assert len(venues.calls) - whole <= 4
        query = [q for _, path, q in venues.calls if path == "/k/events"][-1]
        assert int(query["min_updated_ts"]) > 1_700_000_000 - 300 and "status" not in query
        venues.gamma.clear()
        await settle(60)
        assert told.names() == set() and told.of(Counted)[-1].listed["polymarket"] == 0


async def test_what_is_pinned_and_the_first_leagues_come_before_the_rest(tmp_path: Path) -> None:
    venues = Listings()
    row = Row(f"{GAME}-MIL", "12", "same")
    async with working(venues, tmp_path, pinned=(row,), leagues_first=("nba",)) as (told, _):
        await settle()
        asked = [(p, q) for _, p, q in venues.calls if p == "/k/events"]
        assert [q.get("tickers") or q.get("series_ticker") for _, q in asked][:4] == [
            GAME, "KXNBAGAME", "KXNBASPREAD", "KXNBATOTAL"]  # fmt: skip
        assert f"same:{GAME}-MIL:12" in told.names()


async def test_all_series_are_read_once_for_a_look_and_the_scan_behind_it(tmp_path: Path) -> None:
    venues = Listings(size=50)
    events = [f"KX{league}GAME-26JAN09MILLAL" for league in ("NBA", "NHL", "NFL", "MLB", "MLS")]
    venues.kalshi = [kalshi_event(event) for event in events]
    pinned = tuple(Row(f"{event}-MIL", "12", "same") for event in events)
    async with working(venues, tmp_path, pinned=pinned) as (told, _):
        await settle()
        assert ("kalshi", True) in {(s.venue, s.is_full) for s in told.of(Scanned)}
        assert [p for p in venues.paths("/k/series") if p != "/k/series/fee_changes"] == [
            "/k/series"]  # fmt: skip
        await settle(300)
        assert venues.paths("/k/series").count("/k/series") > 1, "a later scan reads them anew"


async def test_named_games_are_found_while_everything_else_waits(tmp_path: Path) -> None:
    venues = Listings(size=1)
    venues.sports = [{"sport": "nba", "series": 9}]
    venues.kalshi += [kalshi_event(f"KXNBAGAME-26FEB{n:02d}MILLAL") for n in range(1, 20)]
    slow = {"kalshi_per_s": 4.0, "polymarket_per_s": 4.0}
    async with working(venues, tmp_path, **slow) as (told, send):
        await settle(1)
        await send.send(Games(5, (Game("nba", ("nba:mil", "nba:lal"), "2026-01-09"),)))
        await settle(60)
        (found,) = told.of(GamesFound)
        assert sorted(found.kalshi[0]) == [f"{GAME}-LAL", f"{GAME}-MIL"]
        assert found.polymarket == (("0xa1",),)
        before = told.answers.index(found)
        assert not [s for s in told.answers[:before] if s == Scanned("kalshi", True, 0)]
        named = [q for _, p, q in venues.calls if p == "/events/keyset" and "series_id" in q]
        assert named[0]["series_id"] == "9"


async def test_an_announced_market_is_read_at_once(tmp_path: Path) -> None:
    venues = Listings()
    ours, theirs = venues.kalshi.pop(), venues.gamma.pop()
    async with working(venues, tmp_path) as (told, send):
        await settle(2)
        assert told.names() == set()
        venues.kalshi.append(ours)
        venues.gamma.append(theirs)
        await send.send(Look("kalshi", (f"{GAME}-MIL", f"{GAME}-LAL")))
        await send.send(Look("polymarket", ("0xa1",)))
        await send.send(Look("elsewhere", ("x",)))
        await settle(1)
        assert len(told.names()) == 2


async def test_a_venue_that_fails_is_named_and_asked_again(tmp_path: Path) -> None:
    venues = Listings()
    venues.errors = {
        "/k/series/fee_changes": [httpx.Response(503) for _ in range(8)],
        "/events/keyset": [httpx.Response(503) for _ in range(4)],
        "/sports": [httpx.Response(404)],
    }
    async with working(venues, tmp_path) as (told, _):
        await settle(100)
        assert any("fee_changes" in c.error for c in told.of(Counted))
        assert len(told.names()) == 2 and told.of(Counted)[-1].error == ""


async def test_an_incomplete_scan_says_of_nothing_that_it_is_gone(tmp_path: Path) -> None:
    venues = Listings(size=1)
    venues.gamma += [gamma_event("nba-x-2026-01-09", 2)]
    async with working(venues, tmp_path) as (told, _):
        await settle(2)
        venues.errors["/events/keyset"] = [httpx.Response(503) for _ in range(400)]
        await settle(200)
        assert len(told.names()) == 2
        assert told.of(Counted)[-1].listed["polymarket"] == 2


async def test_a_decision_counts_while_running_and_a_broken_store_is_said(tmp_path: Path) -> None:
    venues = Listings()
    async with working(venues, tmp_path) as (told, _):
        await settle(2)
        found = next(k for k in linked(None, tmp_path).links if k.a.market_id == f"{GAME}-MIL")
        decide(found, Choice.VETO, Said.UNKNOWN, "owner", "2026-01-08", "", tmp_path)
        await settle(2)
        assert MIL not in told.names() and len(told.names()) == 1
        with (tmp_path / "links.jsonl").open("a") as file:
            file.write("{}\n")
        await settle(2)
        await settle(10)
        assert len(told.names()) == 1


async def test_a_fee_change_is_heard_while_running(tmp_path: Path) -> None:
    venues = Listings()
    async with working(venues, tmp_path) as (told, _):
        await settle(2)
        change = {"series_ticker": "KXNBAGAME", "fee_type": "quadratic", "fee_multiplier": 0.5}
        venues.series_changes = [{**change, "scheduled_ts": "2027-01-01T00:00:00Z"}]
        await settle(12)
        later = 1_900_000_000 * 10**9
        links = [link for answer in told.of(Links) for link in answer.links]
        assert [link.a.fees.at(later).taker_rate for link in links] == [70_000] * 2 + [35_000] * 2


def test_what_the_venues_call_a_league() -> None:
    directory = load_directory()
    assert series_of_league(directory, "nfl") == ["KXNFLGAME", "KXNFLSPREAD", "KXNFLTOTAL"]
    assert "KXNCAAFGAME" in series_of_league(directory, "cfb")
    assert slugs_of_league(directory, "nfl") == ["nfl"]
    assert slugs_of_league(directory, "nowhere") == ["nowhere"]
