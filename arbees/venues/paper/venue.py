"""PaperVenue: fills our orders from the live books, after a latency.

It reads the engine's market and never writes it: a second copy, stepped on the same events, would
always be equal and cost a fifth of the whole (docs/decisions/003). Its answers become inputs. No
fill is better than what the book offered when the order arrived. Views: `optimistic` takes all
that is displayed, `realistic` subtracts what we took from a level since it last changed,
`pessimistic` gives half of the rest to others.
"""

from bisect import insort
from collections.abc import Sequence

from arbees.markets.fees import OrderFees
from arbees.markets.instrument import Instrument
from arbees.messages import events as ev
from arbees.messages.commands import AnyCommand, LegSide, PlaceOrder
from arbees.pipeline.market_state import MarketState
from arbees.pipeline.settings import PaperSettings
from arbees.units import PIPS_PER_DOLLAR, QTY_GRAIN

PESSIMISTIC_SHARE = 2
CASH_GRAIN = 100
"""Micro-contracts: an order that states cash buys contracts to four decimals."""


class PaperVenue:
    """One paper venue stands for all venues: the instrument says whose rules hold."""

    def __init__(self, settings: PaperSettings, market: MarketState) -> None:
        self._settings = settings
        self._market = market
        self._due: list[tuple[int, int, PlaceOrder]] = []
        self._count = 0
        self._fills = 0
        self._taken: dict[tuple[int, int, int], tuple[int, int]] = {}

    def submit(self, commands: Sequence[AnyCommand], now_ns: int) -> None:
        """Take orders; they arrive after the latency and, where it has one, the venue's delay."""
        for command in commands:
            if isinstance(command, PlaceOrder):
                delay = self._market.instruments[command.ix].delay_ns
                self._count += 1
                insort(
                    self._due, (now_ns + self._settings.latency_ns + delay, self._count, command)
                )

    def due_ns(self) -> int | None:
        """When the next order arrives, or None."""
        return self._due[0][0] if self._due else None

    def take_due(self, now_ns: int) -> tuple[int, tuple[ev.EngineEvent, ...]] | None:
        """The first order due by `now_ns`: (its time, its fills and its end), or None."""
        if not self._due or self._due[0][0] > now_ns:
            return None
        due, _, order = self._due.pop(0)
        return due, tuple(self._match(order, due))

    def _match(self, order: PlaceOrder, ts_ns: int) -> list[ev.EngineEvent]:
        market = self._market
        instrument = market.instruments[order.ix]
        if not market.books.is_valid(order.ix):
            return [_end(order, "book_unknown", ts_ns)]
        if not market.is_open(order.ix, ts_ns):
            return [ev.OrderAnswer(order.order_id, ev.OrderStatus.REJECTED, "not_open", ts_ns)]
        fills = self._walk(order, instrument, ts_ns)
        filled = sum(f.qty for f in fills)
        reason = "filled" if filled >= order.qty else "partial" if filled else "no_liquidity"
        return [*fills, _end(order, reason, ts_ns)]

    def _walk(self, order: PlaceOrder, instrument: Instrument, ts_ns: int) -> list[ev.FillReport]:
        is_yes = order.side is LegSide.YES
        ladder = 1 if is_yes is not order.is_sell else 0
        fees = OrderFees(self._market.fee_at(order.ix, ts_ns))
        left, cash = order.qty, order.spend * PIPS_PER_DOLLAR
        grain = CASH_GRAIN if cash else QTY_GRAIN
        fills: list[ev.FillReport] = []
        for price, shown in self._market.books.levels(order.ix, ladder):
            pay = price if is_yes else 10_000 - price
            is_past = pay < order.price_limit if order.is_sell else pay > order.price_limit
            if is_past or left <= 0:
                break
            if order.spend:
                left = cash // pay
            take = min(left, self._offered(order.ix, ladder, price, shown))
            take -= take % grain
            if take <= 0:
                continue
            cash -= take * pay
            used, _ = self._taken.get((order.ix, ladder, price), (0, shown))
            self._taken[(order.ix, ladder, price)] = (used + take, shown)
            left -= take
            self._fills += 1
            # a sale is the purchase of the other side, to the rounding of the balance
            fee = fees.charge(10_000 - pay if order.is_sell else pay, take)
            name = f"{order.order_id}-f{len(fills)}"
            fills.append(ev.FillReport(order.order_id, name, price, take, fee, ts_ns))
        return fills

    def _offered(self, ix: int, ladder: int, price: int, shown: int) -> int:
        """What an aggressor may count on at one level."""
        if self._settings.view == "optimistic":
            return shown
        used, shown_then = self._taken.get((ix, ladder, price), (0, shown))
        if shown_then != shown:
            del self._taken[(ix, ladder, price)]
            used = 0
        rest = max(0, shown - used)
        return rest // PESSIMISTIC_SHARE if self._settings.view == "pessimistic" else rest


def _end(order: PlaceOrder, reason: str, ts_ns: int) -> ev.OrderAnswer:
    return ev.OrderAnswer(order.order_id, ev.OrderStatus.DONE, reason, ts_ns)
