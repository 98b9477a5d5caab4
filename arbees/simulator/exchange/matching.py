"""How orders meet: price first, then time, at the price of what rested.

One rule: every match goes through `_trade`, which books both parties before anything is reported.
"""

from random import Random

from arbees.simulator.exchange.accounts import STREET, Accounts, bound_cash
from arbees.simulator.exchange.book import Book, Slice
from arbees.simulator.exchange.events import (
    Changed,
    Ended,
    Event,
    Kind,
    Level,
    Posting,
    Trade,
    Traded,
)  # fmt: skip
from arbees.simulator.exchange.orders import (
    Market,
    Order,
    Reason,
    SelfTrade,
    Side,
    Status,
    on_scale,
)  # fmt: skip
from arbees.units import PIPS_PER_DOLLAR, cost_ceil, div_floor


class Matcher:
    """Books, accounts and trades of all markets, and the events of the operation under way."""

    def __init__(self, accounts: Accounts, seed: int) -> None:
        self.accounts = accounts
        self.books: dict[str, Book] = {}
        self.trades: list[Trade] = []
        self.events: list[Event] = []
        self.alive: dict[str, Order] = {}
        self._before: dict[tuple[str, bool, int], tuple[int, Order | None]] = {}
        self._rng = Random(seed)

    def touch(self, market: str, is_bid: bool, price: int, by: Order | None) -> None:
        """Remember what a level showed before this operation changes it."""
        key = (market, is_bid, price)
        if key not in self._before:
            self._before[key] = self.books[market].shown(is_bid, price), by

    def flush(self) -> tuple[Event, ...]:
        """The operation's events; level changes last, each price once."""
        for (market, is_bid, price), (before, by) in self._before.items():
            after = self.books[market].shown(is_bid, price)
            if after != before:
                self.events.append(Level(market, is_bid, price, before, after, by))
        done = tuple(self.events)
        self.events.clear()
        self._before.clear()
        return done

    def rest(self, order: Order) -> None:
        terms = order.terms
        self.touch(terms.market, terms.is_bid, terms.book_price, order)
        self.books[terms.market].add(order)
        self.alive[order.id] = order

    def unrest(self, market: Market, order: Order) -> None:
        """Out of the book; what it bound is free."""
        terms = order.terms
        self.touch(terms.market, terms.is_bid, terms.book_price, order)
        self.books[terms.market].remove(order)
        self.rebind(market, terms.account)

    def rebind(self, market: Market, account: str) -> None:
        """Bind again what this account's resting orders may need."""
        book = self.books[market.name]
        mine = [o for bid in (True, False) for o in book.orders(bid) if o.terms.account == account]
        holding = self.accounts.holding(account, market.name)
        self.accounts.bind(account, market, bound_cash(market, holding, mine, takes=False))

    def end(self, order: Order, reason: Reason) -> None:
        """Close an order that rests in no book any more."""
        left = order.remaining
        done = left == 0 or (order.terms.budget is not None and order.filled > 0)
        order.status = Status.EXECUTED if done else Status.CANCELED
        order.reason, order.remaining = reason, 0
        self.alive.pop(order.id, None)
        self.events.append(Ended(order, reason, left))

    def fillable(self, order: Order) -> tuple[int, int, bool]:
        """(shares, cash, whether its own resting order stands in the way) at once, at its limit."""
        qty, cash, terms = 0, 0, order.terms
        for piece in self.books[terms.market].against(terms.is_bid, terms.book_price):
            if piece.order is not None and piece.order.terms.account == terms.account:
                if terms.self_trade is SelfTrade.TAKER:
                    return qty, cash, True
                continue
            qty += piece.qty
            cash += cost_ceil(on_scale(terms.outcome, piece.price), piece.qty)
        return qty, cash, False

    def match(self, market: Market, order: Order, now_ns: int) -> bool:
        """Meet what stands in the way. False when the order's own account stopped it."""
        book, terms = self.books[market.name], order.terms
        while self._wants(market, order, terms.price) > 0:
            piece = next(book.against(terms.is_bid, terms.book_price), None)
            if piece is None:
                return True
            maker = piece.order
            if maker is not None and maker.terms.account == terms.account:
                if terms.self_trade is SelfTrade.TAKER:
                    return False
                self.unrest(market, maker)
                self.end(maker, Reason.SELF_TRADE)
                continue
            qty = min(piece.qty, self._wants(market, order, on_scale(terms.outcome, piece.price)))
            if qty == 0:
                return True
            self._meet(market, order, piece, qty, now_ns)
        return True

    def _wants(self, market: Market, order: Order, price: int) -> int:
        """Shares still asked for at `price` of its own outcome."""
        if order.terms.budget is None:
            return order.remaining
        left = div_floor((order.terms.budget - order.spent) * PIPS_PER_DOLLAR, price)
        return div_floor(left, market.qty_grain) * market.qty_grain

    def _meet(self, market: Market, taker: Order, piece: Slice, qty: int, now_ns: int) -> None:
        book, is_bid = self.books[market.name], not taker.terms.is_bid
        self.touch(market.name, is_bid, piece.price, taker)
        if piece.order is None:
            book.take(is_bid, piece.price, qty)
        self._trade(market, taker, piece.order, piece.price, qty, now_ns)
        if piece.order is not None:
            self._shrink(market, piece.order)

    def _shrink(self, market: Market, maker: Order) -> None:
        """After a fill of a resting order: gone when nothing is left of it."""
        if maker.remaining == 0:
            self.unrest(market, maker)
            self.end(maker, Reason.TRADE)
        else:
            self.events.append(Changed(maker, Reason.TRADE))
            self.rebind(market, maker.terms.account)

    def sweep(self, market: Market, is_bid: bool, price: int, now_ns: int) -> None:
        """A recorded level arrived: it meets the named orders that it crosses, at their prices."""
        book = self.books[market.name]
        for maker in book.orders(not is_bid):
            resting = maker.terms.book_price
            crosses = resting <= price if is_bid else resting >= price
            qty = min(maker.remaining, book.street_left(is_bid, price))
            if not crosses or qty == 0:
                return
            self.touch(market.name, is_bid, price, None)
            book.take(is_bid, price, qty)
            self.hit(market, maker, qty, now_ns)

    def printed(
        self, market: Market, taker_is_bid: bool, price: int, qty: int, now_ns: int
    ) -> None:
        """A recorded trade: size that would have met named orders of that price or better first.

        At the very price, the street's size ahead of an order trades before it.
        """
        book, is_bid = self.books[market.name], not taker_is_bid
        for maker in book.orders(is_bid):
            resting = maker.terms.book_price
            better = resting < price if taker_is_bid else resting > price
            if not better and resting != price:
                return
            through = qty if better else max(0, qty - maker.ahead)
            if (fill := min(maker.remaining, through)) > 0:
                qty -= fill
                self.hit(market, maker, fill, now_ns)
        book.pass_by(is_bid, price, qty)

    def hit(self, market: Market, maker: Order, qty: int, now_ns: int) -> None:
        """The street takes `qty` of a resting order."""
        self.touch(market.name, maker.terms.is_bid, maker.terms.book_price, None)
        self._trade(market, None, maker, maker.terms.book_price, qty, now_ns)
        self._shrink(market, maker)

    def _trade(
        self, market: Market, taker: Order | None, maker: Order | None, price: int, qty: int,
        now_ns: int,
    ) -> None:  # fmt: skip
        named = taker or maker
        assert named is not None
        sides = [_side_of(order) if order else self._street_side(market, named)
                 for order in (taker, maker)]  # fmt: skip
        postings = [
            _posting(market, order, side, price, qty, is_taker=order is taker)
            for order, side in zip((taker, maker), sides, strict=True)
        ]
        kind = _kind(sides[0], sides[1])
        self.accounts.book_match(market.name, kind, qty, sum(p.cash for p in postings))
        for posting in postings:
            self.accounts.post(market, posting, now_ns)
        number = len(self.trades) + 1
        is_bid = taker.terms.is_bid if taker else not named.terms.is_bid
        taken, made = postings
        trade = Trade(number, market.name, price, qty, kind, is_bid, taken, made, now_ns)
        self.trades.append(trade)
        for order, posting in ((taker, taken), (maker, made)):
            if order is not None:
                _book_fill(order, posting, number, qty, now_ns)
        self.events.append(Traded(trade))

    def _street_side(self, market: Market, named: Order) -> tuple[int, Side]:
        """(outcome, side) of the anonymous party: the complement where both only ever buy."""
        outcome, side = _side_of(named)
        if market.nets or self._rng.randrange(100) < market.mint_share:
            return 1 - outcome, side
        return outcome, Side.SELL if side is Side.BUY else Side.BUY


