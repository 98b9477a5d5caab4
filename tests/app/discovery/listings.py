"""Small listings of both venues, answered as the venues do, for the tests of discovery."""

import json
from typing import Any

import anyio
import httpx

from arbees.app.discovery.messages import Begin, Patience

ALIKE = (
    "Including overtime. If the game is postponed, this market will remain open until the game is "
    "played. If the game is canceled, this market will resolve 50-50."
)
GAME = "KXNBAGAME-26JAN09MILLAL"
SLUG = "nba-mil-lal-2026-01-09"


def kalshi_market(ticker: str, **more: Any) -> dict[str, Any]:
    """A market as GET /events nests it."""
    event = ticker.rpartition("-")[0]
    return {"ticker": ticker, "event_ticker": event, "rules_primary": ALIKE, "status": "active",
            "market_type": "binary", "close_time": "2030-01-01T00:00:00Z", **more}  # fmt: skip


def kalshi_event(ticker: str = GAME, sides: str = "MIL LAL", **more: Any) -> dict[str, Any]:
    """An event with a market per side."""
    markets = [kalshi_market(f"{ticker}-{side}") for side in sides.split()]
    return {"event_ticker": ticker, "series_ticker": ticker.partition("-")[0], "title": "A game",
            "mutually_exclusive": True, "markets": markets, **more}  # fmt: skip


def gamma_event(slug: str = SLUG, number: int = 1, **more: Any) -> dict[str, Any]:
    """A game as Gamma lists it, Lakers first."""
    market = {
        "id": str(number), "slug": slug, "conditionId": f"0xa{number}", "active": True,
        "question": "Bucks vs. Lakers", "outcomes": '["Lakers", "Bucks"]', "closed": False,
        "clobTokenIds": f'["{number}1", "{number}2"]', "description": ALIKE,
        "sportsMarketType": "moneyline", "orderPriceMinTickSize": 0.01, "enableOrderBook": True,
        "acceptingOrders": True, "feesEnabled": False, **more,
    }  # fmt: skip
    return {"id": str(number), "slug": slug, "title": "Bucks vs. Lakers", "markets": [market],
            "creationDate": f"2026-01-0{number}T00:00:00Z", "tags": [{"slug": "nba"}]}  # fmt: skip


def series(ticker: str) -> dict[str, Any]:
    return {"ticker": ticker, "title": "", "category": "Sports", "fee_type": "quadratic",
            "fee_multiplier": 1}  # fmt: skip


class Listings:
    """Both venues behind one transport, `size` objects a page. `errors` are answered first, by
    path; `calls` are (loop's time, path, query)."""

    def __init__(self, size: int = 2) -> None:
        self.kalshi = [kalshi_event()]
        self.gamma = [gamma_event()]
        self.series_changes: list[dict[str, Any]] = []
        self.event_changes: list[dict[str, Any]] = []
        self.sports: list[dict[str, Any]] = []
        self.errors: dict[str, list[httpx.Response]] = {}
        self.calls: list[tuple[float, str, httpx.QueryParams]] = []
        self.transport = httpx.MockTransport(self.answer)
        self._size = size

    def paths(self, part: str) -> list[str]:
        """The paths asked that contain `part`."""
        return [path for _, path, _ in self.calls if part in path]

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path, request.url.params
        self.calls.append((anyio.current_time(), path, query))
        if self.errors.get(path):
            return self.errors[path].pop(0)
        if path.startswith("/k/"):
            return self._kalshi(path.removeprefix("/k"), query)
        return self._gamma(path, query)

    def _kalshi(self, path: str, query: httpx.QueryParams) -> httpx.Response:
        known = sorted({event["series_ticker"] for event in self.kalshi})
        if path == "/events":
            return self._page("events", [e for e in self.kalshi if _fits(e, query)], query, "")
        if path == "/markets":
            wanted = query["tickers"].split(",")
            markets = [m for e in self.kalshi for m in e["markets"] if m["ticker"] in wanted]
            return _json({"markets": markets, "cursor": ""})
        if path == "/series":
            return _json({"series": [series(name) for name in known]})
        if path == "/series/fee_changes":
            return _json({"series_fee_change_arr": self.series_changes})
        if path == "/events/fee_changes":
            return self._page("event_fee_changes", self.event_changes, query, "")
        name = path.removeprefix("/series/")
        return _json({"series": series(name)}) if name in known else httpx.Response(404)

    def _gamma(self, path: str, query: httpx.QueryParams) -> httpx.Response:
        if path == "/sports":
            return _json(self.sports)
        if path == "/markets/keyset":
            wanted = {*query.get_list("condition_ids"), *query.get_list("clob_token_ids")}
            found = [
                m | {"events": [{"id": e["id"]}]} for e in self.gamma for m in e["markets"]
                if {m["conditionId"], *json.loads(m["clobTokenIds"])} & wanted
            ]  # fmt: skip
            return _json({"markets": found})
        if path == "/events/keyset":
            rows = [e for e in self.gamma if not all(m["closed"] for m in e["markets"])]
            if query.get("order"):
                rows.sort(key=lambda e: str(e[query["order"]]), reverse=True)
            return self._page("events", rows, query, "next_")
        return _json(next(e for e in self.gamma if e["id"] == path.rpartition("/")[2]))

    def _page(
        self, key: str, rows: list[Any], query: httpx.QueryParams, prefix: str
    ) -> httpx.Response:
        start = int(query.get("cursor", query.get("after_cursor", 0)))
        end = start + self._size
        more = str(end) if end < len(rows) else None
        return _json({key: rows[start:end], f"{prefix}cursor": more or ""})


def _fits(event: dict[str, Any], query: httpx.QueryParams) -> bool:
    status = {"open": "active", "unopened": "initialized"}.get(query.get("status", ""))
    return (
        (status is None or any(m["status"] == status for m in event["markets"]))
        and query.get("series_ticker", event["series_ticker"]) == event["series_ticker"]
        and event["event_ticker"] in query.get("tickers", event["event_ticker"]).split(",")
        and int(query.get("min_updated_ts", 0)) <= event.get("updated", 0)
    )


def _json(body: Any) -> httpx.Response:
    return httpx.Response(200, json=body)


def begin(home: str, **more: Any) -> Begin:
    """What a worker is told, at a hundred requests a second."""
    said: dict[str, Any] = {
        "kalshi_rest": "http://x/k", "gamma": "http://x", "kalshi_per_s": 100.0,
        "polymarket_per_s": 100.0, "patience": Patience(1.0, 8.0, 0.0, 1.0), "home": home,
        "is_matching": True, "leagues_first": (), "pinned": (), "changes_s": 10.0,
        "rescan_s": 60.0, **more,
    }  # fmt: skip
    return Begin(**said)
