"""The stack most bots are: json, dictionaries of floats, a stream between reading and deciding.

It keeps books, checks its pairs after every frame with float fees, and makes two order bodies. It
has no journal, log, limits or exact money: what it is beside ours is a floor of its kind.
"""

import json
from typing import Any

Book = dict[str, dict[float, float]]


def _fee(rate: float, price: float) -> float:
    return rate * price * (1.0 - price)


class DefaultStack:
    """`apply` takes one message and returns the order bodies it makes, usually none."""

    def __init__(self, pairs: list[dict[str, str]]) -> None:
        self._books: dict[str, Book] = {}
        self._pairs: dict[str, list[tuple[str, str, bool]]] = {}
        self._last: dict[tuple[str, str], tuple[float, float, float]] = {}
        for row in pairs:
            pair = (row["kalshi_ticker"], row["polymarket_token_id"], row["relation"] == "same")
            for name in pair[:2]:
                self._pairs.setdefault(name, []).append(pair)

    def apply(self, text: bytes) -> list[str]:
        """Decode, update the books, check the pairs of every book that changed."""
        message = json.loads(text)
        changed = self._kalshi(message) if "msg" in message else self._polymarket(message)
        orders: list[str] = []
        for name in changed:
            for pair in self._pairs.get(name, ()):
                orders += self._check(*pair)
        return orders

    def _kalshi(self, message: dict[str, Any]) -> list[str]:
        body = message["msg"]
        name = str(body["market_ticker"])
        if message["type"] == "orderbook_snapshot":
            self._books[name] = {
                "bids": {float(p): float(q) for p, q in body.get("yes_dollars_fp", ())},
                "asks": {
                    round(1 - float(p), 4): float(q) for p, q in body.get("no_dollars_fp", ())
                },
            }
        elif message["type"] == "orderbook_delta":
            is_yes = body["side"] == "yes"
            price = float(body["price_dollars"])
            side = self._books[name]["bids" if is_yes else "asks"]
            price = price if is_yes else round(1 - price, 4)
            side[price] = side.get(price, 0.0) + float(body["delta_fp"])
            if side[price] <= 0:
                del side[price]
        return [name]

    def _polymarket(self, message: dict[str, Any]) -> list[str]:
        if message["event_type"] == "book":
            self._books[message["asset_id"]] = {
                side: {float(row["price"]): float(row["size"]) for row in message[side]}
                for side in ("bids", "asks")
            }
            return [message["asset_id"]]
        names = []
        for row in message.get("price_changes", ()):
            book = self._books.get(row["asset_id"])
            if book is None:
                continue
            side = book["bids" if row["side"] == "BUY" else "asks"]
            if float(row["size"]):
                side[float(row["price"])] = float(row["size"])
            else:
                side.pop(float(row["price"]), None)
            names.append(row["asset_id"])
        return names

    def _check(self, ticker: str, token: str, is_same: bool) -> list[str]:
        a, b = self._books.get(ticker), self._books.get(token)
        if a is None or b is None or not b["asks"] or not a["bids" if is_same else "asks"]:
            return []
        shown = max(a["bids"]) if is_same else min(a["asks"])
        pay_a = 1 - shown if is_same else shown
        pay_b = min(b["asks"])
        edge = 1 - pay_a - pay_b - _fee(0.07, pay_a) - _fee(0.05, pay_b)
        qty = min(a["bids" if is_same else "asks"][shown], b["asks"][pay_b])
        state = (pay_a, pay_b, qty)
        if edge < 0.005 or qty < 1 or self._last.get((ticker, token)) == state:
            return []
        self._last[(ticker, token)] = state
        side = "ask" if is_same else "bid"
        return [
            json.dumps(
                {"ticker": ticker, "side": side, "price": f"{shown:.4f}", "count": str(qty)}
            ),
            json.dumps({"token": token, "side": "BUY", "price": f"{pay_b:.4f}", "size": str(qty)}),
        ]
