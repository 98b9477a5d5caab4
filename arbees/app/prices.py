"""Rows of market prices: a sample of the books at a stated interval, never every change."""

import anyio

from arbees.pipeline.runtime import Runtime
from arbees.store.outbox import Outbox

CHUNK = 64
"""Books looked at between two turns of the event loop: about 0.1 ms."""
Best = tuple[tuple[int | None, int], tuple[int | None, int]]


class PriceSampler:
    """Remembers what it put last, so that a book that stands still costs no rows."""

    def __init__(self, runtime: Runtime, outbox: Outbox) -> None:
        self._runtime = runtime
        self._outbox = outbox
        self._last: dict[int, Best] = {}

    def sample(self, ix: int) -> None:
        """Put one instrument's best prices and sizes if they changed; unknown books are empty."""
        engine = self._runtime.engine
        books, instrument = engine.books, engine.instruments[ix]
        best: Best = ((None, 0), (None, 0))
        if books.is_valid(ix):
            bid, ask = books.best(ix, 0), books.best(ix, 1)
            best = (bid, books.best_qty(ix, 0)), (ask, books.best_qty(ix, 1))
        if self._last.get(ix, ((None, 0), (None, 0))) != best:
            self._last[ix] = best
            self._outbox.put_price(instrument.venue, instrument.instrument_id, *best, engine.now_ns)


async def sample_prices(runtime: Runtime, outbox: Outbox, interval_s: float) -> None:
    """One row per instrument whose best changed, at most once per interval (of real time)."""
    sampler = PriceSampler(runtime, outbox)
    while True:
        await anyio.sleep(interval_s)
        for ix in range(len(runtime.engine.instruments)):
            sampler.sample(ix)
            if ix % CHUNK == CHUNK - 1:
                await anyio.lowlevel.checkpoint()
