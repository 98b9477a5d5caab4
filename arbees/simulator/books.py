"""Synthetic books and the wire frames that describe them.

One rule: a frame leaves here only together with the book change it announces.
Prices are whole cents of YES, sizes hundredths of a contract.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from arbees.simulator.fees import Levels
from arbees.units import NS_PER_MS, NS_PER_S, format_pips, format_qty

Frame = dict[str, Any]
Change = tuple[str, int, int, int]
"""(side "bid"|"ask", cents, size before, size after)."""


def dollars(cents: int) -> str:
    return format_pips(cents * 100)


def contracts(hundredths: int) -> str:
    return format_qty(hundredths * 10_000)


def draw_size(rng: Random) -> int:
    """20 to 400 contracts, one in four with a fraction."""
    whole = rng.randint(20, 399) * 100
    return whole + (rng.randint(1, 99) if rng.random() < 0.25 else 0)


@dataclass
class Book:
    """Both sides of one YES book: cents to hundredths of a contract."""

    bids: dict[int, int] = field(default_factory=dict)
    asks: dict[int, int] = field(default_factory=dict)

    @classmethod
    def around(cls, rng: Random, bid: int, ask: int) -> "Book":
        """Three or four adjacent levels a side."""
        bids = {bid - k: draw_size(rng) for k in range(rng.choice((3, 4)))}
        asks = {ask + k: draw_size(rng) for k in range(rng.choice((3, 4)))}
        return cls(bids, asks)

    def mirrored(self) -> "Book":
        """The same liquidity from the other outcome's side."""
        return Book(
            {100 - price: size for price, size in self.asks.items()},
            {100 - price: size for price, size in self.bids.items()},
        )

    def best_bid(self) -> int:
        return max(self.bids)

    def best_ask(self) -> int:
        return min(self.asks)

    def yes_offers(self) -> Levels:
        """What buying YES costs, best first."""
        return sorted(self.asks.items())

    def no_offers(self) -> Levels:
        """What buying NO costs, best first."""
        return sorted((100 - price, size) for price, size in self.bids.items())

    def changes_to(self, new: "Book") -> list[Change]:
        """Steps from this book to `new`, additions first so that no side runs empty."""
        out: list[Change] = []
        for side, old_side, new_side in (
            ("bid", self.bids, new.bids),
            ("ask", self.asks, new.asks),
        ):
            for price in sorted(old_side.keys() | new_side.keys()):
                before, after = old_side.get(price, 0), new_side.get(price, 0)
                if before != after:
                    out.append((side, price, before, after))
        return sorted(out, key=lambda change: change[3] == 0)


class Recorder:
    """Collects recording lines in time order; two lines never share a timestamp."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.now = 0
        self._seq = 0

    def _add(self, venue: str, frame: Frame) -> int:
        self.lines.append({"t": self.now, "venue": venue, "channel": "ws", "frame": frame})
        self.now += 100_000
        return len(self.lines) - 1

    def _kalshi(self, kind: str, msg: Frame) -> int:
        self._seq += 1
        return self._add("kalshi", {"type": kind, "sid": 1, "seq": self._seq, "msg": msg})

    def kalshi_snapshot(self, ticker: str, market_id: str, book: Book) -> int:
        msg = {
            "market_ticker": ticker,
            "market_id": market_id,
            "yes_dollars_fp": [[dollars(p), contracts(s)] for p, s in sorted(book.bids.items())],
            "no_dollars_fp": [
                [dollars(100 - p), contracts(s)] for p, s in sorted(book.asks.items(), reverse=True)
            ],
        }
        return self._kalshi("orderbook_snapshot", msg)

    def kalshi_delta(self, ticker: str, market_id: str, change: Change) -> int:
        side, price, before, after = change
        ms = self.now // NS_PER_MS
        stamp = datetime.fromtimestamp(self.now // NS_PER_S, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        msg = {
            "market_ticker": ticker,
            "market_id": market_id,
            "price_dollars": dollars(price if side == "bid" else 100 - price),
            "delta_fp": contracts(after - before),
            "side": "yes" if side == "bid" else "no",
            "ts": f"{stamp}.{ms % 1000:03d}000Z",
            "ts_ms": ms,
        }
        return self._kalshi("orderbook_delta", msg)

    def _hash(self, token: str) -> str:
        return hashlib.sha1(f"{token}{self.now}".encode(), usedforsecurity=False).hexdigest()

    def token_book(self, condition: str, token: str, book: Book) -> int:
        """A full `book` frame, worst level first as the venue sends it."""

        def rows(levels: Levels) -> list[dict[str, str]]:
            return [{"price": f"0.{p:02d}", "size": contracts(s)} for p, s in levels]

        frame = {
            "event_type": "book",
            "asset_id": token,
            "market": condition,
            "timestamp": str(self.now // NS_PER_MS),
            "bids": rows(sorted(book.bids.items())),
            "asks": rows(sorted(book.asks.items(), reverse=True)),
            "hash": self._hash(token),
        }
        return self._add("polymarket", frame)

    def token_changes(
        self, condition: str, tokens: tuple[str, str], changes: list[Change], after: Book
    ) -> int:
        """One `price_change` message: every change for both tokens, sizes absolute."""
        books = (after, after.mirrored())
        rows: list[dict[str, str]] = []
        for side, price, _, size in changes:
            for index, token in enumerate(tokens):
                buy = (side == "bid") == (index == 0)
                rows.append(
                    {
                        "asset_id": token,
                        "price": f"0.{price if index == 0 else 100 - price:02d}",
                        "size": contracts(size) if size else "0",
                        "side": "BUY" if buy else "SELL",
                        "hash": self._hash(token),
                        "best_bid": f"0.{books[index].best_bid():02d}",
                        "best_ask": f"0.{books[index].best_ask():02d}",
                    }
                )
        frame = {
            "event_type": "price_change",
            "market": condition,
            "timestamp": str(self.now // NS_PER_MS),
            "price_changes": rows,
        }
        return self._add("polymarket", frame)
