"""What the readers are given: a venue's market as it lists it, untouched. Missing is empty."""

from decimal import Decimal, InvalidOperation

import msgspec

Number = str | int | float | None
MICRO = 1_000_000


class KalshiRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A Kalshi market with what its event and series say (kalshi.md sections 5.3, 5.4)."""

    ticker: str = ""
    event_ticker: str = ""
    series_ticker: str = ""
    title: str = ""
    event_title: str = ""
    subtitle: str = ""
    yes_sub_title: str = ""
    market_type: str = "binary"
    close_time: str = ""
    expected_expiration_time: str = ""
    occurrence_datetime: str | None = None
    strike_type: str = ""
    floor_strike: Number = None
    cap_strike: Number = None
    custom_strike: dict[str, object] | None = None
    rules_primary: str = ""
    rules_secondary: str = ""
    mutually_exclusive: bool = False
    settlement_sources: tuple[str, ...] = ()
    target_name: str = ""
    """Name of the structured target that `custom_strike` names (kalshi.md section 5.10)."""
    milestone_start: str = ""
    """`start_date` of the event's milestone: the real start of a game."""


class PolymarketRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One outcome of a Polymarket market with what its event says (polymarket.md section 2.2).
    `venue` tells the international book from Polymarket US; prices of the two never mix."""

    market_id: str = ""
    venue: str = "polymarket"
    slug: str = ""
    question: str = ""
    event_slug: str = ""
    event_title: str = ""
    outcome: str = ""
    outcome_index: int | None = None
    outcomes: tuple[str, ...] = ()
    token_ids: tuple[str, ...] = ()
    description: str = ""
    resolution_source: str = ""
    sports_market_type: str = ""
    line: Number = None
    game_id: str = ""
    game_start_time: str = ""
    event_start_time: str = ""
    end_date: str = ""
    group_item_title: str = ""
    neg_risk: bool = False
    neg_risk_market_id: str = ""
    neg_risk_other: bool = False
    series_slug: str = ""
    teams: tuple[str, ...] = ()
    clob_token_ids: tuple[str, ...] = ()
    """The tokens that the order book names for the condition, where they were asked for."""


def micro(number: Number) -> int | None:
    """An exact decimal as micro-units; None for what is no finite number of sane size."""
    if number is None or number == "" or isinstance(number, bool):
        return None
    try:
        value = Decimal(str(number).replace(",", "").replace("$", "").strip())
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) > Decimal(10) ** 12:
        return None
    scaled = value * MICRO
    return int(scaled) if scaled == int(scaled) else None
