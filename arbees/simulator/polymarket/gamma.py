"""Gamma, the catalogue: keyset and legacy listings, single objects, filters (polymarket.md 2).

One rule: objects leave as the session has them, arrays still encoded as strings.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from arbees.simulator.polymarket.errors import Problem, problem

EVENTS_MOST = 500
MARKETS_MOST = 100
LIMIT = 100
Raw = dict[str, Any]
Query = MultiMapping[str]
Fits = Callable[[Raw], bool]
Show = Callable[[Raw], Raw]


def cursor_of(position: int) -> str:
    """The CLOB's and Gamma's opaque cursor: a number in base64."""
    return base64.b64encode(str(position).encode()).decode()


def position_of(cursor: str) -> int:
    """0 for no cursor. Raises Problem 400."""
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True))
    except (binascii.Error, ValueError):
        raise problem("bad_payload") from None


def _named(query: Query, name: str, field: str) -> list[Fits]:
    """Whether a field, as text, is one of the values asked for."""
    wanted = set(query.getall(name, []))
    return [lambda row: str(row.get(field)) in wanted] if wanted else []


def _closed(query: Query) -> list[Fits]:
    if "closed" not in query:
        return []
    wanted = query["closed"].lower() == "true"
    return [lambda row: bool(row.get("closed")) is wanted]


def _one_of(query: Query, name: str, listed: str, field: str) -> list[Fits]:
    """Whether one of the objects in a list of the row has the value asked for."""
    if name not in query:
        return []
    wanted = query[name]
    return [lambda row: any(str(x.get(field)) == wanted for x in row.get(listed) or [])]


def _event_filters(query: Query) -> list[Fits]:
    title = query.get("title_search", "").lower()
    return [
        *_closed(query), *_named(query, "slug", "slug"), *_named(query, "id", "id"),
        *_named(query, "game_id", "gameId"), *_one_of(query, "tag_slug", "tags", "slug"),
        *_one_of(query, "tag_id", "tags", "id"), *_one_of(query, "series_id", "series", "id"),
        *([lambda row: title in str(row.get("title", "")).lower()] if title else []),
    ]  # fmt: skip


def _market_filters(query: Query) -> list[Fits]:
    tokens = [f'"{token}"' for token in query.getall("clob_token_ids", [])]
    return [
        *_closed(query), *_named(query, "slug", "slug"), *_named(query, "id", "id"),
        *_named(query, "condition_ids", "conditionId"), *_named(query, "game_id", "gameId"),
        *_named(query, "sports_market_types", "sportsMarketType"),
        *([lambda row: any(t in str(row.get("clobTokenIds")) for t in tokens)] if tokens else []),
    ]  # fmt: skip


def _fitting(rows: Iterable[Raw], filters: list[Fits]) -> list[Raw]:
    """A filter that is not asked for costs nothing: catalogues have 50,000 rows."""
    return [row for row in rows if all(fits(row) for fits in filters)] if filters else [*rows]


class Gamma:
    """Routes over the events of a session, which may grow."""

    def __init__(self, events: list[Raw], shown: Callable[[Raw], Raw]) -> None:
        self._events = events
        self._shown = shown
        self._parents: dict[int, Raw] = {}

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/events/keyset", self._events_keyset),
            web.get("/markets/keyset", self._markets_keyset),
            web.get("/events", self._events_legacy), web.get("/markets", self._markets_legacy),
            web.get("/events/slug/{slug}", self._event), web.get("/events/{id}", self._event),
            web.get("/markets/slug/{slug}", self._market), web.get("/markets/{id}", self._market),
            web.get("/tags", self._tags), web.get("/sports", self._sports),
            web.get("/public-search", self._search),
        ]  # fmt: skip

    def _all_events(self, query: Query) -> list[Raw]:
        """In the order asked for, else as listed."""
        found = _fitting(self._events, _event_filters(query))
        order = query.get("order")
        if order:
            is_up = query.get("ascending", "true").lower() == "true"
            found.sort(key=lambda row: str(row.get(order, "")), reverse=not is_up)
        return found

    def _event_shown(self, event: Raw) -> Raw:
        return event | {"markets": [self._shown(market) for market in event["markets"]]}

    def _each_market(self) -> Iterator[Raw]:
        for event in self._events:
            yield from event["markets"]

    def _market_shown(self, market: Raw) -> Raw:
        """A market on its own names its event."""
        if id(market) not in self._parents:
            self._parents = {id(m): e for e in self._events for m in e["markets"]}
        event = self._parents[id(market)]
        head = {key: event.get(key) for key in ("id", "slug", "title")}
        return self._shown(market) | {"events": [head]}

    def _keyset(
        self, request: web.Request, name: str, rows: list[Raw], most: int, show: Show
    ) -> web.Response:
        if "offset" in request.query:
            raise Problem(400, "offset is not supported with keyset pagination")
        try:
            limit = min(int(request.query.get("limit", LIMIT)), most)
        except ValueError:
            raise problem("bad_payload") from None
        start = position_of(request.query.get("after_cursor", ""))
        end = start + limit
        more = cursor_of(end) if end < len(rows) else None
        page = [show(row) for row in rows[start:end]]
        return web.json_response({name: page, "next_cursor": more})

    async def _events_keyset(self, request: web.Request) -> web.Response:
        rows = self._all_events(request.query)
        return self._keyset(request, "events", rows, EVENTS_MOST, self._event_shown)

    async def _markets_keyset(self, request: web.Request) -> web.Response:
        rows = _fitting(self._each_market(), _market_filters(request.query))
        return self._keyset(request, "markets", rows, MARKETS_MOST, self._market_shown)

    def _legacy(self, request: web.Request, rows: list[Raw], show: Show) -> web.Response:
        start = int(request.query.get("offset", 0))
        page = rows[start : start + int(request.query.get("limit", LIMIT))]
        return web.json_response([show(row) for row in page])

    async def _events_legacy(self, request: web.Request) -> web.Response:
        return self._legacy(request, self._all_events(request.query), self._event_shown)

    async def _markets_legacy(self, request: web.Request) -> web.Response:
        """Open markets only, unless asked: the default since 2026-04-09."""
        query = request.query
        asked = any(key in query for key in ("closed", "id", "slug", "condition_ids"))
        rows = [
            market for market in _fitting(self._each_market(), _market_filters(query))
            if asked or not market.get("closed")
        ]  # fmt: skip
        return self._legacy(request, rows, self._market_shown)

    def _one(self, request: web.Request, rows: list[Raw], show: Show) -> web.Response:
        key = "slug" if "slug" in request.match_info else "id"
        for row in rows:
            if str(row.get(key)) == request.match_info[key]:
                return web.json_response(show(row))
        return web.json_response({"type": "not found error", "error": "id not found"}, status=404)

    async def _event(self, request: web.Request) -> web.Response:
        return self._one(request, self._events, self._event_shown)

    async def _market(self, request: web.Request) -> web.Response:
        return self._one(request, list(self._each_market()), self._market_shown)

    async def _tags(self, request: web.Request) -> web.Response:
        tags = {t["id"]: t for event in self._events for t in event.get("tags") or []}
        return web.json_response(list(tags.values()))

    async def _sports(self, request: web.Request) -> web.Response:
        """Each league's series, as far as the events say: a slug begins with its league's code."""
        sports = {}
        for event in self._events:
            if event.get("gameId"):
                code, series = str(event.get("slug", "")).split("-")[0], event.get("series") or []
                if series:
                    sports[code] = {"sport": code, "series": str(series[0]["id"]), "tags": ""}
        return web.json_response(list(sports.values()))

    async def _search(self, request: web.Request) -> web.Response:
        said = request.query.get("q", "").lower()
        found = [e for e in self._events if said in str(e.get("title", "")).lower()]
        total = {"hasMore": False, "totalResults": len(found)}
        return web.json_response(
            {"events": [self._event_shown(e) for e in found], "pagination": total}
        )  # fmt: skip
