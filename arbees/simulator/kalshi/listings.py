"""Which markets and events a listing names: filters and pages (kalshi.md section 5.1).

One rule: the narrowest filter chooses where to look, so that a league's markets cost no whole scan;
later pages are cut from what the first page found.
"""

from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import web

from arbees.simulator.kalshi import parse, shapes
from arbees.simulator.kalshi.desk import Desk
from arbees.simulator.kalshi.errors import over_limit

Body = dict[str, Any]
FILTERS = {
    "unopened": {"initialized"}, "open": {"active"}, "paused": {"inactive"},
    "closed": {"closed", "determined", "disputed", "amended"}, "settled": {"finalized"},
}  # fmt: skip
FAMILIES = {
    "_created_ts": "created_time", "_close_ts": "close_time", "_settled_ts": "settlement_ts",
    "_updated_ts": "updated_time",
}  # fmt: skip
"""Time filters of `GET /markets`; one family at a time."""
LISTS_KEPT = 16


class Listings:
    """Finds; what is shown of a market is for others."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._found: dict[str, list[Any]] = {}

    def _page(
        self, request: web.Request, find: Callable[[], list[Any]], limit: int
    ) -> tuple[list[Any], str]:
        query = {k: v for k, v in request.query.items() if k not in ("cursor", "limit")}
        key = f"{request.path} {sorted(query.items())}"
        if key not in self._found or not request.query.get("cursor"):
            self._found.pop(key, None)
            self._found[key] = find()
        while len(self._found) > LISTS_KEPT:
            del self._found[next(iter(self._found))]
        return parse.page(request, self._found[key], limit)

    def markets(self, request: web.Request) -> tuple[list[str], str]:
        """(tickers, cursor). Raises Problem."""
        limit = parse.limit_of(request, "GetMarkets", 1000, 100)
        families = {f for f in FAMILIES if any(k.endswith(f) for k in request.query)}
        if len(families) > 1:
            raise over_limit("GetMarkets", "Filters", "excluded_with")
        statuses = statuses_of(request)
        return self._page(request, lambda: self._markets(request, statuses), limit)

    def _markets(self, request: web.Request, statuses: set[str] | None) -> list[str]:
        query, known = request.query, self._desk.markets
        rows = self._where(request)
        if statuses is not None:
            rows = [t for t in rows if known[t].get("status") in statuses]
        if query.get("mve_filter"):
            only = query["mve_filter"] == "only"
            rows = [t for t in rows if t.startswith("KXMVE") == only]
        for family, name in FAMILIES.items():
            least = parse.number_of(request, f"min{family}")
            most = parse.number_of(request, f"max{family}")
            if least is not None or most is not None:
                rows = [t for t in rows if within(known[t].get(name), least, most)]
        return list(rows)

    def _where(self, request: web.Request) -> Iterable[str]:
        query, known = request.query, self._desk.markets
        if query.get("tickers"):
            return [t for t in query["tickers"].split(",") if t in known]
        if query.get("event_ticker"):
            event = self._desk.events.get(query["event_ticker"], {})
            return [m["ticker"] for m in event.get("markets", [])]
        if query.get("series_ticker"):
            events = self._desk.by_series.get(query["series_ticker"], [])
            return [m["ticker"] for event in events for m in event["markets"]]
        return known

    def events(self, request: web.Request) -> tuple[list[Body], str]:
        """(events, cursor); an event has a status if any of its markets has. Raises Problem."""
        limit = parse.limit_of(request, "GetEvents", 200, 200)
        statuses = statuses_of(request)
        return self._page(request, lambda: self._events(request, statuses), limit)

    def _events(self, request: web.Request, statuses: set[str] | None) -> list[Body]:
        query = request.query
        rows: Iterable[Body] = self._desk.events.values()
        if query.get("tickers"):
            names = query["tickers"].split(",")
            rows = [self._desk.events[n] for n in names if n in self._desk.events]
        elif query.get("series_ticker"):
            rows = self._desk.by_series.get(query["series_ticker"], [])
        least = parse.number_of(request, "min_updated_ts")
        return [
            event for event in rows
            if (statuses is None or any(m.get("status") in statuses for m in event["markets"]))
            and (least is None or within(event.get("last_updated_ts"), least, None))
        ]  # fmt: skip


def statuses_of(request: web.Request) -> set[str] | None:
    """What a market's own status may be; None: anything. Raises Problem for no such filter."""
    said = request.query.get("status")
    if not said:
        return None
    if said not in FILTERS:
        raise over_limit("GetMarkets", "Status", "oneof")
    return FILTERS[said]


def within(text: str | None, least: int | None, most: int | None) -> bool:
    """Whether a time lies between two Unix seconds; one that is not there does not."""
    if not text:
        return False
    at = shapes.seconds_of(text)
    return (least is None or at >= least) and (most is None or at <= most)
