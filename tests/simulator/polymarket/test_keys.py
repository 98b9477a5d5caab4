"""Keys of the L2 vectors: the HMAC is the venue's, byte for byte."""

import json
from pathlib import Path

import pytest

from arbees.simulator.polymarket.errors import Problem
from arbees.simulator.polymarket.keys import Keys, issued_wallet, signature
from tests.simulator.polymarket.rig import Wallet


def test_the_hmac_is_that_of_the_vectors(test_data: Path) -> None:
    path = test_data / "signing" / "polymarket_vectors.json"
    for vector in json.loads(path.read_bytes())["L2_hmac"]:
        body = (vector["body"] or "").encode()
        made = signature(
            vector["secret_base64url"], vector["timestamp"], vector["method"],
            vector["request_path"], body,
        )  # fmt: skip
        assert made == vector["POLY_SIGNATURE"]


def test_one_wallet_and_nonce_is_one_key() -> None:
    keys = Keys(seed=1)
    made = keys.create("0xAb", 0)
    assert keys.derive("0xaB", 0) == made
    assert Keys(seed=1).make("0xab", 0).secret == made.secret
    assert Keys(seed=2).make("0xab", 0).secret != made.secret
    with pytest.raises(Problem, match="create"):
        keys.create("0xAb", 0)
    with pytest.raises(Problem, match="derive"):
        keys.derive("0xAb", 1)
    assert keys.named(made.key, made.secret, made.passphrase) == made
    assert keys.named(made.key, made.secret, "x") is None
    keys.delete(made.key)
    assert keys.named(made.key, made.secret, made.passphrase) is None


def test_the_issued_wallet_signs_for_its_address() -> None:
    key, address = issued_wallet(3)
    assert Wallet(int(key, 16)).address == address
    assert issued_wallet(4) != issued_wallet(3)
