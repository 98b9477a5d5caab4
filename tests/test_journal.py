"""The journal gives back what it was given, and says where it is torn."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from arbees.errors import JournalError
from arbees.journal import MAGIC, JournalReader, JournalWriter
from arbees.messages import events as ev
from arbees.messages.frames import Frame


def write(folder: Path, count: int = 50, **options: Any) -> None:
    journal = JournalWriter(folder, {"format": 1}, **options)
    for seq in range(1, count + 1):
        if seq % 5:
            journal.append_frame(seq, Frame(3, 2, seq * 10, b"frame %d" % seq))
        else:
            journal.append_event(seq, seq * 10, ev.TimerFired(f"t{seq}"))
    journal.close()
    journal.close()
    assert journal.error is None
    assert journal.records == count + 1


def test_round_trip_over_several_segments(tmp_path: Path) -> None:
    write(tmp_path, 400, block_bytes=256, segment_bytes=1_024)
    reader = JournalReader(tmp_path)
    assert reader.header == {"format": 1}
    records = list(reader)
    assert [r.seq for r in records] == list(range(1, 401))
    assert records[0].item == Frame(3, 2, 10, b"frame 1")
    assert records[4].item == ev.TimerFired("t5")
    assert records[4].ts_recv_ns == 50
    assert reader.torn is None


def test_a_torn_tail_is_named_and_costs_only_itself(tmp_path: Path) -> None:
    write(tmp_path)
    file = tmp_path / "000001.arbj"
    whole = file.read_bytes()
    journal = JournalWriter(tmp_path / "b", {"format": 1})
    journal.close()
    second = (tmp_path / "b" / "000001.arbj").read_bytes()[len(MAGIC) :]
    for cut in range(1, len(second)):
        file.write_bytes(whole + second[:cut])
        reader = JournalReader(tmp_path)
        assert len(list(reader)) == 50
        assert reader.torn is not None
        assert f"byte {len(whole)}" in reader.torn


def test_damage_before_the_end_is_an_error_with_its_place(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path / "more")
    file = tmp_path / "000001.arbj"
    more = (tmp_path / "more" / "000001.arbj").read_bytes()[len(MAGIC) :]
    data = bytearray(file.read_bytes() + more)
    data[len(MAGIC) + 20] ^= 1
    file.write_bytes(data)
    with pytest.raises(JournalError, match=r"000001.arbj byte 6"):
        list(JournalReader(tmp_path))


def test_an_empty_folder_has_no_header(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="no journal header"):
        JournalReader(tmp_path)


def test_a_disk_that_refuses_is_visible_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "000001.arbj").write_bytes(b"in the way")
    journal = JournalWriter(tmp_path, {})
    journal.append_event(1, 1, ev.TimerFired("t"))
    journal.close()
    assert journal.error is not None
    assert "journal stopped" in journal.error
    assert journal.stats()["error"] == journal.error


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="file/deep: the journal cannot be kept here"):
        JournalWriter(tmp_path / "file" / "deep", {})


def test_a_missing_segment_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, 400, block_bytes=256, segment_bytes=1_024)
    (tmp_path / "000002.arbj").unlink()
    with pytest.raises(JournalError, match=r"segment 000002\.arbj is missing"):
        JournalReader(tmp_path)


def test_a_disk_too_slow_ends_the_journal_with_a_whole_beginning(tmp_path: Path) -> None:
    journal = JournalWriter(tmp_path, {}, flush_s=600.0, pending_max=2_000)
    for seq in range(1, 101):
        journal.append_frame(seq, Frame(1, 0, seq, b"x" * 100))
    said = journal.stats()
    assert said["waiting_bytes"] <= 2_000 + 200
    assert "too slow" in str(said["error"])
    journal.close()
    journal.append_frame(101, Frame(1, 0, 101, b"later"))
    assert journal.records + journal.dropped == 102
    assert journal.stats()["waiting_bytes"] == 0
    assert [r.seq for r in JournalReader(tmp_path)] == list(range(1, journal.records))


FULL_DISK = """
import json, resource, sys
from pathlib import Path
from random import Random
from arbees.journal import JournalWriter
from arbees.messages.frames import Frame
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
journal = JournalWriter(Path(sys.argv[1]), {}, block_bytes=1_000)
rng = Random(1)
for seq in range(1, 201):
    journal.append_frame(seq, Frame(1, 0, seq, rng.randbytes(100)))
journal.close()
print(json.dumps(journal.stats()))
"""


def test_a_full_disk_leaves_whole_blocks_and_says_where(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, check=True
    )
    said = json.loads(done.stdout)
    assert "000001.arbj" in said["error"] and "disk full" in said["error"]
    reader = JournalReader(tmp_path)
    seqs = [r.seq for r in reader]
    assert seqs == list(range(1, len(seqs) + 1))
    assert 10 < len(seqs) < 50
    assert reader.torn is None
