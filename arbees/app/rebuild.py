"""The database from the trading log: the log is the truth, the database a projection of it."""

from pathlib import Path

import anyio

from arbees.app.compose import NETTING
from arbees.app.config import Settings
from arbees.app.status import ProcessLock
from arbees.errors import ConfigError
from arbees.pipeline.ledger import Ledger, retold
from arbees.store.migrate import upgrade
from arbees.store.rebuild import rebuild
from arbees.tradelog import read_tradelog


def rebuild_store(settings: Settings) -> int:
    """Rows written. Raises ConfigError without a log, while a process runs, or if the database
    refuses."""
    home = Path(settings.home)
    log = home / "trades.log"
    if not log.exists():
        raise ConfigError(f"{log}: there is no trading log to rebuild from")
    with ProcessLock(home / "arbees.lock"):
        records, _ = read_tradelog(log)
        upgrade(settings.store_url())
        return anyio.run(rebuild, settings.store_url(), retold(records, NETTING, Ledger()))
