"""Private reads: orders, fills, positions, settlements, balances, groups, limits (kalshi.md 7.6).

One rule: order and fill reads come from the view that may lag; cash and positions do not lag.
"""

from collections.abc import Callable, Iterator
from typing import Any

from aiohttp import web

from arbees.simulator.exchange.accounts import Holding
from arbees.simulator.kalshi import parse, shapes
from arbees.simulator.kalshi.desk import Desk
from arbees.simulator.kalshi.errors import Problem, not_found
from arbees.simulator.kalshi.limits import COSTS, DEFAULT_COST
from arbees.units import NS_PER_S, PIPS_PER_DOLLAR, div_floor

ROOT = "/trade-api/v2"
Body = dict[str, Any]
SHARDS = ("Default", "Combos", "Crypto & Commodities", "Tennis, Baseball, Basketball")


class Portfolio:
    """One method per endpoint: (request, user) -> body."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def _event(self, ticker: str) -> str:
        return str(self._desk.markets.get(ticker, {}).get("event_ticker", ""))

    def _filtered(
        self, request: web.Request, rows: list[Body], when: Callable[[Body], int]
    ) -> list[Body]:
        """By ticker, event, time, shard and subaccount, where asked."""
        query = request.query
        events = (query.get("event_ticker") or "").split(",") if query.get("event_ticker") else []
        least, most = parse.number_of(request, "min_ts"), parse.number_of(request, "max_ts")
        number = parse.number_of(request, "subaccount")
        shard = parse.number_of(request, "exchange_index")
        return [
            row for row in rows
            if query.get("ticker") in (None, "", row["ticker"])
            and (not events or self._event(row["ticker"]) in events)
            and (least is None or when(row) >= least)
            and (most is None or when(row) <= most)
            and number in (None, row["subaccount_number"])
            and shard in (None, self._shard(row["ticker"]))
        ]  # fmt: skip

    def _shard(self, ticker: str) -> int:
        return self._desk.exchange.markets[ticker].shard

    def orders(self, request: web.Request, user: str) -> Body:
        limit = parse.limit_of(request, "GetOrders", 1000, 100)
        rows = self._filtered(request, self._desk.orders_of(user), _created)
        status = request.query.get("status")
        rows = [row for row in rows if status in (None, "", row["status"])]
        found, cursor = parse.page(request, rows, limit)
        return {"orders": found, "cursor": cursor}

    def order(self, request: web.Request, user: str) -> Body:
        body = self._desk.seen(request.match_info["order_id"])
        if body is None or body["user_id"] != user:
            raise not_found()
        return {"order": body}

    def queue_positions(self, request: web.Request, user: str) -> Body:
        tickers = [t for t in request.query.get("market_tickers", "").split(",") if t]
        event = request.query.get("event_ticker")
        rows = [
            {"order_id": o.id, "market_ticker": o.terms.market,
             "queue_position_fp": self._ahead(o.id)}
            for o in self._desk.exchange.resting()
            if shapes.split_account(o.terms.account)[0] == user
            and (o.terms.market in tickers or (event and self._event(o.terms.market) == event))
        ]  # fmt: skip
        return {"queue_positions": rows}

    def _ahead(self, order_id: str) -> str:
        order = self._desk.exchange.orders[order_id]
        return shapes.count(self._desk.exchange.book(order.terms.market).ahead_of(order))

    def queue_position(self, request: web.Request, user: str) -> Body:
        order = self._desk.exchange.orders.get(request.match_info["order_id"])
        if (
            order is None
            or not shapes.is_open(order)
            or shapes.split_account(order.terms.account)[0] != user
        ):
            raise not_found()
        return {"queue_position_fp": self._ahead(order.id)}

    def fills(self, request: web.Request, user: str) -> Body:
        limit = parse.limit_of(request, "GetFills", 1000, 100)
        rows = [shapes.fill_body(trade, posting) for trade, posting in self._desk.fills_of(user)]
        rows = self._filtered(request, rows, lambda row: int(row["ts"]))
        order = request.query.get("order_id")
        rows = [row for row in rows if order in (None, "", row["order_id"])]
        found, cursor = parse.page(request, rows, limit)
        return {"fills": found, "cursor": cursor}

    def _holdings(self, account: str) -> Iterator[tuple[str, Holding]]:
        for (owner, ticker), holding in self._desk.exchange.accounts.held.items():
            if owner == account and holding.volume:
                yield ticker, holding

    def positions(self, request: web.Request, user: str) -> Body:
        limit = parse.limit_of(request, "GetPositions", 1000, 100)
        account = parse.account(user, parse.number_of(request, "subaccount"))
        wanted = [w for w in request.query.get("count_filter", "").split(",") if w]
        rows = []
        for ticker, holding in self._holdings(account):
            if "position" in wanted and not any(holding.qty):
                continue
            if request.query.get("ticker") in (None, "", ticker) and (
                request.query.get("event_ticker") in (None, "", self._event(ticker))
            ):
                rows.append((ticker, holding))
        found, cursor = parse.page(request, rows, limit)
        markets = [shapes.position_body(ticker, holding) for ticker, holding in found]
        return {
            "market_positions": markets,
            "event_positions": self._by_event(found),
            "cursor": cursor,
        }

    def _by_event(self, rows: list[tuple[str, Holding]]) -> list[Body]:
        events: dict[str, list[Holding]] = {}
        for ticker, holding in rows:
            events.setdefault(self._event(ticker), []).append(holding)
        return [
            {
                "event_ticker": event,
                "event_exposure_dollars": shapes.money(sum(sum(h.cost) for h in held)),
                "fees_paid_dollars": shapes.money(sum(h.fees for h in held)),
                "realized_pnl_dollars": shapes.money(sum(h.realized for h in held)),
                "total_cost_dollars": shapes.money(sum(h.traded for h in held)),
                "total_cost_shares_fp": shapes.count(sum(h.volume for h in held)),
            }
            for event, held in events.items()
        ]

    def settlements(self, request: web.Request, user: str) -> Body:
        limit = parse.limit_of(request, "GetSettlements", 1000, 100)
        rows = [
            shapes.settlement_body(
                paid, self._event(paid.market), self._desk.exchange.markets[paid.market],
                self._desk.exchange.holding(account, paid.market).fees,
            )
            for account, all_paid in self._desk.settlements.items()
            if shapes.split_account(account)[0] == user for paid in reversed(all_paid)
            if request.query.get("ticker") in (None, "", paid.market)
        ]  # fmt: skip
        found, cursor = parse.page(request, rows, limit)
        return {"settlements": found, "cursor": cursor}

    def balance(self, request: web.Request, user: str) -> Body:
        """Cash free of resting orders, over all shards or of one; cents are truncated."""
        account = parse.account(user, parse.number_of(request, "subaccount"))
        index = parse.number_of(request, "exchange_index")
        accounts = self._desk.exchange.accounts
        shards = sorted({s for (a, s) in accounts.cash if a == account} | {0})
        free = {s: accounts.free(account, s) for s in shards if index in (None, s)}
        total = sum(free.values())
        return {
            "balance": div_floor(total, 10_000), "balance_dollars": shapes.money(total, 4),
            "balance_breakdown": [
                {"exchange_index": s, "balance": shapes.money(cash, 4)} for s, cash in free.items()
            ],
            "portfolio_value": div_floor(self._worth(account), 10_000),
            "updated_ts": self._desk.now_ns() // NS_PER_S,
        }  # fmt: skip

    def resting_value(self, request: web.Request, user: str) -> Body:
        """What resting orders bind, in cents."""
        accounts = self._desk.exchange.accounts
        bound = sum(
            cash for (a, _), cash in accounts.locks.items() if shapes.split_account(a)[0] == user
        )
        return {"total_resting_order_value": div_floor(bound, 10_000)}

    def _worth(self, account: str) -> int:
        """Positions at what the book bids for them."""
        total = 0
        for ticker, holding in self._holdings(account):
            bids, asks = self._desk.exchange.snapshot(ticker)
            best = (bids[0][0] if bids else 0, PIPS_PER_DOLLAR - asks[0][0] if asks else 0)
            total += sum(q * p for q, p in zip(holding.qty, best, strict=True))
        return div_floor(total, PIPS_PER_DOLLAR)

    def transfer(self, body: Body, user: str) -> Body:
        """Between shards; the amount is in centi-cents."""
        struct = "IntraExchangeInstanceTransferRequest"
        amount = parse.whole(body, "amount", struct)
        source = parse.whole(body, "source_exchange_shard", struct)
        target = parse.whole(body, "destination_exchange_shard", struct)
        if amount is None or source is None or target is None or target >= len(SHARDS):
            raise Problem(
                400, "bad_request", details="amount and shards are required", shape="flat"
            )
        account = parse.account(user, parse.whole(body, "subaccount", struct))
        if not self._desk.exchange.accounts.move(account, source, target, amount * 100):
            raise Problem(400, "insufficient_balance")
        row = {
            "transfer_id": self._desk.new_id(), "user": user, "amount": amount,
            "source_exchange_shard": source, "destination_exchange_shard": target,
            "status": "completed", "created_time": shapes.stamp(self._desk.now_ns()),
        }  # fmt: skip
        self._desk.transfers.append(row)
        return {"transfer_id": row["transfer_id"]}

    def transfers(self, request: web.Request, user: str) -> Body:
        mine = [row for row in self._desk.transfers if row["user"] == user]
        return {"transfers": mine, "cursor": ""}

    def limits(self, request: web.Request, user: str) -> Body:
        tier = self._desk.limits.tier
        return {
            "usage_tier": tier.name, "grants": [],
            "read": {"bucket_capacity": tier.read_capacity, "refill_rate": tier.read},
            "write": {"bucket_capacity": tier.write_capacity, "refill_rate": tier.write},
        }  # fmt: skip


def endpoint_costs() -> Body:
    """Paths are whole, from the host's root (kalshi.md section 10)."""
    rows = [{"method": m, "path": f"{ROOT}{p}", "cost": cost} for (m, p), cost in COSTS.items()]
    return {"default_cost": DEFAULT_COST, "endpoint_costs": rows}


def _created(row: Body) -> int:
    return shapes.seconds_of(row["created_time"])
