"""A Polymarket account's secrets: from the environment or private files, and shown by nothing."""

import json
import os
import traceback
from pathlib import Path

import pytest

from arbees.app import polymarket_secrets as secrets
from arbees.app.config import Polymarket, load_settings
from arbees.app.secrets import API_KEYS, WALLET_KEY
from arbees.errors import ConfigError, WireError
from tests.venues.polymarket.test_auth import PHRASE, SECRET
from tests.venues.polymarket.test_signing import KEY, OWNER, WALLET


def private(path: Path, text: str, mode: int = 0o600) -> str:
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_a_key_of_a_private_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Polymarket(private_key_file=private(tmp_path / "k", f"0x{KEY.hex()}\n"))
    signer = secrets.polymarket_signer(settings)
    assert signer is not None
    assert signer.address == OWNER
    monkeypatch.setenv(WALLET_KEY, KEY.hex())
    signer = secrets.polymarket_signer(Polymarket(signature_type=2, funder=WALLET))
    assert signer is not None
    assert signer.maker == WALLET
    assert WALLET_KEY not in os.environ
    assert secrets.polymarket_signer(Polymarket()) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    name = private(tmp_path / "k", KEY.hex(), mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        secrets.polymarket_signer(Polymarket(private_key_file=name))
    with pytest.raises(ConfigError, match="chmod 600"):
        secrets.polymarket_keys(Polymarket(api_keys_file=name), OWNER)


def test_api_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps({"apiKey": "b349", "secret": SECRET, "passphrase": PHRASE})
    settings = Polymarket(api_keys_file=private(tmp_path / "a", body))
    keys = secrets.polymarket_keys(settings, OWNER)
    assert keys is not None
    assert keys.api_key == "b349"
    assert secrets.polymarket_keys(Polymarket(), OWNER) is None
    monkeypatch.setenv(API_KEYS, body.replace('"b349"', "7"))
    with pytest.raises(WireError) as caught:
        secrets.polymarket_keys(Polymarket(), OWNER)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_bad_key_is_in_no_traceback(tmp_path: Path) -> None:
    bad = KEY.hex()[:-2] + "zz"
    settings = Polymarket(private_key_file=private(tmp_path / "k", bad))
    with pytest.raises(ConfigError) as caught:
        secrets.polymarket_signer(settings)
    assert bad not in "".join(traceback.format_exception(caught.value))


def test_a_secret_in_the_configuration_is_refused_without_showing_it(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'[polymarket]\nprivate_key = "{KEY.hex()}"\n')
    with pytest.raises(ConfigError, match=r"polymarket\.private_key.*no such setting") as caught:
        load_settings(path)
    assert KEY.hex() not in str(caught.value)
