"""The simulator's own signature checks, against vectors that the venue's SDKs computed."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from arbees.simulator.polymarket import eip712
from arbees.simulator.polymarket.eip712 import Domain, OrderFields, order_signer, recovered

ORDERS = (
    "order_v2_standard_exchange", "order_v2_negrisk_exchange_sell",
    "order_v3_exchange_v2_protocol_position", "order_v2_deposit_wallet_poly1271_amoy_sdk_test",
)  # fmt: skip


@pytest.fixture
def vectors(test_data: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(
        (test_data / "signing" / "polymarket_vectors.json").read_bytes()
    )
    return loaded


def fields_of(message: dict[str, Any]) -> OrderFields:
    return OrderFields(
        int(message["salt"]), message["maker"], message["signer"], int(message["tokenId"]),
        int(message["makerAmount"]), int(message["takerAmount"]), int(message["side"]),
        int(message["signatureType"]), int(message["timestamp"]), message["metadata"],
        message["builder"],
    )  # fmt: skip


def domain_in(data: dict[str, Any]) -> Domain:
    domain = data["domain"]
    return Domain(domain["version"], domain["verifyingContract"], int(domain["chainId"]))


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_s_id_and_signer_are_found(vectors: dict[str, Any], name: str) -> None:
    vector = vectors[name]
    typed = vector["typed_data"]
    order, domain = fields_of(typed["message"]), domain_in(typed)
    assert "0x" + order.digest(domain).hex() == vector["order_hash"]
    signature = bytes.fromhex(vector["signature"][2:])
    owner = vectors["_about"]["address"]
    assert order_signer(order, domain, signature) == owner
    other = dataclasses.replace(order, maker_amount=order.maker_amount + 1)
    assert order_signer(other, domain, signature) != owner
    wrong = Domain(domain.version, eip712.LEGACY, domain.chain)
    assert order_signer(order, wrong, signature) != owner


def test_domains_are_those_of_the_markets(vectors: dict[str, Any]) -> None:
    found = [domain_in(vectors[name]["typed_data"]) for name in ORDERS[:3]]
    assert found == [
        eip712.domain_of(neg_risk=False, protocol_v2=False),
        eip712.domain_of(neg_risk=True, protocol_v2=False),
        eip712.domain_of(neg_risk=True, protocol_v2=True),
    ]
    old = domain_in(vectors["order_v1_legacy_rejected_in_production"]["typed_data"])
    assert old == eip712.legacy_domain(neg_risk=False)
    assert eip712.legacy_domain(neg_risk=True).contract != old.contract


@pytest.mark.parametrize("name", ["L1_auth_polygon_137", "L1_auth_amoy_80002_sdk_test"])
def test_l1_requests_name_their_wallet(vectors: dict[str, Any], name: str) -> None:
    vector = vectors[name]
    message = vector["inputs"]["message"]
    digest = eip712.auth_digest(
        message["address"], message["timestamp"], message["nonce"],
        vector["inputs"]["domain"]["chainId"],
    )  # fmt: skip
    assert "0x" + digest.hex() == vector["eip712_digest"]
    signature = bytes.fromhex(vector["signature"][2:])
    assert recovered(digest, signature) == vectors["_about"]["address"]


def test_nobody_signed_junk() -> None:
    assert recovered(bytes(32), bytes(65)) is None
    assert recovered(bytes(32), bytes(64) + b"\x1b") is None
    assert recovered(bytes(32), b"") is None


@pytest.mark.parametrize("text", ["", "0x12", "1" * 42, "0x" + "g" * 40])
def test_bytes_have_their_size_and_alphabet(text: str) -> None:
    with pytest.raises(ValueError, match="not"):
        eip712.raw(text, 20)
