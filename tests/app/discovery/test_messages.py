"""What crosses between the two processes comes out as it went in."""

import anyio
import msgspec
import pytest
from anyio.streams.buffered import BufferedByteReceiveStream

from arbees.app.discovery import messages as m
from arbees.markets.instrument import FeeSchedule, FeeTerm, Instrument, uniform_grid
from tests.app.discovery.listings import begin

pytestmark = pytest.mark.anyio
FEES = FeeSchedule((FeeTerm(0, 70_000, 0),))
A = Instrument(0, "kalshi", "K", "K", "E", "t", "Yes", uniform_grid(100), FEES, has_no_side=True)
GAMES = m.Games(1, (m.Game("nba", ("a", "b"), "2026-01-09"),))
ANSWERS: list[m.Answer] = [
    m.Links((m.LinkFound("same:K:1", "same", "test", A, A),)), m.Unlinked(("same:K:1",)),
    m.GamesFound(1, (("K",),), ((),)), m.Scanned("kalshi", True, 1.5),
    m.Counted({"kalshi": 1}, {"kalshi: combo": 2}, 3, 4, "no"),
]  # fmt: skip


@pytest.mark.parametrize("command", [begin("/h"), m.Look("kalshi", ("K",)), GAMES])
def test_commands(command: m.Command) -> None:
    body = m.frame(command)
    assert m.LENGTH.unpack(body[:4]) == (len(body) - 4,)
    assert m.command_of(body[4:]) == command


async def test_answers_one_after_the_other_and_then_the_end() -> None:
    send, receive = anyio.create_memory_object_stream[bytes](1_000)
    whole = b"".join(m.frame(answer) for answer in ANSWERS)
    for start in range(0, len(whole), 7):
        send.send_nowait(whole[start : start + 7])
    send.close()
    stream = BufferedByteReceiveStream(receive)
    async with receive:
        assert [await m.next_answer(stream) for _ in ANSWERS] == ANSWERS
        with pytest.raises(anyio.IncompleteRead):
            await m.next_answer(stream)


async def test_what_is_no_message_is_an_error() -> None:
    for raw in (b"\x02\x00\x00\x00\xc1\xc1", b"\xff\xff\xff\xff"):
        send, receive = anyio.create_memory_object_stream[bytes](1)
        send.send_nowait(raw)
        send.close()
        async with receive:
            with pytest.raises(msgspec.DecodeError):
                await m.next_answer(BufferedByteReceiveStream(receive))
