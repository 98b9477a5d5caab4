"""What Kalshi says of our account: orders, fills, positions, settlements (kalshi.md 7.5, 7.6).

These reads lag the matching engine: an order may still be `resting` after its cancel was
acknowledged, and `decode_as_of` says how far they have come. Money in micro-dollars, sizes in
micro-contracts. Pure.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from arbees.errors import WireError
from arbees.units import PRICE_MAX, parse_cash
from arbees.venues.kalshi.read import time_ns
from arbees.venues.parsing import decode_body, price_of, qty_of, size_of

STATUSES = ("resting", "canceled", "executed", "unknown")
T = TypeVar("T")


class OrderState(msgspec.Struct, frozen=True, gc=False):
    """One of our orders as the venue sees it. `price` pips of YES, the limit; `paid` what the
    fills cost. `is_over`: nothing of it rests or will; a status `unknown` says neither."""

    order_id: str
    client_order_id: str | None
    ticker: str
    status: str
    is_bid: bool
    price: int
    qty: int
    qty_filled: int
    qty_left: int
    paid: int
    fees: int
    updated_ns: int
    exchange_index: int | None = None

    @property
    def is_over(self) -> bool:
        return self.status in ("canceled", "executed")


class FillFact(msgspec.Struct, frozen=True, gc=False):
    """One execution. `price` pips of YES; `fee` is the exact balance effect beyond the price."""

    fill_id: str
    order_id: str
    ticker: str
    is_bid: bool
    price: int
    qty: int
    fee: int
    is_taker: bool
    ts_ns: int


class Holding(msgspec.Struct, frozen=True, gc=False):
    """A position: `qty` signed, + YES, - NO."""

    ticker: str
    qty: int
    exposure: int
    fees: int
    realised: int


class SettlementFact(msgspec.Struct, frozen=True, gc=False):
    """What a market paid us. `value` pips of YES; `revenue` micro-dollars."""

    ticker: str
    result: str
    qty_yes: int
    qty_no: int
    revenue: int
    fees: int
    value: int | None
    settled_ns: int


class Page(msgspec.Struct, frozen=True, gc=False):
    """Rows and where to go on; an empty cursor ends it."""

    rows: tuple[Any, ...]
    cursor: str


class RawOrder(msgspec.Struct, frozen=True, gc=False):
    """An order object, also that of the `user_order` message."""

    order_id: str
    ticker: str
    status: str
    book_side: str
    yes_price_dollars: str
    fill_count_fp: str
    remaining_count_fp: str
    initial_count_fp: str
    client_order_id: str | None = None
    taker_fill_cost_dollars: str = "0"
    maker_fill_cost_dollars: str = "0"
    taker_fees_dollars: str = "0"
    maker_fees_dollars: str = "0"
    last_update_time: str = ""
    exchange_index: int | None = None
    last_update_reason: str = ""


class RawFill(msgspec.Struct, frozen=True, gc=False):
    """A fill of REST or of the socket: branch on `book_side` only (7.5)."""

    order_id: str
    book_side: str
    yes_price_dollars: str
    count_fp: str
    fee_cost: str
    trade_id: str = ""
    fill_id: str = ""
    market_ticker: str = ""
    ticker: str = ""
    client_order_id: str | None = None
    is_taker: bool = True
    created_time: str = ""
    ts_ms: int | None = None
    ts: int | None = None


class _Orders(msgspec.Struct, frozen=True, gc=False):
    orders: tuple[RawOrder, ...]
    cursor: str = ""


class _Order(msgspec.Struct, frozen=True, gc=False):
    order: RawOrder


class _Fills(msgspec.Struct, frozen=True, gc=False):
    fills: tuple[RawFill, ...]
    cursor: str = ""


class RawPosition(msgspec.Struct, frozen=True, gc=False):
    """`position_fp` only: the old key is gone, and reading it as 0 hides a position."""

    ticker: str
    position_fp: str
    market_exposure_dollars: str = "0"
    fees_paid_dollars: str = "0"
    realized_pnl_dollars: str = "0"


class _Positions(msgspec.Struct, frozen=True, gc=False):
    market_positions: tuple[RawPosition, ...]
    cursor: str = ""


class RawSettlement(msgspec.Struct, frozen=True, gc=False):
    """`revenue` and `value` are whole cents."""

    ticker: str
    market_result: str
    yes_count_fp: str
    no_count_fp: str
    revenue: int
    settled_time: str
    fee_cost: str = "0"
    value: int | None = None


class _Settlements(msgspec.Struct, frozen=True, gc=False):
    settlements: tuple[RawSettlement, ...]
    cursor: str = ""


class _AsOf(msgspec.Struct, frozen=True, gc=False):
    as_of_time: str


class _Queue(msgspec.Struct, frozen=True, gc=False):
    queue_position_fp: str


def decode_raw_orders(body: bytes) -> tuple[tuple[RawOrder, ...], str]:
    """A page as the venue words it, and its cursor; for reports, which a session reads."""
    said = decode_body(body, _Orders, "kalshi orders")
    return said.orders, said.cursor


def decode_raw_order(body: bytes) -> RawOrder:
    return decode_body(body, _Order, "kalshi order").order


def decode_raw_fills(body: bytes) -> tuple[tuple[RawFill, ...], str]:
    said = decode_body(body, _Fills, "kalshi fills")
    return said.fills, said.cursor


def decode_orders(body: bytes) -> Page:
    """A page of OrderState."""
    rows, cursor = decode_raw_orders(body)
    return Page(_each(rows, order_state), cursor)


def decode_order(body: bytes) -> OrderState:
    return order_state(decode_raw_order(body))


def decode_fills(body: bytes) -> Page:
    """A page of FillFact."""
    rows, cursor = decode_raw_fills(body)
    return Page(_each(rows, fill_fact), cursor)


def decode_positions(body: bytes) -> Page:
    """A page of Holding."""
    said = decode_body(body, _Positions, "kalshi positions")
    return Page(_each(said.market_positions, _holding), said.cursor)


def decode_settlements(body: bytes) -> Page:
    """A page of SettlementFact."""
    said = decode_body(body, _Settlements, "kalshi settlements")
    return Page(_each(said.settlements, _settlement), said.cursor)


def decode_as_of(body: bytes) -> int:
    """ns UTC up to which orders, fills, positions and balance are complete."""
    return time_ns(decode_body(body, _AsOf, "kalshi user data timestamp").as_of_time)


def decode_queue(body: bytes) -> int:
    """Micro-contracts ahead of the order."""
    said = decode_body(body, _Queue, "kalshi queue position")
    return size_of(said.queue_position_fp, "queue_position_fp")


def _each(rows: tuple[Any, ...], read: Callable[[Any], T]) -> tuple[T, ...]:
    return tuple(read(row) for row in rows)


def is_bid(text: str) -> bool:
    """Raises WireError for any third side."""
    if text not in ("bid", "ask"):
        raise WireError(f"book_side is {text!r}", "book_side")
    return text == "bid"


def cash_of(text: str, where: str) -> int:
    """Micro-dollars, signed. Raises WireError naming `where`."""
    try:
        return parse_cash(text)
    except ValueError as error:
        raise WireError(str(error), where) from error


def order_state(raw: RawOrder) -> OrderState:
    """Raises WireError on a status or size that makes no sense."""
    if raw.status not in STATUSES:
        raise WireError(f"status is {raw.status!r}", "status")
    if not raw.order_id:
        raise WireError("empty", "order_id")
    paid = (raw.taker_fill_cost_dollars, raw.maker_fill_cost_dollars)
    fees = (raw.taker_fees_dollars, raw.maker_fees_dollars)
    return OrderState(
        raw.order_id, raw.client_order_id, raw.ticker, raw.status, is_bid(raw.book_side),
        price_of(raw.yes_price_dollars, "yes_price_dollars"),
        size_of(raw.initial_count_fp, "initial_count_fp"),
        size_of(raw.fill_count_fp, "fill_count_fp"),
        size_of(raw.remaining_count_fp, "remaining_count_fp"),
        sum(cash_of(text, "fill_cost_dollars") for text in paid),
        sum(cash_of(text, "fees_dollars") for text in fees),
        time_ns(raw.last_update_time), raw.exchange_index,
    )  # fmt: skip


def fill_fact(raw: RawFill) -> FillFact:
    """Raises WireError without an id, a market or a size: a fill must never be guessed."""
    fill_id, ticker = raw.trade_id or raw.fill_id, raw.market_ticker or raw.ticker
    qty = size_of(raw.count_fp, "count_fp")
    needed = (("trade_id", fill_id), ("market_ticker", ticker), ("count_fp", qty),
              ("order_id", raw.order_id))  # fmt: skip
    for name, value in needed:
        if not value:
            raise WireError("missing or zero", name)
    ts_ns = (raw.ts_ms or 0) * 1_000_000 or (raw.ts or 0) * 1_000_000_000
    return FillFact(
        fill_id, raw.order_id, ticker, is_bid(raw.book_side),
        price_of(raw.yes_price_dollars, "yes_price_dollars"), qty,
        cash_of(raw.fee_cost, "fee_cost"), raw.is_taker,
        time_ns(raw.created_time) if raw.created_time else ts_ns,
    )  # fmt: skip


def _holding(raw: RawPosition) -> Holding:
    return Holding(
        raw.ticker, qty_of(raw.position_fp, "position_fp"),
        cash_of(raw.market_exposure_dollars, "market_exposure_dollars"),
        cash_of(raw.fees_paid_dollars, "fees_paid_dollars"),
        cash_of(raw.realized_pnl_dollars, "realized_pnl_dollars"),
    )  # fmt: skip


def _settlement(raw: RawSettlement) -> SettlementFact:
    value = None if raw.value is None else raw.value * 100
    if value is not None and not 0 <= value <= PRICE_MAX:
        raise WireError(f"value is {raw.value}", "value")
    return SettlementFact(
        raw.ticker, raw.market_result, size_of(raw.yes_count_fp, "yes_count_fp"),
        size_of(raw.no_count_fp, "no_count_fp"), raw.revenue * 10_000,
        cash_of(raw.fee_cost, "fee_cost"), value, time_ns(raw.settled_time),
    )  # fmt: skip
