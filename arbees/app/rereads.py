"""Composes the reader of announced and doubtful markets: both venues' readers over one runtime."""

from collections.abc import Callable, Mapping, Sequence

import httpx

from arbees.app.simulated import Venues
from arbees.markets.instrument import Instrument, PriceGrid
from arbees.messages import events as ev
from arbees.messages.frames import Frame
from arbees.pipeline.backoff import Backoff
from arbees.pipeline.bodies import ask, body_of
from arbees.pipeline.pacing import Pacer
from arbees.pipeline.rereads import Key, Rereader
from arbees.pipeline.runtime import Runtime
from arbees.ports import Clock, MarketReader
from arbees.venues.kalshi.reread import KalshiMarkets
from arbees.venues.polymarket.reread import PolymarketMarkets

Announce = Callable[[str, Sequence[str]], None]
"""A venue, and ids of markets that it spoke of."""


class RuntimeListings:
    """What the engine of a runtime holds of its instruments. Markets it does not hold are given to
    `announce`, where somebody else finds out what they are."""

    def __init__(self, runtime: Runtime, announce: Announce | None = None) -> None:
        self._runtime = runtime
        self._market = runtime.engine.market
        self._announce = announce
        self._markets: set[Key] = set()
        self._indexed = 0

    def deliver_frame(self, frame: Frame) -> None:
        self._runtime.deliver_frame(frame)

    def deliver_event(self, event: ev.EngineEvent, ts_recv_ns: int) -> None:
        self._runtime.deliver_event(event, ts_recv_ns)

    def take_to_read(self) -> Sequence[Key]:
        taken = list(self._market.to_read)
        self._market.to_read.clear()
        if self._announce is None or not taken:
            return taken
        fresh = self._market.instruments[self._indexed :]
        self._markets.update((i.venue, i.market_id) for i in fresh)
        self._indexed += len(fresh)
        unknown: dict[str, list[str]] = {}
        for venue, market_id in taken:
            if market_id and (venue, market_id) not in self._markets:
                unknown.setdefault(venue, []).append(market_id)
        for venue, names in unknown.items():
            self._announce(venue, names)
        return [key for key in taken if key in self._markets]

    def instruments(self) -> Sequence[Instrument]:
        return self._market.instruments

    def status_of(self, ix: int) -> ev.MarketStatus:
        return self._market.status[ix]

    def close_of(self, ix: int) -> int:
        return self._market.close_ns[ix]

    def grid_of(self, ix: int) -> PriceGrid:
        return self._market.grids[ix]


def make_rereader(
    venues: Venues,
    runtime: Runtime,
    clock: Clock,
    http: httpx.AsyncClient,
    pacers: Mapping[str, Pacer],
    backoff: Backoff,
    announce: Announce | None = None,
) -> Rereader:
    """Shares each venue's pace with its feeds: together they stay polite."""

    async def get(url: str, params: Mapping[str, str] | Sequence[tuple[str, str]]) -> bytes:
        query = httpx.QueryParams(params if isinstance(params, Mapping) else tuple(params))

        async def question() -> bytes:
            return body_of(await http.get(url, params=query))

        return await ask(question())

    async def kalshi(path: str, params: Mapping[str, str]) -> bytes:
        await pacers["kalshi"].turn()
        return await get(venues.kalshi_rest + path, params)

    async def polymarket(url: str, params: Sequence[tuple[str, str]]) -> bytes:
        await pacers["polymarket"].turn()
        return await get(url, params)

    readers: dict[str, MarketReader] = {
        "kalshi": KalshiMarkets(kalshi),
        "polymarket": PolymarketMarkets(venues.gamma, venues.clob, polymarket),
    }
    return Rereader(RuntimeListings(runtime, announce), clock, readers, backoff)
