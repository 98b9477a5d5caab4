"""Oracle of books: replays a recorded session into plain dicts of Fractions.

Imports nothing of the program under test. The rule: a book that is void or was crossed is not
tradable, and only a snapshot (Kalshi) or a `book` frame (Polymarket) makes it so again.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

Ladder = dict[Fraction, Fraction]
Key = tuple[str, str]
"""(venue, ticker or token id)."""


@cache
def number(text: str) -> Fraction:
    """Exact value of a decimal string; floats are refused."""
    if not isinstance(text, str):
        raise TypeError(f"numbers are strings on the wire: {text!r}")
    return Fraction(text)


@dataclass
class Book:
    """Sizes by price. Dollars and contracts, exact.

    A crossed book keeps its contents and goes on following the changes (its recorder did so, too),
    but stays suspect even if it uncrosses.
    """

    bids: Ladder = field(default_factory=dict)
    asks: Ladder = field(default_factory=dict)
    is_known: bool = False
    is_suspect: bool = False

    @property
    def is_tradable(self) -> bool:
        return self.is_known and not self.is_suspect

    def void(self) -> None:
        self.bids, self.asks = {}, {}
        self.is_known = self.is_suspect = False

    def fill(self, bids: Ladder, asks: Ladder) -> None:
        self.bids = {price: size for price, size in bids.items() if size > 0}
        self.asks = {price: size for price, size in asks.items() if size > 0}
        self.is_known, self.is_suspect = True, False

    def best_bid(self) -> Fraction | None:
        return max(self.bids) if self.bids else None

    def best_ask(self) -> Fraction | None:
        return min(self.asks) if self.asks else None

    def is_crossed(self) -> bool:
        bid, ask = self.best_bid(), self.best_ask()
        return bid is not None and ask is not None and bid >= ask


def _set(ladder: Ladder, price: Fraction, size: Fraction) -> None:
    if size > 0:
        ladder[price] = size
    else:
        ladder.pop(price, None)


def _levels(rows: list[Any]) -> Ladder:
    """Levels as [price, size] pairs (Kalshi) or {"price", "size"} objects (Polymarket)."""
    found: Ladder = {}
    for row in rows:
        price, size = (row["price"], row["size"]) if isinstance(row, dict) else row
        found[number(price)] = number(size)
    return found


class Replay:
    """All books of a session, one line at a time.

    `confirmed` holds the time of the last frame that vouched for a book: a Polymarket token is
    confirmed by a frame that states its book, a Kalshi book by any frame of the venue, because
    there every frame is numbered and a lost one would have shown.
    """

    def __init__(self) -> None:
        self.books: dict[Key, Book] = {}
        self.confirmed: dict[Key, int] = {}
        self.kalshi_ns = 0

    def book(self, key: Key) -> Book:
        return self.books.setdefault(key, Book())

    def confirmed_ns(self, key: Key) -> int:
        return self.kalshi_ns if key[0] == "kalshi" else self.confirmed.get(key, 0)

    def apply(self, line: dict[str, Any]) -> set[Key]:
        """Apply one line of the recording; the books that it stated, changed or voided."""
        venue, when = line["venue"], line["t"]
        if line["channel"] == "gap":
            return self._gap(venue)
        touched: set[Key] = set()
        if venue == "kalshi":
            self.kalshi_ns = when
            touched = self._kalshi(line["frame"])
        else:
            frames = line["frame"] if isinstance(line["frame"], list) else [line["frame"]]
            for frame in frames:
                touched |= self._polymarket(frame)
        for key in touched:
            self.confirmed[key] = when
            if self.books[key].is_crossed():
                self.books[key].is_suspect = True
        return touched

    def _gap(self, venue: str) -> set[Key]:
        voided = {key for key, book in self.books.items() if key[0] == venue and book.is_known}
        for key in voided:
            self.books[key].void()
        return voided

    def _kalshi(self, frame: dict[str, Any]) -> set[Key]:
        if frame["type"] not in ("orderbook_snapshot", "orderbook_delta"):
            return set()
        message = frame["msg"]
        key = ("kalshi", message["market_ticker"])
        book = self.book(key)
        if frame["type"] == "orderbook_snapshot":
            no_bids = _levels(message.get("no_dollars_fp", []))
            asks = {1 - price: size for price, size in no_bids.items()}
            book.fill(_levels(message.get("yes_dollars_fp", [])), asks)
            return {key}
        if not book.is_known:
            return set()
        price, change = number(message["price_dollars"]), number(message["delta_fp"])
        if message["side"] == "yes":
            _set(book.bids, price, book.bids.get(price, Fraction(0)) + change)
        else:
            _set(book.asks, 1 - price, book.asks.get(1 - price, Fraction(0)) + change)
        return {key}

    def _polymarket(self, frame: dict[str, Any]) -> set[Key]:
        kind = frame["event_type"]
        if kind == "book":
            key = ("polymarket", frame["asset_id"])
            self.book(key).fill(_levels(frame["bids"]), _levels(frame["asks"]))
            return {key}
        if kind == "tick_size_change":
            key = ("polymarket", frame["asset_id"])
            self.book(key).void()
            return {key}
        touched: set[Key] = set()
        if kind == "price_change":
            for token, change in price_changes(frame):
                key = ("polymarket", token)
                book = self.book(key)
                if book.is_known:
                    ladder = book.bids if change["side"] == "BUY" else book.asks
                    _set(ladder, number(change["price"]), number(change["size"]))
                    touched.add(key)
        return touched


def price_changes(frame: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """(token, change) of the present schema and of both older ones."""
    if "price_changes" in frame:
        return [(change["asset_id"], change) for change in frame["price_changes"]]
    if "changes" in frame:
        return [(frame["asset_id"], change) for change in frame["changes"]]
    return [(frame["asset_id"], frame)]


def read_lines(session_dir: Path) -> Iterator[dict[str, Any]]:
    """The recording's lines in order."""
    with gzip.open(session_dir / "frames.jsonl.gz", "rt", encoding="utf-8") as file:
        for text in file:
            yield json.loads(text)


def read_catalog(session_dir: Path) -> dict[str, Any]:
    """Markets, pairs and settlements of a session."""
    with open(session_dir / "catalog.json", encoding="utf-8") as file:
        catalog: dict[str, Any] = json.load(file)
    return catalog
