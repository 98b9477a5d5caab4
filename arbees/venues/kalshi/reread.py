"""Reads single Kalshi markets again: state of known ones, all of new ones (kalshi.md section 5).

What a status word does not say clearly is not open.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from arbees.errors import WireError
from arbees.markets.instrument import Instrument, PriceBand
from arbees.messages.events import MarketStatus
from arbees.messages.market_reads import MarketRead
from arbees.venues.kalshi import catalog, fees
from arbees.venues.kalshi.read import CENT_RANGES, bands_of, payout_of, time_ns
from arbees.venues.kalshi.wire import Body

Fetch = Callable[[str, Mapping[str, str]], Awaitable[bytes]]
"""Path and query to body. Raises VenueUnavailable."""
STATUS = {
    "active": MarketStatus.OPEN,
    "initialized": MarketStatus.PAUSED,
    "inactive": MarketStatus.PAUSED,
    "closed": MarketStatus.CLOSED,
    "determined": MarketStatus.DETERMINED,
    "disputed": MarketStatus.DETERMINED,
    "amended": MarketStatus.DETERMINED,
    "finalized": MarketStatus.DETERMINED,
}
PAID = "finalized"
TICKERS_MAX = 50


class KalshiMarkets:
    """ports.MarketReader over REST."""

    venue = "kalshi"
    chunk = TICKERS_MAX

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def read(self, market_ids: Sequence[str], known: Collection[str]) -> Sequence[MarketRead]:
        """What is listed now; a market that is not, is missing. Raises VenueUnavailable, and
        WireError for a body that cannot be read."""
        query = {"tickers": ",".join(market_ids), "limit": "1000"}
        listed = catalog.decode_markets(await self._fetch("/markets", query)).markets
        wanted = [market for market in listed if market.ticker in set(market_ids)]
        new: dict[str, Instrument] = {}
        for event in dict.fromkeys(m.event_ticker for m in wanted if m.ticker not in known):
            new |= await self._event(event)
        return [read_of(market, new.get(market.ticker)) for market in wanted]

    async def _event(self, event_ticker: str) -> dict[str, Instrument]:
        """Every instrument of an event with its dated fees, by ticker."""
        body = await self._fetch(f"/events/{event_ticker}", {"with_nested_markets": "true"})
        event = catalog.decode_event(body)
        series = await self._fetch(f"/series/{event.series_ticker}", {})
        one = {"series_ticker": event.series_ticker}
        changes = await self._fetch("/series/fee_changes", one)
        said = await self._fetch("/events/fee_changes", {"event_ticker": event_ticker})
        found, _ = catalog.instruments_from(
            [event], catalog.decode_series_list(series), fees.decode_fee_changes(changes), 0,
            fees.decode_event_fee_changes(said).event_fee_changes or (),
        )  # fmt: skip
        return {instrument.instrument_id: instrument for instrument in found}


def read_of(market: catalog.Market, instrument: Instrument | None) -> MarketRead:
    """One reading. A part that cannot be read is not said; a payout counts once it was paid."""
    payout: int | None = None
    close_ns, bands = 0, tuple[PriceBand, ...]()
    try:
        if market.status == PAID:
            said = Body(result=market.result, settlement_value=market.settlement_value_dollars)
            payout = payout_of(said)
        close_ns = time_ns(market.close_time)
        bands = bands_of(market.price_ranges or CENT_RANGES)
    except WireError:
        pass
    return MarketRead(
        "kalshi", market.ticker, market.ticker, STATUS.get(market.status, MarketStatus.PAUSED),
        payout, close_ns, bands, instrument,
    )  # fmt: skip
