"""Prices are sampled: a row where something changed, none where nothing did."""

from typing import Any

from arbees.app.prices import PriceSampler
from arbees.pipeline.runtime import Runtime
from arbees.store.outbox import Outbox
from tests.pipeline.world import CONTRACT, KALSHI, TOKEN, World


def test_a_row_for_each_book_that_changed() -> None:
    world = World()
    outbox = Outbox("sqlite+aiosqlite:///x")
    runtime = Runtime(world.engine, lambda _: None)  # type: ignore[arg-type, return-value]
    sampler = PriceSampler(runtime, outbox)

    def sample() -> list[dict[str, Any]]:
        for ix in (KALSHI, TOKEN):
            sampler.sample(ix)
        return [row for _, row in outbox.channel.drain()]

    assert sample() == [], "a book that was never known is no news"
    world.book(KALSHI, [(4_000, CONTRACT)], [])
    (row,) = sample()
    assert (row["bid_pips"], row["bid_qty_micro"], row["ask_pips"]) == (4_000, CONTRACT, None)
    assert sample() == []
    world.book(KALSHI, [(4_000, 2 * CONTRACT)], [])
    assert [row["bid_qty_micro"] for row in sample()] == [2 * CONTRACT]
    world.engine.books.void(KALSHI)
    assert [row["bid_pips"] for row in sample()] == [None], "unknown is a change"
