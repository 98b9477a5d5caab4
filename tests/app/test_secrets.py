"""Secrets: one source, safe files only, gone from the environment, in no message."""

import os
from pathlib import Path

import pytest

from arbees.app.config import Kalshi, Settings
from arbees.app.secrets import KALSHI_KEY, kalshi_private_key, take_secret
from arbees.errors import ConfigError
from arbees.venues.kalshi.auth import KalshiSigner
from tests.venues.kalshi.keys import ed25519_key, pem

KEY = pem(ed25519_key())


def settings(file: str = "") -> Settings:
    return Settings(kalshi=Kalshi(private_key_file=file))


@pytest.mark.parametrize("text", [KEY.decode(), KEY.decode().replace("\n", "\\n")])
def test_from_the_environment_and_no_child_inherits_it(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KALSHI_KEY, text)
    found = kalshi_private_key(settings())
    assert found == KEY
    assert KALSHI_KEY not in os.environ
    KalshiSigner("id", found)
    assert kalshi_private_key(settings()) is None


def test_from_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(KEY)
    path.chmod(0o600)
    assert kalshi_private_key(settings(str(path))) == KEY
    for mode in (0o640, 0o604, 0o660, 0o610):
        path.chmod(mode)
        with pytest.raises(ConfigError, match="chmod 600"):
            kalshi_private_key(settings(str(path)))


def test_two_sources_are_one_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KALSHI_KEY, "secret-words")
    with pytest.raises(ConfigError) as caught:
        take_secret(KALSHI_KEY, str(tmp_path / "key.pem"))
    assert "secret-words" not in str(caught.value)
    assert KALSHI_KEY not in os.environ


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="absent"):
        kalshi_private_key(settings(str(tmp_path / "absent.pem")))


def test_settings_never_show_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KALSHI_KEY, "secret-words")
    made = Settings()
    assert "secret-words" not in repr(made)
    assert "secret-words" not in made.model_dump_json()
