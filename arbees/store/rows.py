"""One record -> the rows that need nothing but it: (table name, columns)."""

import json
from collections.abc import Iterator
from typing import Any

from arbees.messages import records as rec

Row = tuple[str, dict[str, Any]]


def plain_rows(record: rec.AnyRecord) -> Iterator[Row]:
    """Every row that this record makes by itself."""
    match record:
        case rec.OpportunitySeen():
            yield "trading_signals", {
                "basket_id": record.basket_id, "ts_ns": record.ts_ns, "qty_micro": record.qty,
                "cost_micro": record.cost, "edge_micro": record.edge,
            }  # fmt: skip
        case rec.IntentMade():
            yield from _orders(record)
        case rec.FillBooked():
            yield _fill(record)
        case rec.FillConfirmed():
            yield _fill_end(record, "confirmed")
        case rec.FillVoided():
            yield _fill_end(record, "voided")
        case rec.OrderClosed():
            yield "order_ends", {
                "order_id": record.order_id, "status": record.status, "reason": record.reason,
                "ts_ns": record.ts_ns, "qty_micro": record.qty,
                "qty_filled_micro": record.qty_filled,
            }  # fmt: skip
        case rec.Refused():
            yield "refusals", {
                "basket_id": record.basket_id, "stage": record.stage, "reason": record.reason,
                "ts_ns": record.ts_ns,
            }  # fmt: skip
        case rec.OrdersVoided():
            for order_id in record.order_ids:
                end = {"order_id": order_id, "status": "voided", "ts_ns": record.ts_ns}
                yield "order_ends", end
        case rec.LinkAdded():
            yield _link(record)
        case rec.LinkWithdrawn():
            yield "link_ends", {"link_id": record.link_id, "ts_ns": record.ts_ns}
        case rec.BasketAdded():
            yield _basket(record)
        case rec.EventStateSeen():
            yield "event_states", {
                "venue": record.venue, "event_id": record.event_id, "status": record.status,
                "instrument_id": record.instrument_id, "payout_pips": record.payout,
                "close_ns": record.close_ns, "ts_ns": record.ts_ns,
            }  # fmt: skip


def _orders(record: rec.IntentMade) -> Iterator[Row]:
    for leg in record.legs:
        yield "orders", {
            "order_id": leg.order_id, "intent_id": record.intent_id,
            "basket_id": record.basket_id, "venue": leg.venue,
            "instrument_id": leg.instrument_id, "side": leg.side.name, "ts_ns": record.ts_ns,
            "price_limit_pips": leg.price_limit, "qty_micro": leg.qty,
            "cost_max_micro": leg.cost_max, "action": _action(leg),
        }  # fmt: skip


def _action(what: rec.LegPlan | rec.FillBooked) -> str:
    return "sell" if what.is_sell else "buy"


def _fill(record: rec.FillBooked) -> Row:
    return "fills", {
        "fill_id": record.fill_id, "order_id": record.order_id, "intent_id": record.intent_id,
        "venue": record.venue, "instrument_id": record.instrument_id, "side": record.side.name,
        "ts_ns": record.ts_ns, "price_pips": record.price, "qty_micro": record.qty,
        "fee_micro": record.fee, "action": _action(record),
    }  # fmt: skip


def _fill_end(record: rec.FillConfirmed | rec.FillVoided, status: str) -> Row:
    return "fill_ends", {
        "fill_id": record.fill_id, "order_id": record.order_id, "status": status,
        "ts_ns": record.ts_ns,
    }  # fmt: skip


def _link(record: rec.LinkAdded) -> Row:
    return "links", {
        "link_id": record.link_id, "a_venue": record.a_venue,
        "a_instrument_id": record.a_instrument_id, "b_venue": record.b_venue,
        "b_instrument_id": record.b_instrument_id, "relation": record.relation,
        "evidence": record.evidence, "ts_ns": record.ts_ns,
    }  # fmt: skip


def _basket(record: rec.BasketAdded) -> Row:
    legs = [[leg.venue, leg.instrument_id, leg.side.name] for leg in record.legs]
    return "baskets", {
        "basket_id": record.basket_id, "kind": record.kind, "link_id": record.link_id,
        "evidence": record.evidence, "legs": json.dumps(legs), "payout_pips": record.payout,
        "ts_ns": record.ts_ns,
    }  # fmt: skip
