"""Creates and migrates the tables through alembic."""

from collections.abc import Callable
from pathlib import Path

from alembic.config import Config
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from alembic import command
from arbees.errors import ConfigError

FOLDER = Path(__file__).resolve().parents[2] / "alembic"

try:
    from asyncpg.exceptions import InterfaceError, PostgresError

    DRIVER_ERRORS: tuple[type[Exception], ...] = (InterfaceError, PostgresError)
except ImportError:  # an extra: SQLite needs none of it
    DRIVER_ERRORS = ()

DB_ERRORS: tuple[type[Exception], ...] = (
    SQLAlchemyError,
    OSError,
    TimeoutError,
    *DRIVER_ERRORS,
)
"""What a database that is away, full or broken raises. asyncpg's own errors come through bare
while a connection is being made."""


def first_line(error: BaseException) -> str:
    """What went wrong, for one line of a status."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:300]


def check_url(url: str) -> None:
    """Raises ConfigError for an address that no database can have, or whose driver is missing."""
    try:
        make_url(url).get_dialect().import_dbapi()
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigError(f"store.url: {first_line(error)}") from error
    except ImportError as error:
        raise ConfigError(f"store.url: {error}: install arbees[postgres]") from error


def _run(url: str, act: Callable[[Config], None]) -> None:
    _, is_sqlite, file = url.partition("sqlite+aiosqlite:///")
    if is_sqlite and not file.startswith("file:") and not Path(file).parent.is_dir():
        raise ConfigError(f"database {file}: unable to open, its directory does not exist")
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    try:
        act(config)
    except DB_ERRORS as error:
        raise ConfigError(
            f"database {url.partition('@')[2] or url}: {first_line(error)}"
        ) from error


def upgrade(url: str) -> str:
    """Bring the database to the newest revision; its name. Raises ConfigError if it cannot."""
    _run(url, lambda config: command.upgrade(config, "head"))
    return "head"


def downgrade(url: str, revision: str) -> None:
    """Back to a revision ("base" is none); its tables' rows go with them."""
    _run(url, lambda config: command.downgrade(config, revision))
