"""The frozen settings of the engine and its stages. Units are in the names."""

from dataclasses import dataclass, field

from arbees.units import MICRO, NS_PER_MS, NS_PER_S


@dataclass(frozen=True, slots=True)
class DetectSettings:
    """What counts as an opportunity."""

    min_edge_pips: int = 50
    min_profit_micro: int = 10_000
    min_touch_qty: int = MICRO
    stale_after_ns: dict[str, int] = field(
        default_factory=lambda: {"kalshi": 30 * NS_PER_S, "polymarket": 30 * NS_PER_S}
    )
    min_touch_by_venue: dict[str, int] = field(default_factory=dict)
    """Key "<venue>:yes" or "<venue>:no": micro-contracts at the touch, over `min_touch_qty`."""


@dataclass(frozen=True, slots=True)
class SizeSettings:
    """How much of an opportunity is taken."""

    max_qty: int = 500 * MICRO
    max_cost_micro: int = 100 * MICRO


@dataclass(frozen=True, slots=True)
class RiskSettings:
    """Limits; a refusal names the first one that is hit. A repair may lose `max_unwind_loss_pips`
    a contract against what the surplus cost, and `max_unwind_loss_micro` with one order."""

    max_position_qty: int = 1_000 * MICRO
    max_event_cost_micro: int = 200 * MICRO
    max_daily_loss_micro: int = 50 * MICRO
    max_open_baskets: int = 50
    cooldown_ns: int = 1_000 * NS_PER_MS
    max_unwind_loss_pips: int = 1_000
    max_unwind_loss_micro: int = 20 * MICRO
    unwind_pause_ns: int = 250 * NS_PER_MS


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Everything the engine's decisions depend on. `epoch` makes ids unique over restarts."""

    epoch: str = "0"
    detect: DetectSettings = DetectSettings()
    size: SizeSettings = SizeSettings()
    risk: RiskSettings = RiskSettings()
    zero_fees: bool = False


@dataclass(frozen=True, slots=True)
class PaperSettings:
    """How the paper venue fills. View: pessimistic, realistic or optimistic."""

    latency_ns: int = 50 * NS_PER_MS
    view: str = "realistic"
