"""Settings as the user writes them -> the frozen settings of engine and paper venue."""

from arbees.app.config import Settings
from arbees.pipeline.settings import (
    DetectSettings,
    EngineSettings,
    PaperSettings,
    RiskSettings,
    SizeSettings,
)
from arbees.units import MICRO, NS_PER_MS, NS_PER_S, PIPS_PER_DOLLAR

MICRO_PER_PIP = MICRO // PIPS_PER_DOLLAR


def engine_settings(settings: Settings, epoch: str) -> EngineSettings:
    """`epoch` makes order ids unique over restarts."""
    detect, risk = settings.detect, settings.risk
    return EngineSettings(
        epoch=epoch,
        detect=DetectSettings(
            min_edge_pips=detect.min_edge_pips,
            min_profit_micro=detect.min_profit,
            min_touch_qty=detect.min_touch_qty,
            stale_after_ns={
                "kalshi": int(settings.kalshi.stale_after_s * NS_PER_S),
                "polymarket": int(settings.polymarket.stale_after_s * NS_PER_S),
            },
            min_touch_by_venue=dict(detect.min_touch_by_venue),
        ),
        size=SizeSettings(settings.size.max_qty, settings.size.max_cost_per_basket),
        risk=RiskSettings(
            max_position_qty=risk.max_position_per_instrument,
            max_event_cost_micro=risk.max_cost_per_event,
            max_daily_loss_micro=risk.max_daily_loss,
            max_open_baskets=risk.max_open_baskets,
            cooldown_ns=risk.cooldown_ms * NS_PER_MS,
            max_unwind_loss_pips=risk.max_unwind_loss_per_contract // MICRO_PER_PIP,
            max_unwind_loss_micro=risk.max_unwind_loss_per_order,
            unwind_pause_ns=risk.unwind_pause_ms * NS_PER_MS,
        ),
        zero_fees=settings.fees.mode == "zero",
    )


def paper_settings(settings: Settings) -> PaperSettings:
    """Latency and view of the paper venue."""
    return PaperSettings(settings.paper.latency_ms * NS_PER_MS, settings.paper.view)
