"""The journal gives back what it was given, and says where it is torn."""

from pathlib import Path

import pytest

from arbees.errors import JournalError
from arbees.journal import MAGIC, JournalReader, JournalWriter
from arbees.messages import events as ev
from arbees.messages.frames import Frame


def write(folder: Path, count: int = 50, **options: int) -> None:
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
