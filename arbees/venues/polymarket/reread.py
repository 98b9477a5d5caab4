"""Reads single Polymarket conditions again: known ones from the CLOB, which knows results; new ones
from Gamma, which knows events and fees (polymarket.md sections 2 and 3).
"""

from collections.abc import Awaitable, Callable, Collection, Sequence

from arbees.errors import VenueThrottled, VenueUnavailable
from arbees.messages.events import MarketStatus
from arbees.messages.market_reads import MarketRead
from arbees.venues.polymarket import catalog, clob

Fetch = Callable[[str, Sequence[tuple[str, str]]], Awaitable[bytes]]
"""URL and repeated query to body. Raises VenueUnavailable."""
CONDITIONS_MAX = 20


class PolymarketMarkets:
    """ports.MarketReader over REST."""

    venue = "polymarket"
    chunk = CONDITIONS_MAX

    def __init__(self, gamma: str, clob_base: str, fetch: Fetch) -> None:
        self._gamma = gamma
        self._clob = clob_base
        self._fetch = fetch

    async def read(self, market_ids: Sequence[str], known: Collection[str]) -> Sequence[MarketRead]:
        """What is listed now; a condition that is not (or still hydrates) is missing. Raises
        VenueUnavailable, and WireError for a body that cannot be read."""
        reads: list[MarketRead] = []
        for condition in (m for m in market_ids if m in known):
            reads += await self._known(condition)
        fresh = [m for m in market_ids if m not in known]
        return [*reads, *await self._new(fresh)] if fresh else reads

    async def _known(self, condition: str) -> list[MarketRead]:
        """Its tokens' state, or nothing where the CLOB does not know it."""
        try:
            body = await self._fetch(f"{self._clob}/markets/{condition}", ())
        except VenueThrottled:
            raise
        except VenueUnavailable:
            return []  # one condition's 404 must not hide what the others say
        market = clob.decode_market(body)
        payouts = dict(clob.payouts_of(market))
        status = _status(market, is_paid=bool(payouts))
        return [
            MarketRead("polymarket", condition, t.token_id, status, payouts.get(t.token_id))
            for t in market.tokens
            if t.token_id
        ]

    async def _new(self, conditions: Sequence[str]) -> list[MarketRead]:
        query = [*(("condition_ids", c) for c in conditions), ("limit", "100")]
        body = await self._fetch(f"{self._gamma}/markets/keyset", query)
        reads = []
        for market in catalog.decode_markets(body):
            if not market.events or market.condition_id not in conditions:
                continue
            event = catalog.GammaEvent(id=market.events[0].id, markets=(market,))
            found, _ = catalog.instruments_from([event], 0)
            reads += [
                MarketRead(
                    "polymarket", market.condition_id, i.instrument_id,
                    MarketStatus.OPEN if i.is_open else MarketStatus.PAUSED, instrument=i,
                )
                for i in found
            ]  # fmt: skip
        return reads


def _status(market: clob.ClobMarket, *, is_paid: bool) -> MarketStatus:
    if is_paid:
        return MarketStatus.DETERMINED
    if market.closed:
        return MarketStatus.CLOSED
    return MarketStatus.OPEN if market.is_tradable else MarketStatus.PAUSED
