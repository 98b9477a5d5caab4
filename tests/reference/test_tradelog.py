"""The trading-log oracle on hand-made logs."""

import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.reference.tradelog import TornLineError, fill_cost, parse_line, read_records, totals

CONTRACT = 1_000_000


def fill(
    number: int, venue: str, side: int, price: int, contracts: int, fee: int = 0
) -> dict[str, Any]:
    return {
        "type": "FillBooked",
        "fill_id": f"f{number}",
        "order_id": "o",
        "intent_id": "i",
        "venue": venue,
        "instrument_id": "M",
        "side": side,
        "price": price,
        "qty": contracts * CONTRACT,
        "fee": fee,
        "ts_ns": number,
    }


def cash(venue: str, dollars: int) -> dict[str, Any]:
    return {"type": "CashSet", "venue": venue, "cash": dollars * CONTRACT, "ts_ns": 0}


def line(record: dict[str, Any]) -> bytes:
    body = json.dumps(record, separators=(",", ":")).encode()
    return f"{zlib.crc32(body):08x} ".encode() + body


def test_kalshi_pairs_return_a_dollar_each() -> None:
    done = totals(
        [cash("kalshi", 100), fill(1, "kalshi", 0, 4000, 10), fill(2, "kalshi", 1, 5000, 4)]
    )
    assert done.cash["kalshi"] == (100 - 4 - 2 + 4) * CONTRACT
    assert done.held("kalshi", "M") == 6 * CONTRACT


def test_kalshi_crossing_zero_pays_only_what_was_held() -> None:
    done = totals(
        [cash("kalshi", 100), fill(1, "kalshi", 1, 4000, 3), fill(2, "kalshi", 0, 5000, 5)]
    )
    assert done.cash["kalshi"] == 100 * CONTRACT - 1_200_000 - 2_500_000 + 3 * CONTRACT
    assert done.held("kalshi", "M") == 2 * CONTRACT


def test_polymarket_tokens_only_add_up() -> None:
    done = totals(
        [
            cash("polymarket", 10),
            fill(1, "polymarket", 0, 4000, 3, 7),
            fill(2, "polymarket", 0, 1, 1),
        ]
    )
    assert done.cash["polymarket"] == 10 * CONTRACT - 1_200_000 - 7 - 100
    assert done.held("polymarket", "M") == 4 * CONTRACT
    assert done.fees == {"polymarket": 7}


def test_sales_bring_what_they_are_worth() -> None:
    """Ten bought at 0.40, four sold at 0.50; at Kalshi that is four NO bought at 0.50."""
    for venue in ("kalshi", "polymarket"):
        sale = {**fill(2, venue, 0, 5000, 4, 3), "is_sell": True}
        done = totals([cash(venue, 100), fill(1, venue, 0, 4000, 10), sale])
        assert done.cash[venue] == (100 - 4 + 2) * CONTRACT - 3
        assert done.held(venue, "M") == 6 * CONTRACT


def test_what_is_not_held_cannot_be_sold_as_a_token() -> None:
    with pytest.raises(ValueError, match="not held"):
        totals([{**fill(1, "polymarket", 0, 5000, 4), "is_sell": True}])


def test_a_sale_that_fails_gives_the_contracts_back() -> None:
    sale = {**pending(2), "is_sell": True, "price": 5000}
    void = {**ended(2, "FillVoided"), "is_sell": True, "price": 5000}
    start = [cash("polymarket", 10), {**pending(1), "is_final": True}]
    assert totals([*start, sale, void]).cash == totals(start).cash
    assert totals([*start, sale, void]).held("polymarket", "M") == 3 * CONTRACT


def pending(number: int) -> dict[str, Any]:
    return {
        **fill(number, "polymarket", 0, 4000, 3, 7),
        "basket_id": "b",
        "is_final": False,
        "is_sell": False,
    }


def ended(number: int, kind: str, **changes: Any) -> dict[str, Any]:
    return {**pending(number), "type": kind, "ts_ns": 9, **changes}


def test_a_void_gives_cash_contracts_and_fee_back() -> None:
    start = [cash("polymarket", 10), pending(1), pending(2)]
    done = totals([*start, ended(1, "FillVoided"), ended(2, "FillConfirmed")])
    assert done.cash["polymarket"] == 10 * CONTRACT - 1_200_007
    assert done.held("polymarket", "M") == 3 * CONTRACT
    assert done.fees == {"polymarket": 7}
    assert done.waiting == {}


@pytest.mark.parametrize(
    "then",
    [
        [ended(1, "FillVoided"), ended(1, "FillVoided")],
        [ended(1, "FillConfirmed"), ended(1, "FillVoided")],
        [ended(2, "FillVoided")],
        [ended(1, "FillVoided", qty=1)],
        [{**fill(3, "kalshi", 0, 4000, 3), "is_final": False}],
    ],
)
def test_what_cannot_be_about_pending_fills_is_an_error(then: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match=r"waiting|another qty|settles at once"):
        totals([cash("polymarket", 10), pending(1), *then])


def test_polymarket_has_no_no_side() -> None:
    with pytest.raises(ValueError, match="no NO side"):
        totals([fill(1, "polymarket", 1, 4000, 3)])


def test_settlement_pays_and_removes_the_position() -> None:
    settled = {
        "type": "SettlementBooked",
        "venue": "kalshi",
        "instrument_id": "M",
        "qty": 2 * CONTRACT,
        "payout": 10_000,
        "cash": 2 * CONTRACT,
        "ts_ns": 9,
    }
    done = totals([cash("kalshi", 5), fill(1, "kalshi", 0, 2500, 2), settled])
    assert done.cash["kalshi"] == 6_500_000
    assert done.positions == {}
    assert done.counts == {"CashSet": 1, "FillBooked": 1, "SettlementBooked": 1}


def test_cost_of_a_fill_rounds_up() -> None:
    assert fill_cost(1, 10_000, 0) == 1
    assert fill_cost(1, 1, 0) == 1
    assert fill_cost(4700, 3 * CONTRACT, 5) == 1_410_005


def test_twice_booked_and_unknown_records_are_errors() -> None:
    with pytest.raises(ValueError, match="booked twice"):
        totals([fill(1, "kalshi", 0, 1, 1), fill(1, "kalshi", 0, 1, 1)])
    with pytest.raises(ValueError, match="unknown record"):
        totals([{"type": "Surprise"}])
    with pytest.raises(ValueError, match="unknown side"):
        totals([fill(1, "kalshi", 2, 1, 1)])


def test_lines_are_checked(tmp_path: Path) -> None:
    good = line(cash("kalshi", 1))
    assert parse_line(good)["cash"] == CONTRACT
    for bad in (b"", b"12 {}", b"zzzzzzzz {}", b"00000000 {}", good[:-1]):
        with pytest.raises(TornLineError):
            parse_line(bad)
    path = tmp_path / "trades.log"
    path.write_bytes(good + b"\n" + good[:20])
    with pytest.raises(TornLineError):
        read_records(path)
    assert len(read_records(path, last_may_be_torn=True)) == 1
    path.write_bytes(good + b"\n" + good[:-3] + b"\n")
    assert len(read_records(path, last_may_be_torn=True)) == 1
    path.write_bytes(good[:-3] + b"\n" + good + b"\n")
    with pytest.raises(TornLineError):
        read_records(path, last_may_be_torn=True)
