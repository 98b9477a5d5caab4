"""Microseconds from a frame read to the order command, frames coming from another process.

`python -m benchmarks.latency`: 2,000 frames/s over a loopback WebSocket with idle gaps; journal,
trading log, store and all gates on, the order path rehearsed as in a run. Beside it the default
stack (websockets, json, an anyio stream, dictionaries; see default_stack.py), interleaved on the
same sessions. Both have the last core to themselves (`[engine] cpu`); `--cpu -1` leaves that to
the system. The event loop is asyncio's own, waiting in epoll.
"""

import argparse
import gc
import json
import os
import platform
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

from arbees.app import compose
from arbees.app.config import Settings
from arbees.app.cores import leave_core, take_core
from arbees.app.engine_settings import engine_settings
from arbees.app.replay import CONN_OF, read_lines, session_runtime
from arbees.app.run import SWITCH_INTERVAL_S
from arbees.app.warm import keep_warm, warm_up
from arbees.journal import JournalWriter
from arbees.messages.commands import AnyCommand
from arbees.messages.frames import Frame
from arbees.messages.records import AnyRecord
from arbees.pipeline.latency import LatencyHistogram
from arbees.pipeline.runtime import Runtime
from arbees.ports import Gateway, TradeLog
from arbees.store.migrate import upgrade
from arbees.store.outbox import Outbox
from arbees.tradelog import TradeLogWriter
from benchmarks.default_stack import DefaultStack

FRAMES_PER_S = 2_000
GAP_EVERY = 2_000
GAP_S = 0.25
SEEDS = (7, 8, 9)
PLANTS = 700
HEAD = struct.Struct("<Bq")
"""Connection and session time: staleness and paper latency live in the session's own clock."""

Reader = Callable[[ClientConnection, Runtime, "Spans"], Awaitable[None]]
BOUNDS_US = {0.5: 100.0, 0.99: 400.0}


async def _send(socket_: ServerConnection, folder: Path) -> None:
    began = time.perf_counter()
    for number, line in enumerate((x for x in read_lines(folder) if x.channel == "ws"), 1):
        await socket_.send(HEAD.pack(CONN_OF[line.venue], line.t) + bytes(line.frame))
        if number % GAP_EVERY == 0:
            began += GAP_S
        ahead = began + number / FRAMES_PER_S - time.perf_counter()
        if ahead > 0:
            await anyio.sleep(ahead)


async def _serve(port: int, folder: Path) -> None:
    """The other process: plays one session to one client, then ends."""
    done = anyio.Event()

    async def handle(client: ServerConnection) -> None:
        await _send(client, folder)
        await client.close()
        done.set()

    async with serve(handle, "127.0.0.1", port, compression=None):
        await done.wait()


@dataclass
class Spans:
    """From a frame read to its order command, and on to the command logged and handed over."""

    command: LatencyHistogram = field(default_factory=LatencyHistogram)
    handed: LatencyHistogram = field(default_factory=LatencyHistogram)


class Stamp:
    """Stands before the trading log, where the step's commands exist and nothing is written yet,
    and at the gateway's place, where they are on disk and may leave."""

    def __init__(self, log: TradeLog, inner: Gateway, spans: Spans) -> None:
        self._log, self._inner, self._spans = log, inner, spans
        self.read_ns = self._decided_ns = 0

    def append(self, records: Sequence[AnyRecord]) -> None:
        self._decided_ns = time.monotonic_ns()
        self._log.append(records)

    def close(self) -> None:
        self._log.close()

    def submit(self, commands: Sequence[AnyCommand], ts_ns: int) -> None:
        self._spans.handed.add(time.monotonic_ns() - self.read_ns)
        self._spans.command.add(self._decided_ns - self.read_ns)
        self._inner.submit(commands, ts_ns)


async def _ours(client: ClientConnection, runtime: Runtime, spans: Spans) -> None:
    assert runtime.paper is not None and runtime._tradelog is not None
    stamp = Stamp(runtime._tradelog, runtime.paper, spans)
    runtime._tradelog = stamp
    runtime.use_gateway(stamp)
    async for message in client:
        stamp.read_ns = time.monotonic_ns()
        assert isinstance(message, bytes)
        conn, ts_ns = HEAD.unpack_from(message)
        runtime.deliver_frame(Frame(conn, 0, ts_ns, message[HEAD.size :]))


