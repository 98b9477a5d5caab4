"""The trading desk: lets orders in, sends them to the exchange, cancels them, tells what became.

One rule: synchronous and told the time; every change of an order leaves exactly one message.
"""

from collections.abc import Callable, Iterable

from arbees.simulator.exchange.core import Exchange
from arbees.simulator.exchange.events import Changed, Ended, Event, Refusal, Refused, refusal
from arbees.simulator.exchange.orders import Phase, Reason, Side, Terms, Tif
from arbees.simulator.faults import Faults
from arbees.simulator.polymarket.board import Board
from arbees.simulator.polymarket.deals import Deal, Deals, Pace
from arbees.simulator.polymarket.errors import TEXTS, Problem, post_only_mode, problem
from arbees.simulator.polymarket.hearts import Hearts
from arbees.simulator.polymarket.intake import ask_of, check_signer, check_times, parse
from arbees.simulator.polymarket.keys import Credentials
from arbees.simulator.polymarket.mode import Mode
from arbees.simulator.polymarket.news import Outbox
from arbees.simulator.polymarket.orders import Ask, Placed
from arbees.simulator.polymarket.shapes import (
    Body,
    amount,
    order_message,
    placement,
    price_text,
    trade_message,
)
from arbees.simulator.polymarket.timers import Timers
from arbees.simulator.polymarket.wallets import Wallets
from arbees.units import MICRO, NS_PER_S, QTY_GRAIN, cost_ceil

TIFS = {"GTC": Tif.GTC, "GTD": Tif.GTC, "FOK": Tif.FOK, "FAK": Tif.IOC}
GTD_EARLY_S = 60
REFUSALS = {
    Refusal.UNKNOWN_MARKET: "no_book", Refusal.MARKET_INACTIVE: "not_ready",
    Refusal.TRADING_PAUSED: "disabled", Refusal.EXCHANGE_PAUSED: "disabled",
    Refusal.INSUFFICIENT_BALANCE: "balance", Refusal.INSUFFICIENT_SHARES: "balance",
    Refusal.POST_ONLY_CROSS: "post_only", Refusal.FOK_KILLED: "fok",
    Refusal.INVALID_TERMS: "payload", Refusal.NO_POSITION: "balance",
}  # fmt: skip
GONE = "already canceled or matched"


