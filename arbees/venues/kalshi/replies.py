"""Kalshi's answers to trading requests -> facts, or the error class that says what may be
concluded (kalshi.md sections 3, 7 and 8). Pure.

Three error shapes are on the wire, and 429 has a fourth; codes are matched in lower case. Of a
request that changes something, whatever cannot be read has an unknown outcome.
"""

import re
from typing import Any

import msgspec

from arbees.errors import (
    ArbeesError,
    OutcomeUnknown,
    VenueRejected,
    VenueThrottled,
    VenueUnavailable,
    WireError,
)
from arbees.messages.requests import RequestKind, Response
from arbees.units import parse_cash
from arbees.venues.parsing import UNREADABLE, size_of

RETRY_S = 1.0
"""There is no Retry-After; a bucket refills within a second or two (section 10)."""
DETAIL_MAX = 200
_FIELD = re.compile(r"(?:struct field |Error:Field validation for '|Key: ')(?:\w+\.)?(\w+)")

FIELDS = {
    "invalid_price": "price",
    "invalid_order_size": "count",
    "insufficient_balance": "balance",
    "available_balance_too_low": "balance",
    "order_id_and_client_order_id_mismatch": "order_id",
    "order_side_mismatch": "side",
    "order_ticker_mismatch": "ticker",
    "market_not_found": "ticker",
    "market_inactive": "ticker",
    "market_closed": "ticker",
    "market_settled": "ticker",
    "post_only_cross": "post_only",
    "not_found": "order_id",
    "order_already_exists": "client_order_id",
    "fill_or_kill_insufficient_resting_volume": "count",
    "deprecated_v1_order_endpoint": "path",
    "authentication_error": "KALSHI-ACCESS-SIGNATURE",
    "signature_is_missing_from_headers": "KALSHI-ACCESS-SIGNATURE",
    "token_authentication_failure": "KALSHI-ACCESS-KEY",
    "header_timestamp_expired": "KALSHI-ACCESS-TIMESTAMP",
}
ADVICE = {
    "insufficient_balance": "cash must be on the market's shard; transfer it there",
    "available_balance_too_low": "cash must be on the market's shard; transfer it there",
    "market_not_found": "an unknown ticker, or the wrong shard",
    "header_timestamp_expired": "set this machine's clock by NTP",
    "deprecated_v1_order_endpoint": "use /portfolio/events/orders",
}
UNAVAILABLE = frozenset({"header_timestamp_expired", "exchange_unavailable"})
MAY_EXIST = frozenset({"order_already_exists", "internal_error"})
"""An order of that client id is there already, or the venue does not know itself."""


class Said(msgspec.Struct, frozen=True, gc=False):
    """What an error body says, whichever shape it has."""

    code: str = ""
    message: str = ""
    details: str = ""


class Created(msgspec.Struct, frozen=True, gc=False):
    """An order that the venue took. Sizes micro-contracts; averages micro-dollars a contract.

    `is_over`: nothing of it rests. Whether it filled, was cancelled for want of liquidity or by
    self-trade prevention is in `qty_filled` alone (7.2)."""

    order_id: str
    client_order_id: str | None
    qty_filled: int
    qty_left: int
    ts_ms: int
    average_price: int | None = None
    average_fee: int | None = None

    @property
    def is_over(self) -> bool:
        return self.qty_left == 0


class Changed(msgspec.Struct, frozen=True, gc=False):
    """A cancel (`qty_reduced`), a decrease or an amend (`qty_left`, `qty_filled` if said)."""

    order_id: str
    client_order_id: str | None
    ts_ms: int
    qty_reduced: int | None = None
    qty_left: int | None = None
    qty_filled: int | None = None


class Raw(msgspec.Struct, frozen=True, gc=False):
    """The union of all order answers; keys are unsuffixed here (7.2)."""

    order_id: str | None = None
    client_order_id: str | None = None
    fill_count: str | None = None
    remaining_count: str | None = None
    reduced_by: str | None = None
    average_fill_price: str | None = None
    average_fee_paid: str | None = None
    ts_ms: int = 0
    error: Any = None
    code: Any = None


class RawBatch(msgspec.Struct, frozen=True, gc=False):
    """A batch: one entry for each order, in the order of the request."""

    orders: tuple[Raw, ...]


def error_said(body: bytes) -> Said:
    """The error in a body; empty if it is none of the venue's shapes (HTML, nothing)."""
    try:
        found: Any = msgspec.json.decode(body)
    except UNREADABLE:
        return Said()
    return _said(found)


def _said(found: object) -> Said:
    """`error` may be the body of the error or its whole text; deeper than that is no shape."""
    if isinstance(found, dict) and found.get("error"):
        found = found["error"]
    if isinstance(found, str):
        return Said(_code(found), found)
    if not isinstance(found, dict):
        return Said()
    text = {key: str(found.get(key) or "") for key in ("code", "message", "details", "msg")}
    return Said(_code(text["code"]), text["message"] or text["msg"], text["details"])


def _code(text: str) -> str:
    return text.strip().lower().replace(" ", "_")


