"""What the fuzzer attacks of Kalshi's trading codecs: the private connection, the account's reads,
answers and errors. Bodies are made after the documents' shapes."""

import json
from collections.abc import Callable
from typing import Any

from arbees.errors import VenueError, WireError
from arbees.messages.requests import RequestKind, Response
from arbees.venues.kalshi import groups, hours, milestones, pacing, reads, replies, shards
from arbees.venues.kalshi.indices import KalshiIndexSession
from arbees.venues.kalshi.orders import client_id_of
from arbees.venues.kalshi.private import KalshiPrivateSession

Row = tuple[str, Callable[[], Callable[[bytes], object]], list[bytes]]
ORDER: dict[str, Any] = {
    "order_id": "v", "client_order_id": client_id_of("e-1-0"), "ticker": "T", "status": "resting",
    "book_side": "bid", "yes_price_dollars": "0.4500", "fill_count_fp": "0.00",
    "remaining_count_fp": "3.00", "initial_count_fp": "3.00", "taker_fees_dollars": "0.000000",
    "last_update_time": "2026-06-11T06:29:30.164956Z", "exchange_index": 0,
}  # fmt: skip
FILL: dict[str, Any] = {
    "trade_id": "t", "order_id": "v", "client_order_id": client_id_of("e-1-0"), "ticker": "T",
    "market_ticker": "T", "book_side": "bid", "yes_price_dollars": "0.4500", "count_fp": "1.00",
    "fee_cost": "0.017500", "is_taker": True, "created_time": "2026-06-11T06:29:30.164956Z",
    "ts_ms": 1_781_159_370_164,
}  # fmt: skip
MADE: dict[str, Any] = {
    "order_id": "v", "client_order_id": "c", "fill_count": "1.00", "remaining_count": "0.00",
    "average_fill_price": "0.5200", "average_fee_paid": "0.0175", "reduced_by": "1.00", "ts_ms": 1,
}  # fmt: skip
ERRORS: tuple[Any, ...] = (
    {"error": {"code": "invalid_order", "message": "m", "details": "post only cross"}},
    {"code": "bad_request", "message": "m", "details": "Go struct field A.count of type string"},
    {"msg": "Key: 'P.Limit' Error:Field validation for 'Limit' failed on the 'lte' tag"},
    {"error": "too many requests"},
)


def _bodies(*said: object) -> list[bytes]:
    return [json.dumps(one).encode() for one in said]


def _frames() -> list[bytes]:
    about = {"order_id": "e-1-0", "qty": 3_000_000, "ticker": "T", "sent_ns": 1}
    said = [
        {"type": kind, "sid": 1, "seq": 1, "msg": msg}
        for kind, msg in (
            ("fill", FILL), ("user_order", ORDER), ("user_order", ORDER | {"status": "executed"}),
            ("market_position", {"market_ticker": "T", "position_fp": "-3.00"}),
            ("order_group_updates", {"event_type": "triggered", "order_group_id": "g"}),
            ("error", {"code": 25, "msg": "overflow"}), ("subscribed", {"channel": "fill"}),
        )
    ]  # fmt: skip
    return _bodies(
        *said,
        about | {"type": "arbees_sent", "status": 201, "body": json.dumps(MADE)},
        about | {"type": "arbees_sent", "failure": "unknown", "text": "lost"},
        about | {"type": "arbees_cancel", "status": 200, "body": json.dumps(MADE)},
        about | {"type": "arbees_lookup", "order": ORDER, "fills": [FILL], "as_of_ns": 9},
    )


def _answer(decode: Callable[[Response], object], status: int = 201) -> Callable[[bytes], object]:
    """A VenueError is what these decoders are for, and counts as the refusal it is."""

    def read(body: bytes) -> object:
        try:
            return decode(Response(status, body))
        except VenueError as error:
            raise WireError(str(error), "kalshi answer") from error

    return read


def _error(body: bytes) -> object:
    """Every error body is read to one of our classes; without a code it counts as refused."""
    said = replies.error_said(body)
    for status in (400, 401, 404, 409, 429, 503):
        for kind in RequestKind:
            assert str(replies.error_of(status, said, kind, "x")).isprintable()
    if not said.code:
        raise WireError("no code", "kalshi error")
    return said


