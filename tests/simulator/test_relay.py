"""The relay passes bytes, and breaks connections as the client must see them."""

import asyncio
from collections.abc import AsyncIterator

import anyio
import pytest

from arbees.simulator.relay import KINDS, Relay, moments

pytestmark = pytest.mark.anyio


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    """In front of a server that answers every line with itself."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(line)
        except ConnectionError:
            return
        finally:
            writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    made = Relay("127.0.0.1", server.sockets[0].getsockname()[1])
    await made.start()
    yield made
    await made.stop()
    server.close()


async def ask(
    relay: Relay, line: bytes = b"hello\n"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    writer.write(line)
    with anyio.fail_after(5):
        assert await reader.readline() == line
    return reader, writer


async def test_a_reset_is_a_reset_and_a_finish_is_an_end(relay: Relay) -> None:
    reader, writer = await ask(relay)
    assert relay.open == 1
    assert relay.cut("reset") == 1
    with anyio.fail_after(5), pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()
    reader, writer = await ask(relay, b"again\n")
    assert relay.cut("finish") == 1
    with anyio.fail_after(5):
        assert await reader.read() == b""
    writer.close()
    assert relay.open == 0
    assert len(relay.called_s) == 2


async def test_a_frozen_connection_stays_open_and_says_nothing(relay: Relay) -> None:
    reader, writer = await ask(relay)
    relay.cut("freeze")
    writer.write(b"lost\n")
    with anyio.move_on_after(0.05) as waited:
        await reader.readline()
    assert waited.cancelled_caught
    assert relay.open == 1
    _, other = await ask(relay, b"a new one passes\n")
    other.close()
    writer.close()


async def test_refused_calls_are_counted(relay: Relay) -> None:
    relay.is_refusing = True
    with anyio.fail_after(5), pytest.raises(ConnectionError):
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(b"x\n")
        if await reader.read() == b"":
            raise ConnectionError("ended")
    assert len(relay.called_s) == 1
    assert relay.open == 0


async def test_an_unknown_way_is_named(relay: Relay) -> None:
    with pytest.raises(ValueError, match="reset, finish, freeze"):
        relay.cut("explode")


def test_a_seed_is_a_plan() -> None:
    plan = moments(7, 30, 1.0, 2.0)
    assert plan == moments(7, 30, 1.0, 2.0)
    assert plan != moments(8, 30, 1.0, 2.0)
    assert all(1.0 <= wait <= 2.0 for wait, _ in plan)
    assert sorted(way for _, way in plan) == sorted(KINDS * 10)
