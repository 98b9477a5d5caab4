"""The journal: every input in order, append-only, checksummed, in zstd blocks.

The caller's thread only packs bytes; a thread of its own compresses and writes. A segment file is
a magic line and blocks; a block is a head (lengths, CRC-32) and compressed records. The first
record is the header: configuration, code version, ledger and kill state.
"""

import struct
import threading
from collections.abc import Iterator
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

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(EngineEvent)


class JournalRecord(NamedTuple):
    """One input: its place in the order of the world, when it came, and what it is."""

    seq: int
    ts_recv_ns: int
    item: Frame | EngineEvent | dict[str, Any]


class JournalWriter:
    """A ports.Journal in `dir`. A write error is kept in `error`; the engine never sees it."""

    def __init__(
        self,
        dir: Path,
        header: dict[str, Any],
        *,
        block_bytes: int = 256 << 10,
        flush_s: float = 0.2,
        segment_bytes: int = 64 << 20,
    ) -> None:
        dir.mkdir(parents=True, exist_ok=True)
        self.dir = dir
        self.error: str | None = None
        self.records = 0
        self.dropped = 0
        self.bytes_raw = 0
        self.bytes_written = 0
        self._block_bytes = block_bytes
        self._flush_s = flush_s
        self._segment_bytes = segment_bytes
        self._segment = 0
        self._pending = bytearray()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._is_closed = False
        self._append(0, 0, HEADER, msgspec.json.encode(header), 0, 0)
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    def append_frame(self, seq: int, frame: Frame) -> None:
        """Copies the bytes; nothing waits."""
        self._append(seq, frame.ts_recv_ns, FRAME, frame.data, frame.conn_id, frame.generation)

    def append_event(self, seq: int, ts_recv_ns: int, event: EngineEvent) -> None:
        self._append(seq, ts_recv_ns, EVENT, _encoder.encode(event), 0, 0)

    def _append(
        self, seq: int, ts_ns: int, kind: int, data: bytes, conn_id: int, generation: int
    ) -> None:
        head = RECORD.pack(len(data), kind, seq, ts_ns, conn_id, generation)
        with self._lock:
            if len(self._pending) > PENDING_MAX:
                self.dropped += 1
                self.error = self.error or "the disk is too slow: records were dropped"
                return
            self._pending += head
            self._pending += data
            full = len(self._pending) >= self._block_bytes
        self.records += 1
        if full and not self._wake.is_set():
            self._wake.set()

    def close(self) -> None:
        """Write what waits, and end the thread."""
        if not self._is_closed:
            self._is_closed = True
            self._wake.set()
            self._thread.join()

    def _work(self) -> None:
        compressor = zstandard.ZstdCompressor(level=1)
        file = None
        try:
            while True:
                self._wake.wait(self._flush_s)
                self._wake.clear()
                is_last = self._is_closed
                with self._lock:
                    block, self._pending = bytes(self._pending), bytearray()
                if block:
                    if file is None or file.tell() > self._segment_bytes:
                        if file is not None:
                            file.close()
                        self._segment += 1
                        file = (self.dir / f"{self._segment:06d}.arbj").open("xb", buffering=0)
                        file.write(MAGIC)
                    data = compressor.compress(block)
                    head = BLOCK.pack(BLOCK_MARK, len(block), len(data), crc32(data))
                    file.write(head + data)
                    self.bytes_raw += len(block)
                    self.bytes_written += len(head) + len(data)
                if is_last:
                    return
        except OSError as error:
            self.error = f"journal stopped: {error}"
        finally:
            if file is not None:
                file.close()


class JournalReader:
    """Reads a journal folder. `torn` says after reading what was unfinished at its end."""

    def __init__(self, dir: Path) -> None:
        self._files = sorted(dir.glob("*.arbj"))
        self.torn: str | None = None
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
