"""Fees that change while markets trade: series schedules and event overrides (kalshi.md 5.4, 9.1).

One rule: an event's override wins over its series; a change is in force for the next fill.
"""

from heapq import heappop, heappush
from typing import Any

from arbees.simulator.kalshi.desk import Desk
from arbees.simulator.kalshi.errors import not_found
from arbees.simulator.kalshi.hub import Hub
from arbees.simulator.kalshi.shapes import seconds_of
from arbees.units import NS_PER_S

Body = dict[str, Any]
CHANNEL = "market_lifecycle_v2"
LISTS = ("series_fee_changes", "event_fee_changes")


class FeeCalendar:
    """Scheduled changes of the catalogue come into force; those of the past already are."""

    def __init__(self, desk: Desk, hub: Hub) -> None:
        self._desk = desk
        self._hub = hub
        self._due: list[tuple[int, int, Body]] = []
        self._began = False
        rows = [row for name in LISTS for row in desk.catalog.get(name, [])]
        for number, row in enumerate(rows):
            if row.get("scheduled_ts"):
                heappush(self._due, (seconds_of(row["scheduled_ts"]) * NS_PER_S, number, row))

    def tick(self, now_ns: int) -> None:
        """Put in force what has come due since the clock was first looked at."""
        while self._due and self._due[0][0] <= now_ns:
            _, _, row = heappop(self._due)
            if not self._began:
                continue
            if "event_ticker" in row:
                self.override(
                    row["event_ticker"], row["fee_type_override"], row["fee_multiplier_override"]
                )
            else:
                self.series(row["series_ticker"], row["fee_type"], row["fee_multiplier"])
        self._began = True

    def override(self, event: str, kind: str | None, multiplier: float | None) -> None:
        """An event's override comes into force, or ends. Raises Problem for an unknown event."""
        if event not in self._desk.events:
            raise not_found()
        change = {"fee_type_override": kind, "fee_multiplier_override": multiplier}
        self._desk.events[event] |= change
        self._refresh(self._desk.events[event])
        self._hub.say(CHANNEL, "event_fee_update", {"event_ticker": event, **change})

    def series(self, series: str, kind: str, multiplier: float) -> None:
        """A series' schedule changes; only REST tells."""
        if series in self._desk.series:
            self._desk.series[series] |= {"fee_type": kind, "fee_multiplier": multiplier}
        for event in self._desk.by_series.get(series, []):
            self._refresh(event)

    def _refresh(self, event: Body) -> None:
        for market in event["markets"]:
            ticker = market["ticker"]
            self._desk.exchange.markets[ticker].fees = self._desk.fees_of(ticker)
