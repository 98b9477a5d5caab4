"""`arbees db rebuild`: the database's view of what we did, from the trading log."""

from pathlib import Path

from arbees.app.compose import NETTING
from arbees.app.config import Settings
from arbees.app.status import ProcessLock
from arbees.errors import ConfigError
from arbees.store.migrate import upgrade
from arbees.store.projection import Projection
from arbees.store.rebuild import rebuild
from arbees.tradelog import read_tradelog


def rebuild_database(settings: Settings) -> dict[str, int]:
    """Rows per table. Raises ConfigError while a process runs, or without a trading log."""
    home = Path(settings.home)
    path = home / "trades.log"
    if not path.is_file():
        raise ConfigError(f"{path}: no trading log, nothing to rebuild from; check ARBEES_HOME")
    with ProcessLock(home / "arbees.lock"):
        records, _ = read_tradelog(path)
        upgrade(settings.store_url())
        return rebuild(settings.store_url(), records, Projection(NETTING))
