"""Links as discovery tells them -> the engine's instruments and links, and what the feeds carry.

The one rule: books are asked for before the link that needs them is added, and a link that no
longer holds is withdrawn at once.
"""

import gc
from collections.abc import Iterable
from dataclasses import replace

from arbees.app.discovery.messages import Held, Links, Unlinked
from arbees.app.event_lives import EventLives
from arbees.app.feeds import FeedSet
from arbees.markets.instrument import Instrument
from arbees.messages import events as ev
from arbees.pipeline.runtime import Runtime
from arbees.ports import Clock

FREEZE_EVERY = 50
"""Instruments live as long as the process: they are taken out of what the collector of garbage
walks through while books wait."""


class Linker:
    """Takes the answers of one Discovery into one runtime. Bears hearing a link twice."""

    def __init__(self, runtime: Runtime, clock: Clock) -> None:
        self._runtime = runtime
        self._clock = clock
        self._ix: dict[tuple[str, str], int] = {}
        self._indexed = 0
        self._retold: set[str] = set()
        self._thaw = 0
        self.feeds: FeedSet | None = None
        """None until they are started: they begin with what is linked by then."""
        self.links: dict[str, ev.LinkSpec] = {}
        self.lives = EventLives()

    def begins(self) -> None:
        """A worker knows nothing yet."""
        self._retold.clear()

    def is_complete(self) -> None:
        """What the worker did not tell again no longer holds."""
        self._withdraw([name for name in self.links if name not in self._retold])

    def take(self, answer: Links | Unlinked | Held) -> None:
        """Add what is new, hear what changed, withdraw what holds no longer."""
        match answer:
            case Unlinked():
                self._withdraw([name for name in answer.names if name in self.links])
            case Held():
                self._add(answer.instruments)
                for held in answer.instruments:  # it may have ended while we were away
                    self._deliver(ev.MarketSeen(held.venue, held.market_id, 0))
            case Links():
                self._add([each for link in answer.links for each in (link.a, link.b)])
                self.lives.linked(answer.links, self._clock.now_ns())
                self._link(answer)

    def _link(self, answer: Links) -> None:
        fresh = []
        for link in answer.links:
            self._retold.add(link.name)
            if link.name not in self.links:
                a_ix, b_ix = self._ix[_key(link.a)], self._ix[_key(link.b)]
                spec = ev.LinkSpec(link.name, a_ix, b_ix, link.relation, link.evidence)
                self.links[link.name] = spec
                fresh.append(spec)
        if fresh:
            self._deliver(ev.LinksAdded(tuple(fresh)))

    def _add(self, instruments: Iterable[Instrument]) -> None:
        self._index()
        new: dict[tuple[str, str], Instrument] = {}
        for instrument in instruments:
            key = _key(instrument)
            if key in self._ix:
                self._hear(self._ix[key], instrument)
            elif key not in new:
                new[key] = replace(instrument, ix=self._indexed + len(new))
        if not new:
            return
        added = tuple(new.values())
        self._deliver(ev.InstrumentsAdded(added))
        self._index()
        if self.feeds is not None:
            self.feeds.watch(added)
        self._thaw += len(added)
        if self._thaw >= FREEZE_EVERY:
            self._thaw = 0
            gc.freeze()

    def _hear(self, ix: int, listed: Instrument) -> None:
        """What the listing says otherwise than the engine holds it: fees, end, price grid."""
        market, now_ns = self._runtime.engine.market, self._clock.now_ns()
        held = market.schedule(ix)
        times = [now_ns, *listed.fees.starts_after(now_ns)]
        for ts_ns in times:
            said = listed.fees.at(ts_ns)
            if held.at(ts_ns) != said:
                self._deliver(ev.FeeChanged(ix, replace(said, from_ns=ts_ns)))
        if listed.close_ts_ns not in (0, market.close_ns[ix]):
            self._deliver(ev.CloseChanged(ix, listed.close_ts_ns, 0))
        if listed.grid != market.grids[ix]:
            self._deliver(ev.GridChanged(ix, listed.grid.bands, False, 0))

    def _withdraw(self, names: list[str]) -> None:
        for name in names:
            del self.links[name]
        if names:
            self._deliver(ev.LinksWithdrawn(tuple(names)))

    def _index(self) -> None:
        """Numbers of every instrument there is; others add some too."""
        instruments = self._runtime.engine.instruments
        for instrument in instruments[self._indexed :]:
            self._ix[_key(instrument)] = instrument.ix
        self._indexed = len(instruments)

    def _deliver(self, event: ev.EngineEvent) -> None:
        self._runtime.deliver_event(event, self._clock.now_ns())


def _key(instrument: Instrument) -> tuple[str, str]:
    return instrument.venue, instrument.instrument_id
