"""The venue's objects as it writes them: strings for money and counts, RFC 3339 for time.

One rule: 4 decimals for prices, 2 for counts, 6 for costs and fees (kalshi.md sections 4 and 7).
"""

import uuid
from datetime import UTC, datetime
from typing import Any

from arbees.simulator.exchange.accounts import Holding
from arbees.simulator.exchange.events import Paid, Posting, Trade
from arbees.simulator.exchange.orders import (
    Market,
    Order,
    Reason,
    SelfTrade,
    Side,
    Status,
    on_scale,
)
from arbees.units import (
    MICRO,
    NS_PER_MS,
    NS_PER_S,
    NS_PER_US,
    PIPS_PER_DOLLAR,
    div_floor,
    format_pips,
    parse_qty,
)  # fmt: skip

Body = dict[str, Any]
ROOT = uuid.UUID("6b616c73-6869-5369-8d75-6c61746f7200")
REASONS = {
    Reason.DECREASE: "Decrease", Reason.AMEND: "Amend", Reason.SELF_TRADE: "SelfTradeCancel",
    Reason.EXPIRY: "ExpiryCancel", Reason.CLOSE: "CloseCancel", Reason.HALT: "HaltCancel",
    Reason.TRADE: "Trade", Reason.VENUE: "HaltCancel",
}  # fmt: skip
RESULTS = {PIPS_PER_DOLLAR: "yes", 0: "no"}


def count(qty: int) -> str:
    """Contracts with exactly two decimals, dust of recordings cut off."""
    sign, size = ("-", -qty) if qty < 0 else ("", qty)
    return f"{sign}{size // MICRO}.{size % MICRO // 10_000:02d}"


def money(cash: int, decimals: int = 6) -> str:
    sign, size = ("-", -cash) if cash < 0 else ("", cash)
    return f"{sign}{size // MICRO}.{size % MICRO:06d}"[: decimals - 6 or None]


def stamp(ns: int) -> str:
    whole = datetime.fromtimestamp(ns // NS_PER_S, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{ns % NS_PER_S // NS_PER_US:06d}Z"


def quantity_of(text: str) -> int:
    return parse_qty(text)


def seconds_of(text: str) -> int:
    """Unix seconds of an RFC 3339 time."""
    return int(datetime.fromisoformat(text).timestamp())


def ms(ns: int) -> int:
    return ns // NS_PER_MS


def trade_id(number: int) -> str:
    return str(uuid.uuid5(ROOT, f"trade {number}"))


def market_id(ticker: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, ticker))


def split_account(account: str) -> tuple[str, int]:
    """(user, subaccount)."""
    user, _, number = account.rpartition("/")
    return user, int(number)


def direction(outcome: int) -> Body:
    """Every order and fill only ever buys; `bid` is long YES."""
    side = ("yes", "no")[outcome]
    book = ("bid", "ask")[outcome]
    return {"action": "buy", "side": side, "outcome_side": side, "book_side": book}


def prices(outcome: int, price: int) -> Body:
    yes = on_scale(outcome, price)
    return {
        "yes_price_dollars": format_pips(yes),
        "no_price_dollars": format_pips(PIPS_PER_DOLLAR - yes),
    }


def _order_core(order: Order, market: Market) -> Body:
    terms = order.terms
    user, subaccount = split_account(terms.account)
    stp = "maker" if terms.self_trade is SelfTrade.MAKER else "taker_at_cross"
    body = {
        "order_id": order.id, "user_id": user, "ticker": terms.market,
        "exchange_index": market.shard, "status": order.status.value,
        **prices(terms.outcome, terms.price),
        "fill_count_fp": count(order.filled), "remaining_count_fp": count(order.remaining),
        "initial_count_fp": count(order.initial),
        "taker_fill_cost_dollars": money(order.cost_taker),
        "maker_fill_cost_dollars": money(order.cost_maker),
        "taker_fees_dollars": money(order.fee_taker),
        "maker_fees_dollars": money(order.fee_maker),
        "client_order_id": terms.tag, "self_trade_prevention_type": stp,
        "created_time": stamp(order.created_ns), "last_update_time": stamp(order.updated_ns),
        "subaccount_number": subaccount,
    }  # fmt: skip
    if terms.group:
        body["order_group_id"] = terms.group
    return body


def order_body(order: Order, market: Market) -> Body:
    """The REST order: yes_price is the limit, the costs are what was really paid."""
    body = _order_core(order, market)
    body |= {"type": "limit", "cancel_order_on_pause": order.terms.cancel_on_pause}
    body |= direction(order.terms.outcome)
    if order.terms.expires_ns is not None:
        body["expiration_time"] = stamp(order.terms.expires_ns)
    return body


def user_order(order: Order, market: Market, reason: Reason | None) -> Body:
    """The socket's order, with why it changed."""
    body = _order_core(order, market) | direction(order.terms.outcome)
    del body["action"], body["no_price_dollars"], body["last_update_time"]
    body["is_yes"] = order.terms.outcome == 0
    body["created_ts_ms"] = ms(order.created_ns)
    body["last_updated_ts_ms"] = ms(order.updated_ns)
    if order.terms.expires_ns is not None:
        body["expiration_ts_ms"] = ms(order.terms.expires_ns)
    if reason in REASONS:
        body["last_update_reason"] = REASONS[reason]
    return body