def _side_of(order: Order) -> tuple[int, Side]:
    return order.terms.outcome, order.terms.side


def _kind(taker: tuple[int, Side], maker: tuple[int, Side]) -> Kind:
    if taker[0] == maker[0]:
        return Kind.NORMAL
    return Kind.MINT if taker[1] is Side.BUY else Kind.MERGE


def _posting(
    market: Market, order: Order | None, side: tuple[int, Side], price: int, qty: int,
    *, is_taker: bool,
) -> Posting:  # fmt: skip
    """A party's money: the payer's amount up, the receiver's down, the difference is dust."""
    outcome, own = side[0], on_scale(side[0], price)
    buys = side[1] is Side.BUY
    cash = -cost_ceil(own, qty) if buys else div_floor(own * qty, PIPS_PER_DOLLAR)
    fee = 0
    if order is not None:
        fee, order.fee_carry = market.fees.charge(own, qty, order.fee_carry, is_taker=is_taker)
    account = order.terms.account if order else STREET
    signed = qty if buys else -qty
    return Posting(account, order, outcome, side[1], own, cash, signed, fee, is_taker)


def _book_fill(order: Order, posting: Posting, number: int, qty: int, now_ns: int) -> None:
    order.filled += qty
    order.spent += abs(posting.cash)
    order.trades.append(number)
    order.updated_ns = now_ns
    if order.terms.budget is None:
        order.remaining -= qty
    if posting.is_taker:
        order.cost_taker += abs(posting.cash)
        order.fee_taker += posting.fee
    else:
        order.cost_maker += abs(posting.cash)
        order.fee_maker += posting.fee
