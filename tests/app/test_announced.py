"""Markets that were announced while running are read from the simulator and become instruments."""

from dataclasses import replace

import anyio
import httpx
import pytest

from arbees.app import compose
from arbees.app.config import Settings
from arbees.app.engine_settings import engine_settings
from arbees.app.feed_builder import FeedBuilder
from arbees.app.simulated import real_venues
from arbees.clock import SystemClock
from arbees.messages import events as ev
from benchmarks.broken_feeds import instruments_of, simulator
from tests.pipeline.feeds import until

pytestmark = pytest.mark.anyio


async def test_an_announced_market_of_each_venue_is_read_and_added() -> None:
    settings, clock = Settings(), SystemClock()
    async with simulator(3) as said, httpx.AsyncClient() as http:
        where = {name: said[name] for name in ("kalshi_rest", "gamma", "clob")}
        whole = await instruments_of(said)
        runtime = compose.build_runtime(engine_settings(settings, "t"))
        missing = {"kalshi": "KXCPIYOY-26JAN-T2.8", "polymarket": whole[-1].market_id}
        known = [i for i in whole if i.market_id not in missing.values()]
        added = tuple(replace(i, ix=n) for n, i in enumerate(known))
        runtime.deliver_event(ev.InstrumentsAdded(added), clock.now_ns())
        builder = FeedBuilder(settings, runtime, clock, http)
        rereader = builder.rereader(replace(real_venues(settings), **where))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(rereader.run)
            for venue, market_id in missing.items():
                runtime.deliver_event(ev.MarketSeen(venue, market_id, 0), clock.now_ns())
            await until(lambda: len(runtime.engine.instruments) == len(whole))
            tasks.cancel_scope.cancel()
    late = runtime.engine.instruments[len(known) :]
    assert {i.market_id for i in late} == set(missing.values())
    originals = {i.instrument_id: i for i in whole}
    for instrument in late:
        original = originals[instrument.instrument_id]
        assert replace(instrument, ix=original.ix) == original
    assert [i.ix for i in runtime.engine.instruments] == list(range(len(whole)))
