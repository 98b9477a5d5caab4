"""Secrets: from the environment or from a file that only its owner can read, never from both.

What comes from the environment is taken out of it at once, so that no child process (store, journal
workers) inherits it. Nothing here ever repeats a secret, not even its length.
"""

import os

from arbees.app.config import Settings, read_secret
from arbees.errors import ConfigError

KALSHI_KEY = "ARBEES_KALSHI_PRIVATE_KEY"
WALLET_KEY = "ARBEES_POLYMARKET_PRIVATE_KEY"
API_KEYS = "ARBEES_POLYMARKET_API_KEYS"
PROXY = "ARBEES_POLYMARKET_PROXY"
KALSHI_PROXY = "ARBEES_KALSHI_PROXY"
DATABASE = "ARBEES_STORE__URL"
"""An address that may hold a password."""
SECRETS = (KALSHI_KEY, WALLET_KEY, API_KEYS, PROXY, KALSHI_PROXY, DATABASE)


def take_secret(variable: str, file: str) -> bytes | None:
    """The secret, or None where neither says one. A key's line breaks may be written as \\n in the
    environment. Raises ConfigError if both are set, or the file is readable by others."""
    said = os.environ.pop(variable, "")
    if said and file:
        raise ConfigError(f"{variable} is set and so is the file {file}: keep one of them")
    if said:
        return said.replace("\\n", "\n").encode()
    return read_secret(file) if file else None


def forget_secrets() -> None:
    """Once the settings are read: what a run does not use must not reach its children either."""
    for variable in SECRETS:
        os.environ.pop(variable, None)


def kalshi_private_key(settings: Settings) -> bytes | None:
    """Kalshi's PEM key."""
    return take_secret(KALSHI_KEY, settings.kalshi.private_key_file)
