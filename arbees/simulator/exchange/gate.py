"""Whether a request is allowed at all: pauses, grids, sizes, money, and what would happen at once.

One rule: a refusal leaves no trace; everything here only looks.
"""

from dataclasses import dataclass

from arbees.simulator.exchange.accounts import bound_cash, bound_shares
from arbees.simulator.exchange.events import Refusal, Refused
from arbees.simulator.exchange.matching import Matcher
from arbees.simulator.exchange.orders import Market, Order, Phase, Side, Terms, Tif

BUDGET_SLACK = 100
"""A budget is spent when less than a hundredth of a cent is left of it."""


@dataclass(slots=True)
class Gate:
    """The exchange's own state. A trading pause still takes cancels, an exchange pause nothing."""

    trading_paused: bool = False
    exchange_paused: bool = False
    post_only: bool = False

    def cancels(self, market: Market) -> Refused | None:
        if self.exchange_paused:
            return Refused(Refusal.EXCHANGE_PAUSED)
        if market.phase not in (Phase.OPEN, Phase.PAUSED):
            return Refused(Refusal.MARKET_INACTIVE, market.name)
        return None

    def changes(self, market: Market) -> Refused | None:
        if self.exchange_paused:
            return Refused(Refusal.EXCHANGE_PAUSED)
        if self.trading_paused:
            return Refused(Refusal.TRADING_PAUSED)
        if market.phase is not Phase.OPEN:
            return Refused(Refusal.MARKET_INACTIVE, market.name)
        return None


def judge(
    gate: Gate, matcher: Matcher, market: Market, order: Order
) -> tuple[Refused | None, bool]:
    """(why not, whether a fill-or-kill order goes on as immediate-or-cancel)."""
    terms = order.terms
    refused = (
        gate.changes(market)
        or _form(market, terms)
        or _afford(matcher, market, order)
        or _post_only(gate, matcher, terms)
    )
    if refused is not None or terms.tif is not Tif.FOK:
        return refused, False
    return _fill_or_kill(matcher, order)


def _form(market: Market, terms: Terms) -> Refused | None:
    if not market.allows(terms.price):
        return Refused(Refusal.INVALID_PRICE, str(terms.price))
    if terms.budget is not None:
        fits = terms.side is Side.BUY and terms.tif is not Tif.GTC and terms.budget > 0
        return None if fits else Refused(Refusal.INVALID_TERMS, "budget")
    if terms.qty < market.qty_min or terms.qty % market.qty_grain:
        return Refused(Refusal.INVALID_SIZE, str(terms.qty))
    if terms.post_only and terms.tif is not Tif.GTC:
        return Refused(Refusal.INVALID_TERMS, "post only")
    if terms.expires_ns is not None and terms.tif is not Tif.GTC:
        return Refused(Refusal.INVALID_TERMS, "expiration time")
    return None


def _afford(matcher: Matcher, market: Market, order: Order) -> Refused | None:
    """Money or shares for the worst that may come of it, its account's other orders kept."""
    terms, accounts = order.terms, matcher.accounts
    book = matcher.books[market.name]
    mine = [o for b in (True, False) for o in book.orders(b) if o.terms.account == terms.account]
    holding = accounts.holding(terms.account, market.name)
    if terms.side is Side.SELL:
        sellable = holding.qty[terms.outcome] - holding.unsettled[terms.outcome]
        if bound_shares([*mine, order], terms.outcome) > sellable:
            return Refused(Refusal.INSUFFICIENT_SHARES, terms.market)
        return None
    closed = bound_cash(market, holding, mine, takes=False)
    both = bound_cash(market, holding, [*mine, order], takes=not terms.post_only)
    if both > max(closed, accounts.free_except(terms.account, market)):
        return Refused(Refusal.INSUFFICIENT_BALANCE, terms.market)
    return None


def _post_only(gate: Gate, matcher: Matcher, terms: Terms) -> Refused | None:
    if gate.post_only and not terms.post_only:
        return Refused(Refusal.POST_ONLY_MODE)
    if not terms.post_only:
        return None
    against = matcher.books[terms.market].against(terms.is_bid, terms.book_price)
    return Refused(Refusal.POST_ONLY_CROSS) if next(against, None) is not None else None


def _fill_or_kill(matcher: Matcher, order: Order) -> tuple[Refused | None, bool]:
    """One that would meet its own account is treated as immediate-or-cancel (kalshi.md 7.2)."""
    qty, cash, hindered = matcher.fillable(order)
    budget = order.terms.budget
    enough = qty >= order.remaining if budget is None else cash >= budget - BUDGET_SLACK
    if enough or hindered:
        return None, hindered and not enough
    return Refused(Refusal.FOK_KILLED), False
