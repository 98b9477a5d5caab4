"""Frames a second on one core through session, journal and engine, beside json.loads alone.

`python -m benchmarks.throughput [SESSION]`: a generated session without an argument. Rounds are
interleaved; the ratio to the reference travels to another machine, the figures do not.
"""

import json
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

from arbees.app import compose
from arbees.app.config import Settings
from arbees.app.engine_settings import engine_settings
from arbees.app.replay import CONN_OF, read_lines, session_runtime
from arbees.journal import JournalWriter
from arbees.messages.frames import Frame
from arbees.simulator.generate import generate, save

ROUNDS = 5


def ours(folder: Path, frames: list[Frame], journal_dir: Path) -> float:
    runtime = session_runtime(folder, Settings())
    journal = JournalWriter(journal_dir, {"settings": str(engine_settings(Settings(), "b"))})
    runtime._journal = journal
    for venue, conn in CONN_OF.items():
        runtime.deliver_event(compose.conn_opened(runtime, venue, conn, 0), frames[0].ts_recv_ns)
    began = time.perf_counter()
    for frame in frames:
        runtime.deliver_frame(frame)
    taken = time.perf_counter() - began
    journal.close()
    return len(frames) / taken


def reference(frames: list[Frame]) -> float:
    began = time.perf_counter()
    for frame in frames:
        json.loads(frame.data)
    return len(frames) / (time.perf_counter() - began)


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(temporary) / "session"
        if len(sys.argv) == 1:
            save(folder, *generate(7, duration_s=1_500.0, plants=210))
        lines = [line for line in read_lines(folder) if line.channel == "ws"]
        frames = [Frame(CONN_OF[x.venue], 0, x.t, bytes(x.frame)) for x in lines]
        rows = [
            (ours(folder, frames, Path(temporary) / f"journal{n}"), reference(frames))
            for n in range(ROUNDS)
        ]
    mine, base = (statistics.median(column) for column in zip(*rows, strict=True))
    print(f"machine: {platform.machine()} {platform.python_version()}, {len(frames)} frames")
    print(f"session + journal + engine: {mine:,.0f} frames/s; json.loads alone: {base:,.0f}")
    print(f"ratio to json.loads alone: {mine / base:.2f} (median of {ROUNDS} rounds)")


if __name__ == "__main__":
    main()