def _default(pairs: list[dict[str, str]]) -> Reader:
    async def read(client: ClientConnection, runtime: Runtime, spans: Spans) -> None:
        stack = DefaultStack(pairs)
        send, receive = anyio.create_memory_object_stream[tuple[bytes, int]](1_000)

        async def decide() -> None:
            async for message, read_ns in receive:
                if stack.apply(message):
                    spans.command.add(time.monotonic_ns() - read_ns)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(decide)
            async with send:
                async for message in client:
                    read_ns = time.monotonic_ns()
                    assert isinstance(message, bytes)
                    await send.send((message[HEAD.size :], read_ns))
                    runtime.frames += 1

    return read


def _settings() -> Settings:
    """Every gate on; only the limits are wide, so that there is something to measure."""
    return Settings.model_validate(
        {
            "paper": {"cash_kalshi": "100000000", "cash_polymarket": "100000000"},
            "risk": {
                "max_position_per_instrument": "1000000",
                "max_cost_per_event": "100000000",
                "max_daily_loss": "100000000",
                "max_open_baskets": 1_000_000,
                "cooldown_ms": 0,
            },
        }
    )


async def _run(folder: Path, home: Path, reader: Reader, spans: Spans, cpu: int) -> int:
    """One session through one stack, on core `cpu` if that is not -1; the frames it read."""
    usable = os.sched_getaffinity(0)
    leave_core(cpu)
    settings = _settings()
    upgrade_url = f"sqlite+aiosqlite:///{home / 'store.db'}"
    await anyio.to_thread.run_sync(upgrade, upgrade_url)
    runtime = session_runtime(folder, settings)
    outbox = Outbox(upgrade_url)
    runtime._journal = JournalWriter(
        home / "journal", {"settings": str(engine_settings(settings, "b"))}
    )
    runtime._tradelog = TradeLogWriter(home / "trades.log")
    runtime._outbox = outbox
    for venue, conn in CONN_OF.items():
        opened = compose.conn_opened(runtime, venue, conn, 0)
        runtime.deliver_event(opened, runtime.engine.now_ns)
    rehearsal = warm_up(home)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.latency", "--serve", str(port), str(folder)]
    async with await anyio.open_process(command, stdout=None, stderr=None) as server:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(outbox.run)
            tasks.start_soon(keep_warm, rehearsal, settings.engine.keep_warm_ms)
            async for client in connect(f"ws://127.0.0.1:{port}", compression=None, proxy=None):
                take_core(cpu)
                await reader(client, runtime, spans)
                break
            await outbox.close()
            tasks.cancel_scope.cancel()
        await server.wait()
    runtime.close()
    os.sched_setaffinity(0, usable)
    return runtime.frames


def _report(frames: dict[str, int], spans: dict[str, Spans], cpu: int) -> None:
    core = f"engine alone on core {cpu}" if cpu >= 0 else "no core kept for the engine"
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}")
    print(f"{core}, {FRAMES_PER_S} frames/s, n = steps with orders")
    mine, base = spans["arbees"], spans["default"]
    print(f"arbees, read to order command: {frames['arbees']} frames, {mine.command.summary()} us")
    print(f"arbees, read to logged and handed to the gateway: {mine.handed.summary()} us")
    print(f"default, read to order: {frames['default']} frames, {base.command.summary()} us")
    for q, bound in BOUNDS_US.items():
        ours = mine.command.quantile_us(q)
        ratio = base.command.quantile_us(q) / max(1.0, ours)
        word = "met" if ours <= bound else "MISSED"
        print(
            f"p{q * 100:.0f}: {ours:.0f} us, bound {bound:.0f} {word}; default / ours {ratio:.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.latency")
    parser.add_argument("--serve", nargs=2)
    parser.add_argument("--cpu", type=int, default=max(os.sched_getaffinity(0)))
    options = parser.parse_args()
    if options.serve:
        anyio.run(_serve, int(options.serve[0]), Path(options.serve[1]))
        return
    from arbees.simulator.generate import generate, save

    sys.setswitchinterval(SWITCH_INTERVAL_S)
    spans = {"arbees": Spans(), "default": Spans()}
    frames = dict.fromkeys(spans, 0)
    with tempfile.TemporaryDirectory() as temporary:
        for seed in SEEDS:
            folder = Path(temporary) / f"session{seed}"
            save(folder, *generate(seed, duration_s=2_400.0, plants=PLANTS))
            pairs = json.loads((folder / "catalog.json").read_bytes())["pairs"]
            readers: dict[str, Reader] = {"arbees": _ours, "default": _default(pairs)}
            for name in readers if seed % 2 else reversed(readers):
                home = Path(temporary) / f"{name}{seed}"
                home.mkdir()
                gc.unfreeze()
                frames[name] += anyio.run(
                    _run, folder, home, readers[name], spans[name], options.cpu
                )
    _report(frames, spans, options.cpu)


if __name__ == "__main__":
    main()
