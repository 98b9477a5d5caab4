"""API keys: made for a wallet's signature, checked by recomputing the HMAC (polymarket.md 6).

One rule: a key is a function of seed, wallet and nonce, so the same nonce gives the same key.
"""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import coincurve

from arbees.simulator.polymarket.eip712 import auth_digest, checksummed, keccak, raw, recovered
from arbees.simulator.polymarket.errors import problem

SKEW_S = 60
"""The venue's tolerance is not documented; ours is generous and still catches milliseconds."""
L1_HEADERS = ("POLY_ADDRESS", "POLY_SIGNATURE", "POLY_TIMESTAMP", "POLY_NONCE")
L2_HEADERS = (
    "POLY_ADDRESS", "POLY_SIGNATURE", "POLY_TIMESTAMP", "POLY_API_KEY", "POLY_PASSPHRASE",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Credentials:
    """`address` is the wallet's key holder, in its EIP-55 spelling."""

    address: str
    nonce: int
    key: str
    secret: str
    passphrase: str

    def body(self) -> dict[str, str]:
        return {"apiKey": self.key, "secret": self.secret, "passphrase": self.passphrase}


def issued_wallet(seed: int) -> tuple[str, str]:
    """(private key, address) of a wallet for whoever needs one; any other is let in as well."""
    secret = hashlib.sha256(f"wallet of the simulator {seed}".encode()).digest()
    public = coincurve.PrivateKey(secret).public_key.format(compressed=False)
    return "0x" + secret.hex(), checksummed(keccak(public[1:])[12:])


def signature(secret: str, timestamp: str, method: str, path: str, body: bytes) -> str:
    """The L2 signature: url-safe on both ends, padding kept. Raises ValueError."""
    key = base64.urlsafe_b64decode(secret)
    said = f"{timestamp}{method}{path}".encode() + body
    return base64.urlsafe_b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()


class Keys:
    """Every key that is in force."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._by_key: dict[str, Credentials] = {}

    def make(self, address: str, nonce: int) -> Credentials:
        """What this wallet's key of this nonce is, whether or not it exists."""
        said = f"{self._seed} {address.lower()} {nonce}".encode()
        secret = hashlib.sha256(b"secret " + said).digest()
        return Credentials(
            address, nonce, str(uuid.uuid5(uuid.NAMESPACE_OID, said.decode())),
            base64.urlsafe_b64encode(secret).decode(),
            hashlib.sha256(b"passphrase " + said).hexdigest(),
        )  # fmt: skip

    def create(self, address: str, nonce: int) -> Credentials:
        made = self.make(address, nonce)
        if made.key in self._by_key:
            raise problem("key_exists")
        self._by_key[made.key] = made
        return made

    def derive(self, address: str, nonce: int) -> Credentials:
        made = self._by_key.get(self.make(address, nonce).key)
        if made is None:
            raise problem("no_key")
        return made

    def of(self, address: str) -> list[str]:
        return [c.key for c in self._by_key.values() if c.address == address]

    def delete(self, key: str) -> None:
        self._by_key.pop(key, None)

    def named(self, key: str, secret: str, passphrase: str) -> Credentials | None:
        """The key that a socket's subscription names, if all three parts are right."""
        found = self._by_key.get(key)
        if found is None or (secret, passphrase) != (found.secret, found.passphrase):
            return None
        return found

    def wallet(self, headers: Mapping[str, str], now_s: int) -> tuple[str, int]:
        """(address, nonce) of an L1 request. Raises Problem 401."""
        address, text, stamp, nonce = (headers.get(name, "") for name in L1_HEADERS)
        if not (nonce.isdecimal() and _near(stamp, now_s)):
            raise problem("l1")
        try:
            owner = checksummed(raw(address, 20))
            signed = raw(text, 65)
        except ValueError:
            raise problem("l1") from None
        if recovered(auth_digest(address, stamp, int(nonce)), signed) != owner:
            raise problem("l1")
        return owner, int(nonce)

    def owner(
        self, headers: Mapping[str, str], method: str, path: str, body: bytes, now_s: int
    ) -> Credentials:
        """Whose L2 request this is. Raises Problem 401."""
        address, said, stamp, key, passphrase = (headers.get(name, "") for name in L2_HEADERS)
        found = self._by_key.get(key)
        if found is None or not _near(stamp, now_s):
            raise problem("api_key")
        if passphrase != found.passphrase or address.lower() != found.address.lower():
            raise problem("api_key")
        wanted = signature(found.secret, stamp, method, path, body)
        if not hmac.compare_digest(wanted.encode(), said.encode()):
            raise problem("api_key")
        return found


def _near(stamp: str, now_s: int) -> bool:
    return stamp.isdecimal() and abs(int(stamp) - now_s) <= SKEW_S
