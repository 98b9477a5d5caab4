"""A reading says nothing by default."""

from arbees.messages.events import MarketStatus
from arbees.messages.market_reads import MarketRead


def test_what_was_not_said_is_not_there() -> None:
    read = MarketRead("kalshi", "T", "T", MarketStatus.PAUSED)
    assert (read.payout, read.close_ts_ns, read.bands, read.instrument) == (None, 0, (), None)
