"""Rereader: consumes MarketSeen ("read this again") and tells the engine what is news.

The rule: a listing may be older than a socket's word (kalshi.md section 15: 15 s of cache). So what
makes a market less open counts at once; everything else only from a reading that was asked for
SETTLE_S after the news, and a determined market is never opened again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import anyio

from arbees.errors import VenueUnavailable, WireError
from arbees.markets.instrument import Instrument, PriceGrid
from arbees.messages import events as ev
from arbees.messages.events import MarketStatus
from arbees.messages.market_reads import MarketRead
from arbees.pipeline.backoff import Backoff
from arbees.pipeline.feed_status import FeedStatus
from arbees.ports import Clock, MarketReader, Sink

LOOK_S = 0.25
SETTLE_S = 20.0
MISSING_S = 2.0
TRIES_MAX = 6
OPENNESS = {
    MarketStatus.OPEN: 0,
    MarketStatus.PAUSED: 1,
    MarketStatus.CLOSED: 2,
    MarketStatus.DETERMINED: 3,
}
Key = tuple[str, str]


class Listings(Sink, Protocol):
    """A sink that knows what the engine holds of its instruments."""

    def take_to_read(self) -> Sequence[Key]: ...

    def instruments(self) -> Sequence[Instrument]: ...

    def status_of(self, ix: int) -> MarketStatus: ...

    def close_of(self, ix: int) -> int: ...

    def grid_of(self, ix: int) -> PriceGrid: ...


@dataclass(slots=True)
class _Due:
    """One market to read at `at_s` (loop time). `is_late`: no cache can be older than the news."""

    at_s: float
    is_late: bool = False
    tries: int = 0


class Rereader:
    """One for all venues; each is asked in chunks, by its reader."""

    def __init__(
        self, listings: Listings, clock: Clock, readers: Mapping[str, MarketReader],
        backoff: Backoff,
    ) -> None:  # fmt: skip
        self.status = FeedStatus("catalogue-reread", "all", mode="idle")
        self._listings = listings
        self._clock = clock
        self._readers = readers
        self._backoff = backoff
        self._due: dict[Key, _Due] = {}
        self._ix: dict[Key, int] = {}
        self._markets: set[Key] = set()
        self._indexed = 0
        self._settled: set[int] = set()
        self._given_up = 0

    async def run(self) -> None:
        while True:
            await anyio.sleep(LOOK_S)
            self._collect()
            for reader in self._readers.values():
                keys = self._ready(reader)
                if keys:
                    await self._read(reader, keys)
            self.status.books = len(self._due)
            self.status.mode = "rest" if self._due else "idle"

    def _collect(self) -> None:
        """News of a market that already waits makes it due now, and once more later. What comes
        while we ask a venue waits in the engine, so it is never taken for what was answered."""
        now_s = anyio.current_time()
        for key in self._listings.take_to_read():
            if key[1] and key[0] in self._readers:
                self._due[key] = _Due(now_s)

    def _ready(self, reader: MarketReader) -> list[Key]:
        now_s = anyio.current_time()
        keys = [k for k, due in self._due.items() if k[0] == reader.venue and due.at_s <= now_s]
        return keys[: reader.chunk]

    async def _read(self, reader: MarketReader, keys: Sequence[Key]) -> None:
        self._index()
        asked = {key: self._due[key] for key in keys}
        known = {key[1] for key in keys if key in self._markets}
        try:
            reads = await reader.read([key[1] for key in keys], known)
        except (VenueUnavailable, WireError) as error:
            self.status.last_error = str(error)
            self.status.unanswered += 1
            delay = self._backoff.next_s()
            if isinstance(error, VenueUnavailable):
                delay = max(delay, error.retry_after_s or 0.0)
            await anyio.sleep(delay)
            return
        self._backoff.succeeded()
        self.status.last_error = ""
        self.status.rest_polls += 1
        self.status.took(self._clock.now_ns())
        found = {(read.venue, read.market_id) for read in reads}
        for key, due in asked.items():
            self._next(key, due, is_found=key in found, is_known=key[1] in known)
        late = {key for key, due in asked.items() if due.is_late}
        self._tell(reads, late)

    def _next(self, key: Key, due: _Due, *, is_found: bool, is_known: bool) -> None:
        """Read again later, or be done with it."""
        now_s = anyio.current_time()
        if not is_found:
            due.tries += 1
            due.at_s = now_s + MISSING_S * 2.0**due.tries
            if due.tries >= TRIES_MAX:
                del self._due[key]
                self._given_up += 1
                self.status.note = f"{self._given_up} announced markets were never listed"
        elif is_known and not due.is_late:
            self._due[key] = _Due(now_s + SETTLE_S, is_late=True)
        else:
            del self._due[key]

    def _tell(self, reads: Sequence[MarketRead], late: set[Key]) -> None:
        """Deliver what is news. Numbers for new instruments are given and used in one breath."""
        self._index()
        new: dict[Key, Instrument] = {}
        for read in reads:
            key = (read.venue, read.instrument_id)
            if key in self._ix:
                is_late = (read.venue, read.market_id) in late
                for event in self._news(read, self._ix[key], is_late=is_late):
                    self._listings.deliver_event(event, self._clock.now_ns())
            elif read.instrument is not None:
                new[key] = read.instrument
        if new:
            first = len(self._listings.instruments())
            added = tuple(replace(i, ix=first + n) for n, i in enumerate(new.values()))
            self._listings.deliver_event(ev.InstrumentsAdded(added), self._clock.now_ns())

    def _news(self, read: MarketRead, ix: int, *, is_late: bool) -> list[ev.EngineEvent]:
        """What of a reading differs from what we hold and may be believed."""
        ours = self._listings.status_of(ix)
        news: list[ev.EngineEvent] = []
        is_over = ours is MarketStatus.DETERMINED
        is_less_open = OPENNESS[read.status] > OPENNESS[ours]
        if is_less_open or (is_late and not is_over and read.status is not ours):
            news.append(ev.StatusChanged(ix, read.status, 0))
        if is_late and read.close_ts_ns not in (0, self._listings.close_of(ix)):
            news.append(ev.CloseChanged(ix, read.close_ts_ns, 0))
        if is_late and read.bands and read.bands != self._listings.grid_of(ix).bands:
            news.append(ev.GridChanged(ix, read.bands, False, 0))
        if read.payout is not None and ix not in self._settled:
            self._settled.add(ix)
            news.append(ev.MarketSettled(ix, read.payout, 0))
        return news

    def _index(self) -> None:
        """Learn the instruments that were added since, by us or by others."""
        for instrument in self._listings.instruments()[self._indexed :]:
            self._ix[instrument.venue, instrument.instrument_id] = instrument.ix
            self._markets.add((instrument.venue, instrument.market_id))
            self._indexed += 1
