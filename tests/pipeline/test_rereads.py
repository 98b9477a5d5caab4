"""What is read again, when, and what of it is believed; virtual time, the real engine."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

import anyio
import msgspec
import pytest

from arbees.app.compose import build_runtime
from arbees.app.rereads import RuntimeListings
from arbees.errors import VenueUnavailable, WireError
from arbees.markets.instrument import PriceBand, uniform_grid
from arbees.messages import events as ev
from arbees.messages.events import MarketStatus
from arbees.messages.market_reads import MarketRead
from arbees.pipeline import market_state
from arbees.pipeline.rereads import Rereader
from arbees.pipeline.settings import EngineSettings
from tests.pipeline.feeds import LoopClock, quick
from tests.pipeline.world import KALSHI, instruments
from tests.virtual_loop import VIRTUAL

pytestmark = pytest.mark.anyio
NEW = replace(instruments()[0], instrument_id="KX-B", market_id="KX-B", ix=-1)


@pytest.fixture
def anyio_backend() -> object:
    return VIRTUAL


class Kalshi:
    """A reader that answers what it is told to, and remembers the questions."""

    venue = "kalshi"
    chunk = 2

    def __init__(self) -> None:
        self.asked: list[tuple[float, tuple[str, ...], tuple[str, ...]]] = []
        self.listed: dict[str, MarketRead] = {}
        self.errors: list[Exception] = []

    def says(self, ticker: str, status: MarketStatus = MarketStatus.OPEN, **more: object) -> None:
        read = MarketRead("kalshi", ticker, ticker, status)
        self.listed[ticker] = msgspec.structs.replace(read, **more)

    async def read(self, market_ids: Sequence[str], known: Collection[str]) -> Sequence[MarketRead]:
        self.asked.append((anyio.current_time(), tuple(market_ids), tuple(known)))
        if self.errors:
            raise self.errors.pop(0)
        return [self.listed[m] for m in market_ids if m in self.listed]


class World:
    def __init__(self) -> None:
        self.runtime = build_runtime(EngineSettings())
        self.clock = LoopClock()
        self.tell(ev.InstrumentsAdded(instruments()))
        self.kalshi = Kalshi()
        self.rereader = Rereader(
            RuntimeListings(self.runtime), self.clock, {"kalshi": self.kalshi}, quick()
        )

    def tell(self, event: ev.EngineEvent) -> None:
        self.runtime.deliver_event(event, self.clock.now_ns())

    def seen(self, market_id: str, venue: str = "kalshi") -> None:
        self.tell(ev.MarketSeen(venue, market_id, 0))

    async def run_for(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await self.rereader.run()

    def status(self) -> MarketStatus:
        return self.runtime.engine.market.status[KALSHI]


async def test_a_new_market_is_read_at_once_and_becomes_an_instrument() -> None:
    world = World()
    world.kalshi.says("KX-B", instrument=NEW)
    world.seen("KX-B")
    await world.run_for(5)
    added = world.runtime.engine.instruments[-1]
    assert (added.ix, added.instrument_id) == (2, "KX-B")
    assert [(ids, known) for _, ids, known in world.kalshi.asked] == [(("KX-B",), ())]
    world.seen("KX-B")
    await world.run_for(5)
    assert world.kalshi.asked[-1][2] == ("KX-B",)
    assert len(world.runtime.engine.instruments) == 3


async def test_a_known_market_is_read_now_and_again_when_no_cache_can_be_older() -> None:
    world = World()
    bands = (PriceBand(0, 10_000, 10),)
    world.kalshi.says("KX-A", close_ts_ns=77, bands=bands)
    world.seen("KX-A")
    await world.run_for(5)
    market = world.runtime.engine.market
    assert market.close_ns[KALSHI] == 0
    assert market.grids[KALSHI] == uniform_grid(100)
    await world.run_for(30)
    assert [t for t, _, _ in world.kalshi.asked] == pytest.approx([0.25, 20.25], abs=0.6)
    assert market.close_ns[KALSHI] == 77
    assert market.grids[KALSHI].bands == bands


async def test_less_open_counts_at_once_and_more_open_only_late() -> None:
    world = World()
    world.kalshi.says("KX-A", MarketStatus.PAUSED)
    world.seen("KX-A")
    await world.run_for(1)
    assert world.status() is MarketStatus.PAUSED
    world.kalshi.says("KX-A", MarketStatus.OPEN)
    world.seen("KX-A")
    await world.run_for(10)
    assert world.status() is MarketStatus.PAUSED
    await world.run_for(20)
    assert world.status() is MarketStatus.OPEN


async def test_a_determined_market_is_never_opened_again_and_pays_once() -> None:
    world = World()
    world.tell(ev.StatusChanged(KALSHI, MarketStatus.DETERMINED, 0))
    world.kalshi.says("KX-A", MarketStatus.OPEN)
    world.seen("KX-A")
    await world.run_for(30)
    assert world.status() is MarketStatus.DETERMINED
    before = world.runtime.engine.events
    world.kalshi.says("KX-A", MarketStatus.DETERMINED, payout=10_000)
    world.seen("KX-A")
    await world.run_for(30)
    assert world.runtime.engine.events == before + 2  # MarketSeen, then MarketSettled once


async def test_what_is_not_listed_yet_is_asked_for_ever_more_rarely_then_given_up() -> None:
    world = World()
    world.seen("KX-HYDRATES")
    await world.run_for(500)
    times = [t for t, _, _ in world.kalshi.asked]
    assert [b - a for a, b in pairwise(times)] == pytest.approx([4, 8, 16, 32, 64], abs=0.6)
    assert "never listed" in world.rereader.status.note
    assert world.rereader.status.mode == "idle"


async def test_questions_are_chunked_and_nameless_or_foreign_news_is_left() -> None:
    world = World()
    for name in ("A", "B", "C", "", "A"):
        world.seen(name)
    world.seen("0x1", "elsewhere")
    await world.run_for(1)
    assert [ids for _, ids, _ in world.kalshi.asked] == [("A", "B"), ("C",)]


@pytest.mark.parametrize("error", [VenueUnavailable("503", 3.0), WireError("no list", "markets")])
async def test_a_failed_question_loses_nothing(error: Exception) -> None:
    world = World()
    world.kalshi.errors = [error]
    world.kalshi.says("KX-B", instrument=NEW)
    world.seen("KX-B")
    await world.run_for(10)
    assert len(world.kalshi.asked) == 2
    assert world.rereader.status.unanswered == 1
    assert len(world.runtime.engine.instruments) == 3
    if isinstance(error, VenueUnavailable):
        assert world.kalshi.asked[1][0] - world.kalshi.asked[0][0] >= 3


async def test_news_that_comes_while_a_market_is_read_is_not_lost() -> None:
    world = World()
    world.kalshi.says("KX-A")
    world.seen("KX-A")
    await world.run_for(10)
    world.seen("KX-A")
    await world.run_for(30)
    assert [t for t, _, _ in world.kalshi.asked] == pytest.approx([0.25, 10.25, 30.5], abs=0.6)


def test_the_list_of_markets_to_read_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market_state, "TO_READ_MAX", 3)
    runtime = build_runtime(EngineSettings())
    for number in range(5):
        runtime.deliver_event(ev.MarketSeen("kalshi", str(number), 0), number)
    assert len(runtime.engine.market.to_read) == 3
    assert runtime.engine.market.to_read_lost == 2
