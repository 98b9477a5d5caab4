"""The running process's local socket, the client that asks it, and the lock that keeps it alone."""

import errno
import fcntl
import hashlib
import json
import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import anyio
from anyio.abc import ByteStream

from arbees.errors import ConfigError, VenueUnavailable

PATH_MAX = 100
TIMEOUT_S = 2.0


def socket_path(home: Path) -> Path:
    """The status socket of a home; a short name elsewhere if the system's limit is near."""
    path = home / "arbees.sock"
    if len(os.fspath(path)) <= PATH_MAX:
        return path
    short = hashlib.sha256(os.fspath(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"arbees-{os.getuid()}-{short}.sock"


class StatusServer:
    """One JSON line per connection."""

    def __init__(self, home: Path, snapshot: Callable[[], dict[str, Any]]) -> None:
        self._path = socket_path(home)
        self._snapshot = snapshot

    async def run(self) -> None:
        """Serve until cancelled; a socket left by a dead process is replaced."""
        self._path.unlink(missing_ok=True)
        listener = await anyio.create_unix_listener(self._path, mode=0o600)
        try:
            async with listener:
                await listener.serve(self._answer)
        finally:
            self._path.unlink(missing_ok=True)

    async def _answer(self, stream: ByteStream) -> None:
        async with stream:
            try:
                with anyio.move_on_after(TIMEOUT_S):
                    await stream.send(json.dumps(self._snapshot()).encode() + b"\n")
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                return


def fetch_status(home: Path, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
    """The running process's state. Raises VenueUnavailable saying whether it is gone or hangs."""
    path = socket_path(home)
    chunks: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(timeout_s)
        try:
            client.connect(os.fspath(path))
            while chunk := client.recv(1 << 16):
                chunks.append(chunk)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as error:
            raise VenueUnavailable(f"not running: nothing answers at {path}") from error
        except TimeoutError as error:
            raise VenueUnavailable(
                f"the process hangs: it did not answer within {timeout_s:g} s"
            ) from error
        except OSError as error:
            raise VenueUnavailable(f"{path}: cannot be asked: {error.strerror}") from error
    try:
        said = json.loads(b"".join(chunks))
    except ValueError as error:
        raise VenueUnavailable("the process ended while it answered") from error
    assert isinstance(said, dict)
    return said


class ProcessLock:
    """Only one process per home; the kernel releases it when the process dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> "ProcessLock":
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            raise ConfigError(
                f"another arbees runs in {self._path.parent}: stop it or set ARBEES_HOME"
            ) from error
        self._file = file
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
