"""EIP-712 as the venue checks it: digests of orders and of L1 requests, and who signed them.

Written from polymarket.md 6 and 7.1 alone; shares nothing with the client's signing.
One rule: nothing here trusts a sent hash or separator, everything is computed anew.
"""

import binascii
from dataclasses import dataclass
from functools import cache

import coincurve
import sha3

CHAIN = 137
STANDARD = "0xE111180000d2663C0091e4f400237545B87B996B"
NEG_RISK = "0xe2222d279d744050d28e00520010520000310F59"
PROTOCOL_V2 = "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa"
LEGACY = "0x4bFb41d5B3570DeFd03C39a9A4D8dE6Bd8B8982E"
LEGACY_NEG_RISK = "0xC5d563A36AE78145C45a50134d48A1215220f80a"
ORDER_TYPE = (
    b"Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,"
    b"uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,"
    b"bytes32 builder)"
)
LEGACY_TYPE = (
    b"Order(uint256 salt,address maker,address signer,address taker,uint256 tokenId,"
    b"uint256 makerAmount,uint256 takerAmount,uint256 expiration,uint256 nonce,"
    b"uint256 feeRateBps,uint8 side,uint8 signatureType)"
)
WRAP_TYPE = (
    b"TypedDataSign(Order contents,string name,string version,uint256 chainId,"
    b"address verifyingContract,bytes32 salt)" + ORDER_TYPE
)
DOMAIN_TYPE = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
AUTH_DOMAIN_TYPE = b"EIP712Domain(string name,string version,uint256 chainId)"
AUTH_TYPE = b"ClobAuth(address address,string timestamp,uint256 nonce,string message)"
ATTEST = b"This message attests that I control the given wallet"
TAIL = ORDER_TYPE + len(ORDER_TYPE).to_bytes(2, "big")
INNER = 65


def keccak(data: bytes) -> bytes:
    digest: bytes = sha3.keccak_256(data).digest()
    return digest


def word(value: int) -> bytes:
    """Raises OverflowError for what is no uint256."""
    return value.to_bytes(32, "big")


def raw(text: str, size: int) -> bytes:
    """Bytes of a 0x text of exactly `size` bytes. Raises ValueError."""
    if not text.startswith("0x") or len(text) != 2 + 2 * size:
        raise ValueError(f"not 0x and {size} bytes: {text!r}")
    try:
        return binascii.unhexlify(text[2:])
    except binascii.Error as error:
        raise ValueError(f"not hexadecimal: {text!r}") from error


def address_word(text: str) -> bytes:
    return bytes(12) + raw(text, 20)


def checksummed(address: bytes) -> str:
    """EIP-55 spelling."""
    text = address.hex()
    marks = keccak(text.encode()).hex()
    return "0x" + "".join(
        letter.upper() if int(mark, 16) >= 8 else letter
        for letter, mark in zip(text, marks, strict=False)
    )


@dataclass(frozen=True, slots=True)
class Domain:
    """Which exchange an order is for."""

    version: str
    contract: str
    chain: int = CHAIN

    def separator(self) -> bytes:
        return _separator(self.version, self.contract, self.chain)


@cache
def _separator(version: str, contract: str, chain: int) -> bytes:
    parts = (
        keccak(DOMAIN_TYPE), keccak(b"Polymarket CTF Exchange"), keccak(version.encode()),
        word(chain), address_word(contract),
    )  # fmt: skip
    return keccak(b"".join(parts))


def domain_of(*, neg_risk: bool, protocol_v2: bool, chain: int = CHAIN) -> Domain:
    """The domain that a market's orders must be signed in."""
    if protocol_v2:
        return Domain("3", PROTOCOL_V2, chain)
    return Domain("2", NEG_RISK if neg_risk else STANDARD, chain)


def legacy_domain(*, neg_risk: bool, chain: int = CHAIN) -> Domain:
    return Domain("1", LEGACY_NEG_RISK if neg_risk else LEGACY, chain)


@dataclass(frozen=True, slots=True)
class OrderFields:
    """The signed struct; `side` is 0 for BUY and 1 for SELL."""

    salt: int
    maker: str
    signer: str
    token: int
    maker_amount: int
    taker_amount: int
    side: int
    signature_type: int
    timestamp: int
    metadata: str
    builder: str

    def struct_hash(self) -> bytes:
        parts = (
            keccak(ORDER_TYPE), word(self.salt), address_word(self.maker),
            address_word(self.signer), word(self.token), word(self.maker_amount),
            word(self.taker_amount), word(self.side), word(self.signature_type),
            word(self.timestamp), raw(self.metadata, 32), raw(self.builder, 32),
        )  # fmt: skip
        return keccak(b"".join(parts))

    def digest(self, domain: Domain) -> bytes:
        return keccak(b"\x19\x01" + domain.separator() + self.struct_hash())


def auth_digest(address: str, timestamp: str, nonce: int, chain: int = CHAIN) -> bytes:
    """What an L1 request signs; its domain has no contract."""
    domain = keccak(
        keccak(AUTH_DOMAIN_TYPE) + keccak(b"ClobAuthDomain") + keccak(b"1") + word(chain)
    )
    parts = (
        keccak(AUTH_TYPE), address_word(address), keccak(timestamp.encode()), word(nonce),
        keccak(ATTEST),
    )  # fmt: skip
    return keccak(b"\x19\x01" + domain + keccak(b"".join(parts)))


def recovered(digest: bytes, signature: bytes) -> str | None:
    """The address that made a 65-byte signature of `digest`, or None if nobody did."""
    if len(signature) != INNER or signature[64] not in (27, 28):
        return None
    flat = signature[:64] + bytes((signature[64] - 27,))
    try:
        public = coincurve.PublicKey.from_signature_and_message(flat, digest, hasher=None)
    except Exception:  # the library has no narrower class for a point that is not on the curve
        return None
    return checksummed(keccak(public.format(compressed=False)[1:])[12:])


def wrapped_digest(order: OrderFields, domain: Domain) -> bytes:
    """ERC-7739: what the owner of a deposit wallet signs for it."""
    wrap = (
        keccak(WRAP_TYPE), order.struct_hash(), keccak(b"DepositWallet"), keccak(b"1"),
        word(domain.chain), address_word(order.signer), bytes(32),
    )  # fmt: skip
    return keccak(b"\x19\x01" + domain.separator() + keccak(b"".join(wrap)))


def order_signer(order: OrderFields, domain: Domain, signature: bytes) -> str | None:
    """The key that signed an order in `domain`; of a deposit wallet's order, its owner's."""
    if order.signature_type != 3:
        return recovered(order.digest(domain), signature)
    inner, rest = signature[:INNER], signature[INNER:]
    if rest != domain.separator() + order.struct_hash() + TAIL:
        return None
    return recovered(wrapped_digest(order, domain), inner)
