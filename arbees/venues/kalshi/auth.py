"""Kalshi's request signatures: RSA-PSS or Ed25519 over time, method and path (kalshi.md 3).

A signature covers neither the query nor the body, so one signature a second and path serves every
order: that takes 270 us and more (RSA) or 26 us (Ed25519) off the way of each. No key, and nothing
derived from one but signatures, is ever part of a repr or an error.
"""

from base64 import b64encode
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from arbees.errors import ConfigError, VenueUnavailable

SALT_LENGTH = 32
RSA_BITS_MIN = 2_048
PRESIGNED_MAX_MS = 2_500
"""Oldest pre-signed header that is used; the venue accepts 5 s and more (kalshi.md 3)."""
WATCHED_MAX = 256
SKEW_MAX_MS = 4_000
"""Beyond this we do not trade: +-5 s was accepted, -30 s and +-60 s were refused."""

Headers = tuple[tuple[str, str], ...]


class KalshiSigner:
    """Signs headers. PKCS#1 and PKCS#8 keys load alike. Raises ConfigError on any other key."""

    def __init__(self, key_id: str, pem: bytes) -> None:
        self._key_id = _key_id(key_id)
        self._key = _load(pem)
        self._pss = padding.PSS(padding.MGF1(hashes.SHA256()), SALT_LENGTH)
        self._sha = hashes.SHA256()
        self._sign: Callable[[bytes], bytes] = (
            self._sign_rsa if isinstance(self._key, RSAPrivateKey) else self._key.sign
        )

    def __repr__(self) -> str:
        return f"KalshiSigner({'rsa' if isinstance(self._key, RSAPrivateKey) else 'ed25519'})"

    def _sign_rsa(self, text: bytes) -> bytes:
        assert isinstance(self._key, RSAPrivateKey)
        return self._key.sign(text, self._pss, self._sha)

    def signed(self, method: str, path: str, ts_ms: int) -> Headers:
        """`path` from the host root, without the query."""
        signature = self._sign(f"{ts_ms}{method}{path}".encode())
        return (
            ("KALSHI-ACCESS-KEY", self._key_id),
            ("KALSHI-ACCESS-TIMESTAMP", str(ts_ms)),
            ("KALSHI-ACCESS-SIGNATURE", b64encode(signature).decode()),
        )

    def headers(self, method: str, path: str, ts_ms: int) -> dict[str, str]:
        """The same as a mapping, for the socket's handshake."""
        return dict(self.signed(method, path, ts_ms))


def _key_id(text: str) -> str:
    """A key id that can stand in a header. The id itself is not repeated in the error."""
    key_id = text.strip()
    if not key_id or not key_id.isascii() or not key_id.isprintable() or " " in key_id:
        raise ConfigError("kalshi key_id: empty, or with characters that no header may have")
    return key_id


def _load(pem: bytes) -> RSAPrivateKey | Ed25519PrivateKey:
    """The parser's own message is not repeated: it may quote what it read."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError(
            "kalshi private key: not an unencrypted PEM key (BEGIN PRIVATE KEY or"
            " BEGIN RSA PRIVATE KEY); export it again without a password"
        ) from None
    if isinstance(key, RSAPrivateKey) and key.key_size < RSA_BITS_MIN:
        raise ConfigError(f"kalshi private key: RSA of {key.key_size} bits, need {RSA_BITS_MIN}")
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ConfigError("kalshi private key: neither RSA nor Ed25519")
    return key


class Presigned:
    """Headers signed off the path. `refresh` may run in a thread; `signed` never waits.

    A path that was not watched, or whose signature has aged, is signed on the spot: slower, but
    right. `late` counts those.
    """

    def __init__(self, signer: KalshiSigner) -> None:
        self._signer = signer
        self._ready: dict[tuple[str, str], tuple[int, Headers]] = {}
        self._watched: dict[tuple[str, str], None] = {}
        self.late = 0

    def watch(self, method: str, path: str) -> None:
        """Keep a signature ready; the longest watched goes when there are too many."""
        self._watched[(method, path)] = None
        if len(self._watched) > WATCHED_MAX:
            self.forget(*next(iter(self._watched)))

    def forget(self, method: str, path: str) -> None:
        """It will not be needed any more."""
        self._watched.pop((method, path), None)
        self._ready.pop((method, path), None)

    def refresh(self, now_ms: int) -> None:
        """Sign every watched path anew."""
        for method, path in tuple(self._watched):
            self._ready[(method, path)] = (now_ms, self._signer.signed(method, path, now_ms))

    def signed(self, method: str, path: str, now_ms: int) -> Headers:
        """Headers for a request that leaves now."""
        ready = self._ready.get((method, path))
        if ready is not None and 0 <= now_ms - ready[0] <= PRESIGNED_MAX_MS:
            return ready[1]
        self.late += 1
        return self._signer.signed(method, path, now_ms)


def skew_ms(date: str | None, sent_ms: int, received_ms: int) -> int:
    """How far our clock is surely ahead (+) or behind (-) of the venue's `Date`, in ms; 0 while
    its one-second grain and the round trip can explain the difference.

    Raises VenueUnavailable if there is no readable date: the clock is then not known to be right.
    """
    try:
        venue_ms = int(parsedate_to_datetime(date or "").timestamp() * 1_000)
    except (TypeError, ValueError) as error:
        raise VenueUnavailable("kalshi: no readable Date header to check the clock by") from error
    if sent_ms > venue_ms + 1_000:
        return sent_ms - venue_ms - 1_000
    return min(0, received_ms - venue_ms)


def check_skew(skew: int) -> None:
    """Raises VenueUnavailable beyond SKEW_MAX_MS: every signature would be refused."""
    if abs(skew) > SKEW_MAX_MS:
        side = "ahead of" if skew > 0 else "behind"
        raise VenueUnavailable(
            f"kalshi: this machine's clock is {abs(skew) / 1000:.1f} s {side} the venue's; set it"
            " by NTP, until then no order is sent"
        )
