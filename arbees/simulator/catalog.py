"""The synthetic catalogue: six questions asked by both venues, in the recorded session's shapes.

One rule: ids are hashes of names, so they are stable and can never meet a live market's.
"""

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

START_NS = 1_767_225_600_000_000_000
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Question:
    """One Polymarket condition and the Kalshi tickers that ask the same."""

    series: str
    event: str
    title: str
    outcomes: tuple[str, str]
    tickers: tuple[str, ...]
    """The first is YES for outcome 0; a second, if any, is YES for outcome 1."""
    yes_names: tuple[str, ...]
    category: str
    token_rate: Fraction
    lasts_h: float

    @property
    def condition(self) -> str:
        return "0x" + hashlib.sha256(f"condition {self.tickers[0]}".encode()).hexdigest()

    @property
    def tokens(self) -> tuple[str, str]:
        first, second = (
            int.from_bytes(hashlib.sha256(f"token {i} {self.tickers[0]}".encode()).digest(), "big")
            | 1 << 255
            for i in (0, 1)
        )
        return str(first), str(second)


_YES_NO = ("Yes", "No")
_ECON, _CRYPTO, _POL, _SPORT = (
    Fraction(5, 100),
    Fraction(7, 100),
    Fraction(4, 100),
    Fraction(5, 100),
)

_GAME, _BTC = "KXNBAGAME-26JAN01BOSLAL", "KXBTC15M-26JAN010000"
_FED, _CPI, _VOTE = "KXFEDDECISION-26JAN", "KXCPIYOY-26JAN", "GOVPARTYWI-26"
_FED_TITLE = "Fed decision in January 2026"

QUESTIONS: tuple[Question, ...] = (
    Question(
        "KXNBAGAME", _GAME, "Boston at Los Angeles L Winner?", ("Celtics", "Lakers"),
        (f"{_GAME}-BOS", f"{_GAME}-LAL"), ("Boston", "Los Angeles L"), "Sports", _SPORT, 3,
    ),
    Question(
        "KXBTC15M", _BTC, "Bitcoin price up in the next 15 minutes?", ("Up", "Down"),
        (f"{_BTC}-00",), ("Price up",), "Crypto", _CRYPTO, 0.25,
    ),
    Question(
        "KXFEDDECISION", _FED, f"{_FED_TITLE}: 25 bps cut?", _YES_NO,
        (f"{_FED}-C25",), ("Cut 25bps",), "Economics", _ECON, 24 * 28,
    ),
    Question(
        "KXFEDDECISION", _FED, f"{_FED_TITLE}: no change?", _YES_NO,
        (f"{_FED}-H0",), ("Fed maintains rate",), "Economics", _ECON, 24 * 28,
    ),
    Question(
        "KXCPIYOY", _CPI, "CPI year over year above 2.8% in January 2026?", _YES_NO,
        (f"{_CPI}-T2.8",), ("Above 2.8%",), "Economics", _ECON, 24 * 42,
    ),
    Question(
        "GOVPARTYWI", _VOTE, "Democratic win in the Wisconsin governor election?", _YES_NO,
        (f"{_VOTE}-D",), ("Democratic party",), "Politics", _POL, 24 * 306,
    ),
)  # fmt: skip


def market_id(ticker: str) -> str:
    return str(uuid.UUID(bytes=hashlib.sha256(ticker.encode()).digest()[:16]))


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _close(question: Question, duration_s: float) -> datetime:
    """The question's own close, put off in quarter hours until the session is over."""
    close = START + timedelta(hours=question.lasts_h)
    while close < START + timedelta(seconds=duration_s + 60):
        close += timedelta(minutes=15)
    return close


def _kalshi_market(question: Question, index: int, duration_s: float) -> dict[str, Any]:
    close, opened = _iso(_close(question, duration_s)), _iso(START - timedelta(days=7))
    name, ticker = question.yes_names[index], question.tickers[index]
    return {
        "ticker": ticker,
        "event_ticker": question.event,
        "market_type": "binary",
        "title": question.title,
        "subtitle": name,
        "yes_sub_title": name,
        "no_sub_title": name,
        "created_time": opened,
        "updated_time": opened,
        "open_time": opened,
        "close_time": close,
        "latest_expiration_time": close,
        "expiration_time": close,
        "expected_expiration_time": close,
        "occurrence_datetime": close,
        "settlement_timer_seconds": 60,
        "status": "active",
        "yes_bid_dollars": "0.0000",
        "yes_ask_dollars": "1.0000",
        "no_bid_dollars": "0.0000",
        "no_ask_dollars": "1.0000",
        "last_price_dollars": "0.0000",
        "volume_fp": "0.00",
        "volume_24h_fp": "0.00",
        "open_interest_fp": "0.00",
        "notional_value_dollars": "1.0000",
        "result": "",
        "settlement_bounds_type": "default",
        "expiration_value": "",
        "can_close_early": True,
        "strike_type": "structured",
        "rules_primary": f"If {name}: {question.title} Then the market resolves to Yes.",
        "rules_secondary": "",
        "price_level_structure": "linear_cent",
        "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}],
        "exchange_index": 0,
    }


