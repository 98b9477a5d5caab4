"""Recorded books, as the recording's own strings: what is shown while nobody trades here.

One rule: a market whose first order has come is the exchange's; from then on its tape is not read.
"""

from decimal import Decimal
from typing import Any

from arbees.units import PIPS_PER_DOLLAR, parse_pips, parse_qty

Frame = dict[str, Any]
Side = dict[str, str]
Depth = dict[int, int]


class TapeBook:
    """One token's sides: price to size, decimal strings of the wire."""

    def __init__(self, frame: Frame) -> None:
        self.market: str = frame["market"]
        self.timestamp: str = frame["timestamp"]
        self.bids: Side = {row["price"]: row["size"] for row in frame["bids"]}
        self.asks: Side = {row["price"]: row["size"] for row in frame["asks"]}

    def change(self, row: Frame) -> None:
        side = self.bids if row["side"] == "BUY" else self.asks
        side.pop(row["price"], None)
        if Decimal(row["size"]) > 0:
            side[row["price"]] = row["size"]

    def rows(self, is_bid: bool) -> list[dict[str, str]]:
        """As the venue sends them: best last."""
        side = self.bids if is_bid else self.asks
        ordered = sorted(side.items(), key=lambda row: Decimal(row[0]), reverse=not is_bid)
        return [{"price": price, "size": size} for price, size in ordered]


class Tape:
    """All recorded books by token."""

    def __init__(self) -> None:
        self.books: dict[str, TapeBook] = {}

    def clear(self) -> None:
        self.books.clear()

    def apply(self, frame: Frame) -> set[str]:
        """Update the books; the tokens that the frame names."""
        if frame["event_type"] == "book":
            self.books[frame["asset_id"]] = TapeBook(frame)
        if frame["event_type"] != "price_change":
            return {frame["asset_id"]} if "asset_id" in frame else set()
        for row in frame["price_changes"]:
            book = self.books.get(row["asset_id"])
            if book is not None:
                book.change(row)
        return {row["asset_id"] for row in frame["price_changes"]}

    def depth(self, tokens: tuple[str, str]) -> tuple[Depth, Depth] | None:
        """(bids, asks) on the first token's scale, from its own book or from the other's mirror."""
        if tokens[0] in self.books:
            return exact(self.books[tokens[0]].bids, 0), exact(self.books[tokens[0]].asks, 0)
        if tokens[1] in self.books:
            return exact(self.books[tokens[1]].asks, 1), exact(self.books[tokens[1]].bids, 1)
        return None


def exact(side: Side, outcome: int) -> Depth:
    """Pips of the first token to micro-shares."""
    return {on_first(outcome, price): parse_qty(size) for price, size in side.items()}


def on_first(outcome: int, price: str) -> int:
    pips = parse_pips(price)
    return pips if outcome == 0 else PIPS_PER_DOLLAR - pips
