"""The kill latch: a file on disk that stops orders, survives restarts, and works when the process
is down. It fails closed: what cannot be read is ON."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from arbees.errors import ConfigError


@dataclass(frozen=True, slots=True)
class KillState:
    """Whether orders are stopped, why and since when (ISO, UTC)."""

    on: bool
    reason: str
    since: str


class KillLatch:
    """`path` exists while the latch is on; its content says why."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._name = os.fspath(path)

    def is_on(self) -> bool:
        """Read before every order: one stat call. Any other failure than absence is ON."""
        try:
            os.stat(self._name)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return True

    def set(self, reason: str) -> KillState:
        """Latch; on disk and synced when this returns. A disk too full for the reason may still
        have room for a name, and the name is what stops orders. Raises ConfigError if not."""
        state = KillState(True, reason, datetime.now(UTC).isoformat(timespec="seconds"))
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._write(state)
            except OSError:
                self._path.touch()
            self._sync_folder()
        except OSError as error:
            raise ConfigError(f"{self._path}: cannot latch: {error.strerror}") from error
        return state

    def _write(self, state: KillState) -> None:
        draft = self._path.with_suffix(".new")
        with draft.open("w") as file:
            json.dump({"reason": state.reason, "since": state.since}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)

    def clear(self) -> None:
        """Release; nothing to do if it was off. Raises ConfigError if it may still be on."""
        try:
            self._path.unlink(missing_ok=True)
            if self._path.parent.is_dir():
                self._sync_folder()
        except OSError as error:
            raise ConfigError(f"{self._path}: cannot release: {error.strerror}") from error

    def read(self) -> KillState:
        """State with its reason; an unreadable latch is ON and says so."""
        if not self.is_on():
            return KillState(False, "", "")
        try:
            said = json.loads(self._path.read_text())
            return KillState(True, str(said["reason"]), str(said["since"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            return KillState(True, f"latch unreadable, so it counts as on: {error}", "")

    def _sync_folder(self) -> None:
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
