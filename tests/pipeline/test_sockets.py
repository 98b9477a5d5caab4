"""A socket over loopback: reconnects, subscribes again, and is never held up by a dead peer."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise

import anyio
import pytest
from websockets.asyncio.server import ServerConnection, serve

from arbees.messages import events as ev
from arbees.messages.events import FeedMode
from arbees.pipeline import sockets
from arbees.pipeline.backoff import Backoff, BackoffPolicy
from arbees.pipeline.sockets import SocketFeed, SocketPlan
from tests.pipeline.feeds import LoopClock, Recorder, quick, until

pytestmark = pytest.mark.anyio


def plan(port: int, text_ping: str | None = None, pong_s: float = 2.0) -> SocketPlan:
    return SocketPlan(
        "v", 1, f"ws://127.0.0.1:{port}/", {"a": 0}, True, dict, lambda: [b"sub"],
        ping_s=pong_s + 0.02, pong_s=pong_s, text_ping=text_ping, text_pong=b"PONG", open_s=0.2,
    )  # fmt: skip


@asynccontextmanager
async def running(feed: SocketFeed) -> AsyncIterator[None]:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(feed.run)
        yield
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("text_ping", [None, "PING"])
async def test_a_dropped_socket_comes_back_and_subscribes_again(text_ping: str | None) -> None:
    lives = 0

    async def handler(socket: ServerConnection) -> None:
        nonlocal lives
        lives += 1
        assert await socket.recv() == "sub"
        for number in range(3):
            await socket.send(f"{lives}-{number}")
        if lives < 3:
            socket.transport.abort()
        else:
            assert text_ping is None or await socket.recv() == "PING"
            await socket.wait_closed()

    sink = Recorder()
    async with serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        feed = SocketFeed(plan(port, text_ping), sink, LoopClock(), quick())
        assert feed.is_down
        async with running(feed):
            await until(lambda: any(f.data == b"3-2" for f in sink.frames))
            if text_ping is None:
                await until(lambda: any(isinstance(e, ev.FeedBeat) for e in sink.events))
            assert not feed.is_down
    assert [e.generation for e in sink.events if isinstance(e, ev.ConnOpened)] == [1, 2, 3]
    assert [mode for mode, _ in sink.states()] == [
        FeedMode.WS, FeedMode.DOWN, FeedMode.WS, FeedMode.DOWN, FeedMode.WS,
    ]  # fmt: skip
    assert {f.generation for f in sink.frames} == {1, 2, 3}
    assert feed.status.attempts == feed.status.connects == 3


async def test_a_subscription_without_an_answer_is_up_with_the_pong_behind_it() -> None:
    heard = []

    async def handler(socket: ServerConnection) -> None:
        heard.extend([await socket.recv(), await socket.recv()])
        await socket.send("PONG")
        await socket.wait_closed()

    async with serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        feed = SocketFeed(plan(port, "PING", pong_s=60.0), Recorder(), LoopClock(), quick())
        async with running(feed):
            with anyio.fail_after(5):
                await feed.is_up.wait()
    assert heard == ["sub", "PING"]


async def test_a_refused_connection_says_nothing_new_and_tries_again() -> None:
    sink = Recorder()
    feed = SocketFeed(plan(9), sink, LoopClock(), quick())
    async with running(feed):
        await until(lambda: feed.status.attempts >= 3)
    assert sink.events == []
    assert feed.is_down
    assert "Error" in feed.status.last_error


async def test_a_peer_that_never_answers_holds_no_attempt_up() -> None:
    """Accepts TCP, says nothing: the handshake has a deadline, and so has every later attempt."""
    accepted: list[asyncio.StreamWriter] = []

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.append(writer)

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    feed = SocketFeed(plan(port), Recorder(), LoopClock(), quick())
    async with running(feed):
        await until(lambda: len(accepted) >= 3)
    assert feed.status.last_error == "not open after 0.2 s"
    server.close()
    for writer in accepted:
        writer.transport.abort()


@pytest.mark.parametrize("text_ping", [None, "PING"])
async def test_a_silent_connection_is_cut_and_made_anew(text_ping: str | None) -> None:
    """The peer stops reading and answering after the handshake; TCP stays open."""
    lives = 0

    async def handler(socket: ServerConnection) -> None:
        nonlocal lives
        lives += 1
        await socket.send("book")
        if lives == 1:
            socket.transport.pause_reading()
        await socket.wait_closed()

    sink = Recorder()
    async with serve(handler, "127.0.0.1", 0, close_timeout=0.1, ping_interval=None) as server:
        port = server.sockets[0].getsockname()[1]
        feed = SocketFeed(plan(port, text_ping, pong_s=0.1), sink, LoopClock(), quick())
        async with running(feed):
            await until(lambda: lives >= 2)
    down = [reason for mode, reason in sink.states() if mode is FeedMode.DOWN]
    assert down[0] == "no sign of life for 0.1 s after a ping"


async def test_pongs_are_life_but_no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    async def handler(socket: ServerConnection) -> None:
        async for text in socket:
            await socket.send("PONG" if text == "PING" else "book")

    sink = Recorder()
    async with serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        feed = SocketFeed(plan(port, "PING", pong_s=0.05), sink, LoopClock(), quick())
        async with running(feed):
            await until(lambda: feed.status.frames >= 4)
    assert feed.status.connects == 1
    book = next(f for f in sink.frames if f.data == b"book")
    assert feed.status.last_frame_ns == book.ts_recv_ns


async def test_books_are_asked_for_again_and_a_connection_can_be_given_up() -> None:
    said: list[str] = []

    async def handler(socket: ServerConnection) -> None:
        while True:
            said.append(str(await socket.recv()))

    sink = Recorder()
    async with serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        feed = SocketFeed(plan(port), sink, LoopClock(), quick())
        async with running(feed):
            await until(lambda: said == ["sub"])
            feed.resubscribe([0])
            await until(lambda: said == ["sub", "again"])
            feed.drop("frozen")
            await until(lambda: said == ["sub", "again", "sub"])
    assert sink.asked == [0]
    assert (FeedMode.DOWN, "frozen") in sink.states()


async def test_a_peer_that_takes_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "SEND_S", 0.05)
    lives = 0

    async def handler(socket: ServerConnection) -> None:
        nonlocal lives
        lives += 1
        socket.transport.pause_reading()
        await socket.wait_closed()

    def much() -> Sequence[bytes]:
        return [b"x" * (1 << 20)] * 32

    sink = Recorder()
    async with serve(handler, "127.0.0.1", 0, close_timeout=0.1) as server:
        port = server.sockets[0].getsockname()[1]
        full = SocketPlan(
            "v", 1, f"ws://127.0.0.1:{port}/", {}, False, dict, much, ping_s=60.0, pong_s=5.0
        )
        async with running(SocketFeed(full, sink, LoopClock(), quick())):
            await until(lambda: lives >= 2)
    assert (FeedMode.DOWN, "took nothing for 0.05 s") in sink.states()


async def test_attempts_keep_the_policys_distance() -> None:
    """A peer that accepts and hangs up at once is waited for longer each time."""
    times: list[float] = []

    async def slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        times.append(anyio.current_time())
        writer.transport.abort()

    server = await asyncio.start_server(slam, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    policy = BackoffPolicy(base_s=0.02, cap_s=0.1, jitter=0.2, healthy_s=2.0)
    chance = iter([0.0, 1.0] * 50)
    feed = SocketFeed(plan(port), Recorder(), LoopClock(), Backoff(policy, lambda: next(chance)))
    async with running(feed):
        await until(lambda: len(times) >= 6)
    server.close()
    gaps = [b - a for a, b in pairwise(times)]
    assert all(gap >= policy.least_s(n) - 0.001 for n, gap in enumerate(gaps)), gaps
