"""Authentication: the official vectors, and keys that show nowhere."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from arbees.errors import ConfigError, WireError
from arbees.messages.requests import Request, RequestKind
from arbees.venues.polymarket import auth
from arbees.venues.polymarket.signing import OrderSigner
from tests.venues.polymarket.test_signing import KEY, OWNER, vectors

SECRET = "4OHi4-Tl5ufo6err7O3u7_Dx8vP09fb3-Pn6-_z9_v8="
PHRASE = "3f7c0a9be2"
KEYS = auth.ApiKeys(OWNER, "00000000-0000-0000-0000-000000000000", SECRET, PHRASE)


def headers_of(entry: dict[str, Any]) -> dict[str, str]:
    said = entry["inputs"]
    signer = OrderSigner(KEY, chain_id=said["domain"]["chainId"])
    ts_s, nonce = int(said["message"]["timestamp"]), said["message"]["nonce"]
    digest = auth.auth_digest(signer.address, ts_s, nonce, signer.chain_id)
    assert "0x" + digest.hex() == entry["eip712_digest"]
    return dict(auth.wallet_headers(signer, ts_s, nonce))


@pytest.mark.parametrize("name", ["L1_auth_polygon_137", "L1_auth_amoy_80002_sdk_test"])
def test_wallet_headers_as_the_official_clients_make_them(test_data: Path, name: str) -> None:
    entry = vectors(test_data)[name]
    assert headers_of(entry) == entry["headers"]


def test_hmacs_as_the_official_clients_make_them(test_data: Path) -> None:
    rows = vectors(test_data)["L2_hmac"]
    assert len(rows) == 3
    for row in rows:
        keys = auth.ApiKeys(OWNER, "k", row["secret_base64url"], "p")
        body = (row["body"] or "").encode()
        request = Request(
            row["method"], row["request_path"] + "?a=1&b=2", RequestKind.READ, body=body
        )
        made = dict(keys.headers(int(row["timestamp"]), request))
        assert made["POLY_SIGNATURE"] == row["POLY_SIGNATURE"]
        assert made["POLY_TIMESTAMP"] == row["timestamp"]


def test_the_headers_are_all_there_and_name_the_owner() -> None:
    made = dict(KEYS.headers(1_763_892_000, Request("GET", "/data/orders", RequestKind.READ)))
    assert made == {
        "POLY_ADDRESS": OWNER,
        "POLY_SIGNATURE": "7yYipvWFnQL0AbsRr5YPakE9SHeVo6AG2RTRpA0zXHA=",
        "POLY_TIMESTAMP": "1763892000",
        "POLY_API_KEY": "00000000-0000-0000-0000-000000000000",
        "POLY_PASSPHRASE": PHRASE,
    }


def test_key_calls() -> None:
    signer = OrderSigner(KEY)
    create, derive = auth.create_keys(signer, 7, 3), auth.derive_keys(signer, 7, 3)
    assert (create.method, create.path) == ("POST", "/auth/api-key")
    assert (derive.method, derive.path) == ("GET", "/auth/derive-api-key")
    assert dict(create.headers)["POLY_NONCE"] == "3"
    assert create.headers == derive.headers
    assert (auth.list_keys().path, auth.delete_keys().method) == ("/auth/api-keys", "DELETE")


def test_keys_as_the_venue_gives_them() -> None:
    body = {"apiKey": "b349", "secret": SECRET, "passphrase": PHRASE}
    keys = auth.decode_keys(json.dumps(body).encode(), OWNER)
    assert keys.subscription() == body
    assert keys.api_key == "b349"


def test_nothing_shows_a_secret() -> None:
    request = Request("GET", "/x", RequestKind.READ, headers=KEYS.headers(1, auth.list_keys()))
    shown = f"{KEYS!r}{KEYS}{request!r}{request}"
    for secret in KEYS.secrets():
        assert secret not in shown
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(KEYS)
    assert not hasattr(KEYS, "__dict__")


@pytest.mark.parametrize("secret", ["", "%%%", "abc", "=", "é"])
def test_a_bad_secret_is_refused_without_showing_it(secret: str) -> None:
    with pytest.raises(ConfigError, match="api secret") as caught:
        auth.ApiKeys(OWNER, "k", secret, "p")
    assert not secret or secret not in str(caught.value).replace("api secret", "")


@pytest.mark.parametrize(("key", "phrase"), [("", "p"), ("k", ""), ("k\r\nX: 1", "p"), ("k", "ö")])
def test_bad_parts_are_refused_without_showing_them(key: str, phrase: str) -> None:
    with pytest.raises(ConfigError) as caught:
        auth.ApiKeys(OWNER, key, SECRET, phrase)
    assert "X: 1" not in str(caught.value)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"apiKey":"a","secret":17,"passphrase":"p"}', b"<html>", b"[]"]
)
def test_a_body_that_holds_no_keys(body: bytes) -> None:
    with pytest.raises(WireError, match="api keys"):
        auth.decode_keys(body, OWNER)