def fill_body(trade: Trade, posting: Posting) -> Body:
    assert posting.order is not None
    where = trade_id(trade.number)
    return {
        "fill_id": where, "trade_id": where, "order_id": posting.order.id,
        "ticker": trade.market, "market_ticker": trade.market,
        **direction(posting.outcome), **prices(posting.outcome, posting.price),
        "count_fp": count(trade.qty), "fee_cost": money(posting.fee),
        "is_taker": posting.is_taker, "created_time": stamp(trade.ts_ns),
        "subaccount_number": split_account(posting.account)[1], "ts": trade.ts_ns // NS_PER_S,
    }  # fmt: skip


def fill_message(trade: Trade, posting: Posting, market: Market, position: int) -> Body:
    assert posting.order is not None
    side = ("yes", "no")[posting.outcome]
    return {
        "trade_id": trade_id(trade.number), "order_id": posting.order.id,
        "client_order_id": posting.order.terms.tag, "market_ticker": trade.market,
        "exchange_index": market.shard, "is_taker": posting.is_taker,
        **direction(posting.outcome), "purchased_side": side,
        "yes_price_dollars": prices(posting.outcome, posting.price)["yes_price_dollars"],
        "count_fp": count(trade.qty), "fee_cost": money(posting.fee),
        "ts": trade.ts_ns // NS_PER_S, "ts_ms": ms(trade.ts_ns),
        "post_position_fp": count(position),
        "subaccount": split_account(posting.account)[1],
    }  # fmt: skip


def _trade_core(trade: Trade) -> Body:
    outcome = 0 if trade.taker_is_bid else 1
    side = direction(outcome)
    return {
        "trade_id": trade_id(trade.number), **prices(0, trade.price),
        "count_fp": count(trade.qty), "taker_side": side["side"],
        "taker_outcome_side": side["side"], "taker_book_side": side["book_side"],
        "is_block_trade": False,
    }  # fmt: skip


def trade_message(trade: Trade) -> Body:
    when = {"ts": trade.ts_ns // NS_PER_S, "ts_ms": ms(trade.ts_ns)}
    return {**_trade_core(trade), "market_ticker": trade.market, **when}


def trade_body(trade: Trade) -> Body:
    return {**_trade_core(trade), "ticker": trade.market, "created_time": stamp(trade.ts_ns)}


def position_of(holding: Holding) -> int:
    """Signed micro-contracts: YES above zero, NO below."""
    return holding.qty[0] - holding.qty[1]


def position_body(ticker: str, holding: Holding) -> Body:
    return {
        "ticker": ticker, "position_fp": count(position_of(holding)),
        "market_exposure_dollars": money(sum(holding.cost)),
        "realized_pnl_dollars": money(holding.realized),
        "fees_paid_dollars": money(holding.fees),
        "total_traded_dollars": money(holding.traded),
        "last_updated_ts": stamp(holding.updated_ns),
    }  # fmt: skip


def position_message(user: str, ticker: str, holding: Holding) -> Body:
    return {
        "user_id": user, "market_ticker": ticker, "position_fp": count(position_of(holding)),
        "position_cost_dollars": money(sum(holding.cost), 4),
        "realized_pnl_dollars": money(holding.realized, 4),
        "fees_paid_dollars": money(holding.fees, 4),
        "position_fee_cost_dollars": money(holding.fees, 4),
        "volume_fp": count(holding.volume),
    }  # fmt: skip


def settlement_body(paid: Paid, event: str, market: Market, fees: int) -> Body:
    return {
        "ticker": paid.market, "exchange_index": market.shard, "event_ticker": event,
        "market_result": RESULTS.get(paid.payout, "scalar"),
        "yes_count_fp": count(paid.held[0]), "yes_total_cost_dollars": money(paid.cost[0]),
        "no_count_fp": count(paid.held[1]), "no_total_cost_dollars": money(paid.cost[1]),
        "revenue": div_floor(paid.cash, 10_000), "settled_time": stamp(paid.ts_ns),
        "fee_cost": money(fees), "value": paid.payout // 100,
    }  # fmt: skip


def acknowledgement(order: Order, now_ns: int) -> Body:
    """The answer to create and amend: unsuffixed keys, no status, averages only with fills."""
    body: Body = {
        "order_id": order.id, "client_order_id": order.terms.tag,
        "fill_count": count(order.filled), "remaining_count": count(order.remaining),
        "ts_ms": ms(now_ns),
    }  # fmt: skip
    if order.filled:
        spent = order.cost_taker + order.cost_maker
        own = div_floor(spent * PIPS_PER_DOLLAR, order.filled)
        fees = (order.fee_taker + order.fee_maker) * PIPS_PER_DOLLAR
        body["average_fill_price"] = format_pips(on_scale(order.terms.outcome, own))
        body["average_fee_paid"] = format_pips(div_floor(fees, order.filled))
    return body


def is_open(order: Order) -> bool:
    return order.status is Status.RESTING


def buys(side: str) -> tuple[int, Side]:
    """(outcome, side) of the venue's `bid` or `ask`: an ask buys NO."""
    return (0 if side == "bid" else 1), Side.BUY
