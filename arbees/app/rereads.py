"""Composes the reader of announced and doubtful markets: both venues' readers over one runtime."""

from collections.abc import Mapping, Sequence

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


class RuntimeListings:
    """What the engine of a runtime holds of its instruments."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._market = runtime.engine.market

    def deliver_frame(self, frame: Frame) -> None:
        self._runtime.deliver_frame(frame)

    def deliver_event(self, event: ev.EngineEvent, ts_recv_ns: int) -> None:
        self._runtime.deliver_event(event, ts_recv_ns)

    def take_to_read(self) -> Sequence[Key]:
        taken = list(self._market.to_read)
        self._market.to_read.clear()
        return taken

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
    return Rereader(RuntimeListings(runtime), clock, readers, backoff)
