"""Records: every type survives the log, and the log's set is a part of all."""

from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbees.messages.commands import LegSide
from arbees.messages.records import LOGGED, AnyRecord, FillBooked, LegPlan, OrdersVoided, Record
from tests.messages.samples import assert_closed_and_tagged, assert_round_trips, strategy


@pytest.mark.parametrize("kind", get_args(AnyRecord))
@settings(max_examples=40)
@given(data=st.data())
def test_round_trip(kind: type[Record], data: st.DataObject) -> None:
    assert_round_trips(data.draw(strategy(kind)), AnyRecord)


@given(data=st.data())
def test_leg_plan_round_trip(data: st.DataObject) -> None:
    assert_round_trips(data.draw(strategy(LegPlan)), LegPlan)


def test_union_is_closed() -> None:
    assert_closed_and_tagged(Record, AnyRecord)


def test_logged_records_are_records() -> None:
    assert set(LOGGED) < set(get_args(AnyRecord))
    assert len(set(LOGGED)) == len(LOGGED)


def test_a_fill_is_spelled_as_the_log_reader_expects() -> None:
    """tests/reference/tradelog.py reads these names on its own account."""
    fill = FillBooked("f", "o", "i", "kalshi", "K", LegSide.NO, 5_300, 1_000_000, 17_500, 4)
    assert msgspec.json.decode(msgspec.json.encode(fill)) == {
        "type": "FillBooked",
        "fill_id": "f",
        "order_id": "o",
        "intent_id": "i",
        "venue": "kalshi",
        "instrument_id": "K",
        "side": 1,
        "price": 5_300,
        "qty": 1_000_000,
        "fee": 17_500,
        "ts_ns": 4,
        "basket_id": "",
        "is_final": True,
        "is_sell": False,
    }


def test_records_are_frozen() -> None:
    record = OrdersVoided(("a",), 1)
    with pytest.raises(AttributeError):
        record.ts_ns = 2  # type: ignore[misc]
