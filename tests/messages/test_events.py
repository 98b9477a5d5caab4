"""Events: every type survives the journal, and the union is closed."""

from typing import get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbees.markets.instrument import FeeSchedule, FeeTerm, Instrument, uniform_grid
from arbees.messages import events as ev
from tests.messages.samples import assert_closed_and_tagged, assert_round_trips, strategy


@pytest.mark.parametrize("kind", get_args(ev.EngineEvent))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=30)
@given(data=st.data())
def test_round_trip(kind: type[ev.Event], data: st.DataObject) -> None:
    assert_round_trips(data.draw(strategy(kind)), ev.EngineEvent)


@settings(max_examples=30)
@given(data=st.data())
def test_link_round_trip(data: st.DataObject) -> None:
    assert_round_trips(data.draw(strategy(ev.LinkSpec)), ev.LinkSpec)


def test_union_is_closed() -> None:
    assert_closed_and_tagged(ev.Event, ev.EngineEvent)


def test_an_instrument_comes_back_whole() -> None:
    fees = FeeSchedule((FeeTerm(0, 70_000, 17_500),))
    instrument = Instrument(0, "kalshi", "K", "K", "E", "T", "yes", uniform_grid(100), fees, True)
    event = ev.InstrumentsAdded((instrument,))
    back = msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=ev.EngineEvent)
    assert isinstance(back, ev.InstrumentsAdded)
    assert back.instruments[0].fees.at(5) == fees.terms[0]
    assert back.instruments[0].grid.is_legal(4_700)


def test_book_sides_are_array_indices() -> None:
    assert (ev.BookSide.BID, ev.BookSide.ASK) == (0, 1)


def test_events_are_frozen_and_hashable() -> None:
    event = ev.BookDelta(1, ev.BookSide.ASK, 5_300, -1_000_000, 7)
    with pytest.raises(AttributeError):
        event.price = 1  # type: ignore[misc]
    assert len({event, ev.BookDelta(1, ev.BookSide.ASK, 5_300, -1_000_000, 7)}) == 1


@pytest.mark.parametrize(
    "text",
    [
        b'{"type":"BookInvalid","ix":1}',
        b'{"type":"BookInvalid","ix":"1","reason":"gap"}',
        b'{"type":"Nothing"}',
        b"{}",
    ],
)
def test_junk_is_refused(text: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=ev.EngineEvent)
