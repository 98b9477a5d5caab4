"""What Kalshi's socket sends, in its words (kalshi.md section 6). Needed fields only."""

from typing import Any

import msgspec

Levels = tuple[tuple[str, str], ...]


class Body(msgspec.Struct, frozen=True, gc=False):
    """The `msg` of any message; which fields are set depends on the type."""

    market_ticker: str | None = None
    market_tickers: tuple[str, ...] = ()
    channel: str | None = None
    sid: int | None = None
    price_dollars: str | None = None
    delta_fp: str | None = None
    side: str | None = None
    ts_ms: int | None = None
    yes_dollars_fp: Levels | None = None
    no_dollars_fp: Levels | None = None
    yes: Any = None
    no: Any = None
    yes_price_dollars: str | None = None
    count_fp: str | None = None
    taker_book_side: str | None = None
    yes_bid_dollars: str | None = None
    yes_ask_dollars: str | None = None
    event_type: str | None = None
    is_deactivated: bool | None = None
    close_ts: int | None = None
    result: str | None = None
    settlement_value: str | None = None
    price_ranges: tuple[dict[str, str], ...] | None = None
    code: int | None = None
    msg: str | None = None
    event_ticker: str | None = None
    fee_type_override: Any = msgspec.UNSET
    fee_multiplier_override: Any = msgspec.UNSET


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """One message."""

    type: str
    sid: int | None = None
    seq: int | None = None
    id: int | None = None
    msg: Body | list[Any] | str | None = None


class Loose(msgspec.Struct, frozen=True, gc=False):
    """Just enough of a message whose body does not fit, to know whose book is lost."""

    type: str | None = None
    sid: int | None = None
    seq: int | None = None
    msg: dict[str, Any] | None = None
