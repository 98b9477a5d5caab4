"""A home that can be written to, and the error for one that cannot."""

from pathlib import Path

import pytest

from arbees.app.home import prepare_home
from arbees.errors import ConfigError


def test_a_home_is_made_and_left_empty(tmp_path: Path) -> None:
    home = prepare_home(tmp_path / "deep" / "home")
    assert list(prepare_home(home).iterdir()) == []


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="file/home: cannot be written: Not a directory"):
        prepare_home(tmp_path / "file" / "home")


def test_a_folder_that_takes_no_file_is_named() -> None:
    """Linux's /proc is a folder in which nobody, not even root, may make a file."""
    if not Path("/proc/self").exists():
        pytest.skip("no /proc here")
    with pytest.raises(ConfigError, match=r"^/proc: cannot be written: .* set ARBEES_HOME"):
        prepare_home(Path("/proc"))
