"""The home: one folder for all state of a process. It can be written to, or nothing starts."""

import os
from pathlib import Path

from arbees.errors import ConfigError

MODE = "mode"


def prepare_home(home: Path) -> Path:
    """Make the folder and try to write there, so that no order meets a disk that refuses.

    Raises ConfigError naming the folder and the mend."""
    trial = home / f"trial-{os.getpid()}.tmp"
    try:
        home.mkdir(parents=True, exist_ok=True)
        try:
            trial.write_bytes(b"written")
        finally:
            trial.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(
            f"{home}: cannot be written: {error.strerror}; mend it, or set ARBEES_HOME to a folder"
            " that can"
        ) from error
    return home


def claim_home(home: Path, mode: str) -> None:
    """Paper money and real orders never share a log: the home belongs to the mode that used it
    first. Raises ConfigError."""
    path = home / MODE
    if path.exists():
        said = path.read_text().strip()
    else:
        said = "paper" if (home / "trades.log").exists() else mode
        path.write_text(f"{said}\n")
    if said != mode:
        raise ConfigError(
            f"{home}: its log is of {said} trading, this is {mode}: set another ARBEES_HOME"
        )
