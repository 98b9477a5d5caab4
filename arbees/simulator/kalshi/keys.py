"""API keys and their check: every signature is computed anew from the request (kalshi.md 3).

One rule: verified is `timestamp + METHOD + path`, without query, by the registered key alone.
"""

import base64
import binascii
import uuid
from dataclasses import dataclass

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from arbees.simulator.faults import Faults
from arbees.simulator.kalshi.errors import Problem

SKEW_MS = 10_000
PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
PublicKey = ed25519.Ed25519PublicKey | rsa.RSAPublicKey
HEADERS = ("KALSHI-ACCESS-KEY", "KALSHI-ACCESS-TIMESTAMP", "KALSHI-ACCESS-SIGNATURE")


@dataclass(frozen=True, slots=True)
class Issued:
    """A key as its owner gets it: RSA comes as PKCS#1, Ed25519 as PKCS#8."""

    id: str
    pem: str


def issue(kind: str) -> tuple[Issued, PublicKey]:
    """A fresh key pair, "rsa" or "ed25519"."""
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    if kind == "rsa":
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        text = private.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, plain)
        return Issued(str(uuid.uuid4()), text.decode()), private.public_key()
    edwards = ed25519.Ed25519PrivateKey.generate()
    text = edwards.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    return Issued(str(uuid.uuid4()), text.decode()), edwards.public_key()


class Keys:
    """Registered public keys by id, and whose they are."""

    def __init__(self, faults: Faults) -> None:
        self._keys: dict[str, tuple[str, PublicKey]] = {}
        self._reading: set[str] = set()
        self._faults = faults
        self.skew_ms = SKEW_MS

    def issue(self, user: str, kind: str, *, writes: bool = True) -> Issued:
        """A registered key; without `writes` its scope is `read` alone."""
        issued, public = issue(kind)
        self._keys[issued.id] = user, public
        if not writes:
            self._reading.add(issued.id)
        return issued

    def may_write(self, request: web.Request) -> None:
        """Raises Problem 403 for a key whose scope is `read`."""
        if request.headers.get(HEADERS[0]) in self._reading:
            raise Problem(403, "permission_denied", details="missing scope: write")

    def user_of(self, request: web.Request, now_ms: int) -> str:
        """Whose request this is. Raises Problem with the venue's 401 bodies."""
        key_id, stamp, text = (request.headers.get(name, "") for name in HEADERS)
        if not (key_id and stamp and text):
            raise Problem(401, "signature_is_missing_from_headers")
        if key_id not in self._keys:
            raise _refused("NOT_FOUND")
        fault = self._faults.take("clock_skew", "kalshi", request.path)
        now_ms += fault.number("ms", 60_000) if fault else 0
        if not stamp.isdigit() or abs(int(stamp) - now_ms) > self.skew_ms:
            raise Problem(401, "header_timestamp_expired")
        user, public = self._keys[key_id]
        said = f"{stamp}{request.method.upper()}{request.rel_url.raw_path}".encode()
        if not _verifies(public, text, said):
            raise _refused("INCORRECT_API_KEY_SIGNATURE")
        return user


def _refused(details: str) -> Problem:
    code = "authentication_error"
    return Problem(401, code, message=code, details=details)


def _verifies(public: PublicKey, text: str, said: bytes) -> bool:
    try:
        signature = base64.b64decode(text, validate=True)
        if isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(signature, said)
        else:
            public.verify(signature, said, PSS, hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
