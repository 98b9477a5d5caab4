"""Polymarket orders as EIP-712 messages: order ids and signatures (polymarket.md 6.3 and 7.1).

Only the current 11-field struct is known here; the one of before 2026-04-28 is refused by the
venue. The one rule: an order's id is computed before anything leaves, so that a lost answer can be
looked up. coincurve and safe-pysha3 are required: without them a signature takes milliseconds.
"""

from enum import IntEnum, StrEnum

import msgspec

from arbees.errors import ConfigError, WireError

try:
    from coincurve import PrivateKey
    from sha3 import keccak_256
except ImportError as error:
    raise ConfigError(
        f"polymarket signing: {error.name} is not installed, and without it an order takes "
        "milliseconds to sign: install coincurve and safe-pysha3 (make setup)"
    ) from error

POLYGON = 137
ORDER_TYPE = (
    "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,"
    "uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,"
    "bytes32 builder)"
)
DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
WRAPPED_TYPE = (
    "TypedDataSign(Order contents,string name,string version,uint256 chainId,"
    f"address verifyingContract,bytes32 salt){ORDER_TYPE}"
)
EXCHANGE_NAME = "Polymarket CTF Exchange"
PREFIX = b"\x19\x01"
ZERO_WORD = bytes(32)
RESERVED_BITS = ((1 << 64) - 1) << 40
"""Bits 40..103 of a token id; all zero in a Protocol V2 position id (7.1)."""


class SignatureType(IntEnum):
    """Whose signature it is (6.3)."""

    EOA = 0
    POLY_PROXY = 1
    GNOSIS_SAFE = 2
    POLY_1271 = 3


class Exchange(StrEnum):
    """The contract that settles a market, and with it the signing domain."""

    STANDARD = "standard"
    NEG_RISK = "neg_risk"
    PROTOCOL_V2 = "protocol_v2"


CONTRACTS = {
    Exchange.STANDARD: ("2", "0xE111180000d2663C0091e4f400237545B87B996B"),
    Exchange.NEG_RISK: ("2", "0xe2222d279d744050d28e00520010520000310F59"),
    Exchange.PROTOCOL_V2: ("3", "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa"),
}
"""EIP-712 version and verifying contract on Polygon (7.1)."""


class OrderTerms(msgspec.Struct, frozen=True, gc=False):
    """What is signed, beside who signs it. `side` 0 buys; amounts in millionths; time in ms."""

    salt: int
    token_id: int
    maker_amount: int
    taker_amount: int
    side: int
    timestamp_ms: int


def keccak(data: bytes) -> bytes:
    """Keccak-256, as the chain computes it (not SHA3-256)."""
    digest: bytes = keccak_256(data).digest()
    return digest


def _text(text: str) -> bytes:
    return keccak(text.encode("ascii"))


def word(value: int) -> bytes:
    """A uint of any width as its 32 bytes."""
    return value.to_bytes(32, "big")


def address_word(address: str) -> bytes:
    """An address as its 32 bytes. Raises ConfigError if it is none."""
    try:
        raw = bytes.fromhex(address.removeprefix("0x"))
    except ValueError:
        raw = b""
    if len(raw) != 20 or not address.startswith("0x"):
        raise ConfigError(f"not an address (0x and 40 hex digits): {address!r}")
    return raw.rjust(32, b"\0")


def checksummed(raw: bytes) -> str:
    """Mixed-case form of 20 bytes (EIP-55)."""
    plain = raw.hex()
    mask = keccak(plain.encode("ascii")).hex()
    cased = (c.upper() if int(m, 16) >= 8 else c for c, m in zip(plain, mask, strict=False))
    return "0x" + "".join(cased)


TYPE_HASH = _text(ORDER_TYPE)
WRAPPED_HASH = _text(WRAPPED_TYPE)
WRAPPED_TAIL = ORDER_TYPE.encode("ascii").hex() + f"{len(ORDER_TYPE):04x}"
WALLET_NAME, WALLET_VERSION = _text("DepositWallet"), _text("1")


def domain_separator(name: str, version: str, chain_id: int, contract: str) -> bytes:
    """Hash of an EIP-712 domain with a verifying contract."""
    parts = (_text(DOMAIN_TYPE), _text(name), _text(version), word(chain_id))
    return keccak(b"".join((*parts, address_word(contract))))


def is_position_id(token_id: int) -> bool:
    """Protocol V2's ids are told by their zero bits; a CTF token id is a hash (7.1)."""
    return token_id & RESERVED_BITS == 0