def _kalshi(duration_s: float) -> dict[str, Any]:
    series: dict[str, dict[str, Any]] = {}
    events: dict[str, dict[str, Any]] = {}
    for question in QUESTIONS:
        sports = question.category == "Sports"
        series[question.series] = {
            "ticker": question.series,
            "frequency": "custom",
            "title": question.title,
            "category": question.category,
            "categories": [question.category],
            "tags": [],
            "settlement_sources": [],
            "fee_type": "quadratic_with_maker_fees" if sports else "quadratic",
            "fee_multiplier": 1,
            "exchange_index": 0,
        }
        new_event: dict[str, Any] = {
            "event_ticker": question.event,
            "series_ticker": question.series,
            "title": question.title,
            "sub_title": question.title,
            "collateral_return_type": "MECNET",
            "mutually_exclusive": True,
            "category": question.category,
            "strike_date": _iso(_close(question, duration_s)),
            "last_updated_ts": _iso(START),
            "fee_type_override": None,
            "fee_multiplier_override": None,
            "exchange_index": 0,
            "markets": [],
        }
        event = events.setdefault(question.event, new_event)
        event["markets"] += [
            _kalshi_market(question, i, duration_s) for i in range(len(question.tickers))
        ]
    return {"series": list(series.values()), "events": list(events.values())}


def _gamma_event(number: int, question: Question, duration_s: float) -> dict[str, Any]:
    slug, end = question.tickers[0].lower(), _iso(_close(question, duration_s))
    shared = {
        "slug": slug, "startDate": _iso(START - timedelta(days=7)), "endDate": end,
        "description": f"{question.title} Resolves to one of the two outcomes.",
        "resolutionSource": "", "active": True, "closed": False, "archived": False,
        "restricted": True, "enableOrderBook": True, "negRisk": False, "liquidity": "0",
        "volume": "0",
    }  # fmt: skip
    market = shared | {
        "id": str(900_000 + number), "question": question.title,
        "conditionId": question.condition,
        "outcomes": json.dumps(question.outcomes),
        "outcomePrices": json.dumps(["0.5", "0.5"]),
        "clobTokenIds": json.dumps(question.tokens),
        "acceptingOrders": True, "orderPriceMinTickSize": 0.01, "orderMinSize": 5,
        "endDateIso": end[:10], "umaResolutionStatuses": "[]", "version": "v1",
        "makerBaseFee": 1000, "takerBaseFee": 1000, "feesEnabled": True,
        "feeType": f"{question.category.lower()}_fees_v2",
        "feeSchedule": {
            "exponent": 1, "rate": float(question.token_rate), "takerOnly": True,
            "rebateRate": 0.15,
        },
        "secondsDelay": 0,
    }  # fmt: skip
    tag = {"id": str(number + 1), "label": question.category, "slug": question.category.lower()}
    head = {"id": str(800_000 + number), "ticker": slug, "title": question.title}
    return shared | head | {"liquidity": 0, "volume": 0, "tags": [tag], "markets": [market]}


def build_catalog(duration_s: float) -> dict[str, Any]:
    """The whole `catalog.json`."""
    pairs = [
        {
            "kalshi_ticker": ticker,
            "polymarket_condition_id": question.condition,
            "polymarket_token_id": token,
            "relation": "same" if i == j else "inverse",
        }
        for question in QUESTIONS
        for i, ticker in enumerate(question.tickers)
        for j, token in enumerate(question.tokens)
    ]
    gamma = [_gamma_event(i, question, duration_s) for i, question in enumerate(QUESTIONS)]
    return {
        "kalshi": _kalshi(duration_s),
        "polymarket": {"gamma_events": gamma},
        "pairs": pairs,
        "games": [],
        "settlements": {},
    }
