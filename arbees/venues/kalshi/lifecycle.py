"""What `market_lifecycle_v2` says of a market -> events (kalshi.md sections 5.2, 6.4 and 11).

The rule: where a message cannot be read to its end, the market is at least not open any more, and
discovery is asked to read it. Implicit changes (open and close by time) are never announced.
"""

from collections.abc import Sequence

from arbees.errors import WireError
from arbees.messages import events as ev
from arbees.units import NS_PER_S
from arbees.venues.kalshi.read import CENT_RANGES, bands_of, payout_of
from arbees.venues.kalshi.wire import Body

TS_S_MAX = 10**10


class Lifecycle:
    """Payouts wait here from `determined` until `settled`."""

    def __init__(self) -> None:
        self.unknown = 0
        self._payout: dict[int, int] = {}

    def events(self, ix: int, body: Body, ts_ns: int) -> Sequence[ev.EngineEvent]:
        """Events of one message; `ix` is -1 for a market that is not watched. Raises WireError
        if the price ranges are odd."""
        ticker = body.market_ticker or ""
        seen = ev.MarketSeen("kalshi", ticker, ts_ns)
        if ix < 0:
            return (seen,) if body.event_type == "created" else ()
        match body.event_type:
            case "created":
                return ()
            case "activated" | "deactivated":
                return (ev.StatusChanged(ix, _status(body), ts_ns),)
            case "close_date_updated":
                close_s = body.close_ts or 0
                if not 0 < close_s < TS_S_MAX:
                    return (seen,)
                return (ev.CloseChanged(ix, close_s * NS_PER_S, ts_ns),)
            case "determined":
                return self._determined(ix, body, seen)
            case "settled":
                payout = self._payout.get(ix)
                return (seen,) if payout is None else (ev.MarketSettled(ix, payout, ts_ns),)
            case "price_level_structure_updated":
                bands = bands_of(body.price_ranges or CENT_RANGES)
                return (ev.GridChanged(ix, bands, False, ts_ns),)
            case "metadata_updated":
                return (seen,)
            case _:
                self.unknown += 1
                return ()

    def _determined(
        self, ix: int, body: Body, seen: ev.MarketSeen
    ) -> tuple[ev.StatusChanged | ev.MarketSeen, ...]:
        """A later determination replaces an earlier one, also by nothing known."""
        self._payout.pop(ix, None)
        status = ev.StatusChanged(ix, ev.MarketStatus.DETERMINED, seen.ts_event_ns)
        try:
            self._payout[ix] = payout_of(body)
        except WireError:
            return (status, seen)
        return (status,)


def _status(body: Body) -> ev.MarketStatus:
    """Open only where nothing in the message says otherwise."""
    is_open = body.event_type == "activated" and not body.is_deactivated
    return ev.MarketStatus.OPEN if is_open else ev.MarketStatus.PAUSED
