"""Creates and migrates the tables through alembic."""

from pathlib import Path

from alembic.config import Config
from sqlalchemy.exc import SQLAlchemyError

from alembic import command
from arbees.errors import ConfigError

FOLDER = Path(__file__).resolve().parents[2] / "alembic"


def upgrade(url: str) -> str:
    """Bring the database to the newest revision; its name. Raises ConfigError if it cannot."""
    _, is_sqlite, file = url.partition("sqlite+aiosqlite:///")
    if is_sqlite and not Path(file).parent.is_dir():
        raise ConfigError(f"database {file}: unable to open, its directory does not exist")
    try:
        command.upgrade(config_of(url), "head")
    except (SQLAlchemyError, OSError) as error:
        first = str(error).splitlines()[0]
        raise ConfigError(f"database {url.partition('@')[2] or url}: {first}") from error
    return "head"


def config_of(url: str) -> Config:
    """Alembic's settings for this database."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config
