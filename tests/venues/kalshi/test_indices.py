"""Settlement indices: both documented shapes, gaps that do no harm, junk that is no value."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.errors import WireError
from arbees.messages import events as ev
from arbees.venues.kalshi.indices import KalshiIndexSession, micro_of

ONE_HZ: dict[str, Any] = {
    "type": "cfbenchmarks_value", "sid": 1, "seq": 42,
    "msg": {
        "index_id": "BRTI", "received_at": 1710000000341,
        "data": '{"type":"value","id":"BRTI","time":1710000000323,"value":"68000.12"}',
        "avg_60s_data": {
            "value": "67998.00000000", "window_size": 60,
            "window_start_ts_ms": 1709999940000, "window_end_ts_exclusive": 1710000000000,
        },
        "last_60s_windowed_average_15min": {
            "value": "67990.00000000", "window_size": 30, "window_start_ts_ms": 1,
            "window_end_ts_exclusive": 2,
        },
    },
}  # fmt: skip
FIVE_HZ: dict[str, Any] = {
    "type": "cfbenchmarks_value_5hz", "sid": 1, "seq": 43,
    "msg": {
        "index_id": "BRTI", "value_usd": "68000.12000000", "source_ts_ms": 1710000000323,
        "received_at": 1710000000341, "data": "{..}",
    },
}  # fmt: skip


def told(session: KalshiIndexSession, message: Any) -> list[ev.EngineEvent]:
    return list(session.receive(json.dumps(message).encode()))


def with_msg(message: dict[str, Any], **more: Any) -> dict[str, Any]:
    return message | {"msg": message["msg"] | more}


def test_both_channels() -> None:
    session = KalshiIndexSession()
    at = 1_710_000_000_323_000_000
    assert told(session, ONE_HZ) == [
        ev.IndexSeen("BRTI", 68_000_120_000, 67_998_000_000, 67_990_000_000, 30, at)
    ]
    assert told(session, FIVE_HZ) == [ev.IndexSeen("BRTI", 68_000_120_000, None, None, 0, at)]
    assert session.gaps == 0
    assert len(told(session, FIVE_HZ | {"seq": 50})) == 1
    assert session.gaps == 1


def test_commands_and_what_carries_no_value() -> None:
    session = KalshiIndexSession(("BRTI", "ETHUSD_RTI"))
    params = json.loads(session.subscribe_commands()[0])["params"]
    assert params == {"channels": ["cfbenchmarks_value"], "index_ids": ["BRTI", "ETHUSD_RTI"]}
    assert b"5hz" in KalshiIndexSession(is_fast=True).subscribe_commands()[0]
    assert told(session, {"id": 1, "type": "subscribed", "sid": 1}) == []
    assert told(session, {"type": "something_new", "msg": {}}) == []
    assert session.unknown == 1
    assert told(session, {"type": "error", "msg": {"code": 7}}) == []
    assert session.outgoing() == []
    assert told(session, {"type": "error", "msg": {"code": 25}}) == []
    assert b"subscribe" in session.outgoing()[0]


@pytest.mark.parametrize(
    "message",
    [
        [],
        {"type": "cfbenchmarks_value"},
        with_msg(ONE_HZ, index_id=""),
        with_msg(ONE_HZ, data="{"),
        with_msg(ONE_HZ, data='{"value":"0"}'),
        with_msg(ONE_HZ, data='{"value":"-1.0"}'),
        with_msg(ONE_HZ, avg_60s_data={"value": "NaN"}),
        with_msg(FIVE_HZ, value_usd="1.00000000x"),
        with_msg(FIVE_HZ, value_usd=68000.12),
    ],
)
def test_what_cannot_be_read_is_no_value(message: Any) -> None:
    with pytest.raises(WireError):
        told(KalshiIndexSession(), message)


@given(st.integers(1, 10**15), st.text("0123456789", max_size=4))
def test_digits_beyond_a_millionth_are_cut_off(micro: int, more: str) -> None:
    text = f"{micro // 10**6}.{micro % 10**6:06}{more}"
    assert micro_of(text, "value") == micro
    assert micro_of(str(micro), "value") == micro * 10**6


@given(st.binary(max_size=60))
def test_junk_is_only_ever_a_wire_error(data: bytes) -> None:
    with contextlib.suppress(WireError):
        KalshiIndexSession().receive(data)
