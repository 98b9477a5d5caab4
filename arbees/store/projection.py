"""Records -> rows of the tables, with the little state that takes: the ledger as the store sees it,
and the intents that have not ended.

The rule: from the records of the trading log alone it makes the same rows of tables.FROM_LOG,
so that the database can be rebuilt.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from arbees.messages import records as rec
from arbees.pipeline.ledger import Ledger
from arbees.store.rows import Row, plain_rows
from arbees.units import PIPS_PER_DOLLAR, cost_ceil, div_floor

VOIDED = "voided"


@dataclass(slots=True)
class _Trade:
    """An intent on its way, or with fills that can still fail."""

    intent: rec.IntentMade
    filled: dict[str, int]
    waiting: set[str]
    is_voided: bool = False
    ended_ns: int | None = None
    pending: set[str] = field(default_factory=set)
    cost: int = 0
    fee: int = 0


@dataclass(slots=True)
class Projection:
    """`netting_venues` hold one signed position per market."""

    netting_venues: frozenset[str] = frozenset()
    _ledger: Ledger = field(default_factory=Ledger)
    _trades: dict[str, _Trade] = field(default_factory=dict)
    _intent_of: dict[str, str] = field(default_factory=dict)

    def prime(self, records: Sequence[rec.AnyRecord]) -> None:
        """Learn what earlier runs did; their rows are in the database."""
        for _ in self.rows(records):
            pass

    def rows(self, records: Sequence[rec.AnyRecord]) -> Iterator[Row]:
        """Every row that these records make."""
        for record in records:
            yield from plain_rows(record)
            match record:
                case rec.IntentMade():
                    yield from self._made(record)
                case rec.FillBooked():
                    yield from self._filled(record)
                case rec.FillConfirmed():
                    self._ledger.pending.pop(record.fill_id, None)
                    self._final(record.fill_id, record.intent_id)
                case rec.FillVoided():
                    yield from self._taken_back(record)
                case rec.OrderClosed():
                    yield from self._ended(record.order_id, record.ts_ns)
                case rec.OrdersVoided():
                    for order_id in record.order_ids:
                        yield from self._ended(order_id, record.ts_ns, is_voided=True)
                case rec.SettlementBooked():
                    self._ledger.settle(record)
                    yield self._position(record, "settlement", record.payout, record.cash)
                    yield self._cash(record.venue, record.ts_ns, "settlement")
                case rec.CashSet():
                    self._ledger.set_cash(record.venue, record.cash)
                    yield self._cash(record.venue, record.ts_ns, "opening")

    def _made(self, record: rec.IntentMade) -> Iterator[Row]:
        ids = [leg.order_id for leg in record.legs]
        trade = _Trade(record, dict.fromkeys(ids, 0), set(ids))
        self._trades[record.intent_id] = trade
        self._intent_of.update(dict.fromkeys(ids, record.intent_id))
        yield _trade_row(trade, "open", None)

    def _filled(self, record: rec.FillBooked) -> Iterator[Row]:
        self._ledger.fill(record, record.venue in self.netting_venues)
        trade = self._trades.get(record.intent_id)
        if trade is not None:
            trade.filled[record.order_id] = trade.filled.get(record.order_id, 0) + record.qty
            trade.cost += _cost(record)
            trade.fee += record.fee
            if not record.is_final:
                trade.pending.add(record.fill_id)
        yield self._position(record, "fill", None, None)
        yield self._cash(record.venue, record.ts_ns, "fill")

    def _taken_back(self, record: rec.FillVoided) -> Iterator[Row]:
        """Money and position go back; a trade that has ended gets another outcome."""
        self._ledger.void(record)
        trade = self._trades.get(record.intent_id)
        if trade is not None:
            trade.filled[record.order_id] = trade.filled.get(record.order_id, 0) - record.qty
            trade.cost -= _cost(record)
            trade.fee -= record.fee
            if not trade.waiting:
                yield _trade_row(trade, _outcome(trade), trade.ended_ns)
        self._final(record.fill_id, record.intent_id)
        yield self._position(record, "void", None, None)
        yield self._cash(record.venue, record.ts_ns, "void")

    def _final(self, fill_id: str, intent_id: str) -> None:
        trade = self._trades.get(intent_id)
        if trade is not None:
            trade.pending.discard(fill_id)
            self._forget_if_over(trade)

    def _forget_if_over(self, trade: _Trade) -> None:
        if not trade.waiting and not trade.pending:
            del self._trades[trade.intent.intent_id]

    def _ended(self, order_id: str, ts_ns: int, *, is_voided: bool = False) -> Iterator[Row]:
        trade = self._trades.get(self._intent_of.pop(order_id, ""))
        if trade is None:
            return
        trade.waiting.discard(order_id)
        trade.is_voided |= is_voided
        if not trade.waiting:
            trade.ended_ns = ts_ns
            self._forget_if_over(trade)
            yield _trade_row(trade, _outcome(trade), ts_ns)

    def _position(
        self,
        record: rec.FillBooked | rec.FillVoided | rec.SettlementBooked,
        cause: str,
        payout: int | None,
        cash: int | None,
    ) -> Row:
        held = self._ledger.positions.get((record.venue, record.instrument_id))
        return "positions", {
            "venue": record.venue, "instrument_id": record.instrument_id, "cause": cause,
            "ts_ns": record.ts_ns, "qty_micro": held.qty if held else 0,
            "cost_micro": held.cost if held else 0, "payout_pips": payout, "cash_micro": cash,
        }  # fmt: skip

    def _cash(self, venue: str, ts_ns: int, cause: str) -> Row:
        cash = self._ledger.cash[venue]
        return "bankroll", {"venue": venue, "ts_ns": ts_ns, "cash_micro": cash, "cause": cause}


def _cost(record: rec.FillBooked | rec.FillVoided) -> int:
    """Cash that left for contracts, fees not counted; less than zero for a sale."""
    if record.is_sell:
        return -div_floor(record.price * record.qty, PIPS_PER_DOLLAR)
    return cost_ceil(record.price, record.qty)


def _outcome(trade: _Trade) -> str:
    """filled, partial (every leg the same part), uneven, unfilled, or voided by a crash."""
    filled = set(trade.filled.values())
    if trade.is_voided:
        return VOIDED
    if filled == {0}:
        return "unfilled"
    if len(filled) > 1:
        return "uneven"
    return "filled" if filled == {trade.intent.legs[0].qty} else "partial"


def _trade_row(trade: _Trade, outcome: str, ended_ns: int | None) -> Row:
    intent, filled = trade.intent, trade.filled.values()
    row: dict[str, Any] = {
        "intent_id": intent.intent_id, "basket_id": intent.basket_id, "outcome": outcome,
        "purpose": intent.purpose.value,
        "legs": len(intent.legs), "ts_ns": intent.ts_ns, "ended_ns": ended_ns,
        "qty_micro": intent.legs[0].qty, "edge_micro": intent.edge,
        "cost_max_micro": sum(leg.cost_max for leg in intent.legs),
        "qty_filled_micro": min(filled), "qty_uneven_micro": max(filled) - min(filled),
        "cost_micro": trade.cost, "fee_micro": trade.fee,
    }  # fmt: skip
    return "paper_trades", row
