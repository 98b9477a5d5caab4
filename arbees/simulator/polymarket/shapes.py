"""The venue's objects as it writes them: decimals as strings, time in three spellings.

One rule: amounts are whole units without trailing zeros; what is not known is an empty string.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from arbees.simulator.exchange.events import Posting, Trade
from arbees.simulator.exchange.orders import Side
from arbees.simulator.polymarket.deals import Deal, invented, invented_owner
from arbees.simulator.polymarket.eip712 import checksummed
from arbees.simulator.polymarket.listing import Listing
from arbees.simulator.polymarket.orders import Placed
from arbees.units import NS_PER_MS, NS_PER_S, format_cash, format_pips

Body = dict[str, Any]
Rows = list[tuple[int, int]]


def amount(micro: int) -> str:
    """12.50 shares or dollars as "12.5"."""
    return format_cash(micro).rstrip("0").rstrip(".")


def price_text(pips: int) -> str:
    return format_pips(pips).rstrip("0").rstrip(".") or "0"


def address(wallet: str) -> str:
    return checksummed(bytes.fromhex(wallet[2:]))


def mine(deal_orders: Mapping[str, Placed], posting: Posting) -> Placed | None:
    """Our order behind a posting; None is the street."""
    return deal_orders[posting.order.id] if posting.order else None


def _order_core(placed: Placed) -> Body:
    ask, listing = placed.ask, placed.listing
    return {
        "id": placed.id, "status": placed.status, "market": listing.condition,
        "asset_id": placed.token, "side": ask.side.value.upper(),
        "original_size": amount(ask.size), "size_matched": amount(placed.matched),
        "price": price_text(ask.price), "outcome": listing.outcomes[ask.outcome],
        "order_type": ask.order_type, "maker_address": address(placed.wallet),
        "owner": placed.owner.key, "expiration": str(ask.expiration),
    }  # fmt: skip


def open_order(placed: Placed) -> Body:
    created = placed.created_ns // NS_PER_S
    return _order_core(placed) | {"associate_trades": placed.deals, "created_at": created}


def order_message(placed: Placed, kind: str, stamp_ns: int) -> Body:
    """PLACEMENT, UPDATE or CANCELLATION on the user socket."""
    body = _order_core(placed) | {
        "event_type": "order", "type": kind, "order_owner": placed.owner.key,
        "associate_trades": placed.deals or None,
        "created_at": str(placed.created_ns // NS_PER_S),
        "timestamp": str(stamp_ns // NS_PER_MS),
    }  # fmt: skip
    if placed.killed:
        body |= {"size_matched": "", "created_at": "", "outcome": "", "associate_trades": []}
    return body


def _maker(listing: Listing, leg: Trade, orders: Mapping[str, Placed]) -> Body:
    posting, placed = leg.maker, mine(orders, leg.maker)
    return {
        "order_id": placed.id if placed else invented("maker", leg.number, 32),
        "owner": placed.owner.key if placed else invented_owner(leg.number),
        "maker_address": address(placed.wallet if placed else invented("wallet", leg.number, 20)),
        "asset_id": listing.tokens[posting.outcome], "matched_amount": amount(leg.qty),
        "price": price_text(posting.price), "fee_rate_bps": "0",
        "outcome": listing.outcomes[posting.outcome], "outcome_index": posting.outcome,
        "side": posting.side.value.upper(),
    }  # fmt: skip


def trade_body(deal: Deal, viewer: str, orders: Mapping[str, Placed]) -> Body:
    """A trade as the API key `viewer` sees it. The top level always describes the taker."""
    taker, listing, first = deal.taker, deal.listing, deal.legs[0]
    placed = mine(orders, taker)
    owner = placed.owner.key if placed else invented_owner(-first.number)
    wallet = placed.wallet if placed else invented("taker", first.number, 20)
    return {
        "id": deal.id, "status": deal.status,
        "taker_order_id": placed.id if placed else invented("order", first.number, 32),
        "market": listing.condition, "asset_id": listing.tokens[taker.outcome],
        "side": taker.side.value.upper(), "size": amount(deal.qty),
        "price": price_text(taker.price), "fee_rate_bps": str(base_fee(listing)),
        "outcome": listing.outcomes[taker.outcome], "bucket_index": 0,
        "match_time": str(deal.match_ns // NS_PER_S),
        "last_update": str(deal.update_ns // NS_PER_S), "owner": owner,
        "maker_address": address(wallet), "transaction_hash": deal.tx,
        "trader_side": "TAKER" if owner == viewer else "MAKER",
        "maker_orders": [_maker(listing, leg, orders) for leg in deal.legs],
    }  # fmt: skip


def trade_message(deal: Deal, viewer: str, orders: Mapping[str, Placed]) -> Body:
    return trade_body(deal, viewer, orders) | {
        "event_type": "trade", "type": "TRADE", "trade_owner": viewer,
        "timestamp": str(deal.update_ns // NS_PER_MS),
    }  # fmt: skip


def base_fee(listing: Listing) -> int:
    """The legacy field: 1000 wherever there is any fee. It is not a rate."""
    return 1000 if listing.fees.rate else 0


def levels(rows: Iterable[tuple[int, int]]) -> list[dict[str, str]]:
    return [{"price": price_text(price), "size": amount(qty)} for price, qty in rows]


def hashed(body: Body) -> str:
    """SHA-1 over the book in the venue's key order, its own hash empty."""
    text = json.dumps({**body, "hash": ""}, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def book_body(
    listing: Listing, token: str, bids: list[dict[str, str]], asks: list[dict[str, str]],
    timestamp: str,
) -> Body:  # fmt: skip
    """The REST book: best of each side last."""
    last = listing.last.get(token)
    body: Body = {
        "market": listing.condition, "asset_id": token, "timestamp": timestamp, "hash": "",
        "bids": bids, "asks": asks, "min_order_size": amount(listing.least),
        "tick_size": price_text(listing.tick), "neg_risk": listing.neg_risk,
        "last_trade_price": price_text(last[0]) if last else "",
    }  # fmt: skip
    body["hash"] = hashed(body)
    return body


def last_trade(deal: Deal, stamp_ns: int) -> Body:
    """The public print; side is the taker's."""
    taker, listing = deal.taker, deal.listing
    return {
        "event_type": "last_trade_price", "asset_id": listing.tokens[taker.outcome],
        "market": listing.condition, "price": price_text(taker.price),
        "side": taker.side.value.upper(), "size": amount(deal.qty),
        "fee_rate_bps": str(base_fee(listing)), "timestamp": str(stamp_ns // NS_PER_MS),
        "transaction_hash": deal.tx,
    }  # fmt: skip


def cash_of(placed: Placed) -> tuple[int, int]:
    """(making, taking) so far: what left the wallet and what came, fees apart."""
    order = placed.order
    if order is None:
        return 0, 0
    cash = order.cost_taker + order.cost_maker
    return (cash, order.filled) if placed.ask.side is Side.BUY else (order.filled, cash)


def placement(placed: Placed, status: str) -> Body:
    """The answer to POST /order. Amounts are empty where nothing moved; hashes come later."""
    making, taking = cash_of(placed)
    return {
        "success": True, "errorMsg": "", "orderID": placed.id, "status": status,
        "makingAmount": amount(making) if making else "",
        "takingAmount": amount(taking) if taking else "",
        "tradeIDs": list(placed.deals), "transactionsHashes": [],
    }  # fmt: skip


def refused_leg(text: str) -> Body:
    """A leg of a batch that was refused: the docs' example says success."""
    return {
        "success": True, "errorMsg": text, "orderID": "", "status": "", "makingAmount": "",
        "takingAmount": "", "tradeIDs": [], "transactionsHashes": [],
    }  # fmt: skip
