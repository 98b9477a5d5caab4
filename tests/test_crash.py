"""The kill that matters most, in the fast suite; fifty kills at every point are `make chaos`."""

from pathlib import Path
from random import Random

from benchmarks.crash import POINTS, check, kill


def test_a_kill_between_write_and_send_leaves_what_the_log_says(tmp_path: Path) -> None:
    assert kill(tmp_path, Random(5), POINTS[2], intents_max=1)
    assert check(tmp_path)["voided"] == 2


def test_a_torn_line_is_set_aside_and_nothing_of_it_is_owed(tmp_path: Path) -> None:
    assert kill(tmp_path, Random(6), POINTS[1], intents_max=1)
    assert check(tmp_path)["torn"] == 1
