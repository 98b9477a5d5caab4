"""Commands: every type survives the wire, and equal commands are equal bytes."""

from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.messages.commands import (
    AnyCommand,
    Command,
    LegSide,
    PlaceOrder,
    Resnapshot,
    TimeInForce,
)
from tests.messages.samples import assert_closed_and_tagged, assert_round_trips, strategy

PLACE = PlaceOrder(
    "e-1-0", "e-1", 3, "kalshi", "K", LegSide.NO, 4_700, 3_000_000, TimeInForce.IOC, 9
)


@pytest.mark.parametrize("kind", get_args(AnyCommand))
@given(data=st.data())
def test_round_trip(kind: type[Command], data: st.DataObject) -> None:
    assert_round_trips(data.draw(strategy(kind)), AnyCommand)


def test_union_is_closed() -> None:
    assert_closed_and_tagged(Command, AnyCommand)


def test_bytes_of_an_order_are_fixed() -> None:
    """The digest of a run hashes these bytes: their order and spelling are a promise."""
    assert msgspec.json.encode(PLACE) == (
        b'{"type":"PlaceOrder","order_id":"e-1-0","intent_id":"e-1","ix":3,"venue":"kalshi",'
        b'"instrument_id":"K","side":1,"price_limit":4700,"qty":3000000,"tif":"ioc","ts_ns":9}'
    )


def test_commands_are_frozen() -> None:
    with pytest.raises(AttributeError):
        PLACE.qty = 1  # type: ignore[misc]


def test_unknown_type_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"type":"Resnapshots","conn_id":1,"ixs":[]}', type=AnyCommand)
    found = msgspec.json.decode(b'{"type":"Resnapshot","conn_id":1,"ixs":[2]}', type=AnyCommand)
    assert found == Resnapshot(1, (2,))
