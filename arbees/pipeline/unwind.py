"""Unwind: what to do about a basket whose legs differ in size, within limits. Decides, never acts.

Two ways lead back to even legs: buy what the shorter leg lacks (the contracts then pay the basket's
payout), or sell what the longer legs have too much. What brings more per contract is done, as far
as no contract loses more than the limit against what the surplus cost. Otherwise it waits.
"""

from dataclasses import dataclass, field

import msgspec

from arbees.markets.baskets import Basket, Leg
from arbees.markets.fees import trade_fee
from arbees.markets.instrument import Instrument
from arbees.messages.commands import LegSide
from arbees.messages.records import LegPlan, Purpose
from arbees.pipeline import spending
from arbees.pipeline.booking import leg_keys
from arbees.pipeline.funnel import Reason
from arbees.pipeline.ledger import Ledger
from arbees.pipeline.market_state import MarketState
from arbees.pipeline.risk import RiskState
from arbees.pipeline.settings import RiskSettings
from arbees.pipeline.sizing import ROUNDING_SLACK, SIDES
from arbees.units import MICRO, NS_PER_S, PIPS_PER_DOLLAR, cost_ceil, div_ceil, div_floor

PIP_MICRO = MICRO // PIPS_PER_DOLLAR
"""Micro-dollars a contract per pip."""
PAUSE_MAX_NS = 30 * NS_PER_S


class Repair(msgspec.Struct, frozen=True, gc=False):
    """Orders that make the legs more even. `result` micro-dollars: what they bring (a completed
    share counts its payout) less what the surplus cost; `rate`: what they bring per contract."""

    purpose: Purpose
    legs: tuple[LegPlan, ...]
    result: int
    rate: int


@dataclass(frozen=True, slots=True)
class Walk:
    """Levels taken: micro-contracts, the worst price in pips, and cash with every fee."""

    qty: int
    limit: int
    cash: int


