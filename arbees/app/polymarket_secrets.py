"""Secrets of a Polymarket account: wallet key and API keys.

The one rule: a secret goes from here into an object that never shows it, and nowhere else: not into
settings, logs, errors, journals or process arguments.
"""

from arbees.app.config import Polymarket
from arbees.app.secrets import API_KEYS, WALLET_KEY, take_secret
from arbees.venues.polymarket.auth import ApiKeys, decode_keys
from arbees.venues.polymarket.signing import OrderSigner, SignatureType


def polymarket_signer(settings: Polymarket) -> OrderSigner | None:
    """The wallet that signs, or None without a key. Raises ConfigError without showing it."""
    key = take_secret(WALLET_KEY, settings.private_key_file)
    if key is None:
        return None
    return OrderSigner(key.strip(), SignatureType(settings.signature_type), settings.funder)


def polymarket_keys(settings: Polymarket, address: str) -> ApiKeys | None:
    """The configured API keys (JSON as the venue gives it), or None: they are derived then."""
    said = take_secret(API_KEYS, settings.api_keys_file)
    return None if said is None else decode_keys(said, address)
