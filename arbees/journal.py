"""The journal: every input in order, append-only, checksummed, in zstd blocks.

The caller's thread only hangs packed heads and the frames' own bytes on a deque, without a lock or
a copy; a thread of its own joins, compresses and writes. A segment file is a magic line and blocks;
a block is a head (lengths, CRC-32) and compressed records. The first record is the header:
configuration, code version, ledger and kill state. The one rule: a journal is a prefix of what
happened. Where it cannot go on, by a full disk or one too slow, it ends for good and says so.
"""

import struct
import threading
from collections import deque
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import msgspec
import zstandard

from arbees.errors import JournalError
from arbees.messages.events import EngineEvent
from arbees.messages.frames import Frame

MAGIC = b"ARBJ1\n"
BLOCK = struct.Struct("<4sIII")
BLOCK_MARK = b"ABLK"
RECORD = struct.Struct("<IBQqII")
HEADER, FRAME, EVENT = 0, 1, 2
PENDING_MAX = 64 << 20
"""Bytes that may wait for the disk; at 60,000 frames/s a stall of about four seconds."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(EngineEvent)


class JournalRecord(NamedTuple):
    """One input: its place in the order of the world, when it came, and what it is."""

    seq: int
    ts_recv_ns: int
    item: Frame | EngineEvent | dict[str, Any]


class JournalWriter:
    """A ports.Journal in `dir`. A write error is kept in `error`; the engine never sees it.

    Raises JournalError if the folder cannot be made."""

    def __init__(
        self,
        dir: Path,
        header: dict[str, Any],
        *,
        block_bytes: int = 256 << 10,
        flush_s: float = 0.2,
        segment_bytes: int = 64 << 20,
        pending_max: int = PENDING_MAX,
    ) -> None:
        try:
            dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JournalError(f"{dir}: the journal cannot be kept here: {error}") from error
        self.dir = dir
        self.error: str | None = None
        self.records = 0
        self.dropped = 0
        self.bytes_raw = 0
        self.bytes_written = 0
        self._block_bytes = block_bytes
        self._flush_s = flush_s
        self._pending_max = pending_max
        self._disk = _Segments(dir, segment_bytes)
        self._parts: deque[bytes] = deque()
        """Head, data, head, data: `extend` is one step, so a reader never sees half a record."""
        self._bytes_in = 0  # changed by the caller's thread only, so it needs no lock
        self._wake = threading.Event()
        self._is_ended = False
        self._is_closed = False
        self._append(0, 0, HEADER, msgspec.json.encode(header), 0, 0)
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    def append_frame(self, seq: int, frame: Frame) -> None:
        """Keeps the frame's bytes, which nobody changes; nothing waits."""
        self._append(seq, frame.ts_recv_ns, FRAME, frame.data, frame.conn_id, frame.generation)

    def append_event(self, seq: int, ts_recv_ns: int, event: EngineEvent) -> None:
        self._append(seq, ts_recv_ns, EVENT, _encoder.encode(event), 0, 0)

    def _append(
        self, seq: int, ts_ns: int, kind: int, data: bytes, conn_id: int, generation: int
    ) -> None:
        waiting = self._bytes_in - self.bytes_raw
        if self._is_ended or waiting > self._pending_max:
            self._refuse()
            return
        size = len(data)
        self._parts.extend((RECORD.pack(size, kind, seq, ts_ns, conn_id, generation), data))
        self._bytes_in += RECORD.size + size
        self.records += 1
        if waiting > self._block_bytes and not self._wake.is_set():
            self._wake.set()

    def _refuse(self) -> None:
        """One record lost is the end: a replay beyond a gap would show what never happened."""
        self.dropped += 1
        if not self._is_ended:
            self._is_ended = True
            self.error = f"journal stopped: {self._pending_max} bytes wait, the disk is too slow"

    def stats(self) -> dict[str, Any]:
        """What status shows: records taken and lost, bytes that wait and are written."""
        return {
            "error": self.error,
            "records": self.records,
            "dropped": self.dropped,
            "waiting_bytes": max(0, self._bytes_in - self.bytes_raw),
            "written_bytes": self.bytes_written,
        }

    def close(self) -> None:
        """Write what waits, and end the thread."""
        if not self._is_closed:
            self._is_closed = True
            self._wake.set()
            self._thread.join()

    def _work(self) -> None:
        try:
            while True:
                self._wake.wait(self._flush_s)
                self._wake.clear()
                is_last = self._is_closed
                while self._parts:
                    block = self._take_block()
                    self.bytes_written += self._disk.write(block)
                    self.bytes_raw += len(block)
                if is_last:
                    return
        except (OSError, MemoryError, zstandard.ZstdError) as error:
            self.error = f"journal stopped: {error}"
            self._is_ended = True
            self._parts.clear()
        finally:
            self._disk.close()

    def _take_block(self) -> bytes:
        """Whole records of about a block's size. Short, for it holds the interpreter."""
        parts: list[bytes] = []
        size, pop = 0, self._parts.popleft
        for _ in range(len(self._parts) // 2):
            head, data = pop(), pop()
            parts += (head, data)
            size += len(head) + len(data)
            if size >= self._block_bytes:
                break
        return b"".join(parts)


class _Segments:
    """The files, one after the other; a write is whole or undone. Raises OSError."""

    def __init__(self, dir: Path, segment_bytes: int) -> None:
        self._dir = dir
        self._segment_bytes = segment_bytes
        self._number = 0
        self._file: FileIO | None = None
        self._compressor = zstandard.ZstdCompressor(level=1)

    def write(self, block: bytes) -> int:
        """Append one block; the bytes written."""
        if self._file is None or self._file.tell() > self._segment_bytes:
            self.close()
            self._number += 1
            self._file = FileIO(self._dir / f"{self._number:06d}.arbj", "xb")
            self._write(MAGIC)
        data = self._compressor.compress(block)
        return self._write(BLOCK.pack(BLOCK_MARK, len(block), len(data), crc32(data)) + data)

    def _write(self, data: bytes) -> int:
        assert self._file is not None
        at = self._file.tell()
        if (written := self._file.write(data)) != len(data):
            self._file.truncate(at)
            raise OSError(f"{self._file.name}: {written} of {len(data)} bytes written, disk full?")
        return written

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


class JournalReader:
    """Reads a journal folder. `torn` says after reading what was unfinished at its end."""

    def __init__(self, dir: Path) -> None:
        self._files = sorted(dir.glob("*.arbj"))
        self.torn: str | None = None
        for number, file in enumerate(self._files, 1):
            if file.name != f"{number:06d}.arbj":
                raise JournalError(f"{dir}: segment {number:06d}.arbj is missing")
        first = next(self._records(), None)
        if first is None or not isinstance(first.item, dict):
            raise JournalError(f"{dir}: no journal header: {self.torn or 'no complete block'}")
        self.header: dict[str, Any] = first.item

    def __iter__(self) -> Iterator[JournalRecord]:
        """All records after the header. Raises JournalError on damage before the end."""
        records = self._records()
        next(records, None)
        yield from records

    def _records(self) -> Iterator[JournalRecord]:
        decompressor = zstandard.ZstdDecompressor()
        for file in self._files:
            for block in self._blocks(file, file == self._files[-1], decompressor):
                yield from _unpack(block, file)

    def _blocks(
        self, file: Path, is_last: bool, decompressor: zstandard.ZstdDecompressor
    ) -> Iterator[bytes]:
        data = file.read_bytes()
        at = len(MAGIC)
        if data[:at] != MAGIC:
            self._bad(file, 0, "no journal magic", is_last and len(data) < at)
            return
        while at < len(data):
            head = data[at : at + BLOCK.size]
            if len(head) < BLOCK.size:
                self._bad(file, at, "an unfinished block head", is_last)
                return
            mark, raw, size, crc = BLOCK.unpack(head)
            body = data[at + BLOCK.size : at + BLOCK.size + size]
            ends = at + BLOCK.size + size >= len(data)
            if mark != BLOCK_MARK or len(body) < size or crc32(body) != crc:
                self._bad(file, at, "a damaged block", is_last and ends)
                return
            yield decompressor.decompress(body, max_output_size=raw)
            at += BLOCK.size + size

    def _bad(self, file: Path, at: int, why: str, is_tail: bool) -> None:
        text = f"{file} byte {at}: {why}"
        if not is_tail:
            raise JournalError(text)
        self.torn = text


def _unpack(block: bytes, file: Path) -> Iterator[JournalRecord]:
    at = 0
    while at < len(block):
        size, kind, seq, ts_ns, conn_id, generation = RECORD.unpack_from(block, at)
        at += RECORD.size
        data = block[at : at + size]
        at += size
        if kind == FRAME:
            yield JournalRecord(seq, ts_ns, Frame(conn_id, generation, ts_ns, data))
            continue
        try:
            if kind == HEADER:
                yield JournalRecord(seq, ts_ns, msgspec.json.decode(data, type=dict))
            else:
                yield JournalRecord(seq, ts_ns, _decoder.decode(data))
        except msgspec.MsgspecError as error:
            raise JournalError(f"{file} record {seq}: {error}") from error
