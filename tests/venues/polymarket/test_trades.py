"""Trades: what was ours in them, at whose price, and how far they got."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from arbees.errors import WireError
from arbees.messages.events import TradeStage
from arbees.venues.polymarket.trades import Trade, TradeLeg, legs_of, stage_of, time_of

OURS, THEIRS, YES, NO = "0xaa", "0xbb", "2174", "4833"
SAID: dict[str, Any] = {
    "id": "t1", "taker_order_id": OURS, "market": "0xdd22", "asset_id": YES, "side": "BUY",
    "size": "15", "price": "0.5", "status": "MATCHED", "match_time": "1725958681",
    "timestamp": "1725958682125",
    "maker_orders": [
        {"order_id": THEIRS, "asset_id": YES, "matched_amount": "5", "price": "0.49"},
        {"order_id": "0xcc", "asset_id": NO, "matched_amount": "10", "price": "0.482"},
    ],
}  # fmt: skip


def trade(**more: object) -> Trade:
    return msgspec.json.decode(json.dumps(SAID | more).encode(), type=Trade)


def ours(*ids: str) -> Any:
    return lambda order_id: order_id in ids


def test_a_taker_gets_each_makers_price() -> None:
    assert legs_of(trade(), ours(OURS)) == [
        TradeLeg("t1:taker:0xbb", OURS, YES, 4_900, 5_000_000, True),
        TradeLeg("t1:taker:0xcc", OURS, YES, 5_180, 10_000_000, True),
    ]


def test_a_maker_gets_its_own_token_and_price() -> None:
    assert legs_of(trade(), ours("0xcc")) == [
        TradeLeg("t1:0xcc", "0xcc", NO, 4_820, 10_000_000, False)
    ]
    both = legs_of(trade(), ours(OURS, "0xcc"))
    assert [leg.fill_id for leg in both] == ["t1:0xcc", "t1:taker:0xbb", "t1:taker:0xcc"]
    assert legs_of(trade(), ours()) == []


def test_a_trade_without_makers_is_at_its_own_price() -> None:
    alone = legs_of(trade(maker_orders=[]), ours(OURS))
    assert alone == [TradeLeg("t1:taker", OURS, YES, 5_000, 15_000_000, True)]
    assert legs_of(trade(maker_orders=None), ours(OURS)) == alone


@pytest.mark.parametrize("more", [{"size": "14"}, {"size": "0"}, {"size": "1e1"}, {"size": "-5"}])
def test_amounts_that_do_not_add_up(more: dict[str, object]) -> None:
    with pytest.raises(WireError, match="trade t1"):
        legs_of(trade(**more), ours(OURS))


def test_captures(test_data: Path) -> None:
    folder = test_data / "captures" / "polymarket" / "ws_user"
    mint = msgspec.json.decode((folder / "user_trade1_py.json").read_bytes(), type=Trade)
    makers = mint.maker_orders or ()
    assert (len(makers), stage_of(mint)) == (6, TradeStage.MINED)
    legs = legs_of(mint, ours(makers[0].order_id))
    assert [(leg.price, leg.qty, leg.is_taker) for leg in legs] == [(4_820, 10_000_000, False)]
    taken = legs_of(mint, ours(mint.taker_order_id))
    assert {leg.price for leg in taken} == {5_180}  # the mint leg too: 1 - 0.482
    assert sum(leg.qty for leg in taken) == 1_096_870_000
    taker = msgspec.json.decode((folder / "user_trade2_py.json").read_bytes(), type=Trade)
    assert time_of(taker) == 1_725_958_682_125_000_000
    three = msgspec.json.decode((folder / "user_trade4_py.json").read_bytes(), type=Trade)
    assert [leg.price for leg in legs_of(three, ours(three.taker_order_id))] == [
        4_000,
        3_500,
        3_000,
    ]


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        ("MATCHED", TradeStage.MATCHED),
        ("TRADE_STATUS_CONFIRMED", TradeStage.CONFIRMED),
        ("MATCHED_NOT_BROADCASTED", TradeStage.MATCHED),
        ("TRADE_STATUS_RETRYING", TradeStage.RETRYING),
        ("failed", TradeStage.FAILED),
    ],
)
def test_stages(status: str, stage: TradeStage) -> None:
    assert stage_of(trade(status=status)) is stage


def test_an_unknown_stage_is_an_error() -> None:
    with pytest.raises(WireError, match="trade t1: status 'LOST'"):
        stage_of(trade(status="LOST"))


@pytest.mark.parametrize(
    ("timestamp", "match_time", "ns"),
    [
        ("1725958682125", "1", 1_725_958_682_125_000_000),
        ("1762776436", None, 1_762_776_436_000_000_000),
        (None, "1725958681", 1_725_958_681_000_000_000),
        ("", "2024-01-01T00:00:10Z", 1_704_067_210_000_000_000),
        (None, "2024-01-01T00:00:10", 1_704_067_210_000_000_000),
        (None, None, 0),
        ("soon", "later", 0),
    ],
)
def test_times(timestamp: str | None, match_time: str | None, ns: int) -> None:
    assert time_of(trade(timestamp=timestamp, match_time=match_time)) == ns
