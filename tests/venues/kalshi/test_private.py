"""The private connection: the documented messages, reports, strangers, gaps and junk."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.errors import WireError
from arbees.messages import events as ev
from arbees.venues.kalshi.orders import client_id_of
from arbees.venues.kalshi.private import KalshiPrivateSession
from arbees.venues.kalshi.reads import RawFill, RawOrder
from arbees.venues.kalshi.reports import (
    AnyReport,
    CancelReport,
    Failure,
    LookupReport,
    SendReport,
    encode_report,
)
from arbees.venues.kalshi.tracker import NEVER_ARRIVED_NS, Progress

CONTRACT = 1_000_000
US, THEM = "e-1-0", "ee587a1c-8b87-4dcf-b721-9f6f790619fa"
ABOUT = (US, CONTRACT, "T", 1_000)
DONE, REJECTED, UNKNOWN = (
    ev.OrderStatus.DONE, ev.OrderStatus.REJECTED, ev.OrderStatus.UNKNOWN,
)  # fmt: skip
FILL: dict[str, Any] = {
    "trade_id": "t1", "order_id": THEM, "client_order_id": client_id_of(US),
    "market_ticker": "HIGHNY-22DEC23-B53.5", "exchange_index": 2, "is_taker": True, "side": "yes",
    "yes_price_dollars": "0.7500", "count_fp": "278.00", "fee_cost": "0.010000", "action": "buy",
    "ts": 1671899397, "ts_ms": 1671899397000, "post_position_fp": "500.00",
    "purchased_side": "yes", "outcome_side": "yes", "book_side": "bid", "subaccount": 3,
}  # fmt: skip
ORDER: dict[str, Any] = {
    "order_id": THEM, "user_id": "u", "ticker": "FED-23DEC-T3.00", "exchange_index": 2,
    "status": "resting", "side": "yes", "is_yes": True, "outcome_side": "yes", "book_side": "bid",
    "yes_price_dollars": "0.3500", "fill_count_fp": "0.00", "remaining_count_fp": "10.00",
    "initial_count_fp": "10.00", "taker_fill_cost_dollars": "0.000000",
    "maker_fill_cost_dollars": "0.000000", "taker_fees_dollars": "0.000000",
    "maker_fees_dollars": "0.000000", "client_order_id": client_id_of(US),
    "order_group_id": "og_123", "self_trade_prevention_type": "taker_at_cross",
    "created_time": "2024-12-01T10:00:00Z", "created_ts_ms": 1733047200000,
    "expiration_ts_ms": 1733050800000, "subaccount_number": 0,
}  # fmt: skip


def frame(kind: str, seq: int | None = None, **msg: Any) -> bytes:
    said: dict[str, Any] = {"type": kind, "sid": 13, "msg": msg}
    return json.dumps(said if seq is None else said | {"seq": seq}).encode()


def told(session: KalshiPrivateSession, report: AnyReport) -> list[ev.EngineEvent]:
    return list(session.receive(encode_report(report)))


def test_the_documented_messages() -> None:
    session = KalshiPrivateSession()
    assert session.receive(frame("fill", **FILL)) == [
        ev.FillReport(US, "t1", 7_500, 278 * CONTRACT, 10_000, 1_671_899_397_000_000_000)
    ]
    assert session.receive(frame("fill", **FILL)) == []
    assert session.receive(frame("user_order", **ORDER)) == [
        ev.OrderAnswer(US, ev.OrderStatus.ACCEPTED, "", 0)
    ]
    over = ORDER | {"status": "executed", "fill_count_fp": "278.00", "last_update_reason": "Trade"}
    assert session.receive(frame("user_order", **over)) == [ev.OrderAnswer(US, DONE, "Trade", 0)]
    held: dict[str, Any] = {
        "market_ticker": "T",
        "position_fp": "-100.00",
        "fees_paid_dollars": "1.0000",
    }
    assert session.receive(frame("market_position", **held)) == [
        ev.PositionSeen("kalshi", "T", -100 * CONTRACT, 0)
    ]
    group: dict[str, Any] = {
        "event_type": "limit_updated",
        "order_group_id": "og",
        "ts_ms": 1733047200000,
    }
    assert session.receive(frame("order_group_updates", 7, **group)) == [
        ev.OrderGroupSeen("kalshi", "og", "limit_updated", 1_733_047_200_000_000_000)
    ]


def test_a_fill_without_client_id_is_known_by_the_venues_id() -> None:
    session = KalshiPrivateSession()
    session.receive(frame("user_order", **ORDER))
    bare = {key: value for key, value in FILL.items() if key != "client_order_id"}
    assert len(session.receive(frame("fill", **bare))) == 1


def test_strangers_are_counted_not_told() -> None:
    session = KalshiPrivateSession()
    for client_id in (None, "my-order-1"):
        stranger: dict[str, Any] = {"client_order_id": client_id}
        assert session.receive(frame("fill", **(FILL | stranger))) == []
        assert session.receive(frame("user_order", **(ORDER | stranger))) == []
    assert session.strangers == 4


def test_subscribing_and_what_carries_no_news() -> None:
    session = KalshiPrivateSession()
    (command,) = session.subscribe_commands()
    channels = ["fill", "user_orders", "market_positions", "order_group_updates"]
    assert json.loads(command)["params"] == {"channels": channels}
    for kind in ("subscribed", "ok", "unsubscribed"):
        assert session.receive(frame(kind, channel="fill", sid=1)) == ()
    assert session.unknown == 0
    session.receive(frame("something_new"))
    assert session.unknown == 1
    assert session.outgoing() == []


def resting() -> KalshiPrivateSession:
    session = KalshiPrivateSession()
    session.receive(frame("user_order", **ORDER))
    assert session.progress(US) is Progress.OPEN
    return session


@pytest.mark.parametrize("code", [10, 25])
def test_a_terminal_error_subscribes_again_and_doubts_every_order(code: int) -> None:
    session = resting()
    assert session.receive(frame("error", code=7, msg="x")) == []
    assert session.progress(US) is Progress.OPEN
    session.receive(frame("error", code=code, msg="overflow"))
    assert b"subscribe" in session.outgoing()[0]
    assert session.progress(US) is Progress.WANTED


def test_a_gap_among_groups_doubts_every_order() -> None:
    session = resting()
    group: dict[str, Any] = {"event_type": "triggered", "order_group_id": "og"}
    session.receive(frame("order_group_updates", 7, **group))
    assert session.progress(US) is Progress.OPEN
    session.receive(frame("order_group_updates", 9, **group))
    assert (session.gaps, session.progress(US)) == (1, Progress.WANTED)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"\xff",
        frame("fill", **(FILL | {"count_fp": "0.00"})),
        frame("fill", **(FILL | {"yes_price_dollars": 75})),
        frame("user_order", **(ORDER | {"status": "perhaps"})),
        frame("user_order", order_id=THEM),
        frame("market_position", market_ticker="T", position="5"),
        b'{"type":"arbees_sent"}',
    ],
)
def test_what_cannot_be_read_doubts_every_order(data: bytes) -> None:
    session = resting()
    with pytest.raises(WireError):
        session.receive(data)
    assert session.progress(US) is Progress.WANTED


MADE = '{"client_order_id":"c","fill_count":"%s","order_id":"v","remaining_count":"%s","ts_ms":1}'


@pytest.mark.parametrize(
    ("report", "status", "reason"),
    [
        (SendReport(*ABOUT, status=201, body=MADE % ("0.00", "0.00")), DONE, ""),
        (SendReport(*ABOUT, status=400, body='{"code":"invalid_price"}'), REJECTED,
         "invalid_price"),
        (SendReport(*ABOUT, status=401, body='{"error":{"code":"header_timestamp_expired"}}'),
         REJECTED, "header_timestamp_expired"),
        (SendReport(*ABOUT, failure=Failure.REFUSED, text="killed"), REJECTED, "killed"),
        (SendReport(*ABOUT, failure=Failure.NOT_SENT), REJECTED, "not_sent"),
        (SendReport(*ABOUT, failure=Failure.UNKNOWN, text="lost"), UNKNOWN, "lost"),
    ],
)  # fmt: skip
def test_sent(report: SendReport, status: ev.OrderStatus, reason: str) -> None:
    (event,) = told(KalshiPrivateSession(), report)
    assert isinstance(event, ev.OrderAnswer)
    assert (event.order_id, event.status, event.reason) == (US, status, reason)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (201, "<html>"),
        (409, '{"error":{"code":"order_already_exists"}}'),
        (429, '{"error":"too many requests"}'),
        (400, '{"error":{"code":"EXCHANGE_UNAVAILABLE"}}'),
        (502, "<html>"),
    ],
)
def test_sent_and_nobody_knows(status: int, body: str) -> None:
    session = KalshiPrivateSession()
    (event,) = told(session, SendReport(*ABOUT, status=status, body=body))
    assert isinstance(event, ev.OrderAnswer)
    assert event.status is UNKNOWN
    assert US in event.reason
    assert session.progress(US) is Progress.WANTED


def test_an_answer_waits_for_its_fill() -> None:
    session = KalshiPrivateSession()
    assert told(session, SendReport(*ABOUT, status=201, body=MADE % ("1.00", "0.00"))) == []
    assert session.progress(US) is Progress.WANTED
    fill = FILL | {"count_fp": "1.00", "order_id": "v"}
    events = session.receive(frame("fill", **fill))
    assert [type(e) for e in events] == [ev.FillReport, ev.OrderAnswer]


def test_cancels_are_followed_by_a_look_up() -> None:
    good = CancelReport(*ABOUT, status=200, body='{"order_id":"v","reduced_by":"1.00"}')
    bad = (
        CancelReport(*ABOUT, status=404, body='{"error":{"code":"not_found"}}'),
        CancelReport(*ABOUT, failure=Failure.UNKNOWN, text="lost"),
    )
    for report in (good, *bad):
        session = resting()
        assert told(session, report) == []
        assert session.progress(US) is Progress.WANTED
        state = RawOrder(THEM, "T", "resting", "bid", "0.3500", "0.00", "1.00", "1.00")
        told(session, LookupReport(*ABOUT, state, (), 2_000))
        lagging = report is good
        assert session.progress(US) is (Progress.WANTED if lagging else Progress.OPEN)


def test_look_ups_bring_fills_before_the_end_and_prove_absence() -> None:
    session = KalshiPrivateSession()
    state = RawOrder(THEM, "T", "executed", "bid", "0.3500", "2.00", "0.00", "2.00")
    fills = tuple(
        RawFill(order, "bid", "0.3500", "1.00", "0.01", trade, "", "T")
        for order, trade in ((THEM, "a"), (THEM, "b"), ("another order", "c"))
    )
    events = told(session, LookupReport(*ABOUT, state, fills, 2_000))
    assert [type(e) for e in events] == [ev.FillReport, ev.FillReport, ev.OrderAnswer]
    session = KalshiPrivateSession()
    assert told(session, LookupReport(*ABOUT, None, (), 2_000)) == []
    (gone,) = told(session, LookupReport(*ABOUT, None, (), 1_000 + NEVER_ARRIVED_NS))
    assert isinstance(gone, ev.OrderAnswer)
    assert gone.status is REJECTED


@given(st.binary(max_size=80) | st.sampled_from([frame("fill", **FILL), frame("error")]).flatmap(
    lambda raw: st.integers(0, len(raw)).map(lambda cut: raw[:cut])
))  # fmt: skip
def test_junk_is_only_ever_a_wire_error(data: bytes) -> None:
    with contextlib.suppress(WireError):
        KalshiPrivateSession().receive(data)


@pytest.mark.parametrize("code", [1, 18, 27])
def test_a_subscription_that_was_not_taken_is_asked_for_again_but_not_for_ever(code: int) -> None:
    session = KalshiPrivateSession()
    session.subscribe_commands()
    error = json.dumps({"type": "error", "id": 1, "msg": {"code": code, "msg": "x"}}).encode()
    ids = []
    for _ in range(20):
        session.receive(error)
        ids += [json.loads(said)["id"] for said in session.outgoing()]
    assert ids == [2, 3, 4, 5, 6]