def error_of(status: int, said: Said, kind: RequestKind, about: str) -> ArbeesError:
    """What may be concluded from an answer that is no success. `about` names the order."""
    code = said.code
    words = [f"kalshi: {about}: HTTP {status}", code or said.message or "without a reason"]
    words += [said.details, ADVICE.get(code, "")]
    text = ": ".join(_printable(word) for word in words if word)
    changes = kind is not RequestKind.READ
    if status == 429 or code == "too_many_requests":
        return VenueThrottled(text, RETRY_S)
    if changes and (code in MAY_EXIST or status >= 500 or status == 408 or 200 <= status < 400):
        return OutcomeUnknown(f"{text}; it may have been carried out")
    if status >= 500 or code in UNAVAILABLE or code in MAY_EXIST:
        return VenueUnavailable(text, RETRY_S)
    return VenueRejected(text, code or f"http_{status}", _where(said, status))


def _where(said: Said, status: int) -> str:
    """The field it is about."""
    found = _FIELD.search(f"{said.details} {said.message}")
    if found:
        return found[1]
    if said.code == "invalid_order":
        return "post_only" if "post only" in said.details.lower() else said.details or "order"
    if said.code == "authentication_error" and said.details == "NOT_FOUND":
        return "KALSHI-ACCESS-KEY"
    if status == 403:
        return "KALSHI-ACCESS-KEY"
    return FIELDS.get(said.code, "")


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text[:DETAIL_MAX])


def check(response: Response, kind: RequestKind, about: str) -> bytes:
    """The body of a success. Raises what `error_of` says of the rest."""
    if 200 <= response.status < 300:
        return response.body
    raise error_of(response.status, error_said(response.body), kind, about)


def decode_created(response: Response, about: str) -> Created:
    """The answer to a create or an amend that rests or filled."""
    raw = _raw(check(response, RequestKind.ORDER, about), about)
    return _created(raw, response.status, about)


def decode_changed(response: Response, kind: RequestKind, about: str) -> Changed:
    """The answer to a cancel, a decrease or an amend."""
    raw = _raw(check(response, kind, about), about)
    return _changed(raw, response.status, kind, about)


def decode_created_batch(
    response: Response, abouts: tuple[str, ...]
) -> list[Created | ArbeesError]:
    """One result for each order sent, in that order; errors are returned, not raised."""
    rows = _rows(response, RequestKind.ORDER, abouts)
    return [
        _or_error(_created, row, response.status, a) for row, a in zip(rows, abouts, strict=True)
    ]


def decode_cancelled_batch(
    response: Response, abouts: tuple[str, ...]
) -> list[Changed | ArbeesError]:
    """The same for cancels."""

    def read(raw: Raw, status: int, about: str) -> Changed:
        return _changed(raw, status, RequestKind.CANCEL, about)

    rows = _rows(response, RequestKind.CANCEL, abouts)
    return [_or_error(read, row, response.status, a) for row, a in zip(rows, abouts, strict=True)]


def _rows(response: Response, kind: RequestKind, abouts: tuple[str, ...]) -> tuple[Raw, ...]:
    about = f"batch of {len(abouts)}"
    body = check(response, kind, about)
    try:
        rows = msgspec.json.decode(body, type=RawBatch).orders
    except UNREADABLE as error:
        raise OutcomeUnknown(f"kalshi: {about}: the answer cannot be read: {error}") from error
    if len(rows) != len(abouts):
        raise OutcomeUnknown(f"kalshi: {about}: {len(rows)} answers; which are whose is not known")
    return rows


def _or_error(read: Any, raw: Raw, status: int, about: str) -> Any:
    try:
        return read(raw, status, about)
    except ArbeesError as error:
        return error


def _raw(body: bytes, about: str) -> Raw:
    try:
        return msgspec.json.decode(body, type=Raw)
    except UNREADABLE as error:
        raise OutcomeUnknown(f"kalshi: {about}: the answer cannot be read: {error}") from error


def _order_id(raw: Raw, status: int, kind: RequestKind, about: str) -> str:
    """A success names its order. One that carries an error instead is that error; the status of
    the whole says nothing of it, so it counts as a refusal (7.2, 7.3)."""
    if raw.error or raw.code:
        said = _said({"error": raw.error} if raw.error else {"code": raw.code})
        raise error_of(400 if status < 400 else status, said, kind, about)
    if not raw.order_id:
        raise OutcomeUnknown(f"kalshi: {about}: HTTP {status} without an order_id")
    return raw.order_id


def _size(text: str | None, about: str, field: str) -> int:
    try:
        return size_of(text, field)
    except WireError as error:
        raise OutcomeUnknown(f"kalshi: {about}: the answer cannot be read: {error}") from error


def _cash(text: str | None) -> int | None:
    """An average is only told, never booked: an odd one is left out."""
    try:
        return parse_cash(text) if text else None
    except ValueError:
        return None


def _created(raw: Raw, status: int, about: str) -> Created:
    order_id = _order_id(raw, status, RequestKind.ORDER, about)
    return Created(
        order_id, raw.client_order_id,
        _size(raw.fill_count, about, "fill_count"),
        _size(raw.remaining_count, about, "remaining_count"),
        raw.ts_ms, _cash(raw.average_fill_price), _cash(raw.average_fee_paid),
    )  # fmt: skip


def _changed(raw: Raw, status: int, kind: RequestKind, about: str) -> Changed:
    order_id = _order_id(raw, status, kind, about)
    reduced, left, filled = (
        None if text is None else _size(text, about, field)
        for text, field in (
            (raw.reduced_by, "reduced_by"),
            (raw.remaining_count, "remaining_count"),
            (raw.fill_count, "fill_count"),
        )
    )
    return Changed(order_id, raw.client_order_id, raw.ts_ms, reduced, left, filled)
