"""What is listed and what its books show: the recording's, or the exchange's once it is traded.

One rule: a market is shown from one source at a time; `adopt` moves it to the exchange for good.
"""

from collections.abc import Iterable
from typing import Any

from arbees.simulator.exchange.core import Exchange
from arbees.simulator.exchange.events import Event, Level, Traded
from arbees.simulator.polymarket.deals import Deal, Deals
from arbees.simulator.polymarket.listing import Listing, listings_of
from arbees.simulator.polymarket.news import Outbox
from arbees.simulator.polymarket.shapes import (
    Body,
    amount,
    book_body,
    hashed,
    last_trade,
    levels,
    price_text,
)
from arbees.simulator.polymarket.tape import Tape, exact, on_first
from arbees.units import NS_PER_MS, PIPS_PER_DOLLAR, parse_pips, parse_qty

Frame = dict[str, Any]
Rows = list[dict[str, str]]


class Board:
    """Listings by condition and by token, and their books. `stamp_ns` is the last frame's time."""

    def __init__(self, events: list[Frame], seed: int = 0) -> None:
        self.exchange = Exchange(seed)
        self.tape = Tape()
        self.events = events
        self.by_condition: dict[str, Listing] = {}
        self.by_token: dict[str, Listing] = {}
        self.adopted: set[str] = set()
        self.timestamps: dict[str, str] = {}
        self.starting: list[Listing] = []
        """Markets whose books are wiped when their game starts."""
        self._bests: dict[str, tuple[str, str]] = {}
        for listing in listings_of(events):
            self.add(listing)

    def add(self, listing: Listing) -> None:
        self.by_condition[listing.condition] = listing
        self.by_token |= dict.fromkeys(listing.tokens, listing)
        self.exchange.add(listing.market)
        if listing.clears_at_start and listing.start_ns is not None:
            self.starting.append(listing)

    def adopt(self, listing: Listing, now_ns: int) -> None:
        """From now on the exchange has this market, recorded depth included."""
        if listing.condition in self.adopted:
            return
        self.adopted.add(listing.condition)
        depth = self.tape.depth(listing.tokens)
        if depth is not None:
            self.exchange.record(listing.condition, *depth, now_ns)
        recorded = [self.tape.books[t].timestamp for t in listing.tokens if t in self.tape.books]
        self.timestamps[listing.condition] = max(recorded, default="0")

    def has_book(self, token: str) -> bool:
        listing = self.by_token.get(token)
        if listing is not None and listing.raw.get("closed"):
            return False
        return token in self.tape.books or (
            listing is not None and listing.condition in self.adopted
        )

    def sides(self, token: str) -> tuple[Rows, Rows]:
        """(bids, asks) as the wire has them: best last."""
        listing = self.by_token.get(token)
        if listing is None or listing.condition not in self.adopted:
            book = self.tape.books.get(token)
            return ([], []) if book is None else (book.rows(True), book.rows(False))
        bids, asks = self.exchange.snapshot(listing.condition)
        if listing.tokens[1] == token:
            bids, asks = mirrored(asks), mirrored(bids)
        return levels(reversed(bids)), levels(reversed(asks))

    def timestamp(self, token: str) -> str:
        listing = self.by_token.get(token)
        if listing is not None and listing.condition in self.adopted:
            return self.timestamps[listing.condition]
        book = self.tape.books.get(token)
        return book.timestamp if book else "0"

    def rest_book(self, token: str) -> Body:
        """The full REST object, hash included."""
        return book_body(
            self.by_token[token], token, *self.sides(token), self.timestamp(token)
        )  # fmt: skip

    def ws_book(self, token: str) -> Body:
        bids, asks = self.sides(token)
        listing, tape = self.by_token.get(token), self.tape.books.get(token)
        market = listing.condition if listing else (tape.market if tape else "")
        return {
            "event_type": "book", "asset_id": token, "market": market,
            "timestamp": self.timestamp(token), "hash": "", "bids": bids, "asks": asks,
        }  # fmt: skip

    def recorded(self, listing: Listing, frame: Frame, now_ns: int) -> list[Event]:
        """A recorded frame of an adopted market: what the exchange makes of it."""
        self.timestamps[listing.condition] = frame.get("timestamp", "0")
        match frame["event_type"]:
            case "book":
                return self._recorded_book(listing, frame, now_ns)
            case "price_change":
                return self._recorded_changes(listing, frame, now_ns)
            case "last_trade_price":
                outcome = listing.tokens.index(frame["asset_id"])
                is_bid = (outcome == 0) == (frame["side"] == "BUY")
                price, qty = on_first(outcome, frame["price"]), parse_qty(frame["size"])
                return list(
                    self.exchange.prints(listing.condition, is_bid, price, qty, now_ns)
                )  # fmt: skip
        return []

    def _recorded_book(self, listing: Listing, frame: Frame, now_ns: int) -> list[Event]:
        outcome = listing.tokens.index(frame["asset_id"])
        bids = {row["price"]: row["size"] for row in frame["bids"]}
        asks = {row["price"]: row["size"] for row in frame["asks"]}
        if outcome:
            bids, asks = asks, bids
        depth = exact(bids, outcome), exact(asks, outcome)
        return list(self.exchange.record(listing.condition, *depth, now_ns))

    def _recorded_changes(self, listing: Listing, frame: Frame, now_ns: int) -> list[Event]:
        """One outcome's rows say it all; the other's are their mirror."""
        rows = [r for r in frame["price_changes"] if r["asset_id"] in listing.tokens]
        first = [r for r in rows if r["asset_id"] == listing.tokens[0]]
        events: list[Event] = []
        for row in first or rows:
            outcome = listing.tokens.index(row["asset_id"])
            is_bid = (outcome == 0) == (row["side"] == "BUY")
            price, qty = on_first(outcome, row["price"]), parse_qty(row["size"])
            events += self.exchange.record_level(listing.condition, is_bid, price, qty, now_ns)
        return events

    def deals_of(self, events: Iterable[Event], deals: Deals, now_ns: int) -> list[Deal]:
        """New deals of the trades among these events, market by market."""
        trades = [event.trade for event in events if isinstance(event, Traded)]
        opened: list[Deal] = []
        for condition in dict.fromkeys(trade.market for trade in trades):
            of_market = [trade for trade in trades if trade.market == condition]
            opened += deals.open(self.by_condition[condition], of_market, now_ns)
        return opened

    def show(
        self, events: Iterable[Event], opened: list[Deal], outbox: Outbox, stamp_ns: int
    ) -> None:
        """Tell market sockets: changed levels of both tokens, prints, books after a trade."""
        changed = [event for event in events if isinstance(event, Level)]
        for deal in opened:
            token = deal.listing.tokens[deal.taker.outcome]
            deal.listing.last[token] = deal.taker.price, deal.taker.side.value.upper()
            body = last_trade(deal, deal.match_ns)
            outbox.market(deal.listing, deal.listing.tokens, body)
        for condition in dict.fromkeys(level.market for level in changed):
            listing = self.by_condition[condition]
            self.timestamps[condition] = str(stamp_ns // NS_PER_MS)
            rows = [level for level in changed if level.market == condition]
            outbox.market(listing, listing.tokens, self._price_change(listing, rows))
            self._show_bests(listing, outbox)
        for condition in dict.fromkeys(deal.listing.condition for deal in opened):
            listing = self.by_condition[condition]
            for token in listing.tokens:
                outbox.market(listing, (token,), self.ws_book(token))

    def bests(self, token: str) -> tuple[str, str]:
        """Best bid and ask, "" where there is none."""
        bids, asks = self.sides(token)
        return (bids[-1]["price"] if bids else "", asks[-1]["price"] if asks else "")

    def _show_bests(self, listing: Listing, outbox: Outbox) -> None:
        for token in listing.tokens:
            bests = self.bests(token)
            if self._bests.get(token) == bests:
                continue
            self._bests[token] = bests
            body = {
                "event_type": "best_bid_ask", "market": listing.condition, "asset_id": token,
                "best_bid": bests[0], "best_ask": bests[1], "spread": spread(*bests),
                "timestamp": self.timestamp(token),
            }  # fmt: skip
            outbox.market(listing, (token,), body, custom=True)

    def _price_change(self, listing: Listing, changed: list[Level]) -> Body:
        rows = []
        bests = [self.bests(token) for token in listing.tokens]
        for level in changed:
            for outcome, token in enumerate(listing.tokens):
                price = level.price if outcome == 0 else PIPS_PER_DOLLAR - level.price
                row = {
                    "asset_id": token, "price": price_text(price), "size": amount(level.after),
                    "side": "BUY" if level.is_bid == (outcome == 0) else "SELL",
                    "best_bid": bests[outcome][0], "best_ask": bests[outcome][1],
                }  # fmt: skip
                rows.append({**row, "hash": hashed(row)})
        return {
            "event_type": "price_change", "market": listing.condition,
            "timestamp": self.timestamps[listing.condition], "price_changes": rows,
        }  # fmt: skip


def mirrored(rows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The complement's side of the same liquidity, best first."""
    return [(PIPS_PER_DOLLAR - price, qty) for price, qty in rows]


def spread(bid: str, ask: str) -> str:
    if not bid or not ask:
        return ""
    return price_text(parse_pips(ask) - parse_pips(bid))
