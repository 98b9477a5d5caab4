"""Secrets of Polymarket's account: from the environment, else from files only their owner can read.

The one rule: a secret goes from here into an object that never shows it, and nowhere else: not into
settings, logs, errors, journals or process arguments.
"""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from arbees.app.config import Polymarket, read_secret
from arbees.errors import ConfigError
from arbees.venues.egress import Proxy, proxy_of
from arbees.venues.polymarket.auth import ApiKeys, decode_keys
from arbees.venues.polymarket.signing import OrderSigner, SignatureType

KEY_ENV = "ARBEES_POLYMARKET_PRIVATE_KEY"
API_ENV = "ARBEES_POLYMARKET_API_KEYS"
PROXY_ENV = "ARBEES_POLYMARKET_PROXY"


def take_secret(env: str, file: str, environ: Mapping[str, str]) -> bytes | None:
    """The environment's, else the file's, else None. Raises ConfigError on a file that others can
    read, and where both are given: which one was meant, nobody can say."""
    said = environ.get(env)
    if said and file:
        raise ConfigError(f"{env} and a file ({file}) are both given: keep one of them")
    if said:
        return said.encode()
    return read_secret(file) if file else None


def polymarket_signer(
    settings: Polymarket, environ: Mapping[str, str] = os.environ
) -> OrderSigner | None:
    """The wallet that signs, or None without a key. Raises ConfigError without showing it."""
    key = take_secret(KEY_ENV, settings.private_key_file, environ)
    if key is None:
        return None
    kind = SignatureType(settings.signature_type)
    return OrderSigner(key.strip(), kind, settings.funder)


def polymarket_keys(
    settings: Polymarket, address: str, environ: Mapping[str, str] = os.environ
) -> ApiKeys | None:
    """The configured API keys (JSON as the venue gives it), or None: they are derived then."""
    said = take_secret(API_ENV, settings.api_keys_file, environ)
    return None if said is None else decode_keys(said, address)


def polymarket_proxy(settings: Polymarket, environ: Mapping[str, str] = os.environ) -> Proxy | None:
    """Plain egress for this venue, or None. A password may only come from the environment."""
    said = environ.get(PROXY_ENV)
    if said:
        return proxy_of(said)
    if not settings.proxy:
        return None
    if urlsplit(settings.proxy).password is not None:
        raise ConfigError(f"polymarket.proxy: it holds a password; put it in {PROXY_ENV} instead")
    return proxy_of(settings.proxy)
