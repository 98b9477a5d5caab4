"""MarketRead: what a venue's catalogue says of one instrument at one moment. No logic.

It is a reading, not an event: a cache may be behind what a socket said, so pipeline/rereads.py
decides what of it is news.
"""

import msgspec

from arbees.markets.instrument import Instrument, PriceBand
from arbees.messages.events import MarketStatus


class MarketRead(msgspec.Struct, frozen=True, gc=False):
    """`payout` in pips once the venue has paid; `close_ts_ns` 0 and no `bands`: not said here.
    `instrument` is set for a market that was not known; its `ix` means nothing yet."""

    venue: str
    market_id: str
    instrument_id: str
    status: MarketStatus
    payout: int | None = None
    close_ts_ns: int = 0
    bands: tuple[PriceBand, ...] = ()
    instrument: Instrument | None = None