class Desk:
    """Every order ever let in is in `placed`, by its id."""

    def __init__(
        self, board: Board, faults: Faults, outbox: Outbox, stamp: Callable[[], int],
        pace: Pace | None = None, heartbeat_ns: int = 10 * NS_PER_S,
    ) -> None:  # fmt: skip
        self.board = board
        self.exchange: Exchange = board.exchange
        self.faults = faults
        self.mode = Mode()
        self.timers = Timers()
        self.wallets = Wallets(self.exchange.accounts)
        self.placed: dict[str, Placed] = {}
        self.outbox = outbox
        self.stamp = stamp
        self.deals = Deals(
            self.exchange, self.timers, faults, pace or Pace(), self._tell_deal, stamp
        )  # fmt: skip
        self.hearts = Hearts(self.timers, self._lost_heart, heartbeat_ns)

    def admit(self, body: object, owner: Credentials, now_ns: int) -> Placed:
        """A well-formed, truly signed order that may trade. Raises Problem; leaves no trace."""
        if self.faults.active("geoblock", "polymarket"):
            raise problem("geoblock")
        sent = parse(body)
        self.mode.check_order(now_ns, sent.post_only)
        listing = self.board.by_token.get(sent.token)
        if listing is None:
            raise problem("token")
        if listing.hydrating or listing.market.phase is Phase.UNOPENED:
            raise problem("not_ready")
        if listing.market.phase in (Phase.CLOSED, Phase.SETTLED):
            raise problem("no_book")
        order_id = check_signer(sent, listing, owner)
        self._refuse_on_purpose(order_id, listing.where)
        check_times(sent, now_ns // NS_PER_S)
        ask = ask_of(sent, listing, order_id)
        if order_id in self.placed:
            raise problem("duplicated", id=order_id)
        account = self.wallets.use(sent.fields.maker, owner.address, sent.fields.signature_type)
        closed_only = self.faults.active("closed_only", "polymarket")
        self.wallets.check(
            owner.address, account, ask.side, sent.fields.maker_amount, closed_only=closed_only
        )  # fmt: skip
        self.board.adopt(listing, now_ns)
        placed = Placed(order_id, listing, owner, account, ask, self.stamp())
        self._check_crossing(placed, now_ns)
        return placed

    def _refuse_on_purpose(self, order_id: str, where: str) -> None:
        """A refusal of any text, for what only the venue's inside can cause."""
        fault = self.faults.take("refusal", "polymarket", where)
        if fault is None:
            return
        status, text = TEXTS[fault.text("row", "timed_out")]
        raise Problem(status, text.replace("{id}", order_id))

    def crosses(self, placed: Placed) -> bool:
        """Whether it would meet anything at once."""
        ask = placed.ask
        book = self.exchange.book(placed.listing.condition)
        price = ask.price if ask.outcome == 0 else 10_000 - ask.price
        return next(book.against(ask.is_bid, price), None) is not None

    def _check_crossing(self, placed: Placed, now_ns: int) -> None:
        ask = placed.ask
        crosses = self.crosses(placed)
        if ask.post_only and crosses and self.mode.is_post_only(now_ns):
            raise problem("crosses", id=placed.id)
        if ask.post_only and crosses:
            raise problem("post_only")
        if ask.order_type == "FAK" and not crosses:
            raise problem("fak")
        marketable = ask.side is Side.BUY and (crosses or ask.is_market)
        if marketable and ask.dollars < MICRO:
            raise problem("marketable", amount=amount(ask.dollars))

    def delay_of(self, placed: Placed) -> int:
        """How long a taker waits in the open (ns): sports markets, or a fault."""
        fault = self.faults.take("delayed", "polymarket", placed.listing.where)
        if fault is not None:
            return fault.number("ms", 1_000) * 1_000_000
        return placed.listing.delay_ns if self.crosses(placed) else 0

    def delay(self, placed: Placed, wait_ns: int, now_ns: int) -> Body:
        """Let it wait; makers may go meanwhile. The result is told on the user socket."""
        placed.delayed = True
        self.placed[placed.id] = placed
        self._tell_order(placed, "PLACEMENT")

        def due(at_ns: int) -> None:
            placed.delayed = False
            try:
                self.execute(placed, at_ns, told=True)
            except Problem as refused:
                if not placed.killed:
                    self._kill(placed, refused.text)

        self.timers.at(now_ns + wait_ns, due)
        return placement(placed, "delayed")

    def execute(self, placed: Placed, now_ns: int, *, told: bool = False) -> Body:
        """Send it to the exchange; the answer to POST. Raises Problem."""
        cut = self.faults.take("partial_then_cancel", "polymarket", placed.listing.where)
        terms = _terms(placed, cut is not None)
        events = self.exchange.submit(terms, placed.id, now_ns)
        refused = refusal(events)
        if refused is not None:
            raise self._refused(placed, refused, now_ns)
        self.placed[placed.id] = placed
        placed.order = self.exchange.orders[placed.id]
        if not told:
            self._tell_order(placed, "PLACEMENT")
        self.publish(events, now_ns)
        if placed.is_open and placed.matched:
            self._tell_order(placed, "UPDATE")
        if cut is not None:
            placed.cut = True
            self._tell_order(placed, "CANCELLATION")
        if placed.is_open and terms.expires_ns is not None:
            self.timers.at(terms.expires_ns, lambda at: self.end([placed], at, Reason.EXPIRY))
        return placement(placed, _answer_status(placed))

    def _refused(self, placed: Placed, refused: Refused, now_ns: int) -> Problem:
        ask, tick = placed.ask, price_text(placed.listing.tick)
        match refused.reason:
            case Refusal.INVALID_PRICE:
                return problem("tick", id=placed.id, price=price_text(ask.price), tick=tick)
            case Refusal.INVALID_SIZE:
                least = amount(placed.listing.least)
                return problem("size", id=placed.id, size=amount(ask.size), least=least)
            case Refusal.DUPLICATE:
                return problem("duplicated", id=placed.id)
            case Refusal.POST_ONLY_MODE:
                return post_only_mode(1)
        found = problem(REFUSALS[refused.reason])
        if refused.reason is Refusal.FOK_KILLED:
            self._kill(placed, found.text)
        return found

    def _kill(self, placed: Placed, text: str) -> None:
        """It was in and is out again without a trade: the status carries the reason."""
        self.placed[placed.id] = placed
        placed.killed = f"CANCELED_{text}"
        self._tell_order(placed, "CANCELLATION")

    def cancel(self, ids: Iterable[str], owner: Credentials, now_ns: int) -> Body:
        """Cancel by id. Raises Problem 425 only."""
        self.mode.check_cancel(now_ns)
        canceled: list[Placed] = []
        not_canceled: dict[str, str] = {}
        for order_id in dict.fromkeys(ids):
            placed = self.placed.get(order_id)
            if placed is None or placed.owner.key != owner.key:
                not_canceled[order_id] = GONE
            elif placed.delayed:
                not_canceled[order_id] = TEXTS["match_delayed"][1]
            elif not placed.is_open:
                not_canceled[order_id] = GONE
            else:
                canceled.append(placed)
        self.end(canceled, now_ns, Reason.USER)
        return {"canceled": [p.id for p in canceled], "not_canceled": not_canceled}

    def open_of(self, key: str) -> list[Placed]:
        return [p for p in self.placed.values() if p.owner.key == key and p.is_open]

    def end(self, wanted: list[Placed], now_ns: int, reason: Reason) -> None:
        """End these open orders, whatever the mode says."""
        orders = [p.order for p in wanted if p.is_open and p.order is not None]
        self.publish(self.exchange.cancel_many(orders, now_ns, reason), now_ns)

    def _lost_heart(self, key: str, now_ns: int) -> None:
        self.end(self.open_of(key), now_ns, Reason.HEARTBEAT)

    def publish(self, events: Iterable[Event], now_ns: int) -> None:
        """Everything that these events mean to somebody."""
        events = tuple(events)
        opened = self.board.deals_of(events, self.deals, now_ns)
        for deal in opened:
            for order_id in dict.fromkeys(deal.order_ids()):
                self.placed[order_id].deals.append(deal.id)
            self._tell_deal(deal)
        for event in events:
            match event:
                case Changed(order=order):
                    self._tell_order(self.placed[order.id], "UPDATE")
                case Ended(order=order, reason=reason) if order.id in self.placed:
                    placed = self.placed[order.id]
                    if order.filled and reason in (Reason.TRADE, Reason.UNFILLED):
                        self._tell_order(placed, "UPDATE")
                    if reason is not Reason.TRADE:
                        self._tell_order(placed, "CANCELLATION")
        self.board.show(events, opened, self.outbox, self.stamp())

    def _tell_order(self, placed: Placed, kind: str) -> None:
        body = order_message(placed, kind, self.stamp())
        self.outbox.user(placed.owner.key, placed.listing.condition, body)

    def _tell_deal(self, deal: Deal) -> None:
        keys = dict.fromkeys(self.placed[i].owner.key for i in deal.order_ids())
        for key in keys:
            body = trade_message(deal, key, self.placed)
            self.outbox.user(key, deal.listing.condition, body)


def _terms(placed: Placed, cut: bool) -> Terms:
    """As the exchange is asked; `cut` asks for half, at once."""
    ask: Ask = placed.ask
    tif, size, budget = TIFS[ask.order_type], ask.size, ask.budget
    if cut:
        tif, size = Tif.IOC, max(QTY_GRAIN, size // 2 // QTY_GRAIN * QTY_GRAIN)
        budget = None if budget is None else cost_ceil(ask.price, size)
    expires = (ask.expiration - GTD_EARLY_S) * NS_PER_S if ask.order_type == "GTD" else None
    return Terms(
        placed.wallet, placed.listing.condition, ask.outcome, ask.side, ask.price, size, tif,
        expires_ns=None if cut else expires, post_only=ask.post_only, budget=budget,
    )  # fmt: skip


def _answer_status(placed: Placed) -> str:
    if placed.matched:
        return "matched"
    return "live" if placed.is_open else "unmatched"
