"""The trading log: what we did, append-only, on disk before it leaves.

One line per record: CRC-32 in hex, a space, JSON. `append` returns after write(), which survives
the death of the process; `fsync` makes it survive that of the machine (about 110 us more).
"""

import os
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import msgspec

from arbees.errors import JournalError
from arbees.messages.records import LOGGED, AnyRecord

CRC_LENGTH = 8

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyRecord] = msgspec.json.Decoder(AnyRecord)


def encode_line(record: AnyRecord) -> bytes:
    """The line of one record."""
    body = _encoder.encode(record)
    return b"%08x %b\n" % (crc32(body), body)


def _decode_line(line: bytes) -> AnyRecord:
    """Raises ValueError saying what is wrong with the line."""
    if not line.endswith(b"\n") or line[CRC_LENGTH : CRC_LENGTH + 1] != b" ":
        raise ValueError("the line is incomplete")
    body = line[CRC_LENGTH + 1 : -1]
    if line[:CRC_LENGTH] != b"%08x" % crc32(body):
        raise ValueError("the checksum does not match")
    return _decoder.decode(body)


def read_tradelog(path: Path) -> tuple[list[AnyRecord], str | None]:
    """(records, what is torn at the end or None).

    Raises JournalError naming file and line if anything but the last line is damaged.
    """
    records, good, size = _scan(path)
    if good == size:
        return records, None
    return records, f"{path} from byte {good}: {size - good} bytes of an unfinished line"


def _scan(path: Path) -> tuple[list[AnyRecord], int, int]:
    """(records, bytes of good lines, bytes in all)."""
    data = path.read_bytes()
    records: list[AnyRecord] = []
    good = 0
    for number, line in enumerate(data.splitlines(keepends=True), 1):
        try:
            records.append(_decode_line(line))
        except (ValueError, msgspec.MsgspecError) as error:
            if good + len(line) < len(data):
                raise JournalError(f"{path} line {number}: {error}") from error
            break
        good += len(line)
    return records, good, len(data)


class TradeLogWriter:
    """Appends; one write per call. Raises JournalError when the disk refuses, then and
    ever after: nothing may be sent. No feed may take that for a broken socket, so no OSError."""

    def __init__(self, path: Path, fsync: bool = False) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            _set_aside_torn_tail(path)
        self._fsync = fsync
        self._is_broken = False
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def append(self, records: Sequence[AnyRecord]) -> None:
        """Write the records that belong in the log, in one piece."""
        lines = [encode_line(r) for r in records if isinstance(r, LOGGED)]
        data = lines[0] if len(lines) == 1 else b"".join(lines)
        if self._is_broken:
            raise JournalError("the trading log is broken: free the disk and restart")
        try:
            written = os.write(self._file, data) if data else 0
            if written == len(data) and self._fsync:
                os.fdatasync(self._file)
        except OSError as error:
            self._is_broken = True
            raise JournalError(f"trading log: {error}") from error
        if written != len(data):
            self._is_broken = True
            raise JournalError(f"trading log: {written} of {len(data)} bytes written, disk full?")

    def close(self) -> None:
        os.close(self._file)


def _set_aside_torn_tail(path: Path) -> None:
    """Cut an unfinished last line off and keep its bytes beside the log: nothing is lost."""
    _, good, size = _scan(path)
    if good == size:
        return
    number = 1
    while (side := path.with_name(f"{path.name}.torn-{number}")).exists():
        number += 1
    with path.open("rb+") as file:
        file.seek(good)
        side.write_bytes(file.read())
        file.truncate(good)
