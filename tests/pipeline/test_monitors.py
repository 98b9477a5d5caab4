"""A monitor runs its parts side by side: REST steps in for a dead socket and out again."""

import socket as sockets
from collections.abc import Sequence

import anyio
import pytest
from websockets.asyncio.server import ServerConnection, serve

from arbees.pipeline.monitors import Monitor
from arbees.pipeline.pacing import Pacer
from arbees.pipeline.polling import PollPlan, RestFallback
from arbees.pipeline.silence import SilenceWatch, WitnessPlan
from arbees.pipeline.sockets import SocketFeed, SocketPlan
from tests.pipeline.feeds import LoopClock, Recorder, quick, until

pytestmark = pytest.mark.anyio


def free_port() -> int:
    with sockets.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def monitor_of(port: int, sink: Recorder) -> Monitor:
    async def fetch(ids: Sequence[str]) -> bytes:
        return b"[]"

    names = {"a": 0}
    plan = SocketPlan(
        "v", 1, f"ws://127.0.0.1:{port}/", names, False, dict, list, ping_s=5.0, pong_s=3.0
    )
    poll = PollPlan("v", 2, names, fetch, lambda body: (), 10, 0.01)
    feed = SocketFeed(plan, sink, LoopClock(), quick())
    fallback = RestFallback(poll, sink, LoopClock(), Pacer(1e3), quick(), feed)
    watch = SilenceWatch(
        WitnessPlan(poll, 20.0, 30.0, True), sink, LoopClock(), Pacer(1e3), quick(), feed
    )
    return Monitor(fallback, feed, watch)


async def test_rest_steps_in_while_the_socket_is_away_and_out_when_it_is_back() -> None:
    async def handler(socket: ServerConnection) -> None:
        await socket.send("hello")
        await socket.wait_closed()

    sink, port = Recorder(), free_port()
    monitor = monitor_of(port, sink)
    assert monitor.socket is not None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(monitor.run)
        await until(lambda: any(f.conn_id == 2 for f in sink.frames))
        async with serve(handler, "127.0.0.1", port):
            await until(lambda: any(f.conn_id == 1 for f in sink.frames))
            await until(lambda: monitor.fallback.status.mode == "idle")
            polls = monitor.fallback.status.rest_polls
            await anyio.sleep(0.05)
            assert monitor.fallback.status.rest_polls == polls
        tasks.cancel_scope.cancel()
    names = [row.name for row in monitor.statuses()]
    assert names == ["v-ws", "v-rest", "v-ws-witness"]


async def test_without_a_socket_only_the_fallback_runs() -> None:
    full = monitor_of(9, Recorder())
    alone = Monitor(full.fallback)
    assert [row.name for row in alone.statuses()] == ["v-rest"]
