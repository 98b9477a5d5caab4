"""Links told -> instruments, books that are carried, links that are traded or withdrawn."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from arbees.app import compose
from arbees.app.config import Settings
from arbees.app.discovery.linker import Linker
from arbees.app.discovery.messages import LinkFound, Links, Unlinked
from arbees.app.engine_settings import engine_settings
from arbees.markets.instrument import FeeSchedule, FeeTerm, Instrument, uniform_grid
from arbees.messages import events as ev
from arbees.messages.records import LinkAdded, LinkWithdrawn
from tests.pipeline.feeds import LoopClock
from tests.virtual_loop import VIRTUAL

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> object:
    return VIRTUAL


class Carried:
    """Stands for the feeds: remembers what it is asked to carry, and when."""

    def __init__(self, log: list[Any]) -> None:
        self.log = log

    def watch(self, instruments: Iterable[Instrument]) -> int:
        self.log.append([i.instrument_id for i in instruments])
        return 0


class World:
    def __init__(self) -> None:
        self.runtime = compose.build_runtime(engine_settings(Settings(), "t"))
        self.log: list[Any] = []
        self.runtime.on_records = self.log.extend
        self.linker = Linker(self.runtime, LoopClock())
        self.linker.feeds = Carried(self.log)  # type: ignore[assignment]

    def watched(self) -> list[str]:
        """Baskets that a book's news would price."""
        table = self.runtime.engine.table
        numbers = [table.touching(i.ix) for i in self.runtime.engine.instruments]
        return sorted({table.baskets[n].basket_id for each in numbers for n in each})


def instrument(venue: str, name: str, rate: int = 70_000) -> Instrument:
    fees = FeeSchedule((FeeTerm(0, rate, 0),))
    return Instrument(0, venue, name, f"m{name}", "E", "t", "Yes", uniform_grid(100), fees,
                      has_no_side=venue == "kalshi")  # fmt: skip


def link(a: str, b: str, relation: str = "inverse", rate: int = 70_000) -> LinkFound:
    return LinkFound(f"{relation}:{a}:{b}", relation, "test", instrument("kalshi", a, rate),
                     instrument("polymarket", b))  # fmt: skip


async def test_books_are_carried_before_the_link_is_there() -> None:
    world = World()
    world.linker.take(Links((link("K", "1"), link("K", "2"))))
    assert world.log[0] == ["K", "1", "2"]
    assert [type(r) for r in world.log[1:]].count(LinkAdded) == 2
    assert [i.ix for i in world.runtime.engine.instruments] == [0, 1, 2]
    world.linker.take(Links((link("K", "1"), link("L", "1"))))
    assert [i.instrument_id for i in world.runtime.engine.instruments] == ["K", "1", "2", "L"]
    assert len(world.watched()) == 3 and len(world.linker.links) == 3


async def test_a_link_that_holds_no_longer_is_withdrawn_and_may_come_back() -> None:
    world = World()
    world.linker.take(Links((link("K", "1"), link("K", "2"))))
    world.linker.take(Unlinked(("inverse:K:1", "never:told")))
    assert world.watched() == ["inverse:K:2"]
    assert world.log[-1] == LinkWithdrawn("inverse:K:1", world.runtime.engine.now_ns)
    world.linker.take(Links((link("K", "1"),)))
    assert world.watched() == ["inverse:K:1", "inverse:K:2"]
    assert len(world.runtime.engine.instruments) == 3


async def test_a_new_worker_that_tells_less_has_withdrawn_the_rest() -> None:
    world = World()
    world.linker.begins()
    world.linker.take(Links((link("K", "1"), link("K", "2"))))
    world.linker.is_complete()
    assert len(world.watched()) == 2
    world.linker.begins()
    world.linker.take(Links((link("K", "2"),)))
    world.linker.is_complete()
    assert world.watched() == ["inverse:K:2"]


async def test_what_a_listing_says_anew_reaches_the_engine() -> None:
    world = World()
    world.linker.take(Links((link("K", "1"),)))
    market = world.runtime.engine.market
    assert market.fee_term(0).taker_rate == 70_000
    dear = link("K", "1", rate=90_000)
    moved = replace(dear.a, close_ts_ns=5, grid=uniform_grid(10))
    later = FeeTerm(LoopClock().now_ns() + 10**9, 10_000, 0)
    moved = replace(moved, fees=FeeSchedule((*dear.a.fees.terms, later)))
    world.linker.take(Links((LinkFound(dear.name, dear.relation, "", moved, dear.b),)))
    assert market.fee_term(0).taker_rate == 90_000
    assert (market.close_ns[0], market.grids[0]) == (5, uniform_grid(10))
    world.runtime.deliver_event(ev.TimerFired("later"), later.from_ns)
    assert market.fee_term(0).taker_rate == 10_000
    assert len(world.linker.links) == 1
