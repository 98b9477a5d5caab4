"""The exchange: one deterministic matching core under both venues' protocols.

One rule: time and ids come in from outside, so the same calls give the same events. `submit`,
`cancel`, `amend`, `decrease`, `settle` answer with every event they caused; a request that did
nothing answers with one `Refused` (see `refusal`). Recorded books come in by `record` and `prints`.
"""

from dataclasses import replace

from arbees.simulator.exchange.accounts import Accounts, Holding
from arbees.simulator.exchange.book import Book
from arbees.simulator.exchange.events import (
    Accepted,
    Changed,
    Event,
    Refusal,
    Refused,
    Trade,
)  # fmt: skip
from arbees.simulator.exchange.gate import Gate, judge
from arbees.simulator.exchange.matching import Matcher
from arbees.simulator.exchange.orders import Market, Order, Phase, Reason, Status, Terms, Tif

Events = tuple[Event, ...]


class Exchange:
    """All markets, orders and accounts of one venue."""

    def __init__(self, seed: int = 0) -> None:
        self.accounts = Accounts()
        self.markets: dict[str, Market] = {}
        self.orders: dict[str, Order] = {}
        self.gate = Gate()
        self._matcher = Matcher(self.accounts, seed)
        self._tags: set[tuple[str, str]] = set()
        self._numbers = 0

    @property
    def trades(self) -> list[Trade]:
        return self._matcher.trades

    def add(self, market: Market) -> None:
        """List a market, with an empty book."""
        self.markets[market.name] = market
        self._matcher.books[market.name] = Book()

    def book(self, market: str) -> Book:
        return self._matcher.books[market]

    def holding(self, account: str, market: str) -> Holding:
        return self.accounts.holding(account, market)

    def snapshot(self, market: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """(bids, asks) of outcome 0 as shown: price and size, best first."""
        book = self.book(market)
        return book.levels(True), book.levels(False)

    def resting(self, account: str | None = None, market: str | None = None) -> list[Order]:
        """Open orders as they came to rest; of one account or one market where named."""
        return [
            o for o in self._matcher.alive.values()
            if account in (None, o.terms.account) and market in (None, o.terms.market)
        ]  # fmt: skip

    def taken_tag(self, account: str, tag: str) -> bool:
        """Whether an account has used this client id, in whatever order, ever."""
        return (account, tag) in self._tags

    def submit(self, terms: Terms, order_id: str, now_ns: int) -> Events:
        """A new order: refused, or accepted, matched, and rested or ended."""
        market = self.markets.get(terms.market)
        if market is None:
            return (Refused(Refusal.UNKNOWN_MARKET, terms.market),)
        if order_id in self.orders or (terms.tag and self.taken_tag(terms.account, terms.tag)):
            return (Refused(Refusal.DUPLICATE, terms.tag or order_id),)
        order = self._new(market, terms, order_id, now_ns)
        if isinstance(order, Refused):
            return (order,)
        refused, as_ioc = judge(self.gate, self._matcher, market, order)
        if terms.tag and (refused is None or refused.reason is Refusal.FOK_KILLED):
            self._tags.add((terms.account, terms.tag))
        if refused is not None:
            return (refused,)
        self.orders[order_id] = order
        self._matcher.events.append(Accepted(order))
        self._run(market, order, now_ns, as_ioc)
        return self._matcher.flush()

    def _new(self, market: Market, terms: Terms, order_id: str, now_ns: int) -> Order | Refused:
        """The order, cut to the position where it may only reduce."""
        if terms.reduce_only:
            held = self.holding(terms.account, terms.market).qty[1 - terms.outcome]
            if held <= 0 or terms.tif is not Tif.IOC:
                return Refused(Refusal.NO_POSITION, "reduce only")
            terms = replace(terms, qty=min(terms.qty, held))
        self._numbers += 1
        return Order(order_id, terms, self._numbers, now_ns, now_ns, terms.qty)

    def _run(self, market: Market, order: Order, now_ns: int, as_ioc: bool) -> None:
        """Match an accepted order; rest what is left of it if it may rest."""
        unhindered = self._matcher.match(market, order, now_ns)
        if not unhindered:
            self._matcher.end(order, Reason.SELF_TRADE)
        elif order.terms.budget is None and order.remaining == 0:
            self._matcher.end(order, Reason.TRADE)
        elif as_ioc or order.terms.tif is not Tif.GTC:
            done = order.terms.budget is not None and order.filled > 0
            self._matcher.end(order, Reason.TRADE if done else Reason.UNFILLED)
        else:
            self._matcher.rest(order)
        self._matcher.rebind(market, order.terms.account)

    def _open(self, order_id: str, account: str | None) -> Order | Refused:
        order = self.orders.get(order_id)
        mine = order is not None and account in (None, order.terms.account)
        if order is None or not mine or order.status is not Status.RESTING:
            return Refused(Refusal.UNKNOWN_ORDER, order_id)
        return order

    def cancel(
        self, order_id: str, now_ns: int, *, account: str | None = None,
        reason: Reason = Reason.USER,
    ) -> Events:  # fmt: skip
        """End a resting order; a person's cancel is refused where the venue takes none."""
        found = self.orders.get(order_id)
        if found is not None and account in (None, found.terms.account) and reason is Reason.USER:
            refused = self.gate.cancels(self.markets[found.terms.market])
            if refused is not None:
                return (refused,)
        order = self._open(order_id, account)
        if isinstance(order, Refused):
            return (order,)
        self._end(order, now_ns, reason)
        return self._matcher.flush()

    def _end(self, order: Order, now_ns: int, reason: Reason) -> None:
        order.updated_ns = now_ns
        self._matcher.unrest(self.markets[order.terms.market], order)
        self._matcher.end(order, reason)

    def cancel_many(self, orders: list[Order], now_ns: int, reason: Reason) -> Events:
        """End these resting orders in one operation, whatever the gate says."""
        for order in orders:
            if order.status is Status.RESTING:
                self._end(order, now_ns, reason)
        return self._matcher.flush()

    def decrease(self, order_id: str, remaining: int, now_ns: int, *, account: str) -> Events:
        """Make a resting order smaller, in its place; to nothing is a cancel."""
        order = self._open(order_id, account)
        if isinstance(order, Refused):
            return (order,)
        market = self.markets[order.terms.market]
        refused = self.gate.changes(market)
        if refused is not None:
            return (refused,)
        if not 0 <= remaining < order.remaining or remaining % market.qty_grain:
            return (Refused(Refusal.INVALID_SIZE, "decrease"),)
        if remaining == 0:
            self._end(order, now_ns, Reason.DECREASE)
        else:
            self._resize(market, order, remaining, now_ns)
            self._matcher.events.append(Changed(order, Reason.DECREASE))
        return self._matcher.flush()

    def _resize(self, market: Market, order: Order, remaining: int, now_ns: int) -> None:
        terms = order.terms
        self._matcher.touch(market.name, terms.is_bid, terms.book_price, order)
        order.remaining, order.updated_ns = remaining, now_ns
        order.terms = replace(terms, qty=order.filled + remaining)
        self._matcher.rebind(market, terms.account)

    def amend(self, order_id: str, terms: Terms, now_ns: int) -> Events:
        """Replace price, total size (filled included) and expiry of a resting order.

        It keeps its place in the queue only when it gets smaller at its price; it may match.
        """
        order = self._open(order_id, terms.account)
        if isinstance(order, Refused):
            return (order,)
        market = self.markets[order.terms.market]
        remaining = terms.qty - order.filled
        keeps = terms.price == order.terms.price and remaining <= order.remaining
        if remaining <= 0:
            return (Refused(Refusal.INVALID_SIZE, "amend"),)
        before = replace(order)
        self._matcher.touch(market.name, before.terms.is_bid, before.terms.book_price, order)
        self.book(market.name).remove(order)
        order.terms, order.remaining = terms, remaining
        refused, _ = judge(self.gate, self._matcher, market, order)
        if refused is not None:
            order.terms, order.remaining = before.terms, before.remaining
        if refused is not None or keeps:
            self.book(market.name).add(order)
            order.ahead = before.ahead
        if refused is not None:
            self._matcher.flush()
            return (refused,)
        order.updated_ns = now_ns
        self._matcher.events.append(Changed(order, Reason.AMEND))
        if not keeps:
            self._numbers += 1
            order.number = self._numbers
            self._run(market, order, now_ns, False)
        self._matcher.rebind(market, terms.account)
        return self._matcher.flush()

    def nibble(self, order_id: str, qty: int, now_ns: int) -> Events:
        """The street takes up to `qty` of a resting order: a partial fill on purpose."""
        order = self._open(order_id, None)
        if isinstance(order, Refused):
            return (order,)
        if (some := min(qty, order.remaining)) > 0:
            self._matcher.hit(self.markets[order.terms.market], order, some, now_ns)
        return self._matcher.flush()

    def advance(self, now_ns: int) -> Events:
        """Time passes: orders whose second has come are cancelled."""
        due = [o for o in self.resting() if (o.terms.expires_ns or now_ns + 1) <= now_ns]
        return self.cancel_many(due, now_ns, Reason.EXPIRY)

    def turn(self, market: str, phase: Phase, now_ns: int) -> Events:
        """A market's phase. Closing ends its orders; so does re-opening a paused one."""
        found = self.markets[market]
        before, found.phase = found.phase, phase
        if phase in (Phase.CLOSED, Phase.SETTLED):
            return self.cancel_many(self.resting(market=market), now_ns, Reason.CLOSE)
        if phase is Phase.OPEN and before is Phase.PAUSED:
            return self.cancel_many(self.resting(market=market), now_ns, Reason.HALT)
        return ()

    def pause(self, paused: bool, now_ns: int) -> Events:
        """A trading pause: cancels stay allowed, orders that asked for it are cancelled."""
        self.gate.trading_paused = paused
        wanted = [o for o in self.resting() if o.terms.cancel_on_pause] if paused else []
        return self.cancel_many(wanted, now_ns, Reason.HALT)

    def settle(self, market: str, payout: int, now_ns: int) -> Events:
        """Pay `payout` pips for each share of outcome 0 and the rest of a dollar for outcome 1.

        10_000 and 0 are YES and NO, 5_000 a 50-50, anything else scalar or a void at fair price.
        """
        ended = self.turn(market, Phase.SETTLED, now_ns)
        return ended + self.accounts.settle(self.markets[market], payout, now_ns)

    def confirm(self, trade: Trade) -> None:
        """A deferred trade is mined: what was bought may be sold."""
        for posting in trade.postings:
            if posting.qty > 0 and posting.order and self.markets[trade.market].deferred:
                holding = self.holding(posting.account, trade.market)
                holding.unsettled[posting.outcome] -= posting.qty

    def fail(self, trade: Trade) -> None:
        """A deferred trade failed for good: both parties' money and shares go back."""
        self.confirm(trade)
        self.accounts.undo(self.markets[trade.market], trade)

    def record(
        self, market: str, bids: dict[int, int], asks: dict[int, int], now_ns: int
    ) -> Events:
        """A recorded book replaces the anonymous one; unchanged levels keep what was taken."""
        book = self.book(market)
        for is_bid, rows in ((True, bids), (False, asks)):
            for price in sorted(book.recorded(is_bid).keys() | rows.keys()):
                self._record(market, is_bid, price, rows.get(price, 0))
        for is_bid, rows in ((True, bids), (False, asks)):
            for price in sorted(rows, reverse=is_bid):
                self._matcher.sweep(self.markets[market], is_bid, price, now_ns)
        return self._matcher.flush()

    def record_level(self, market: str, is_bid: bool, price: int, qty: int, now_ns: int) -> Events:
        """One recorded level's new absolute size."""
        self._record(market, is_bid, price, qty)
        self._matcher.sweep(self.markets[market], is_bid, price, now_ns)
        return self._matcher.flush()

    def _record(self, market: str, is_bid: bool, price: int, qty: int) -> None:
        self._matcher.touch(market, is_bid, price, None)
        self.book(market).record(is_bid, price, qty)

    def prints(self, market: str, taker_is_bid: bool, price: int, qty: int, now_ns: int) -> Events:
        """A recorded public trade, on outcome 0's scale."""
        self._matcher.printed(self.markets[market], taker_is_bid, price, qty, now_ns)
        return self._matcher.flush()
