"""Every worked fee example of both references, and the laws behind them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.markets.fees import OrderFees, trade_fee
from arbees.markets.instrument import FeeRounding, FeeSchedule, FeeTerm
from arbees.units import parse_cash, parse_pips, parse_qty

DIRECT = FeeTerm(0, 70_000, 0, balance_step=100)
INDIRECT = FeeTerm(0, 70_000, 0, balance_step=10_000)
MAKER = FeeTerm(0, 70_000, 17_500, balance_step=100)
MAKER_INDIRECT = FeeTerm(0, 70_000, 17_500, balance_step=10_000)
CONTRACT = 1_000_000


def charges(term: FeeTerm, fills: list[tuple[int, int]], *, is_taker: bool = True) -> list[int]:
    order = OrderFees(term)
    return [order.charge(price, qty, is_taker=is_taker) for price, qty in fills]


@pytest.mark.parametrize(
    ("term", "fills", "is_taker", "expected"),
    [
        (DIRECT, [(5_200, CONTRACT)], True, [17_500]),
        (INDIRECT, [(5_200, CONTRACT)], True, [20_000]),
        (DIRECT, [(9_900, CONTRACT)], True, [700]),
        (INDIRECT, [(9_900, CONTRACT)], True, [10_000]),
        (DIRECT, [(5_200, 4 * CONTRACT)], True, [69_900]),
        (INDIRECT, [(5_200, 4 * CONTRACT)], True, [70_000]),
        (DIRECT, [(5_200, CONTRACT)] * 4, True, [17_500, 17_500, 17_500, 17_400]),
        (INDIRECT, [(5_200, CONTRACT)] * 4, True, [20_000, 20_000, 20_000, 10_000]),
        (DIRECT, [(500, 100 * CONTRACT)], True, [332_500]),
        (INDIRECT, [(500, 100 * CONTRACT)], True, [340_000]),
        (DIRECT, [(5_000, CONTRACT)], True, [17_500]),
        (INDIRECT, [(5_000, CONTRACT)], True, [20_000]),
        (DIRECT, [(5_000, 300_000)] * 3, True, [5_300, 5_200, 5_300]),
        (INDIRECT, [(5_000, 300_000)] * 3, True, [10_000, 10_000, 0]),
        (MAKER, [(5_200, CONTRACT)], False, [4_400]),
        (MAKER, [(5_000, 100 * CONTRACT)], False, [437_500]),
        (MAKER_INDIRECT, [(5_000, 100 * CONTRACT)], False, [440_000]),
        (INDIRECT, [(550, CONTRACT)], True, [5_000]),
    ],
)
def test_kalshi_worked_examples(
    term: FeeTerm, fills: list[tuple[int, int]], is_taker: bool, expected: list[int]
) -> None:
    assert charges(term, fills, is_taker=is_taker) == expected


@pytest.mark.parametrize(
    ("rate", "price", "expected"),
    [
        (70_000, 100, 69_300),
        (70_000, 1_000, 630_000),
        (70_000, 3_000, 1_470_000),
        (70_000, 5_000, 1_750_000),
        (50_000, 1_000, 450_000),
        (50_000, 3_000, 1_050_000),
        (50_000, 5_000, 1_250_000),
        (40_000, 3_000, 840_000),
        (40_000, 5_000, 1_000_000),
        (0, 5_000, 0),
    ],
)
def test_polymarket_worked_examples_per_100_shares(rate: int, price: int, expected: int) -> None:
    term = FeeTerm(0, rate, 0, rounding=FeeRounding.POLYMARKET)
    assert trade_fee(term, price, 100 * CONTRACT) == expected
    assert charges(term, [(price, 100 * CONTRACT)]) == [expected]


def test_the_smallest_polymarket_charge() -> None:
    term = FeeTerm(0, 50_000, 0, rounding=FeeRounding.POLYMARKET)
    assert trade_fee(term, 1, 10_000) == 10


def test_the_early_exponent_two_schedule() -> None:
    term = FeeTerm(0, 250_000, 0, exponent=2, rounding=FeeRounding.POLYMARKET)
    assert trade_fee(term, 5_000, 100 * CONTRACT) == 1_562_500


def test_the_official_accumulator_example() -> None:
    """Three fills that each round away 0.004 (kalshi.md section 9.2): the third gives a cent back
    and 0.002 is carried. At a rate of 0.064 one contract at 0.50 costs 0.016."""
    order = OrderFees(FeeTerm(0, 64_000, 0, balance_step=10_000))
    assert [order.charge(5_000, CONTRACT) for _ in range(3)] == [20_000, 20_000, 10_000]
    assert order.carried == 2_000 * 10_000


def test_recorded_fills_paid_what_we_compute(test_data: Path) -> None:
    body = json.loads((test_data / "captures/kalshi/fills/after_taker.json").read_bytes())
    assert len(body["fills"]) == 3
    for fill in body["fills"]:
        assert fill["is_taker"]
        price, qty = parse_pips(fill["yes_price_dollars"]), parse_qty(fill["count_fp"])
        assert OrderFees(DIRECT).charge(price, qty) == parse_cash(fill["fee_cost"])


@pytest.mark.parametrize(
    ("rate", "peak"),
    [(70_000, 1_750_000), (50_000, 1_250_000), (40_000, 1_000_000), (30_000, 750_000), (0, 0)],
)
def test_polymarket_categories_peak_in_the_middle(rate: int, peak: int) -> None:
    """polymarket.md section 8: crypto, sports and economics, finance and politics, sports before
    2026-07-10, geopolitics; makers pay nothing, and p is as dear as 1 - p."""
    term = FeeTerm(0, rate, 0, rounding=FeeRounding.POLYMARKET)
    fees = {p: trade_fee(term, p, 100 * CONTRACT) for p in range(100, 10_000, 100)}
    assert max(fees.values()) == fees[5_000] == peak
    assert all(fees[p] == fees[10_000 - p] for p in fees)
    assert trade_fee(term, 5_000, CONTRACT, is_taker=False) == 0


def test_a_crypto_buy_at_ten_cents_pays_6_3_percent() -> None:
    term = FeeTerm(0, 70_000, 0, rounding=FeeRounding.POLYMARKET)
    assert trade_fee(term, 1_000, 100 * CONTRACT) * 1_000 == 63 * 10 * CONTRACT


def test_an_unknown_fee_is_an_error_not_a_zero() -> None:
    with pytest.raises(ValueError, match="not known"):
        trade_fee(FeeTerm(0, 0, 0, is_known=False), 5_000, CONTRACT)


def test_schedules_are_dated() -> None:
    early, late = FeeTerm(0, 30_000, 0), FeeTerm(100, 50_000, 0)
    schedule = FeeSchedule((early, late))
    assert schedule.at(99) is early
    assert schedule.at(100) is late
    assert FeeSchedule((late,)).at(5) is late


@given(
    st.lists(
        st.tuples(st.integers(300, 9_700), st.integers(100, 5_000).map(lambda n: n * 10_000)),
        min_size=1,
        max_size=8,
    )
)
def test_an_order_costs_its_exact_sum_rounded_up_once(fills: list[tuple[int, int]]) -> None:
    # Where fees exceed the balance grain, so that the rebate is never capped at a zero fee.
    order = OrderFees(DIRECT)
    paid = sum(-(-p * q // 10_000) + order.charge(p, q) for p, q in fills)
    exact = sum(p * q + trade_fee(DIRECT, p, q) * 10_000 for p, q in fills)
    assert paid == -(-exact // 1_000_000) * 100
