"""The one settings root: TOML file, ARBEES_* environment, key files. Nothing else reads them.

Secrets are read from files only their owner can read, never from the configuration itself.
"""

import os
import stat
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from arbees.errors import ConfigError
from arbees.units import parse_cash


def _micro(value: object) -> object:
    """Decimal text such as "100.00" to millionths; integers are taken as whole units."""
    if isinstance(value, str):
        return parse_cash(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value * 1_000_000
    raise ValueError(f"write it as a quoted decimal, not {value!r}")


Micro = Annotated[int, BeforeValidator(_micro)]


SHOWN_MAX = 60
"""Characters of a wrong value that an error repeats."""


class Section(BaseModel):
    """A frozen part; unknown keys are errors, so a typo is never a default."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def _pong_fits(section: Any) -> Any:
    """A ping must be answered before the next one leaves."""
    if section.pong_s >= section.ping_s:
        raise ValueError(f"pong_s {section.pong_s:g} must be less than ping_s {section.ping_s:g}")
    return section


class Kalshi(Section):
    """Kalshi's addresses and pace."""

    rest_url: str = "https://external-api.kalshi.com/trade-api/v2"
    ws_url: str = "wss://external-api-ws.kalshi.com/trade-api/ws/v2"
    key_id: str = ""
    private_key_file: str = ""
    proxy: str = ""
    stale_after_s: float = Field(default=30.0, gt=0)
    silence_s: float = Field(default=60.0, gt=0)
    ping_s: float = Field(default=5.0, gt=0)
    pong_s: float = Field(default=3.0, gt=0)
    poll_interval_s: float = Field(default=1.0, gt=0)
    max_requests_per_s: float = Field(default=5.0, gt=0)

    _pong_before_ping = model_validator(mode="after")(_pong_fits)


class Polymarket(Section):
    """Polymarket's addresses and pace."""

    gamma_url: str = "https://gamma-api.polymarket.com"
    clob_url: str = "https://clob.polymarket.com"
    ws_url: str = "wss://ws-subscriptions-clob.polymarket.com/ws/market"
    user_ws_url: str = "wss://ws-subscriptions-clob.polymarket.com/ws/user"
    site_url: str = "https://polymarket.com"
    private_key_file: str = ""
    api_keys_file: str = ""
    funder: str = ""
    signature_type: int = Field(default=0, ge=0, le=3)
    proxy: str = ""
    stale_after_s: float = Field(default=30.0, gt=0)
    silence_s: float = Field(default=20.0, gt=0)
    ping_s: float = Field(default=10.0, gt=0)
    pong_s: float = Field(default=5.0, gt=0)
    tokens_per_socket: int = Field(default=200, gt=0, le=500)
    poll_interval_s: float = Field(default=1.0, gt=0)
    max_requests_per_s: float = Field(default=20.0, gt=0)

    _pong_before_ping = model_validator(mode="after")(_pong_fits)


class Reconnect(Section):
    """One policy for every feed."""

    base_ms: int = Field(default=250, gt=0)
    cap_s: float = Field(default=30.0, gt=0)
    jitter: float = Field(default=0.2, ge=0, lt=1)
    healthy_s: float = Field(default=2.0, ge=0)
    open_s: float = Field(default=10.0, gt=0)
    rest_after_s: float = Field(default=0.5, ge=0)


class Detect(Section):
    """What counts as an opportunity."""

    min_edge_pips: int = Field(default=50, ge=-10_000, le=10_000)
    min_profit: Micro = "0.01"  # type: ignore[assignment]  # validated to millionths
    min_touch_qty: Micro = "1.00"  # type: ignore[assignment]
    min_touch_by_venue: dict[str, Micro] = Field(default_factory=dict)


class Size(Section):
    """How much is taken."""

    max_qty: Micro = Field(default="500.00", gt=0, le=90_000_000_000)  # type: ignore[assignment]
    max_cost_per_basket: Micro = "100.00"  # type: ignore[assignment]


class Risk(Section):
    """Limits."""

    max_position_per_instrument: Micro = "1000.00"  # type: ignore[assignment]
    max_cost_per_event: Micro = "200.00"  # type: ignore[assignment]
    max_daily_loss: Micro = "50.00"  # type: ignore[assignment]
    max_open_baskets: int = Field(default=50, ge=0)
    cooldown_ms: int = Field(default=1_000, ge=0)
    max_unwind_loss_per_contract: Micro = "0.10"  # type: ignore[assignment]
    max_unwind_loss_per_order: Micro = "20.00"  # type: ignore[assignment]
    unwind_pause_ms: int = Field(default=250, ge=1)


class Engine(Section):
    """How the engine's process behaves; nothing here changes a decision."""

    keep_warm_ms: float = Field(default=2.0, ge=0)
    cpu: int = Field(default=-1, ge=-1)


class Paper(Section):
    """How the paper venue fills."""

    latency_ms: int = Field(default=50, ge=0)
    view: Literal["pessimistic", "realistic", "optimistic"] = "realistic"
    cash_kalshi: Micro = "1000.00"  # type: ignore[assignment]
    cash_polymarket: Micro = "1000.00"  # type: ignore[assignment]

    @property
    def cash_micro(self) -> dict[str, int]:
        """Opening cash per venue in micro-dollars."""
        return {"kalshi": self.cash_kalshi, "polymarket": self.cash_polymarket}


class Fees(Section):
    """`zero` is for research replays only; run refuses it."""

    mode: Literal["dated", "zero"] = "dated"


class Journal(Section):
    """What goes to disk while running."""

    enabled: bool = True
    fsync: bool = False


class Store(Section):
    """The write-behind database."""

    enabled: bool = True
    url: str = ""
    prices_s: float = Field(default=1.0, gt=0)


class Matching(Section):
    """Whether the catalogues are searched for links, and how often. Only what every rule proves,
    or a person approved (`arbees links approve`), is traded."""

    enabled: bool = True
    leagues_first: tuple[str, ...] = ()
    changes_s: float = Field(default=30.0, gt=0)
    rescan_s: float = Field(default=1800.0, gt=0)
    share: float = Field(default=0.4, gt=0, lt=1)


class LinkRow(Section):
    """Two outcomes claimed to pay the same or the opposite."""

    kalshi: str
    polymarket: str
    relation: Literal["same", "inverse"]
    evidence: str = "configuration"


class Settings(BaseSettings):
    """Everything, frozen. Precedence: environment, then the file, then the defaults."""

    model_config = SettingsConfigDict(
        env_prefix="ARBEES_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    home: str = Field(default_factory=lambda: platformdirs.user_data_dir("arbees"))

    @field_validator("home")
    @classmethod
    def _home_is_a_place(cls, said: str) -> str:
        if not said.strip():
            raise ValueError("empty: name a folder, or leave it out")
        return str(Path(said).expanduser())

    kalshi: Kalshi = Kalshi()
    polymarket: Polymarket = Polymarket()
    reconnect: Reconnect = Reconnect()
    detect: Detect = Detect()
    size: Size = Size()
    risk: Risk = Risk()
    engine: Engine = Engine()
    paper: Paper = Paper()
    fees: Fees = Fees()
    journal: Journal = Journal()
    store: Store = Store()
    matching: Matching = Matching()
    links: tuple[LinkRow, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, which arrives as init arguments."""
        assert isinstance(init_settings, InitSettingsSource)
        return env_settings, init_settings

    def store_url(self) -> str:
        """The database; SQLite in the home directory by default."""
        return self.store.url or f"sqlite+aiosqlite:///{Path(self.home) / 'arbees.db'}"

    def link_rows(self) -> list[dict[str, str]]:
        """Configured links in the shape of a session's pairs."""
        return [
            {
                "kalshi_ticker": row.kalshi,
                "polymarket_token_id": row.polymarket,
                "relation": row.relation,
                "evidence": row.evidence,
            }
            for row in self.links
        ]


def read_secret(name: str) -> bytes:
    """A file only its owner can read. Raises ConfigError otherwise."""
    path = Path(name).expanduser()
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigError(f"{path}: readable by others; run chmod 600 on it")
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the key file: {error.strerror}") from error


def load_settings(path: Path | None = None) -> Settings:
    """Settings of `path`, else of config.toml in the home directory if it is there.

    Raises ConfigError naming the file, the key and what is wrong with it.
    """
    home = os.environ.get("ARBEES_HOME") or platformdirs.user_data_dir("arbees")
    file = path or Path(home) / "config.toml"
    data: dict[str, Any] = {}
    if path is not None or file.exists():
        try:
            data = tomllib.loads(file.read_text())
        except OSError as error:
            raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file}: not valid TOML: {error}") from error
    _check_names()
    try:
        return Settings(**data)
    except ValidationError as error:
        raise ConfigError(_said(file, error)) from error
    except SettingsError as error:  # its cause repeats the value
        raise ConfigError(f"ARBEES_* in the environment: {error}") from None


def _check_names() -> None:
    """A misspelt section in the environment is an error too. Secrets and what tests use are named
    with single underscores and are none of ours."""
    for name in os.environ:
        section, is_setting, _ = name.removeprefix("ARBEES_").partition("__")
        is_ours = name.startswith("ARBEES_") and is_setting
        if is_ours and section.lower() not in Settings.model_fields:
            where = f"{name} in the environment"
            raise ConfigError(f"{where}: there is no such section; config.example.toml names all")


def _said(file: Path, error: ValidationError) -> str:
    """Where the first wrong value stands and what is wrong with it. A name we do not know may
    carry a secret, so its value is not repeated."""
    first = error.errors()[0]
    loc = [str(part) for part in first["loc"]]
    key = ".".join(loc)
    variable = "ARBEES_" + "__".join(loc).upper()
    place = f"{variable} in the environment" if variable in os.environ else f"{file}: {key}"
    if first["type"] == "extra_forbidden":
        return f"{place}: there is no such setting; config.example.toml names all"
    what = first["msg"].removeprefix("Value error, ")
    shown = repr(first.get("input"))
    return f"{place}: {what} (got {shown if len(shown) <= SHOWN_MAX else shown[:SHOWN_MAX] + '…'})"
