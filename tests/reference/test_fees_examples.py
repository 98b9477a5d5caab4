"""The venues' published fee examples, and the captures, against the fee oracle."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from tests.reference.fees import (
    DIRECT,
    KALSHI_RATE,
    NON_DIRECT,
    KalshiOrderFees,
    ceil_to,
    floor_to,
    kalshi_rate,
    polymarket_fee,
)

MAKER_RATE = Fraction("0.0175")


@pytest.mark.parametrize(
    ("fills", "price", "rate", "direct", "non_direct"),
    [
        (["1"], "0.52", KALSHI_RATE, ["0.0175"], ["0.02"]),
        (["1"], "0.99", KALSHI_RATE, ["0.0007"], ["0.01"]),
        (["4"], "0.52", KALSHI_RATE, ["0.0699"], ["0.07"]),
        (
            ["1"] * 4,
            "0.52",
            KALSHI_RATE,
            ["0.0175", "0.0175", "0.0175", "0.0174"],
            ["0.02", "0.02", "0.02", "0.01"],
        ),
        (["100"], "0.05", KALSHI_RATE, ["0.3325"], ["0.34"]),
        (["1"], "0.50", KALSHI_RATE, ["0.0175"], ["0.02"]),
        (["0.30"] * 3, "0.50", KALSHI_RATE, ["0.0053", "0.0052", "0.0053"], ["0.01", "0.01", "0"]),
        (["1"], "0.52", MAKER_RATE, ["0.0044"], None),
        (["100"], "0.50", MAKER_RATE, ["0.4375"], ["0.44"]),
    ],
)
def test_kalshi_table_of_recomputed_fees(
    fills: list[str], price: str, rate: Fraction, direct: list[str], non_direct: list[str] | None
) -> None:
    for precision, expected in ((DIRECT, direct), (NON_DIRECT, non_direct)):
        if expected is None:
            continue
        order = KalshiOrderFees(precision)
        got = [order.fill(Fraction(price), Fraction(count), rate) for count in fills]
        assert got == [Fraction(fee) for fee in expected], precision


def test_kalshi_official_example_of_a_non_direct_buy() -> None:
    order = KalshiOrderFees(NON_DIRECT)
    assert order.fill(Fraction("0.055"), Fraction(1), KALSHI_RATE) == Fraction("0.005")
    assert order.accumulator == Fraction("0.001361")


def test_kalshi_official_example_of_the_accumulator() -> None:
    """Three fills that each round away 0.004: the third gives a cent back and carries 0.002."""
    order = KalshiOrderFees(NON_DIRECT)
    rate = Fraction("0.064")
    fees, carried = [], []
    for _ in range(3):
        fees.append(order.fill(Fraction("0.5"), Fraction(1), rate))
        carried.append(order.accumulator)
    assert carried == [Fraction("0.004"), Fraction("0.008"), Fraction("0.002")]
    assert fees == [Fraction("0.02"), Fraction("0.02"), Fraction("0.01")]


def test_kalshi_rebate_never_makes_a_fee_negative() -> None:
    order = KalshiOrderFees(NON_DIRECT)
    fees = [order.fill(Fraction("0.506"), Fraction(1), Fraction(0)) for _ in range(3)]
    assert fees == [Fraction("0.004")] * 3
    assert order.accumulator == Fraction("0.012")


def test_the_recorded_fills_of_a_direct_member(test_data: Path) -> None:
    body = json.loads((test_data / "captures/kalshi/fills/after_taker.json").read_bytes())
    said = [(f["yes_price_dollars"], f["count_fp"], f["fee_cost"]) for f in body["fills"]]
    assert [cost for _, _, cost in said] == ["0.017500", "0.000700", "0.000700"]
    for price, count, cost in said:
        fee = KalshiOrderFees(DIRECT).fill(Fraction(price), Fraction(count), KALSHI_RATE)
        assert fee == Fraction(cost)


def test_kalshi_rates_follow_type_and_multiplier() -> None:
    assert kalshi_rate("quadratic", Fraction(1)) == Fraction("0.07")
    assert kalshi_rate("quadratic", Fraction(1), is_maker=True) == 0
    maker = kalshi_rate("quadratic_with_maker_fees", Fraction(1), is_maker=True)
    assert maker == Fraction("0.0175")
    combo = kalshi_rate("quadratic_with_combo_maker_fees", Fraction(1), is_maker=True)
    assert combo == Fraction("0.035")
    assert kalshi_rate("quadratic_with_maker_fees", Fraction("0.5")) == Fraction("0.035")
    with pytest.raises(KeyError):
        kalshi_rate("flat", Fraction(1))


@pytest.mark.parametrize(
    ("rate", "price", "expected"),
    [
        ("0.07", "0.01", "0.07"),
        ("0.07", "0.10", "0.63"),
        ("0.07", "0.30", "1.47"),
        ("0.07", "0.50", "1.75"),
        ("0.05", "0.10", "0.45"),
        ("0.05", "0.30", "1.05"),
        ("0.05", "0.50", "1.25"),
        ("0.04", "0.30", "0.84"),
        ("0.04", "0.50", "1.00"),
    ],
)
def test_polymarket_official_table_per_hundred_shares(rate: str, price: str, expected: str) -> None:
    """The venue prints these with two decimals."""
    fee = polymarket_fee(Fraction(price), Fraction(100), Fraction(rate))
    assert abs(fee - Fraction(expected)) <= Fraction("0.005")


def test_polymarket_worked_numbers() -> None:
    assert polymarket_fee(Fraction("0.3"), Fraction(100), Fraction("0.07")) == Fraction("1.47")
    one_percent = polymarket_fee(Fraction("0.01"), Fraction(100), Fraction("0.07"))
    assert one_percent == Fraction("0.0693")
    tenth = polymarket_fee(Fraction("0.1"), Fraction(100), Fraction("0.07"))
    assert tenth / (100 * Fraction("0.1")) == Fraction("0.063")
    quarter = polymarket_fee(Fraction("0.5"), Fraction(100), Fraction("0.25"), exponent=2)
    assert quarter == Fraction("1.5625")
    assert quarter / 100 == Fraction("0.015625")


def test_polymarket_rounds_up_and_charges_the_least_unit() -> None:
    least = Fraction("0.00001")
    assert polymarket_fee(Fraction("0.001"), Fraction("0.01"), Fraction("0.05")) == least
    assert polymarket_fee(Fraction("0.5"), Fraction(1), Fraction(0)) == 0


def test_rounding_directions() -> None:
    cent = Fraction(1, 100)
    assert ceil_to(Fraction("-0.055"), cent) == Fraction("-0.05")
    assert floor_to(Fraction("-0.055"), cent) == Fraction("-0.06")
