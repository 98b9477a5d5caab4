"""From the exchange's events to the venue's messages (kalshi.md section 6.4).

One rule: what a socket says is what the books did, in that order; nothing is said twice.
"""

from typing import Any

from arbees.simulator.exchange.core import Events
from arbees.simulator.exchange.events import (
    Accepted,
    Changed,
    Ended,
    Level,
    Paid,
    Trade,
    Traded,
)  # fmt: skip
from arbees.simulator.exchange.orders import Order, Reason
from arbees.simulator.kalshi import shapes
from arbees.simulator.kalshi.desk import Desk
from arbees.simulator.kalshi.groups import Groups
from arbees.simulator.kalshi.hub import Hub
from arbees.units import NS_PER_S, PIPS_PER_DOLLAR, format_pips

Body = dict[str, Any]


class Publisher:
    """Tells the hub; keeps the histories that REST reads."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.hub = Hub(self.snapshot, self.quote)
        self.groups = Groups(desk)

    def snapshot(self, ticker: str, use_yes: bool) -> Body | None:
        """A book as the socket shows it; the key of an empty side is absent."""
        if ticker not in self._desk.known:
            return None
        bids, asks = self._desk.exchange.snapshot(ticker)
        body: Body = {"market_ticker": ticker, "market_id": shapes.market_id(ticker)}
        rows = (("yes", [(p, q) for p, q in reversed(bids)]),
                ("no", [(p if use_yes else PIPS_PER_DOLLAR - p, q) for p, q in asks]))  # fmt: skip
        for side, levels in rows:
            if levels:
                body[f"{side}_dollars_fp"] = [
                    [format_pips(p), shapes.count(q)] for p, q in sorted(levels)
                ]
        return body

    def quote(self, ticker: str) -> Body | None:
        """The ticker channel's view of a market."""
        if ticker not in self._desk.exchange.markets:
            return None
        bids, asks = self._desk.exchange.snapshot(ticker)
        bid, ask = (bids or [(0, 0)])[0], (asks or [(PIPS_PER_DOLLAR, 0)])[0]
        last, volume = self._desk.last.get(ticker, (0, 0)), self._desk.volume.get(ticker, 0)
        now = self._desk.now_ns()
        return {
            "market_ticker": ticker, "market_id": shapes.market_id(ticker),
            "price_dollars": format_pips(last[0]),
            "yes_bid_dollars": format_pips(bid[0]), "yes_ask_dollars": format_pips(ask[0]),
            "yes_bid_size_fp": shapes.count(bid[1]), "yes_ask_size_fp": shapes.count(ask[1]),
            "last_trade_size_fp": shapes.count(last[1]),
            "volume_fp": shapes.count(volume), "open_interest_fp": shapes.count(volume),
            "dollar_volume": volume // 1_000_000, "dollar_open_interest": volume // 1_000_000,
            "ts": now // NS_PER_S, "ts_ms": shapes.ms(now), "time": shapes.stamp(now),
        }  # fmt: skip

    def publish(self, events: Events, template: Body | None = None) -> None:
        """Say all of it. `template` is the recorded delta that some level changes came from."""
        orders: dict[str, tuple[Order, Reason | None]] = {}
        tickers: dict[str, None] = {}
        for event in events:
            match event:
                case Accepted(order):
                    orders[order.id] = order, None
                case Changed() | Ended():
                    orders[event.order.id] = event.order, event.reason
                case Traded(trade):
                    self._trade(trade)
                    orders |= {
                        p.order.id: (p.order, Reason.TRADE) for p in trade.postings if p.order
                    }
                    tickers[trade.market] = None
                case Level():
                    self._level(event, template)
                    tickers[event.market] = None
                case Paid():
                    self._desk.settlements.setdefault(event.account, []).append(event)
        for order, reason in orders.values():
            self._order(order, reason)
        for ticker in tickers:
            self._ticker(ticker)

    def _ticker(self, ticker: str) -> None:
        if any(self.hub.listening("ticker", ticker)):
            quote = self.quote(ticker)
            if quote is not None:
                self.hub.say("ticker", "ticker", quote, ticker)

    def _order(self, order: Order, reason: Reason | None) -> None:
        self._desk.remember(order)
        ticker = order.terms.market
        msg = shapes.user_order(order, self._desk.exchange.markets[ticker], reason)
        self.hub.say("user_orders", "user_order", msg, ticker, msg["user_id"])

    def _trade(self, trade: Trade) -> None:
        """A public print, and to each named party its fill and position."""
        self.hub.say("trade", "trade", shapes.trade_message(trade), trade.market)
        market = self._desk.exchange.markets[trade.market]
        for posting in self._desk.took_part(trade):
            user = shapes.split_account(posting.account)[0]
            holding = self._desk.exchange.holding(posting.account, trade.market)
            position = shapes.position_of(holding)
            fill = shapes.fill_message(trade, posting, market, position)
            self.hub.say("fill", "fill", fill, trade.market, user)
            place = shapes.position_message(user, trade.market, holding)
            self.hub.say("market_positions", "market_position", place, trade.market, user)
            assert posting.order is not None
            self.groups.matched(posting.order.terms.group, trade.qty)

    def _level(self, level: Level, template: Body | None) -> None:
        """A signed change; the recorded body where the recording made it."""
        self._desk.known.add(level.market)
        change = level.after - level.before
        side = "yes" if level.is_bid else "no"
        price = level.price if level.is_bid else PIPS_PER_DOLLAR - level.price
        if template is not None and level.by is None and _same(template, side, price):
            msg = dict(template)
        else:
            now = self._desk.now_ns()
            msg = {
                "market_ticker": level.market, "market_id": shapes.market_id(level.market),
                "price_dollars": format_pips(price), "side": side,
                "ts": shapes.stamp(now), "ts_ms": shapes.ms(now),
            }  # fmt: skip
        if msg.get("delta_fp") is None or not _equal(msg["delta_fp"], change):
            msg["delta_fp"] = shapes.count(change)
        owner = shapes.split_account(level.by.terms.account)[0] if level.by else None
        for connection, sub in self.hub.listening("orderbook_delta", level.market):
            said = dict(msg)
            if side == "no" and sub.use_yes:
                said["price_dollars"] = format_pips(level.price)
            if level.by is not None and owner == connection.user and level.by.terms.tag:
                said["client_order_id"] = level.by.terms.tag
            message = {"type": "orderbook_delta", **sub.head(), "msg": said}
            connection.say(message, level.market)


def _same(template: Body, side: str, price: int) -> bool:
    return bool(template["side"] == side and _pips(template["price_dollars"]) == price)


def _pips(text: str) -> int:
    whole, _, fraction = text.partition(".")
    return int(whole or 0) * PIPS_PER_DOLLAR + int(fraction.ljust(4, "0")[:4])


def _equal(text: str, change: int) -> bool:
    sign, body = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, fraction = body.partition(".")
    return sign * (int(whole or 0) * 1_000_000 + int(fraction.ljust(6, "0")[:6])) == change
