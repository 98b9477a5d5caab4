"""Listings on disk -> the matcher's records: the venues' own JSON, or trimmed copies of it.

What lives here: picking the fields, and counting what is dropped with its reason. The one rule:
a key that is missing stays empty; nothing is guessed.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from arbees.errors import ConfigError
from arbees.matching.records import KalshiRecord, PolymarketRecord

COMBO = "KXMVE"


class KalshiEvent(msgspec.Struct, frozen=True):
    """An event with its markets."""

    event: str
    title: str
    is_exclusive: bool
    markets: tuple[KalshiRecord, ...]


class PolymarketEvent(msgspec.Struct, frozen=True):
    """An event with the first outcome of each of its markets; a second one says the opposite."""

    event: str
    title: str
    is_augmented: bool
    markets: tuple[PolymarketRecord, ...]


class Listing(msgspec.Struct, frozen=True):
    """What both venues list, and what was left out."""

    kalshi: tuple[KalshiEvent, ...]
    polymarket: tuple[PolymarketEvent, ...]
    dropped: dict[str, int]


def read_listing(folder: Path) -> Listing:
    """Every `kalshi*.json[.gz]` and `polymarket*.json[.gz]` of a folder. Raises ConfigError."""
    dropped: Counter[str] = Counter()
    kalshi = [kalshi_event(e, dropped) for path in _files(folder, "kalshi") for e in _events(path)]
    gamma = [*_files(folder, "polymarket"), *_files(folder, "gamma")]
    polymarket = [polymarket_event(e, dropped) for path in gamma for e in _events(path)]
    if not kalshi and not polymarket:
        raise ConfigError(f"{folder}: no kalshi*.json or polymarket*.json there; name a listing")
    return Listing(tuple(kalshi), tuple(polymarket), dict(dropped))


def _files(folder: Path, prefix: str) -> list[Path]:
    return sorted(p for p in folder.glob(f"{prefix}*.json*") if p.suffix in (".json", ".gz"))


def _events(path: Path) -> Iterator[dict[str, Any]]:
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        body = json.loads(raw)
    except (OSError, EOFError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}); expected JSON") from error
    listed = body.get("events", []) if isinstance(body, dict) else body
    yield from (event for event in listed if isinstance(event, dict))


def _text(source: dict[str, Any], *keys: str) -> str:
    """The first key that holds a text or a number."""
    for key in keys:
        value = source.get(key)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
            return str(value)
    return ""


def kalshi_event(event: dict[str, Any], dropped: Counter[str]) -> KalshiEvent:
    """An event object with its markets; adds what is left out to `dropped`, by reason."""
    sources = event.get("settlement_sources") or []
    records = []
    for market in event.get("markets") or []:
        ticker = _text(market, "ticker")
        if ticker.startswith(COMBO) or market.get("market_type") == "scalar":
            dropped["kalshi: combination or scalar"] += 1
        elif _text(market, "status") in ("finalized", "settled", "determined", "closed"):
            dropped["kalshi: no longer trading"] += 1
        else:
            records.append(_kalshi_market(event, market, sources))
    return KalshiEvent(
        _text(event, "event_ticker", "ticker"),
        _text(event, "title"),
        bool(event.get("mutually_exclusive")),
        tuple(records),
    )


def _kalshi_market(
    event: dict[str, Any], market: dict[str, Any], sources: list[Any]
) -> KalshiRecord:
    custom = market.get("custom_strike")
    return KalshiRecord(
        ticker=_text(market, "ticker"),
        event_ticker=_text(market, "event_ticker") or _text(event, "event_ticker"),
        series_ticker=_text(event, "series_ticker"),
        title=_text(market, "title"),
        event_title=_text(event, "title"),
        subtitle=_text(market, "subtitle"),
        yes_sub_title=_text(market, "yes_sub_title"),
        close_time=_text(market, "close_time"),
        strike_type=_text(market, "strike_type"),
        floor_strike=market.get("floor_strike"),
        cap_strike=market.get("cap_strike"),
        custom_strike=custom if isinstance(custom, dict) else None,
        rules_primary=_text(market, "rules_primary"),
        rules_secondary=_text(market, "rules_secondary"),
        mutually_exclusive=bool(event.get("mutually_exclusive")),
        settlement_sources=tuple(_text(s, "name") for s in sources if isinstance(s, dict)),
    )


def polymarket_event(event: dict[str, Any], dropped: Counter[str]) -> PolymarketEvent:
    """An event object with its markets; adds what is left out to `dropped`, by reason."""
    records = []
    for market in event.get("markets") or []:
        if market.get("closed") or market.get("active") is False:
            dropped["polymarket: closed or not yet active"] += 1
        elif len(_list(market, "outcomes")) != 2:
            dropped["polymarket: hydrating (outcomes are missing)"] += 1
        else:
            records.append(_first_outcome(event, market))
    return PolymarketEvent(
        _text(event, "slug", "ticker", "id"),
        _text(event, "title"),
        bool(event.get("negRiskAugmented") or event.get("neg_risk_augmented")),
        tuple(records),
    )


def _list(source: dict[str, Any], *keys: str) -> tuple[str, ...]:
    """A list, also one inside a string (polymarket.md section 2.2)."""
    for key in keys:
        value = source.get(key)
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                continue
        if isinstance(value, list):
            return tuple(str(each) for each in value)
    return ()


def _first_outcome(event: dict[str, Any], market: dict[str, Any]) -> PolymarketRecord:
    outcomes = _list(market, "outcomes")
    teams = [t for t in event.get("teams") or [] if isinstance(t, dict)]
    return PolymarketRecord(
        market_id=_text(market, "conditionId", "condition_id", "id"),
        slug=_text(market, "slug"),
        question=_text(market, "question"),
        event_slug=_text(event, "slug"),
        event_title=_text(event, "title"),
        outcome=outcomes[0],
        outcome_index=0,
        outcomes=outcomes,
        token_ids=_list(market, "clobTokenIds", "clob_token_ids"),
        description=_text(market, "description") or _text(event, "description"),
        resolution_source=_text(market, "resolutionSource"),
        sports_market_type=_text(market, "sportsMarketType"),
        line=market.get("line"),
        game_id=_text(market, "gameId") or _text(event, "gameId"),
        game_start_time=_text(market, "gameStartTime"),
        event_start_time=_text(market, "eventStartTime"),
        end_date=_text(market, "endDate", "end_date"),
        group_item_title=_text(market, "groupItemTitle"),
        neg_risk=bool(market.get("negRisk")),
        neg_risk_market_id=_text(market, "negRiskMarketID"),
        neg_risk_other=bool(market.get("negRiskOther")),
        series_slug=_text(event, "seriesSlug"),
        teams=tuple(_text(t, "name", "alias") for t in teams),
    )
