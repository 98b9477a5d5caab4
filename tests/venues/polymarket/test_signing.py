"""Signing: the official clients' vectors to the byte, and keys that never show."""

import copy
import json
import pickle
import sys
from importlib import import_module, reload
from pathlib import Path
from typing import Any

import pytest
from coincurve import PublicKey

from arbees.errors import ConfigError, WireError
from arbees.venues.polymarket import signing
from arbees.venues.polymarket.signing import Exchange, OrderSigner, OrderTerms, SignatureType

KEY = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
"""The publicly known first key of local development chains; it belongs to nobody."""
OWNER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
WALLET = "0x1111111111111111111111111111111111111111"
TOKEN = 71321045679252212594626385532706912750332728571942532289631379312455583992563
POSITION = 0x12DEF24BFB0C5C57FB236FAC08B94236A000000000000000000000000000000
TERMS = OrderTerms(479249096354, TOKEN, 50_000_000, 100_000_000, 0, 1_710_000_000_000)
VECTORS = {
    "order_v2_standard_exchange": Exchange.STANDARD,
    "order_v2_negrisk_exchange_sell": Exchange.NEG_RISK,
    "order_v3_exchange_v2_protocol_position": Exchange.PROTOCOL_V2,
    "order_v2_deposit_wallet_poly1271_amoy_sdk_test": Exchange.STANDARD,
}


def vectors(test_data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (test_data / "signing" / "polymarket_vectors.json").read_text()
    )
    return found


@pytest.mark.parametrize("name", VECTORS)
def test_orders_as_the_official_clients_sign_them(test_data: Path, name: str) -> None:
    vector = vectors(test_data)[name]
    domain, said = vector["typed_data"]["domain"], vector["typed_data"]["message"]
    kind = SignatureType(said["signatureType"])
    funder = said["maker"] if kind else ""
    signer = OrderSigner(KEY, kind, funder, domain["chainId"])
    exchange = VECTORS[name]
    assert signing.CONTRACTS[exchange] == (domain["version"], domain["verifyingContract"])
    assert (signer.maker, signer.signer) == (said["maker"], said["signer"])
    terms = OrderTerms(
        said["salt"], said["tokenId"], said["makerAmount"], said["takerAmount"], said["side"],
        said["timestamp"],
    )  # fmt: skip
    assert signer.order_id(exchange, terms) == vector["order_hash"]
    assert signer.sign(exchange, terms) == (vector["order_hash"], vector["signature"])


def test_the_order_id_without_any_data_at_hand() -> None:
    wanted = "0x9f1d429298f285dd6b710f9837739d8e1231531711a8e0f832d238537feb0868"
    assert OrderSigner(KEY).order_id(Exchange.STANDARD, TERMS) == wanted


def test_a_signature_recovers_to_the_key_and_is_the_same_each_time() -> None:
    signer = OrderSigner(KEY)
    order_id, signature = signer.sign(Exchange.NEG_RISK, TERMS)
    assert (order_id, signature) == signer.sign(Exchange.NEG_RISK, TERMS)
    raw = bytes.fromhex(signature[2:])
    assert raw[64] in (27, 28)
    point = PublicKey.from_signature_and_message(
        raw[:64] + bytes([raw[64] - 27]), bytes.fromhex(order_id[2:]), hasher=None
    ).format(compressed=False)
    assert signing.checksummed(signing.keccak(point[1:])[12:]) == OWNER


@pytest.mark.parametrize("kind", [SignatureType.POLY_PROXY, SignatureType.GNOSIS_SAFE])
def test_a_wallet_signs_with_its_owner(kind: SignatureType) -> None:
    signer = OrderSigner(KEY, kind, WALLET)
    assert (signer.maker, signer.signer, signer.address) == (WALLET, OWNER, OWNER)
    plain = OrderSigner(KEY).order_id(Exchange.STANDARD, TERMS)
    assert signer.order_id(Exchange.STANDARD, TERMS) != plain
    assert len(signer.sign(Exchange.STANDARD, TERMS)[1]) == 2 + 130


def test_a_deposit_wallet_is_its_own_signer() -> None:
    signer = OrderSigner(KEY, SignatureType.POLY_1271, WALLET)
    assert (signer.maker, signer.signer, signer.address) == (WALLET, WALLET, OWNER)


@pytest.mark.parametrize(
    ("kind", "funder"),
    [
        (SignatureType.EOA, WALLET),
        (SignatureType.POLY_PROXY, ""),
        (SignatureType.POLY_1271, "0x12"),
        (SignatureType.GNOSIS_SAFE, WALLET[2:]),
        (SignatureType.GNOSIS_SAFE, "0x" + "zz" * 20),
    ],
)
def test_a_wrong_funder_is_a_wrong_setting(kind: SignatureType, funder: str) -> None:
    with pytest.raises(ConfigError, match=r"funder|address"):
        OrderSigner(KEY, kind, funder)


def test_the_domain_follows_the_market() -> None:
    assert signing.exchange_of(None, False, TOKEN) is Exchange.STANDARD
    assert signing.exchange_of("v1", True, TOKEN) is Exchange.NEG_RISK
    assert signing.exchange_of("v2", True, POSITION) is Exchange.PROTOCOL_V2
    assert signing.exchange_of(None, False, POSITION) is Exchange.PROTOCOL_V2


@pytest.mark.parametrize(("version", "token"), [("v2", TOKEN), ("v1", POSITION), ("v3", TOKEN)])
def test_a_contradiction_is_not_signed(version: str, token: int) -> None:
    with pytest.raises(WireError, match="version"):
        signing.exchange_of(version, False, token)


@pytest.mark.parametrize("form", [KEY.hex(), "0x" + KEY.hex(), "0x" + KEY.hex() + "\n"])
def test_keys_in_hex_load_as_well(form: str) -> None:
    assert OrderSigner(form.encode()).address == OWNER


@pytest.mark.parametrize("bad", [b"", b"0x12", b"\xff" * 40, bytes(32), KEY.hex()[:-2].encode()])
def test_a_bad_key_is_refused_without_showing_it(bad: bytes) -> None:
    with pytest.raises(ConfigError) as caught:
        OrderSigner(bad)
    shown = f"{caught.value!r}{caught.value.__cause__!r}"
    assert "private key" in shown
    assert bad.hex() not in shown or not bad


def test_the_key_is_never_shown() -> None:
    signer = OrderSigner(KEY)
    assert KEY.hex() not in f"{signer!r}{signer}{OWNER}"
    assert OWNER in repr(signer)
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="never pickled"):
            take(signer)


@pytest.mark.parametrize("name", ["coincurve", "sha3"])
def test_a_missing_library_is_an_error_at_import(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It names what is missing. The module object stays as it was: others hold its names."""
    kept = dict(vars(signing))
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigError, match=name):
        reload(signing)
    vars(signing).update(kept)
    assert import_module(signing.__name__).OrderSigner is OrderSigner
