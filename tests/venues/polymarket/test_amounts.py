"""Amounts: the venue's own vectors, and an oracle in Fractions, digit by digit."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.units import QTY_MAX
from arbees.venues.polymarket import amounts
from tests.reference import polymarket_amounts as oracle

TICKS = {"0.1": 1_000, "0.01": 100, "0.005": 50, "0.0025": 25, "0.001": 10, "0.0001": 1}
CASES = [
    ("BUY", "100", "0.5", "0.01", 50_000_000, 100_000_000),
    ("SELL", "21.04", "0.56", "0.01", 21_040_000, 11_782_400),
    ("BUY", "33.33", "0.37", "0.01", 12_332_100, 33_330_000),
    ("BUY", "5.559", "0.123", "0.001", 682_650, 5_550_000),
    ("SELL", "7.77", "0.0123", "0.0001", 7_770_000, 95_571),
    ("BUY", "19.19", "0.2025", "0.0025", 3_885_975, 19_190_000),
]
MARKET = [
    ("100", "0.56", "0.01", 100_000_000, 178_571_400),
    ("10", "0.33", "0.01", 10_000_000, 30_303_000),
    ("7.77", "0.123", "0.001", 7_770_000, 63_170_730),
]


def scaled(text: str, unit: int) -> int:
    return int(Fraction(text) * unit)


@pytest.mark.parametrize(("side", "size", "price", "tick", "maker", "taker"), CASES)
def test_printed_limit_cases(
    side: str, size: str, price: str, tick: str, maker: int, taker: int
) -> None:
    found = amounts.limit_amounts(
        side == "BUY", scaled(price, 10_000), scaled(size, 10**6), TICKS[tick]
    )
    assert found == (maker, taker)


@pytest.mark.parametrize(("dollars", "price", "tick", "maker", "taker"), MARKET)
def test_printed_market_buys(dollars: str, price: str, tick: str, maker: int, taker: int) -> None:
    found = amounts.market_buy(scaled(price, 10_000), scaled(dollars, 10**6), TICKS[tick])
    assert found == (maker, taker)


def test_every_vector(test_data: Path) -> None:
    vectors = json.loads((test_data / "signing" / "polymarket_vectors.json").read_text())
    rows = vectors["amount_rounding"]
    assert len(rows) == 10
    for row in rows:
        price, tick = scaled(str(row["price"]), 10_000), TICKS[row["tick"]]
        size = scaled(str(row.get("size", row.get("amount"))), 10**6)
        if row["kind"] == "market" and row["side"] == "BUY":
            found = amounts.market_buy(price, size, tick)
        else:
            found = amounts.limit_amounts(row["side"] == "BUY", price, size, tick)
        assert found == (int(row["makerAmount"]), int(row["takerAmount"])), row


ticks = st.sampled_from(sorted(TICKS))
sizes = st.integers(10_000, QTY_MAX)


@st.composite
def prices(draw: st.DrawFn) -> tuple[str, int]:
    tick = draw(ticks)
    step = TICKS[tick]
    return tick, step * draw(st.integers(1, 10_000 // step - 1))


@given(prices(), sizes, st.sampled_from(["BUY", "SELL"]))
def test_limit_equals_the_oracle(at: tuple[str, int], size: int, side: str) -> None:
    tick, price = at
    found = amounts.limit_amounts(side == "BUY", price, size, TICKS[tick])
    wanted = oracle.limit(side, Fraction(size, 10**6), Fraction(price, 10_000), tick)
    assert found == wanted
    if side == "SELL":
        assert found == oracle.market(side, Fraction(size, 10**6), Fraction(price, 10_000), tick)


@given(prices(), sizes)
def test_market_buy_equals_the_oracle(at: tuple[str, int], dollars: int) -> None:
    tick, price = at
    found = amounts.market_buy(price, dollars, TICKS[tick])
    wanted = oracle.market("BUY", Fraction(dollars, 10**6), Fraction(price, 10_000), tick)
    assert found == wanted


@given(prices(), sizes)
def test_a_marketable_buy_never_takes_more(at: tuple[str, int], qty: int) -> None:
    tick, price = at
    try:
        found = amounts.marketable_buy(price, qty, TICKS[tick])
    except ValueError:
        assert price * (qty - qty % 10_000) // 10_000 < 10_000  # less than a cent
        return
    assert found.maker % 10_000 == 0
    assert found.taker <= qty
    assert found.maker * 10_000 <= price * qty
    exact = price * qty % (10_000 * 10_000) == 0 and qty % 10_000 == 0
    assert not exact or found == (price * qty // 10_000, qty)
    # What is left out is worth less than a cent, and a ten-thousandth of a share.
    assert price * (qty - qty % 10_000) // 10_000 - found.maker < 10_000


@pytest.mark.parametrize(("price", "tick"), [(0, 100), (10_000, 100), (50, 100), (15, 10), (5, 7)])
def test_a_price_off_the_tick_is_refused(price: int, tick: int) -> None:
    for make in (amounts.market_buy, amounts.marketable_buy):
        with pytest.raises(ValueError, match="tick"):
            make(price, 10**6, tick)
    with pytest.raises(ValueError, match="tick"):
        amounts.limit_amounts(True, price, 10**6, tick)


@pytest.mark.parametrize("size", [0, 9_999, -10_000, QTY_MAX + 10_000])
def test_nothing_and_too_much_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="hundredths"):
        amounts.limit_amounts(True, 5_000, size, 100)
