"""Public reads: the catalogue, books, trades, the exchange's state (kalshi.md section 5).

One rule: `GET /markets` shows quotes of a cache, books are always live.
"""

import time
from typing import Any

from aiohttp import web

from arbees.simulator.kalshi import parse, shapes
from arbees.simulator.kalshi.desk import Desk
from arbees.simulator.kalshi.errors import not_found, over_limit
from arbees.simulator.kalshi.listings import Listings
from arbees.simulator.kalshi.portfolio import SHARDS
from arbees.units import PIPS_PER_DOLLAR, format_pips

Body = dict[str, Any]
BOOKS_MAX = 100


class Public:
    """One method per endpoint: request -> body."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._quotes: dict[str, tuple[float, Body]] = {}
        self._listings = Listings(desk)

    def market(self, ticker: str, *, cached: bool = False) -> Body:
        """A market with its quotes: live, or as old as the cache makes them."""
        body = self._desk.markets.get(ticker)
        if body is None or self._desk.hidden_until.get(ticker, 0) > self._desk.now_ns():
            raise not_found()
        shard = self._desk.exchange.markets[ticker].shard
        return {**body, **self._quote(ticker, cached), "exchange_index": shard}

    def _quote(self, ticker: str, cached: bool) -> Body:
        if ticker not in self._desk.known:
            return {}
        now = time.monotonic()
        if cached and ticker in self._quotes:
            at, quote = self._quotes[ticker]
            if now - at < self._desk.options.cache_s:
                return quote
        bids, asks = self._desk.exchange.snapshot(ticker)
        bid, ask = (bids or [(0, 0)])[0], (asks or [(PIPS_PER_DOLLAR, 0)])[0]
        quote = {
            "yes_bid_dollars": format_pips(bid[0]), "yes_ask_dollars": format_pips(ask[0]),
            "no_bid_dollars": format_pips(PIPS_PER_DOLLAR - ask[0]),
            "no_ask_dollars": format_pips(PIPS_PER_DOLLAR - bid[0]),
            "yes_bid_size_fp": shapes.count(bid[1]), "yes_ask_size_fp": shapes.count(ask[1]),
        }  # fmt: skip
        if ticker in self._desk.last:
            quote["last_price_dollars"] = format_pips(self._desk.last[ticker][0])
            quote["volume_fp"] = shapes.count(self._desk.volume[ticker])
        self._quotes[ticker] = now, quote
        return quote

    def markets(self, request: web.Request) -> Body:
        found, cursor = self._listings.markets(request)
        return {"markets": [self.market(t, cached=True) for t in found], "cursor": cursor}

    def events(self, request: web.Request) -> Body:
        found, cursor = self._listings.events(request)
        nested = request.query.get("with_nested_markets") == "true"
        return {"events": [self._shown(event, nested) for event in found], "cursor": cursor}

    def _shown(self, event: Body, nested: bool) -> Body:
        body = {key: value for key, value in event.items() if key != "markets"}
        if nested:
            body["markets"] = [self.market(m["ticker"], cached=True) for m in event["markets"]]
        return body

    def event(self, request: web.Request) -> Body:
        event = self._desk.events.get(request.match_info["event"])
        if event is None:
            raise not_found()
        nested = request.query.get("with_nested_markets") == "true"
        body: Body = {"event": self._shown(event, nested)}
        if not nested:
            body["markets"] = [self.market(m["ticker"]) for m in event["markets"]]
        return body

    def all_series(self, request: web.Request) -> Body:
        wanted = request.query.get("category")
        rows = [
            s for s in self._desk.series.values()
            if not wanted or wanted in (s.get("category"), *(s.get("categories") or []))
        ]  # fmt: skip
        return {"series": rows}

    def one_series(self, request: web.Request) -> Body:
        found = self._desk.series.get(request.match_info["series"])
        if found is None:
            raise not_found()
        return {"series": found}

    def book(self, ticker: str, depth: int = 0) -> Body:
        """NO bids in NO dollars, both sides ascending, the best N of them kept."""
        if ticker not in self._desk.exchange.markets:
            raise not_found()
        bids, asks = self._desk.exchange.snapshot(ticker)
        sides = {
            "yes_dollars": bids,
            "no_dollars": [(PIPS_PER_DOLLAR - price, qty) for price, qty in asks],
        }
        return {
            name: [[format_pips(p), shapes.count(q)] for p, q in reversed(rows[: depth or None])]
            for name, rows in sides.items()
        }

    def orderbook(self, request: web.Request) -> Body:
        depth = parse.number_of(request, "depth") or 0
        if not 0 <= depth <= 100:
            raise over_limit("GetMarketOrderbook", "Depth")
        return {"orderbook_fp": self.book(request.match_info["ticker"], depth)}

    def orderbooks(self, request: web.Request) -> Body:
        tickers = request.query.getall("tickers", [])
        if len(tickers) > BOOKS_MAX:
            raise over_limit("GetMarketOrderbooks", "Tickers", "max")
        known = [t for t in tickers if t in self._desk.known]
        return {"orderbooks": [{"ticker": t, "orderbook_fp": self.book(t)} for t in known]}

    def trades(self, request: web.Request) -> Body:
        limit = parse.limit_of(request, "GetTrades", 1000, 100)
        ticker = request.query.get("ticker")
        least, most = parse.number_of(request, "min_ts"), parse.number_of(request, "max_ts")
        rows = [
            shapes.trade_body(t) for t in reversed(self._desk.prints)
            if ticker in (None, "", t.market)
            and (least is None or t.ts_ns // 1_000_000_000 >= least)
            and (most is None or t.ts_ns // 1_000_000_000 <= most)
        ]  # fmt: skip
        found, cursor = parse.page(request, rows, limit)
        return {"trades": found, "cursor": cursor}

    def one_market(self, request: web.Request) -> Body:
        return {"market": self.market(request.match_info["ticker"])}

    def as_of(self) -> Body:
        """How far the private reads have come."""
        lag = self._desk.options.read_lag_ms * 1_000_000
        return {"as_of_time": shapes.stamp(self._desk.now_ns() - lag)}

    def cutoff(self) -> Body:
        """Nothing is archived here: the live window covers all there is."""
        start = shapes.stamp(0)
        names = ("market_settled_ts", "trades_created_ts", "orders_updated_ts",
                 "market_positions_last_updated_ts")  # fmt: skip
        return dict.fromkeys(names, start)

    def status(self) -> Body:
        gate = self._desk.exchange.gate
        state = {
            "exchange_active": not gate.exchange_paused,
            "trading_active": not (gate.exchange_paused or gate.trading_paused),
        }
        moves = {"intra_exchange_transfers_active": not gate.exchange_paused}
        rows = [
            {"exchange_index": i, "description": name, **state, **moves}
            for i, name in enumerate(SHARDS)
        ]
        return {**state, **moves, "exchange_index_statuses": rows}

    def schedule(self) -> Body:
        """Times are ET; the Thursday gap is two sessions that day."""
        whole = [{"open_time": "00:00", "close_time": "00:00"}]
        days = ("monday", "tuesday", "wednesday", "friday", "saturday", "sunday")
        hours: Body = dict.fromkeys(days, whole)
        hours["thursday"] = [
            {"open_time": "00:00", "close_time": "03:00"},
            {"open_time": "05:00", "close_time": "00:00"},
        ]
        hours |= {"start_time": "2026-01-01T00:00:00Z", "end_time": "2027-01-01T00:00:00Z"}
        return {"schedule": {"standard_hours": [hours], "maintenance_windows": []}}

    def series_fee_changes(self, request: web.Request) -> Body:
        wanted = request.query.get("series_ticker")
        rows = self._desk.catalog.get("series_fee_changes", [])
        return {
            "series_fee_change_arr": [r for r in rows if wanted in (None, "", r["series_ticker"])]
        }

    def event_fee_changes(self, request: web.Request) -> Body:
        limit = parse.limit_of(request, "GetEventFeeChanges", 1000, 100)
        wanted = request.query.get("event_ticker")
        rows = self._desk.catalog.get("event_fee_changes", [])
        rows = [r for r in rows if wanted in (None, "", r["event_ticker"])]
        found, cursor = parse.page(request, rows, limit)
        return {"event_fee_changes": found, "cursor": cursor}

    def milestones(self, request: web.Request) -> Body:
        if "limit" not in request.query:
            raise over_limit("GetMilestones", "Limit", "required")
        limit = parse.limit_of(request, "GetMilestones", 500, 100)
        query = request.query
        rows = [
            m for m in self._desk.catalog.get("milestones", [])
            if all(query.get(k) in (None, "", m.get(k)) for k in ("category", "type"))
            and query.get("competition") in (None, "", m.get("details", {}).get("league"))
            and (not query.get("related_event_ticker")
                 or query["related_event_ticker"] in m.get("related_event_tickers", []))
        ]  # fmt: skip
        found, cursor = parse.page(request, rows, limit)
        return {"milestones": found, "cursor": cursor}

    def structured_targets(self, request: web.Request) -> Body:
        ids, kind = set(request.query.getall("ids", [])), request.query.get("type")
        size = parse.number_of(request, "page_size") or 100
        if size > 2000:
            raise over_limit("GetStructuredTargets", "PageSize")
        rows = [
            t for t in self._desk.catalog.get("structured_targets", [])
            if (not ids or t["id"] in ids) and kind in (None, "", t.get("type"))
        ]  # fmt: skip
        found, cursor = parse.page(request, rows, size)
        return {"structured_targets": found, "cursor": cursor}

    def one_of(self, name: str, key: str, request: web.Request) -> Body:
        """One milestone or structured target by id."""
        for row in self._desk.catalog.get(name, []):
            if row["id"] == request.match_info["id"]:
                return {key: row}
        raise not_found()