@dataclass(slots=True)
class Unwinder:
    """`waiting`: by basket, when it is looked at next and how long it pauses after orders that did
    not make it even. `reasons`: why nothing was done when it was last looked at."""

    settings: RiskSettings
    ledger: Ledger
    market: MarketState
    risk_state: RiskState
    waiting: dict[str, tuple[int, int]] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)

    def due(self, now_ns: int) -> list[str]:
        """Broken baskets to look at now. One that has just broken pauses first: the book that
        did not fill an order is about to change."""
        state, pause = self.risk_state, self.settings.unwind_pause_ns
        found = []
        for basket_id in sorted(state.broken):
            if basket_id not in self.waiting:
                self.waiting[basket_id] = (now_ns + pause, pause)
            elif basket_id not in state.busy and now_ns >= self.waiting[basket_id][0]:
                found.append(basket_id)
        return found

    def refused(self, basket_id: str, reason: Reason, now_ns: int) -> None:
        """Nothing could be done: look again after the pause."""
        pause = self.waiting[basket_id][1]
        self.waiting[basket_id] = (now_ns + self.settings.unwind_pause_ns, pause)
        self.reasons[basket_id] = reason

    def sent(self, basket_id: str, now_ns: int) -> None:
        """Orders left: if they do not help, the next ones come after twice the pause."""
        pause = min(2 * self.waiting[basket_id][1], PAUSE_MAX_NS)
        self.waiting[basket_id] = (now_ns + pause, pause)
        self.reasons.pop(basket_id, None)

    def even(self, basket_id: str) -> None:
        """Its legs are even again, or it is over."""
        self.waiting.pop(basket_id, None)
        self.reasons.pop(basket_id, None)

    def plan(self, intent_id: str, basket: Basket, now_ns: int) -> Repair | Reason:
        """The better way, or why there is none now."""
        if self.risk_state.kill_on:
            return Reason.KILLED
        held = self.ledger.holdings.of(basket.basket_id)
        sizes = [held.get(key, 0) for key in leg_keys(basket, self.market.instruments)]
        buy = self._complete(intent_id, basket, sizes, now_ns)
        sale = self._sell(intent_id, basket, sizes, now_ns)
        if isinstance(sale, Reason):
            is_vain = isinstance(buy, Reason) and buy is not Reason.UNWIND_LOSS
            return sale if is_vain else buy
        return sale if isinstance(buy, Reason) or buy.rate < sale.rate else buy

    def _sunk(self, legs: list[Leg]) -> int:
        """What one contract of each of `legs` cost on average, micro-dollars."""
        total = 0
        for leg in legs:
            instrument = self.market.instruments[leg.ix]
            qty = abs(self.ledger.qty(instrument))
            total += self.ledger.cost(instrument) * MICRO // qty if qty else 0
        return total

    def _most(self, wanted: int) -> int:
        """`wanted` contracts, or as many as may lose the cash limit at the limit per contract."""
        per_contract = self.settings.max_unwind_loss_pips * PIP_MICRO
        return min(wanted, self.settings.max_unwind_loss_micro * MICRO // max(1, per_contract))

    def _complete(
        self, intent_id: str, basket: Basket, sizes: list[int], now_ns: int
    ) -> Repair | Reason:
        top = max(sizes)
        short = [leg for leg, size in zip(basket.legs, sizes, strict=True) if size < top]
        if len(short) != 1:
            return Reason.BELOW_MINIMUM  # several legs at once are a basket, not a repair
        (leg,) = short
        instrument = self.market.instruments[leg.ix]
        why = self._may_trade(leg, now_ns) or self._may_buy(leg, instrument)
        if why is not None:
            return why
        sunk = self._sunk([x for x in basket.legs if x is not leg])
        pays = basket.payout * PIP_MICRO
        worst = pays - sunk + self.settings.max_unwind_loss_pips * PIP_MICRO
        walk = self._walk_asks(leg, self._most(top - min(sizes)), worst)
        if walk.qty == 0:
            return self._none(leg.ix, 1 - leg.side)
        plan = self._buy_plan(f"{intent_id}-0", leg, instrument, walk)
        if isinstance(plan, Reason):
            return plan
        brings = div_floor(walk.qty * basket.payout, PIPS_PER_DOLLAR) - walk.cash
        result = brings - div_floor(sunk * walk.qty, MICRO)
        rate = div_floor(brings * MICRO, walk.qty)
        return Repair(Purpose.COMPLETE, (plan,), result, rate)

    def _may_trade(self, leg: Leg, now_ns: int) -> Reason | None:
        if self.risk_state.is_shut(self.market.instruments[leg.ix]):
            return Reason.VENUE_SHUT
        if not self.market.books.is_valid(leg.ix):
            return Reason.BOOK_UNKNOWN
        return self.market.untradable(leg.ix, now_ns)

    def _may_buy(self, leg: Leg, instrument: Instrument) -> Reason | None:
        if self.ledger.would_net(instrument, SIDES[leg.side]):
            return Reason.WOULD_NET
        at_limit = abs(self.ledger.qty(instrument)) >= self.settings.max_position_qty
        return Reason.POSITION_LIMIT if at_limit else None

    def _buy_plan(
        self, order_id: str, leg: Leg, instrument: Instrument, walk: Walk
    ) -> LegPlan | Reason:
        term, spend = self.market.fee_term(leg.ix), 0
        cost_max = cost_ceil(walk.limit, walk.qty) + trade_fee(term, walk.limit, walk.qty)
        if spending.spends(instrument):
            spend, _ = spending.spend_for(self.market.books, instrument, walk.limit, walk.qty)
            cost_max = max(cost_max, spending.highest_cost(spend, term.taker_rate))
        if walk.qty < instrument.qty_min or (spend or cost_max) < instrument.notional_min:
            return Reason.BELOW_MINIMUM
        if cost_max + ROUNDING_SLACK > self.ledger.available(instrument.venue):
            return Reason.BALANCE
        return LegPlan(
            order_id, leg.ix, instrument.venue, instrument.instrument_id, SIDES[leg.side],
            walk.limit, walk.qty, cost_max + ROUNDING_SLACK, spend,
        )  # fmt: skip

    def _sell(
        self, intent_id: str, basket: Basket, sizes: list[int], now_ns: int
    ) -> Repair | Reason:
        low = min(sizes)
        plans: list[LegPlan] = []
        result = rate = 0
        for leg, size in zip(basket.legs, sizes, strict=True):
            if size == low:
                continue
            sunk = self._sunk([leg])
            walk = self._sale(leg, self._most(size - low), sunk, now_ns)
            if isinstance(walk, Reason):
                return walk
            instrument = self.market.instruments[leg.ix]
            plans.append(
                LegPlan(
                    f"{intent_id}-{len(plans)}", leg.ix, instrument.venue,
                    instrument.instrument_id, SIDES[leg.side], walk.limit, walk.qty, 0,
                    is_sell=True,
                )
            )  # fmt: skip
            result += walk.cash - div_floor(sunk * walk.qty, MICRO)
            rate += div_floor(walk.cash * MICRO, walk.qty)
        if not plans:
            return Reason.UNCHANGED  # nothing is held any more
        return Repair(Purpose.UNWIND, tuple(plans), result, rate)

    def _sale(self, leg: Leg, wanted: int, sunk: int, now_ns: int) -> Walk | Reason:
        why = self._may_trade(leg, now_ns)
        if why is not None:
            return why
        instrument = self.market.instruments[leg.ix]
        sellable = self._sellable(leg, instrument)
        if sellable < instrument.qty_min:
            return Reason.NOT_SETTLED
        least = sunk - self.settings.max_unwind_loss_pips * PIP_MICRO
        walk = self._walk_bids(leg, min(wanted, sellable), least)
        if walk.qty == 0:
            return self._none(leg.ix, leg.side)
        return walk if walk.qty >= instrument.qty_min else Reason.BELOW_MINIMUM

    def _none(self, ix: int, ladder: int) -> Reason:
        """Why no level was taken."""
        is_empty = self.market.books.best(ix, ladder) is None
        return Reason.THIN if is_empty else Reason.UNWIND_LOSS

    def _sellable(self, leg: Leg, instrument: Instrument) -> int:
        """What the account holds of that side, without what has not settled: shares just bought
        cannot be sold before (polymarket.md section 14, row 13)."""
        qty = self.ledger.qty(instrument)
        held = qty if SIDES[leg.side] is LegSide.YES else -qty
        name = (instrument.venue, instrument.instrument_id)
        pending = sum(
            fill.qty for fill in self.ledger.pending.values()
            if (fill.venue, fill.instrument_id) == name and not fill.is_sell
        )  # fmt: skip
        return max(0, held - pending)

    def _walk_asks(self, leg: Leg, wanted: int, worst: int) -> Walk:
        """Buy while price and fee are at most `worst` micro-dollars a contract."""
        return self._walk(leg, wanted, 1 - leg.side, 1, -worst)

    def _walk_bids(self, leg: Leg, wanted: int, least: int) -> Walk:
        """Sell while price less fee is at least `least` micro-dollars a contract."""
        return self._walk(leg, wanted, leg.side, -1, least)

    def _walk(self, leg: Leg, wanted: int, ladder: int, sign: int, least: int) -> Walk:
        """`sign` +1 pays, -1 receives; each level must bring `least` a contract after its fee."""
        term = self.market.fee_term(leg.ix)
        levels: list[tuple[int, int]] = []
        qty = 0
        for price, shown in self.market.books.levels(leg.ix, ladder):
            own = price if leg.side == 0 else PIPS_PER_DOLLAR - price
            brings = -sign * own * PIP_MICRO - trade_fee(term, own, MICRO)
            if qty >= wanted or brings < least:
                break
            levels.append((own, min(shown, wanted - qty)))
            qty += levels[-1][1]
        qty -= qty % self.market.instruments[leg.ix].qty_step
        left, limit, cash = qty, 0, 0
        for own, shown in levels:
            take = min(shown, left)
            if take:
                left, limit = left - take, own
                price_micro = div_ceil(sign * own * take, PIPS_PER_DOLLAR)
                cash += sign * (price_micro + trade_fee(term, own, take))
        return Walk(qty, limit, cash)
