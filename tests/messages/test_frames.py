"""Frames: the bytes come back as they came."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.messages.frames import Frame
from tests.messages.samples import assert_round_trips, strategy


@given(data=st.data())
def test_round_trip(data: st.DataObject) -> None:
    assert_round_trips(data.draw(strategy(Frame)), Frame)


@given(st.binary(max_size=200))
def test_bytes_are_untouched(data: bytes) -> None:
    packed = msgspec.msgpack.encode(Frame(1, 2, 3, data))
    assert msgspec.msgpack.decode(packed, type=Frame).data == data


def test_frames_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Frame(1, 2, 3, b"{}").data = b""  # type: ignore[misc]
