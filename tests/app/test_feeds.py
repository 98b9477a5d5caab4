"""Feeds that grow while they run: every new book comes, and nothing is lost on the way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import anyio
import httpx
import pytest

from arbees.app import compose
from arbees.app.config import Settings
from arbees.app.engine_settings import engine_settings
from arbees.app.feed_builder import FeedBuilder
from arbees.app.feeds import FeedSet
from arbees.app.simulated import real_venues
from arbees.clock import SystemClock
from arbees.markets.instrument import Instrument
from arbees.messages import events as ev
from arbees.pipeline.runtime import Runtime
from benchmarks.broken_feeds import instruments_of, simulator
from tests.pipeline.feeds import until

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def world(settings: Settings) -> AsyncIterator[tuple[Runtime, FeedBuilder, Any]]:
    """The simulator's whole catalogue in a runtime, nothing watched."""
    clock = SystemClock()
    async with simulator(3) as said:
        runtime = compose.build_runtime(engine_settings(settings, "t"))
        instruments = await instruments_of(said)
        runtime.deliver_event(ev.InstrumentsAdded(tuple(instruments)), clock.now_ns())
        yield runtime, FeedBuilder(settings, runtime, clock, httpx.AsyncClient()), said


def valid(runtime: Runtime, instruments: list[Instrument]) -> bool:
    return all(runtime.engine.books.is_valid(i.ix) for i in instruments)


async def test_running_feeds_take_more_instruments_and_keep_them_over_a_reconnect() -> None:
    settings = Settings(polymarket={"tokens_per_socket": 4}, reconnect={"base_ms": 20})  # type: ignore[arg-type]
    async with world(settings) as (runtime, builder, said):
        keys = said["credentials"]
        venues = replace(
            real_venues(settings), kalshi_key_id=keys["kalshi_key_id"],
            kalshi_key_pem=keys["kalshi_private_key_pem"].encode(),
            **{n: said[n] for n in ("kalshi_rest", "kalshi_ws", "gamma", "clob", "polymarket_ws")},
        )  # fmt: skip
        everything = runtime.engine.instruments
        few = [everything[0], everything[-1]]
        feeds = FeedSet(builder, venues, few)
        async with anyio.create_task_group() as tasks:
            await tasks.start(feeds.run)
            await until(lambda: valid(runtime, few))
            assert not valid(runtime, everything)
            assert feeds.watch(everything) == len(everything) - 2
            assert feeds.watch(everything) == 0
            await until(lambda: valid(runtime, everything))
            assert runtime.wire_errors == 0
            assert all(runtime.engine.books.is_valid(i.ix) for i in few)
            sockets = [m.socket for m in feeds.monitors if m.socket]
            assert [s.status.connects for s in sockets] == [1] * len(sockets)
            assert [s.status.books for s in sockets] == [7, 4, 4, 4]
            for socket in sockets:
                socket.drop("test")
            await until(lambda: all(s.status.connects == 2 and not s.is_down for s in sockets))
            await until(lambda: valid(runtime, everything))
            tasks.cancel_scope.cancel()
    conns = runtime.engine.market.conn_ixs
    carried = [ix for s in sockets for ix in conns[s.plan.conn_id]]
    assert sorted(carried) == [i.ix for i in everything]


async def test_a_keyless_kalshi_that_grows_is_polled_whole_and_says_the_new_pace() -> None:
    settings = Settings(kalshi={"poll_interval_s": 0.1, "max_requests_per_s": 20.0})  # type: ignore[arg-type]
    async with world(settings) as (runtime, builder, said):
        venues = replace(real_venues(settings), kalshi_rest=said["kalshi_rest"])
        tickers = [i for i in runtime.engine.instruments if i.venue == "kalshi"]
        feeds = FeedSet(builder, venues, tickers[:1])
        (monitor,) = feeds.kalshi
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(monitor.run)
            await until(lambda: valid(runtime, tickers[:1]))
            assert feeds.watch(tickers) == len(tickers) - 1
            await until(lambda: valid(runtime, tickers))
            tasks.cancel_scope.cancel()
        await builder.http.aclose()
    conn = monitor.fallback.plan.conn_id
    assert runtime.engine.market.feed_mode[conn] is ev.FeedMode.REST
    assert monitor.fallback.status.mode == "rest"
    assert monitor.fallback.status.books == len(tickers)
    assert monitor.fallback.status.note == "no keys: books polled every 0.1 s"
