"""Kalshi's request signatures: RSA-PSS or Ed25519 over time, method and path (kalshi.md 3)."""

from base64 import b64encode

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from arbees.errors import ConfigError

SALT_LENGTH = 32


class KalshiSigner:
    """Signs headers. PKCS#1 and PKCS#8 keys load alike. Raises ConfigError on any other key."""

    def __init__(self, key_id: str, pem: bytes) -> None:
        self._key_id = key_id
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise ConfigError(f"kalshi private key: not an unencrypted PEM key: {error}") from error
        if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
            raise ConfigError("kalshi private key: neither RSA nor Ed25519")
        self._key = key

    def __repr__(self) -> str:
        return f"KalshiSigner({self._key_id!r})"

    def headers(self, method: str, path: str, ts_ms: int) -> dict[str, str]:
        """`path` from the host root, without the query."""
        text = f"{ts_ms}{method}{path}".encode()
        if isinstance(self._key, Ed25519PrivateKey):
            signature = self._key.sign(text)
        else:
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), SALT_LENGTH)
            signature = self._key.sign(text, pss, hashes.SHA256())
        return {
            "KALSHI-ACCESS-KEY": self._key_id,
            "KALSHI-ACCESS-TIMESTAMP": str(ts_ms),
            "KALSHI-ACCESS-SIGNATURE": b64encode(signature).decode(),
        }
