"""Feeds over real sockets: reconnect, every frame delivered, late REST bodies dropped."""

from collections.abc import Callable, Sequence
from random import Random

import anyio
import httpx
import pytest
from websockets.asyncio.server import ServerConnection, serve

from arbees.clock import SystemClock
from arbees.errors import VenueThrottled, VenueUnavailable
from arbees.messages import events as ev
from arbees.messages.frames import Frame
from arbees.pipeline.backoff import BackoffPolicy
from arbees.pipeline.monitors import PollPlan, RestPoller, SocketFeed, SocketPlan, body_of

pytestmark = pytest.mark.anyio
FAST = BackoffPolicy(base_s=0.01, cap_s=0.02)


class Recorder:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.events: list[ev.EngineEvent] = []
        self.out: list[bytes] = []

    def deliver_frame(self, frame: Frame) -> None:
        self.frames.append(frame)

    def deliver_event(self, event: ev.EngineEvent, ts_recv_ns: int) -> None:
        self.events.append(event)

    def take_outgoing(self, conn_id: int) -> list[bytes]:
        out, self.out = self.out, []
        return out

    def last_seen_ns(self, ix: int) -> int:
        return 0


async def until(done: Callable[[], bool]) -> None:
    with anyio.fail_after(10):
        while not done():  # noqa: ASYNC110
            await anyio.sleep(0.005)


def plan(port: int, text_ping: str | None = None) -> SocketPlan:
    return SocketPlan(
        "v", 1, f"ws://127.0.0.1:{port}/", {"a": 0}, True, dict, lambda: [b"sub"], text_ping,
        0.02, 5.0,
    )  # fmt: skip


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
            await socket.wait_closed()

    sink = Recorder()
    async with serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        feed = SocketFeed(plan(port, text_ping), sink, SystemClock(), FAST, Random(1))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(feed.run)
            await until(lambda: feed.status.connects == 3 and len(sink.frames) >= 3)
            await until(lambda: any(f.data == b"3-2" for f in sink.frames))
            if text_ping is None:
                await until(lambda: any(isinstance(e, ev.FeedBeat) for e in sink.events))
            tasks.cancel_scope.cancel()
    opened = [e.generation for e in sink.events if isinstance(e, ev.ConnOpened)]
    assert opened == [1, 2, 3]
    downs = [e for e in sink.events if isinstance(e, ev.FeedState) and e.mode == "down"]
    assert len(downs) == 2


async def test_a_refused_connection_says_nothing_new_and_tries_again() -> None:
    sink = Recorder()
    feed = SocketFeed(plan(9), sink, SystemClock(), FAST, Random(1))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(feed.run)
        await until(lambda: feed.status.last_error != "")
        tasks.cancel_scope.cancel()
    assert sink.events == []
    assert feed.is_down


async def test_polling_backs_off_on_errors_and_drops_bodies_that_came_too_late() -> None:
    sink = Recorder()
    calls = 0
    is_wanted = True

    async def fetch(ids: Sequence[str]) -> bytes:
        nonlocal calls, is_wanted
        calls += 1
        if calls == 1:
            raise VenueThrottled("429")
        if calls == 3:
            is_wanted = False
        return b"{}"

    rest = PollPlan("v", 2, {"a": 0}, fetch, 100, 0.01, 0.0)
    poller = RestPoller(
        rest, sink, SystemClock(), lambda: ["a"] if is_wanted else [], FAST, Random(1)
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(poller.run)
        await until(lambda: poller.status.mode == "idle" and calls == 3)
        tasks.cancel_scope.cancel()
    assert len(sink.frames) == 1
    assert "429" in poller.status.last_error


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (429, b"{}", VenueThrottled),
        (503, b"{}", VenueUnavailable),
        (200, b"<html>", VenueUnavailable),
    ],
)
async def test_only_good_json_is_a_body(status: int, body: bytes, error: type[Exception]) -> None:
    request = httpx.Request("GET", "http://127.0.0.1/x")
    with pytest.raises(error):
        body_of(httpx.Response(status, content=body, request=request))
    assert body_of(httpx.Response(200, content=b"[]", request=request)) == b"[]"
