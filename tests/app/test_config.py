"""Settings: the example names them all, and what is wrong is named with file and key."""

import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from arbees.app.config import Settings, load_settings, read_secret
from arbees.errors import ConfigError

EXAMPLE = Path(__file__).resolve().parents[2] / "config.example.toml"


def test_the_example_names_every_setting_with_its_default() -> None:
    said = tomllib.loads(EXAMPLE.read_text())
    assert set(said) == set(Settings.model_fields) - {"home"}
    for name, field in Settings.model_fields.items():
        section = field.default
        if isinstance(section, BaseModel):
            assert set(said[name]) == set(type(section).model_fields), name
    assert load_settings(EXAMPLE).model_dump() == Settings().model_dump()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[risk]\nmax_open = 1\n", "risk.max_open"),
        ("[detect]\nmin_edge_pips = 'many'\n", "detect.min_edge_pips"),
        ("[detect]\nmin_profit = 0.5\n", "detect.min_profit"),
        ("[paper]\nview = 'rosy'\n", "paper.view"),
        ("[size]\nmax_qty = '90001'\n", "size.max_qty"),
        ("[kalshi]\nping_s = 3.0\n", "kalshi: pong_s 3 must be less than ping_s 3"),
        ("[oops\n", "not valid TOML"),
    ],
)
def test_wrong_values_name_file_and_key(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert str(path) in str(caught.value)
    assert what in str(caught.value)


def test_a_name_we_do_not_know_does_not_have_its_value_repeated(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[polymarket]\nprivat_key = '0xdeadbeef'\n")
    with pytest.raises(ConfigError, match=r"polymarket\.privat_key: there is no such") as caught:
        load_settings(path)
    assert "deadbeef" not in str(caught.value)


def test_a_wrong_value_of_the_environment_is_not_blamed_on_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARBEES_HOME", str(tmp_path))
    monkeypatch.setenv("ARBEES_RISK__COOLDOWN_MS", "soon")
    with pytest.raises(ConfigError, match=r"^ARBEES_RISK__COOLDOWN_MS in the environment"):
        load_settings()


def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path / "absent.toml")


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[detect]\nmin_edge_pips = 70\n")
    assert load_settings(path).detect.min_edge_pips == 70
    monkeypatch.setenv("ARBEES_DETECT__MIN_EDGE_PIPS", "80")
    assert load_settings(path).detect.min_edge_pips == 80


def test_keys_that_others_can_read_are_refused(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_bytes(b"secret")
    key.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_secret(str(key))
    key.chmod(0o600)
    assert read_secret(str(key)) == b"secret"
    with pytest.raises(ConfigError, match="cannot read"):
        read_secret(str(tmp_path / "none"))


def test_links_become_pairs() -> None:
    row = {"kalshi": "K", "polymarket": "1", "relation": "same"}
    (pair,) = Settings(links=(row,)).link_rows()  # type: ignore[arg-type]
    assert pair["kalshi_ticker"] == "K"
    assert Settings(home="/x").store_url() == "sqlite+aiosqlite:////x/arbees.db"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ARBEES_RISKS__COOLDOWN_MS", "ARBEES_RISKS__COOLDOWN_MS in the environment: there is no"),
        ("ARBEES_RISK__COOLDOWN", "ARBEES_RISK__COOLDOWN in the environment: there is no"),
        ("ARBEES_RISK", 'in the environment: error parsing value for field "risk"'),
    ],
)
def test_a_misspelt_variable_is_an_error_and_its_value_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    monkeypatch.setenv("ARBEES_HOME", str(tmp_path))
    monkeypatch.setenv(name, "hush")
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert said in str(caught.value)
    assert "hush" not in str(caught.value)