def rows() -> list[Row]:
    """(name, how to make a receiver, whole bodies)."""
    plain: dict[str, tuple[Callable[[bytes], object], list[bytes]]] = {
        "kalshi created": (_answer(lambda r: replies.decode_created(r, "x")), _bodies(MADE)),
        "kalshi changed": (
            _answer(lambda r: replies.decode_changed(r, RequestKind.CANCEL, "x")), _bodies(MADE)),
        "kalshi batch": (
            _answer(lambda r: replies.decode_created_batch(r, ("x", "y"))),
            _bodies({"orders": [MADE, {"error": ERRORS[1]}]})),
        "kalshi cancelled batch": (
            _answer(lambda r: replies.decode_cancelled_batch(r, ("x", "y"))),
            _bodies({"orders": [MADE, {"error": ERRORS[1]}]})),
        "kalshi errors": (_error, _bodies(*(e for e in ERRORS if "msg" not in e))),
        "kalshi orders": (reads.decode_orders, _bodies({"orders": [ORDER], "cursor": ""})),
        "kalshi order": (reads.decode_order, _bodies({"order": ORDER})),
        "kalshi fills": (reads.decode_fills, _bodies({"fills": [FILL, FILL], "cursor": "c"})),
        "kalshi positions": (reads.decode_positions, _bodies({"market_positions": [
            {"ticker": "T", "position_fp": "-5.00", "market_exposure_dollars": "2.150000"}]})),
        "kalshi settlements": (reads.decode_settlements, _bodies({"settlements": [
            {"ticker": "T", "market_result": "yes", "yes_count_fp": "3.00", "no_count_fp": "0.00",
             "revenue": 300, "settled_time": "2026-06-11T19:05:00Z", "value": 100}]})),
        "kalshi as of": (reads.decode_as_of, _bodies({"as_of_time": "2026-06-11T19:05:00Z"})),
        "kalshi balance": (shards.decode_balance, _bodies({
            "balance": 300, "balance_dollars": "3.0050", "balance_breakdown": [
                {"balance": "1.0000", "exchange_index": 0},
                {"balance": "2.0050", "exchange_index": 2}]})),
        "kalshi limits": (pacing.decode_limits, _bodies({
            "read": {"bucket_capacity": 200, "refill_rate": 200},
            "write": {"bucket_capacity": 100, "refill_rate": 100}})),
        "kalshi costs": (_costs, _bodies({"default_cost": 10, "endpoint_costs": [
            {"method": "DELETE", "path": "/trade-api/v2/a/:id", "cost": 2}]})),
        "kalshi schedule": (_schedule, _bodies({"schedule": {
            "standard_hours": [{"start_time": "2026-01-01T00:00:00Z", "end_time": "",
                                "wednesday": [{"open_time": "00:00", "close_time": "00:00"}]}],
            "maintenance_windows": [{"start_datetime": "2026-11-25T16:00:00Z",
                                     "end_datetime": "2026-11-25T18:00:00Z"}]}})),
        "kalshi order groups": (groups.decode_groups, _bodies({"order_groups": [{"id": "g"}]})),
        "kalshi milestones": (milestones.decode_milestones, _bodies({"milestones": [
            {"id": "m", "details": {"home_team_id": "t"}, "related_event_tickers": ["E"]}]})),
        "kalshi targets": (milestones.decode_targets, _bodies({"structured_targets": [
            {"id": "t", "name": "n"}]})),
    }  # fmt: skip
    index = {"type": "cfbenchmarks_value", "sid": 1, "seq": 2, "msg": {
        "index_id": "BRTI", "data": '{"time":1710000000323,"value":"68000.12"}',
        "avg_60s_data": {"value": "67998.00000000", "window_size": 60}}}  # fmt: skip
    made: list[Row] = [
        (name, lambda decode=decode: decode, bodies)  # type: ignore[misc]
        for name, (decode, bodies) in plain.items()
    ]
    return [
        *made,
        ("kalshi private socket", lambda: KalshiPrivateSession().receive, _frames()),
        ("kalshi indices", lambda: KalshiIndexSession().receive, _bodies(index)),
    ]


def _costs(body: bytes) -> object:
    return pacing.Costs(pacing.decode_costs(body)).each("DELETE", "/trade-api/v2/a/b")


def _schedule(body: bytes) -> object:
    return hours.is_scheduled(hours.decode_schedule(body), 1_795_622_400_000_000_000)
