"""Records -> rows of the tables: (table name, columns)."""

from collections.abc import Iterator, Sequence
from typing import Any

from arbees.messages import records as rec

Row = tuple[str, dict[str, Any]]


def rows_of(records: Sequence[rec.AnyRecord]) -> Iterator[Row]:
    """Every row that these records make."""
    for record in records:
        match record:
            case rec.OpportunitySeen():
                yield "trading_signals", {
                    "basket_id": record.basket_id, "ts_ns": record.ts_ns,
                    "qty_micro": record.qty, "cost_micro": record.cost,
                    "edge_micro": record.edge,
                }  # fmt: skip
            case rec.IntentMade():
                yield from _orders(record)
            case rec.FillBooked():
                yield from _fill(record)
            case rec.OrderClosed():
                yield "order_ends", {
                    "order_id": record.order_id, "status": record.status,
                    "reason": record.reason, "ts_ns": record.ts_ns, "qty_micro": record.qty,
                    "qty_filled_micro": record.qty_filled,
                }  # fmt: skip
            case rec.SettlementBooked():
                yield "settlements", {
                    "venue": record.venue, "instrument_id": record.instrument_id,
                    "ts_ns": record.ts_ns, "qty_micro": record.qty,
                    "payout_pips": record.payout, "cash_micro": record.cash,
                }  # fmt: skip
            case rec.AccountSeen():
                yield "positions", {
                    "venue": record.venue, "instrument_id": record.instrument_id,
                    "ts_ns": record.ts_ns, "qty_micro": record.qty, "cost_micro": record.cost,
                }  # fmt: skip
                row = {"venue": record.venue, "ts_ns": record.ts_ns, "cash_micro": record.cash}
                yield "bankroll", row
            case rec.CashSet():
                row = {"venue": record.venue, "ts_ns": record.ts_ns, "cash_micro": record.cash}
                yield "bankroll", row
            case rec.Refused():
                yield "refusals", {
                    "basket_id": record.basket_id, "stage": record.stage,
                    "reason": record.reason, "ts_ns": record.ts_ns,
                }  # fmt: skip
            case rec.OrdersVoided():
                for order_id in record.order_ids:
                    end = {"order_id": order_id, "status": "voided", "ts_ns": record.ts_ns}
                    yield "order_ends", end
            case rec.LinkKept() | rec.BasketKept() | rec.MarketStateSeen():
                yield _claim(record)


def _orders(record: rec.IntentMade) -> Iterator[Row]:
    for leg in record.legs:
        yield "orders", {
            "order_id": leg.order_id, "intent_id": record.intent_id,
            "basket_id": record.basket_id, "venue": leg.venue,
            "instrument_id": leg.instrument_id, "side": leg.side.name, "ts_ns": record.ts_ns,
            "price_limit_pips": leg.price_limit, "qty_micro": leg.qty,
            "cost_max_micro": leg.cost_max,
        }  # fmt: skip


def _fill(record: rec.FillBooked) -> Iterator[Row]:
    trade = {
        "fill_id": record.fill_id, "venue": record.venue,
        "instrument_id": record.instrument_id, "side": record.side.name,
        "ts_ns": record.ts_ns, "price_pips": record.price, "qty_micro": record.qty,
        "fee_micro": record.fee,
    }  # fmt: skip
    yield "paper_trades", trade
    yield "fills", {**trade, "order_id": record.order_id, "intent_id": record.intent_id}


def _claim(record: rec.LinkKept | rec.BasketKept | rec.MarketStateSeen) -> Row:
    match record:
        case rec.LinkKept():
            return "links", {
                "link_id": record.link_id, "a_venue": record.a_venue,
                "a_instrument_id": record.a_instrument_id, "b_venue": record.b_venue,
                "b_instrument_id": record.b_instrument_id, "relation": record.relation,
                "evidence": record.evidence, "ts_ns": record.ts_ns,
            }  # fmt: skip
        case rec.BasketKept():
            return "baskets", {
                "basket_id": record.basket_id, "kind": record.kind, "link_id": record.link_id,
                "evidence": record.evidence, "payout_pips": record.payout,
                "ts_ns": record.ts_ns,
            }  # fmt: skip
        case rec.MarketStateSeen():
            return "event_states", {
                "event_id": record.event_id, "venue": record.venue,
                "instrument_id": record.instrument_id, "status": record.status,
                "ts_ns": record.ts_ns,
            }  # fmt: skip
