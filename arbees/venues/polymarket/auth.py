"""Who we are to Polymarket: L1 (wallet) and L2 (HMAC) headers (polymarket.md 6.1 and 6.2).

Keys live in objects whose repr, str, pickle and errors never show them. The HMAC covers the path
without its query and the exact bytes of the body. Where keys are read from is app's matter.
"""

import hmac
from base64 import b64decode, urlsafe_b64encode
from binascii import Error as Base64Error

import msgspec

from arbees.errors import ConfigError
from arbees.messages.requests import Request, RequestKind
from arbees.venues.parsing import decode_body
from arbees.venues.polymarket.signing import PREFIX, OrderSigner, address_word, keccak, word

MESSAGE = "This message attests that I control the given wallet"
DOMAIN_TYPE = b"EIP712Domain(string name,string version,uint256 chainId)"
AUTH_TYPE = b"ClobAuth(address address,string timestamp,uint256 nonce,string message)"
CREATE_PATH, DERIVE_PATH = "/auth/api-key", "/auth/derive-api-key"
KEYS_PATH = "/auth/api-keys"
API_KEY_BUCKET = "api_key"

Headers = tuple[tuple[str, str], ...]


class _Keys(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    api_key: str
    secret: str
    passphrase: str


class ApiKeys:
    """The three parts of an API key, and the HMAC made with them for `address`, the key owner's
    own address (never the funder's)."""

    __slots__ = ("_passphrase", "_secret", "_tail", "address", "api_key")

    def __init__(self, address: str, api_key: str, secret: str, passphrase: str) -> None:
        try:
            self._secret = b64decode(secret, altchars=b"-_", validate=True)
        except (Base64Error, ValueError):
            self._secret = b""
        if not self._secret:
            raise ConfigError("polymarket api secret: not url-safe base64")
        for name, text in (("api key", api_key), ("passphrase", passphrase)):
            if not text or not text.isascii() or not text.isprintable():
                raise ConfigError(f"polymarket {name}: empty, or not printable ASCII")
        self.address = address
        self.api_key = api_key
        self._passphrase = passphrase
        self._tail = (("POLY_API_KEY", api_key), ("POLY_PASSPHRASE", passphrase))

    def __repr__(self) -> str:
        return f"ApiKeys({self.address})"

    def __reduce__(self) -> str:
        raise TypeError("API keys are never pickled or copied")

    def headers(self, ts_s: int, request: Request) -> Headers:
        """L2 headers of one request, signed at `ts_s` unix seconds."""
        text = f"{ts_s}{request.method}{request.sign_path}".encode() + request.body
        signature = urlsafe_b64encode(hmac.digest(self._secret, text, "sha256")).decode("ascii")
        return (
            ("POLY_ADDRESS", self.address),
            ("POLY_SIGNATURE", signature),
            ("POLY_TIMESTAMP", str(ts_s)),
            *self._tail,
        )

    def subscription(self) -> dict[str, str]:
        """The `auth` member of a user socket's first frame: the only place where the secret
        itself leaves, inside TLS, because the venue wants it there (section 5)."""
        secret = urlsafe_b64encode(self._secret).decode("ascii")
        return {"apiKey": self.api_key, "secret": secret, "passphrase": self._passphrase}

    def secrets(self) -> tuple[str, ...]:
        """Every text that must never be written anywhere: for the test that looks for them."""
        said = self.subscription()
        return said["secret"], said["passphrase"]


def auth_digest(address: str, ts_s: int, nonce: int, chain_id: int) -> bytes:
    """EIP-712 digest of ClobAuth; its domain has no contract."""
    name, version = keccak(b"ClobAuthDomain"), keccak(b"1")
    domain = keccak(b"".join((keccak(DOMAIN_TYPE), name, version, word(chain_id))))
    parts = (
        keccak(AUTH_TYPE), address_word(address), keccak(str(ts_s).encode()), word(nonce),
        keccak(MESSAGE.encode()),
    )  # fmt: skip
    return keccak(PREFIX + domain + keccak(b"".join(parts)))


def wallet_headers(signer: OrderSigner, ts_s: int, nonce: int = 0) -> Headers:
    """L1 headers: the wallet itself speaks, to create or derive API keys."""
    digest = auth_digest(signer.address, ts_s, nonce, signer.chain_id)
    return (
        ("POLY_ADDRESS", signer.address),
        ("POLY_SIGNATURE", "0x" + signer.sign_digest(digest).hex()),
        ("POLY_TIMESTAMP", str(ts_s)),
        ("POLY_NONCE", str(nonce)),
    )


def create_keys(signer: OrderSigner, ts_s: int, nonce: int = 0) -> Request:
    """Makes API keys; HTTP 400 if this nonce has some already: then derive them."""
    return Request(
        "POST", CREATE_PATH, RequestKind.WRITE, headers=wallet_headers(signer, ts_s, nonce),
        bucket=API_KEY_BUCKET, is_idempotent=True,
    )  # fmt: skip


def derive_keys(signer: OrderSigner, ts_s: int, nonce: int = 0) -> Request:
    """The API keys that this nonce already has."""
    return Request(
        "GET", DERIVE_PATH, RequestKind.READ, headers=wallet_headers(signer, ts_s, nonce),
        bucket=API_KEY_BUCKET, is_idempotent=True,
    )  # fmt: skip


def list_keys() -> Request:
    """L2: the account's API keys."""
    return Request("GET", KEYS_PATH, RequestKind.READ, bucket=API_KEY_BUCKET, is_idempotent=True)


def delete_keys() -> Request:
    """L2: deletes the key it is signed with."""
    return Request(
        "DELETE", CREATE_PATH, RequestKind.WRITE, bucket=API_KEY_BUCKET, is_idempotent=True
    )


def decode_keys(body: bytes, address: str) -> ApiKeys:
    """Keys as the venue gave them. Raises WireError, which never quotes the body."""
    said = decode_body(body, _Keys, "polymarket api keys")
    return ApiKeys(address, said.api_key, said.secret, said.passphrase)
