"""Replay: a journal, or a session folder of recorded frames, through the same sessions and engine
in virtual time, without sockets, as fast as it goes."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from arbees.app import compose
from arbees.app.config import Settings
from arbees.app.engine_settings import engine_settings, paper_settings
from arbees.errors import ConfigError
from arbees.journal import JournalReader
from arbees.messages import events as ev
from arbees.messages.frames import Frame
from arbees.pipeline.runtime import Runtime

KALSHI_CONN = 1
POLYMARKET_CONN = 2
CONN_OF = {"kalshi": KALSHI_CONN, "polymarket": POLYMARKET_CONN}


class _Line(msgspec.Struct, gc=False):
    t: int
    venue: str
    channel: str
    frame: msgspec.Raw = msgspec.Raw(b"null")


def replay(path: Path, settings: Settings) -> dict[str, Any]:
    """The summary of a replay. Raises ConfigError if `path` is neither kind of folder."""
    if (path / "frames.jsonl.gz").is_file():
        return replay_session(path, settings)
    if any(path.glob("*.arbj")):
        return replay_journal(path)
    raise ConfigError(f"{path}: neither a journal (*.arbj) nor a session (frames.jsonl.gz)")


def read_lines(path: Path) -> Iterator[_Line]:
    """The lines of a session's frames. Raises ConfigError naming the line that cannot be read."""
    decoder = msgspec.json.Decoder(_Line)
    with gzip.open(path / "frames.jsonl.gz", "rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield decoder.decode(line)
            except msgspec.MsgspecError as error:
                raise ConfigError(f"{path}/frames.jsonl.gz line {number}: {error}") from error


def session_runtime(path: Path, settings: Settings) -> Runtime:
    """A runtime with the session's catalogue and pairs loaded, connections not yet open."""
    catalog = json.loads((path / "catalog.json").read_bytes())
    runtime = compose.build_runtime(
        engine_settings(settings, "replay"), paper=paper_settings(settings)
    )
    start = next((line.t for line in read_lines(path)), 0)
    runtime.log(compose.open_accounts(runtime.engine.ledger, settings.paper.cash_micro, start))
    instruments = compose.instruments_from_catalog(catalog)
    runtime.deliver_event(ev.InstrumentsAdded(tuple(instruments)), start)
    links = compose.links_from_pairs(catalog["pairs"], instruments)
    runtime.deliver_event(ev.LinksAdded(tuple(links)), start)
    return runtime


def play_session(path: Path, runtime: Runtime) -> None:
    """Feed every line; a gap is a reconnect."""
    generation = dict.fromkeys(CONN_OF, 0)
    for venue in CONN_OF:
        opened = compose.conn_opened(runtime, venue, CONN_OF[venue], 0)
        runtime.deliver_event(opened, runtime.engine.now_ns)
    for line in read_lines(path):
        conn = CONN_OF[line.venue]
        if line.channel == "gap":
            generation[line.venue] += 1
            opened = compose.conn_opened(runtime, line.venue, conn, generation[line.venue])
            runtime.deliver_event(opened, line.t)
            continue
        frame = Frame(conn, generation[line.venue], line.t, bytes(line.frame))
        runtime.deliver_frame(frame)
    runtime.advance(2**62)


def replay_session(path: Path, settings: Settings) -> dict[str, Any]:
    """Replay a recorded or generated session folder."""
    runtime = session_runtime(path, settings)
    play_session(path, runtime)
    return compose.summary(runtime)


def replay_journal(path: Path) -> dict[str, Any]:
    """Replay a journal: its own header says how the engine was set up."""
    reader = JournalReader(path)
    runtime = compose.runtime_from_header(reader.header)
    for record in reader:
        item = record.item
        if isinstance(item, Frame):
            runtime.deliver_frame(item)
        elif not isinstance(item, dict):
            runtime.deliver_event(item, record.ts_recv_ns)
    return {**compose.summary(runtime), "torn": reader.torn}
