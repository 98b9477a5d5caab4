"""Every message that kalshi.md section 6 prints, as printed, and what it becomes."""

import json
from typing import Any

import pytest

from arbees.errors import WireError
from arbees.markets.instrument import FeeOverride, PriceBand
from arbees.messages import events as ev
from arbees.venues.kalshi.session import KalshiWsSession

INX, HIGH, FED = "INXD-23SEP14-B4487", "HIGHNY-22DEC23-B53.5", "FED-23DEC-T3.00"
TENNIS, BTC = "KXWTACHALLENGERMATCH-26JUN11JIMLEP-LEP", "KXBTC15M-26APR160100-00"
WATCHED = {INX: 0, HIGH: 1, FED: 2, TENNIS: 3, BTC: 4}
CONTRACT = 1_000_000
LIFE = "market_lifecycle_v2"


def told(kind: str, msg: Any, use_yes_price: bool = True) -> tuple[list[ev.EngineEvent], int]:
    """Events of one message, and how many types nobody knew."""
    session = KalshiWsSession(WATCHED, use_yes_price)
    events = session.receive(json.dumps({"type": kind, "sid": 11, "seq": 2, "msg": msg}).encode())
    return list(events), session.unknown


CASES: list[tuple[str, Any, list[ev.EngineEvent]]] = [
    ("subscribed", {"channel": "orderbook_delta", "sid": 1}, []),
    ("ok", {"market_tickers": [INX, HIGH]}, []),
    ("ok", [{"channel": "orderbook_delta", "sid": 1}, {"channel": "ticker", "sid": 2}], []),
    ("error", {"code": 7, "msg": "Unknown subscription ID"}, []),
    (
        "ticker",
        {
            "market_id": "9b0f6b43", "market_ticker": FED, "price_dollars": "0.4800",
            "yes_bid_dollars": "0.4500", "yes_ask_dollars": "0.5300", "volume_fp": "33896.00",
            "open_interest_fp": "20422.00", "dollar_volume": 16948,
            "dollar_open_interest": 10211, "yes_bid_size_fp": "300.00",
            "yes_ask_size_fp": "150.00", "last_trade_size_fp": "25.00", "ts": 1669149841,
            "ts_ms": 1669149841000, "time": "2022-11-22T20:44:01Z",
        },
        [ev.QuoteHint(2, 4_500, 5_300, 1_669_149_841_000_000_000)],
    ),
    (
        "trade",
        {
            "trade_id": "d91bc706", "market_ticker": HIGH, "yes_price_dollars": "0.3600",
            "no_price_dollars": "0.6400", "count_fp": "136.00", "taker_side": "no",
            "taker_outcome_side": "no", "taker_book_side": "ask", "is_block_trade": False,
            "ts": 1669149841, "ts_ms": 1669149841000,
        },
        [
            ev.PublicTrade(
                1, 3_600, 136 * CONTRACT, ev.BookSide.ASK, 1_669_149_841_000_000_000
            )
        ],
    ),
    (
        LIFE,
        {
            "market_ticker": "NEW-1", "exchange_index": 0, "open_ts": 1694635200,
            "close_ts": 1694721600, "event_type": "created",
            "additional_metadata": {"name": "x", "strike_type": "greater", "floor_strike": 4487},
            "price_level_structure": "linear_cent",
        },
        [ev.MarketSeen("kalshi", "NEW-1", 0)],
    ),
    (
        LIFE,
        {
            "market_ticker": INX, "event_type": "price_level_structure_updated",
            "price_level_structure": "deci_cent",
            "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0010"}],
        },
        [ev.GridChanged(0, (PriceBand(0, 10_000, 10),), False, 0)],
    ),
    (
        LIFE,
        {"event_type": "metadata_updated", "market_ticker": BTC, "yes_sub_title": "above $95,000"},
        [ev.MarketSeen("kalshi", BTC, 0)],
    ),
    (
        "event_lifecycle",
        {
            "event_ticker": "KXQUICKSETTLE-26JAN25H2150", "exchange_index": 0, "title": "x",
            "subtitle": "y", "collateral_return_type": "MECNET", "series_ticker": "KXQUICKSETTLE",
        },
        [],
    ),
    (
        "event_fee_update",
        {
            "event_ticker": "KXBTCD-26MAY2018", "fee_type_override": "quadratic",
            "fee_multiplier_override": 1,
        },
        [ev.EventFeeChanged("kalshi", "KXBTCD-26MAY2018", FeeOverride(0, 70_000, 0))],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "msg", "expected"), CASES)
def test_a_message_of_the_reference(kind: str, msg: Any, expected: list[ev.EngineEvent]) -> None:
    assert told(kind, msg) == (expected, 0)


@pytest.mark.parametrize("use_yes_price", [True, False])
@pytest.mark.parametrize("ask", ["0.4800", "0.5200"])
def test_a_no_level_is_read_in_the_price_mode_of_the_connection(
    use_yes_price: bool, ask: str
) -> None:
    """Snapshot and delta agree on where a NO level stands, in each mode."""
    levels = {"market_ticker": TENNIS, "no_dollars_fp": [[ask, "2.00"]]}
    ((snapshot,), _) = told("orderbook_snapshot", levels, use_yes_price)
    change = {
        "market_ticker": TENNIS, "price_dollars": ask, "delta_fp": "-2.00", "side": "no",
        "ts": "2026-06-11T06:31:29.957466Z", "ts_ms": 1781159489957,
    }  # fmt: skip
    ((delta,), _) = told("orderbook_delta", change, use_yes_price)
    price = {"0.4800": 4_800, "0.5200": 5_200}[ask]
    price = price if use_yes_price else 10_000 - price
    assert snapshot == ev.BookSnapshot(3, (), ((price, 2 * CONTRACT),), 0)
    assert delta == ev.BookDelta(
        3, ev.BookSide.ASK, price, -2 * CONTRACT, 1_781_159_489_957_000_000
    )


@pytest.mark.parametrize(
    "kind", ["fill", "user_order", "market_position", "order_group_updates", "rfq_created"]
)
def test_private_messages_are_not_of_this_session(kind: str) -> None:
    assert told(kind, {"market_ticker": TENNIS, "yes_price_dollars": "0.7500"}) == ([], 1)


@pytest.mark.parametrize("legacy", [{"price": 47, "delta": -3}, {"price": "0.47", "delta": "-3"}])
def test_a_change_in_the_removed_fields_loses_the_book(legacy: dict[str, Any]) -> None:
    events, _ = told("orderbook_delta", {"market_ticker": TENNIS, "side": "yes"} | legacy)
    assert events == [ev.BookInvalid(3, "bad price_dollars")]
    cents = {"market_ticker": TENNIS, "yes_price": 36, "count": 136}
    assert told("trade", cents)[0] == [ev.BookInvalid(3, "bad yes_price_dollars")]


def test_an_error_without_its_body_is_a_wire_error() -> None:
    with pytest.raises(WireError, match="msg is missing"):
        told("error", None)