def exchange_of(version: str | None, is_neg_risk: bool, token_id: int) -> Exchange:
    """The domain that a token's orders are signed in. Raises WireError if what the catalogue says
    and the token id contradict each other: a wrong domain is an invalid signature."""
    is_position = is_position_id(token_id)
    if version not in (None, "v1", "v2") or (version and (version == "v2") != is_position):
        text = f"version {version!r} does not fit a token id with "
        raise WireError(text + ("zero" if is_position else "set") + " bits 40..103", "version")
    if is_position:
        return Exchange.PROTOCOL_V2
    return Exchange.NEG_RISK if is_neg_risk else Exchange.STANDARD


class OrderSigner:
    """Signs with one key for one funder. Neither repr nor errors ever show the key."""

    def __init__(
        self,
        key: bytes,
        kind: SignatureType = SignatureType.EOA,
        funder: str = "",
        chain_id: int = POLYGON,
    ) -> None:
        self._key = _private_key(key)
        self.kind = kind
        self.chain_id = chain_id
        point = self._key.public_key.format(compressed=False)[1:]
        self.address = checksummed(keccak(point)[12:])
        """The key's own address: POLY_ADDRESS in every header."""
        if kind is SignatureType.EOA and funder not in ("", self.address):
            raise ConfigError(
                f"polymarket funder {funder}: with signature type 0 it must be the key's own "
                f"address {self.address}, or empty"
            )
        if kind is not SignatureType.EOA and not funder:
            raise ConfigError(f"polymarket funder: signature type {int(kind)} needs the wallet")
        self.maker = checksummed(address_word(funder)[12:]) if funder else self.address
        self.signer = self.maker if kind is SignatureType.POLY_1271 else self.address
        self._parties = address_word(self.maker) + address_word(self.signer)
        self._sides = (word(0) + word(kind), word(1) + word(kind))
        self._domains = {
            exchange: domain_separator(EXCHANGE_NAME, version, chain_id, contract)
            for exchange, (version, contract) in CONTRACTS.items()
        }
        self._wallet = b"".join(
            (WALLET_NAME, WALLET_VERSION, word(chain_id), address_word(self.signer), ZERO_WORD)
        )

    def __repr__(self) -> str:
        return f"OrderSigner({self.address}, {self.kind.name})"

    def __reduce__(self) -> str:
        raise TypeError("a signer holds a key and is never pickled or copied")

    def _contents(self, terms: OrderTerms) -> bytes:
        return keccak(
            b"".join(
                (
                    TYPE_HASH,
                    terms.salt.to_bytes(32, "big"),
                    self._parties,
                    terms.token_id.to_bytes(32, "big"),
                    terms.maker_amount.to_bytes(32, "big"),
                    terms.taker_amount.to_bytes(32, "big"),
                    self._sides[terms.side],
                    terms.timestamp_ms.to_bytes(32, "big"),
                    ZERO_WORD,
                    ZERO_WORD,
                )
            )
        )

    def order_id(self, exchange: Exchange, terms: OrderTerms) -> str:
        """The id under which the venue will know this order: its EIP-712 digest."""
        return "0x" + keccak(PREFIX + self._domains[exchange] + self._contents(terms)).hex()

    def sign(self, exchange: Exchange, terms: OrderTerms) -> tuple[str, str]:
        """(order id, signature)."""
        domain, contents = self._domains[exchange], self._contents(terms)
        digest = keccak(PREFIX + domain + contents)
        order_id = "0x" + digest.hex()
        if self.kind is not SignatureType.POLY_1271:
            return order_id, "0x" + self.sign_digest(digest).hex()
        # ERC-7739: the wallet's own domain around the order, so that it cannot be replayed by
        # another wallet of the same owner.
        wrapped = keccak(WRAPPED_HASH + contents + self._wallet)
        inner = self.sign_digest(keccak(PREFIX + domain + wrapped))
        return order_id, f"0x{inner.hex()}{domain.hex()}{contents.hex()}{WRAPPED_TAIL}"

    def sign_digest(self, digest: bytes) -> bytes:
        """65 bytes r, s, v of a 32-byte digest; v is 27 or 28."""
        raw = self._key.sign_recoverable(digest, None)
        return raw[:64] + (b"\x1b" if raw[64] == 0 else b"\x1c")


def _private_key(key: bytes) -> PrivateKey:
    """From 32 bytes or their hex. Raises ConfigError, which never holds what was given."""
    raw = key
    if len(key) != 32:
        try:
            raw = bytes.fromhex(key.decode("ascii").strip().removeprefix("0x"))
        except ValueError:
            raw = b""
    try:
        if len(raw) == 32:
            return PrivateKey(raw)
    except ValueError:
        pass
    raise ConfigError("polymarket private key: not 32 bytes in hex, or no key of this curve")
