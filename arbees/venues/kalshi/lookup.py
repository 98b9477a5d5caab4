"""What became of an order: asked of the reads, with how complete they are.

`as_of` is read first: what the later reads show is then at least that complete. There is no filter
by client id, so an order whose venue id is unknown is searched among its market's since the send.
"""

from arbees.errors import VenueRejected
from arbees.units import NS_PER_S
from arbees.venues.kalshi import queries
from arbees.venues.kalshi.client import KalshiClient
from arbees.venues.kalshi.orders import client_id_of
from arbees.venues.kalshi.reads import (
    RawFill,
    RawOrder,
    decode_as_of,
    decode_raw_fills,
    decode_raw_order,
    decode_raw_orders,
)
from arbees.venues.kalshi.reports import LookupReport

PAGES_MAX = 20
BEFORE_S = 120
"""The search begins this long before our own time of sending: clocks differ."""


async def look_up(
    client: KalshiClient, order_id: str, ticker: str, qty: int, sent_ns: int, venue_id: str | None
) -> LookupReport:
    """Raises VenueError or WireError if it cannot be found out now."""
    as_of_ns = decode_as_of(await client.read(queries.as_of_request()))
    found = await _order(client, order_id, ticker, sent_ns, venue_id)
    fills = await _fills(client, found.order_id) if found else ()
    return LookupReport(order_id, qty, ticker, sent_ns, found, fills, as_of_ns)


async def _order(
    client: KalshiClient, order_id: str, ticker: str, sent_ns: int, venue_id: str | None
) -> RawOrder | None:
    if venue_id is not None:
        try:
            return decode_raw_order(await client.read(queries.order_request(venue_id)))
        except VenueRejected as error:
            if error.reason != "not_found":
                raise  # by id alone only shard 0 may have been asked: search its market as well
    wanted, cursor = client_id_of(order_id), ""
    since = sent_ns // NS_PER_S - BEFORE_S
    for _ in range(PAGES_MAX):
        request = queries.orders_request(ticker=ticker, min_ts=since, cursor=cursor, is_lookup=True)
        rows, cursor = decode_raw_orders(await client.read(request))
        for row in rows:
            if row.client_order_id == wanted:
                return row
        if not cursor:
            return None
    raise VenueRejected(f"kalshi: more than {PAGES_MAX} pages of orders in {ticker}", "too_many")


async def _fills(client: KalshiClient, venue_id: str) -> tuple[RawFill, ...]:
    found: list[RawFill] = []
    cursor = ""
    for _ in range(PAGES_MAX):
        request = queries.fills_request(order_id=venue_id, cursor=cursor)
        rows, cursor = decode_raw_fills(await client.read(request))
        found.extend(rows)
        if not cursor:
            break
    return tuple(found)
