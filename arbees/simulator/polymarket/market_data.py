"""CLOB market data over REST, no authentication (polymarket.md 3).

One rule: every number that the venue sends as a string is a string here, and the others are not.
"""

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from arbees.simulator.faults import Faults
from arbees.simulator.polymarket.board import Board, spread
from arbees.simulator.polymarket.errors import problem
from arbees.simulator.polymarket.gamma import cursor_of, position_of
from arbees.simulator.polymarket.listing import Listing
from arbees.simulator.polymarket.shapes import Body, base_fee, price_text
from arbees.units import MICRO, NS_PER_S, PIPS_PER_DOLLAR, parse_pips

BOOKS_MOST = 500
PAGE = 1_000
END = "LTE="


def tick_number(listing: Listing) -> float:
    return listing.tick / PIPS_PER_DOLLAR


def params_of(listing: Listing) -> Body:
    """GET /clob-markets/{condition}: single letters, absent means no."""
    raw = listing.raw
    body: Body = {
        "c": listing.condition,
        "t": [{"t": t, "o": o} for t, o in zip(listing.tokens, listing.outcomes, strict=True)],
        "mts": tick_number(listing), "mos": listing.least // MICRO,
        "mbf": base_fee(listing), "tbf": base_fee(listing),
        "ao": bool(raw.get("acceptingOrders", True)),
    }  # fmt: skip
    fee = raw.get("feeSchedule")
    if fee and listing.fees.rate:
        body["fd"] = {"r": fee["rate"], "e": fee["exponent"], "to": fee["takerOnly"]}
    flags = {
        "nr": listing.neg_risk, "cbos": listing.clears_at_start, "itode": listing.takes_50ms,
        "sd": listing.delay_ns // NS_PER_S, "gst": raw.get("gameStartTime"),
    }  # fmt: skip
    return body | {key: value for key, value in flags.items() if value}


def market_object(listing: Listing) -> Body:
    """GET /markets/{condition}: the snake_case market."""
    raw = listing.raw
    closed = bool(raw.get("closed"))
    shares = [float(p) for p in json.loads(raw.get("outcomePrices") or '["0.5", "0.5"]')]
    split = closed and shares == [0.5, 0.5]
    tokens = [
        {"token_id": token, "outcome": outcome, "price": share, "winner": closed and share == 1}
        for token, outcome, share in zip(listing.tokens, listing.outcomes, shares, strict=True)
    ]
    return {
        "enable_order_book": not closed, "active": True, "closed": closed, "archived": False,
        "accepting_orders": bool(raw.get("acceptingOrders", True)),
        "accepting_order_timestamp": raw.get("acceptingOrdersTimestamp"),
        "minimum_order_size": listing.least // MICRO, "minimum_tick_size": tick_number(listing),
        "condition_id": listing.condition, "question_id": raw.get("questionID", ""),
        "question": raw.get("question", ""), "description": raw.get("description", ""),
        "market_slug": raw.get("slug", ""), "end_date_iso": raw.get("endDate"),
        "game_start_time": raw.get("gameStartTime"), "seconds_delay": listing.delay_ns // NS_PER_S,
        "fpmm": "", "maker_base_fee": base_fee(listing), "taker_base_fee": base_fee(listing),
        "notifications_enabled": False, "neg_risk": listing.neg_risk,
        "neg_risk_market_id": raw.get("negRiskMarketID", ""),
        "neg_risk_request_id": raw.get("negRiskRequestID", ""),
        "rewards": {"rates": None, "min_size": 0, "max_spread": 0},
        "is_50_50_outcome": split, "tokens": tokens, "tags": [],
    }  # fmt: skip


class MarketData:
    """Routes over a board. `now_ns` is the venue's clock."""

    def __init__(self, board: Board, faults: Faults, now_ns: Callable[[], int]) -> None:
        self._board = board
        self._faults = faults
        self._now_ns = now_ns

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/ok", self._ok), web.get("/time", self._time),
            web.get("/version", self._version), web.get("/book", self._book),
            web.post("/books", self._books), web.get("/price", self._price),
            web.post("/prices", self._prices), web.get("/midpoint", self._midpoint),
            web.post("/midpoints", self._midpoints), web.get("/spread", self._spread),
            web.post("/spreads", self._spreads), web.get("/last-trade-price", self._last),
            web.post("/last-trades-prices", self._lasts), web.get("/tick-size", self._tick),
            web.get("/neg-risk", self._neg_risk), web.get("/fee-rate", self._fee_rate),
            web.get("/markets-by-token/{token}", self._by_token),
            web.get("/clob-markets/{condition}", self._params),
            web.get("/markets", self._markets), web.get("/simplified-markets", self._markets),
            web.get("/sampling-markets", self._markets),
            web.get("/markets/{condition}", self._market),
        ]  # fmt: skip

    async def _ok(self, request: web.Request) -> web.Response:
        return web.json_response("OK")

    async def _time(self, request: web.Request) -> web.Response:
        skew = self._faults.standing("clock_skew", "polymarket")
        shift = skew.number("ms", 120_000) // 1000 if skew else 0
        return web.json_response(self._now_ns() // NS_PER_S + shift)

    async def _version(self, request: web.Request) -> web.Response:
        return web.json_response({"version": 2})

    def _known(self, token: str) -> str:
        """A token with a book. Raises Problem."""
        if not token.isdecimal():
            raise problem("token")
        if not self._board.has_book(token):
            raise problem("no_book")
        return token

    def _listed(self, token: str) -> Listing:
        listing = self._board.by_token.get(token)
        if listing is None or listing.hydrating:
            raise problem("no_market")
        return listing

    async def _wanted(self, request: web.Request) -> list[dict[str, Any]]:
        """The rows of a batch. Raises Problem."""
        try:
            rows = await request.json()
            tokens = [row["token_id"] for row in rows]
        except (ValueError, TypeError, KeyError):
            raise problem("bad_payload") from None
        if len(tokens) > BOOKS_MOST:
            raise problem("limit")
        return [row for row in rows if self._board.has_book(row["token_id"])]

    async def _book(self, request: web.Request) -> web.Response:
        token = self._known(request.query.get("token_id", ""))
        return web.json_response(self._rest_book(token))

    def _rest_book(self, token: str) -> Body:
        """A recorded token that no listing names has only its book."""
        known = token in self._board.by_token
        return self._board.rest_book(token) if known else self._board.ws_book(token)

    async def _books(self, request: web.Request) -> web.Response:
        rows = await self._wanted(request)
        return web.json_response([self._rest_book(row["token_id"]) for row in rows])

    def _best(self, token: str, side: str) -> str:
        """What a BUY pays, what a SELL gets: the newest reading of the docs."""
        if side not in ("BUY", "SELL"):
            raise problem("side")
        return self._board.bests(token)[1 if side == "BUY" else 0] or "0"

    async def _price(self, request: web.Request) -> web.Response:
        side = request.query.get("side", "")
        token = self._known(request.query.get("token_id", ""))
        return web.json_response({"price": self._best(token, side)})

    async def _prices(self, request: web.Request) -> web.Response:
        said: dict[str, dict[str, str]] = {}
        for row in await self._wanted(request):
            side = row.get("side", "")
            said.setdefault(row["token_id"], {})[side] = self._best(row["token_id"], side)
        return web.json_response(said)

    def _mid(self, token: str) -> str:
        bid, ask = self._board.bests(token)
        if not bid or not ask:
            raise problem("no_book")
        total = parse_pips(bid) + parse_pips(ask)
        return price_text(total // 2) + ("5" if total % 2 else "")

    async def _midpoint(self, request: web.Request) -> web.Response:
        token = self._known(request.query.get("token_id", ""))
        return web.json_response({"mid": self._mid(token)})

    async def _midpoints(self, request: web.Request) -> web.Response:
        tokens = [row["token_id"] for row in await self._wanted(request)]
        return web.json_response({t: self._mid(t) for t in tokens if all(self._board.bests(t))})

    async def _spread(self, request: web.Request) -> web.Response:
        token = self._known(request.query.get("token_id", ""))
        return web.json_response({"spread": spread(*self._board.bests(token)) or "0"})

    async def _spreads(self, request: web.Request) -> web.Response:
        tokens = [row["token_id"] for row in await self._wanted(request)]
        return web.json_response({t: spread(*self._board.bests(t)) or "0" for t in tokens})

    async def _last(self, request: web.Request) -> web.Response:
        token = self._known(request.query.get("token_id", ""))
        listing = self._board.by_token.get(token)
        price, side = (listing.last.get(token) if listing else None) or (5_000, "")
        return web.json_response({"price": price_text(price), "side": side})

    async def _lasts(self, request: web.Request) -> web.Response:
        said = []
        for row in await self._wanted(request):
            listing = self._board.by_token.get(row["token_id"])
            last = listing.last.get(row["token_id"]) if listing else None
            if last is not None:
                price, side = price_text(last[0]), last[1]
                said.append({"token_id": row["token_id"], "price": price, "side": side})
        return web.json_response(said)

    async def _tick(self, request: web.Request) -> web.Response:
        listing = self._listed(request.query.get("token_id", ""))
        return web.json_response({"minimum_tick_size": tick_number(listing)})

    async def _neg_risk(self, request: web.Request) -> web.Response:
        listing = self._listed(request.query.get("token_id", ""))
        return web.json_response({"neg_risk": listing.neg_risk})

    async def _fee_rate(self, request: web.Request) -> web.Response:
        listing = self._board.by_token.get(request.query.get("token_id", ""))
        if listing is None:
            raise problem("no_fee")
        return web.json_response({"base_fee": base_fee(listing)})

    async def _by_token(self, request: web.Request) -> web.Response:
        listing = self._listed(request.match_info["token"])
        tokens = {"primary_token_id": listing.tokens[0], "secondary_token_id": listing.tokens[1]}
        return web.json_response({"condition_id": listing.condition, **tokens})

    def _named(self, request: web.Request) -> Listing:
        listing = self._board.by_condition.get(request.match_info["condition"])
        if listing is None or listing.hydrating:
            raise problem("no_market")
        return listing

    async def _params(self, request: web.Request) -> web.Response:
        return web.json_response(params_of(self._named(request)))

    async def _market(self, request: web.Request) -> web.Response:
        return web.json_response(market_object(self._named(request)))

    async def _markets(self, request: web.Request) -> web.Response:
        start = position_of(request.query.get("next_cursor", ""))
        listings = [x for x in self._board.by_condition.values() if not x.hydrating]
        page = listings[start : start + PAGE]
        more = start + PAGE < len(listings)
        rows = [market_object(listing) for listing in page]
        cursor = cursor_of(start + PAGE) if more else END
        head = {"limit": PAGE, "count": len(rows), "next_cursor": cursor}
        return web.json_response({**head, "data": rows})
