"""The references' worked fee examples, to the micro-dollar."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.simulator.exchange.fees import DIRECT_GRAIN, FCM_GRAIN, KalshiFees, PolymarketFees


def kalshi(fees: KalshiFees, fills: list[tuple[int, int]], *, taker: bool = True) -> list[int]:
    carry, out = 0, []
    for price, hundredths in fills:
        fee, carry = fees.charge(price, hundredths * 10_000, carry, is_taker=taker)
        out.append(fee)
    return out


@pytest.mark.parametrize(
    ("fills", "direct", "fcm"),
    [
        ([(5200, 100)], [17_500], [20_000]),
        ([(9900, 100)], [700], [10_000]),
        ([(5200, 400)], [69_900], [70_000]),
        ([(5200, 100)] * 4, [17_500, 17_500, 17_500, 17_400], [20_000, 20_000, 20_000, 10_000]),
        ([(500, 10_000)], [332_500], [340_000]),
        ([(5000, 100)], [17_500], [20_000]),
        ([(5000, 30)] * 3, [5_300, 5_200, 5_300], [10_000, 10_000, 0]),
        ([(550, 100)], [3_700], [5_000]),
    ],
)
def test_kalshi_taker_table(
    fills: list[tuple[int, int]], direct: list[int], fcm: list[int]
) -> None:
    assert kalshi(KalshiFees(grain=DIRECT_GRAIN), fills) == direct
    assert kalshi(KalshiFees(grain=FCM_GRAIN), fills) == fcm


def test_kalshi_makers_and_multipliers() -> None:
    maker = KalshiFees("quadratic_with_maker_fees")
    assert kalshi(maker, [(5200, 100)], taker=False) == [4_400]
    assert kalshi(maker, [(5000, 10_000)], taker=False) == [437_500]
    coarse = KalshiFees("quadratic_with_maker_fees", grain=FCM_GRAIN)
    assert kalshi(coarse, [(5000, 10_000)], taker=False) == [440_000]
    assert kalshi(KalshiFees(), [(5200, 100)], taker=False) == [0]
    assert kalshi(KalshiFees(multiplier=Fraction(0)), [(5200, 100)]) == [0]
    assert kalshi(KalshiFees(multiplier=Fraction(1, 2)), [(5000, 100)]) == [8_800]
    with pytest.raises(ValueError, match="no documented rule"):
        kalshi(KalshiFees("flat"), [(5200, 100)])


@given(
    st.lists(st.tuples(st.integers(1, 9999), st.integers(1, 50_000)), min_size=1, max_size=8),
    st.sampled_from([DIRECT_GRAIN, FCM_GRAIN]),
    st.sampled_from(["quadratic", "quadratic_with_combo_maker_fees"]),
    st.booleans(),
)
def test_kalshi_never_beats_the_model_nor_its_worst(
    fills: list[tuple[int, int]], grain: int, kind: str, taker: bool
) -> None:
    fees = KalshiFees(kind, grain=grain)
    charged = kalshi(fees, fills, taker=taker)
    share = Fraction(1) if taker else Fraction(1, 2) if kind != "quadratic" else Fraction(0)
    model = sum(Fraction(7, 100) * share * n * 10_000 * p * (10_000 - p) / 10**8 for p, n in fills)
    assert all(fee >= 0 for fee in charged)
    top, size = max(p for p, _ in fills), sum(n for _, n in fills) * 10_000
    assert sum(charged) <= fees.worst(top, size, is_taker=taker) + (grain + 1) * len(fills)
    if grain == DIRECT_GRAIN and all(p % 100 == 0 for p, _ in fills):
        assert sum(charged) >= model


@pytest.mark.parametrize(
    ("rate", "price", "fee"),
    [
        ("0.07", 100, 70_000), ("0.07", 1000, 630_000), ("0.07", 3000, 1_470_000),
        ("0.07", 5000, 1_750_000), ("0.05", 1000, 450_000), ("0.05", 3000, 1_050_000),
        ("0.05", 5000, 1_250_000), ("0.04", 3000, 840_000), ("0.04", 5000, 1_000_000),
    ],
)  # fmt: skip
def test_polymarket_table_per_hundred_shares(rate: str, price: int, fee: int) -> None:
    fees = PolymarketFees(Fraction(rate))
    charged, carry = fees.charge(price, 100_000_000, 0, is_taker=True)
    # the venue's table is printed in whole cents
    assert (round(charged, -4), carry) == (fee, 0)
    assert fees.charge(price, 100_000_000, 7, is_taker=False) == (0, 7)
    assert fees.worst(price, 100_000_000, is_taker=True) >= charged
    assert fees.worst(price, 100_000_000, is_taker=False) == 0


def test_polymarket_rounds_to_five_decimals_and_charges_nothing_below() -> None:
    fees = PolymarketFees(Fraction(7, 100))
    # 0.01 * 0.07 * 0.0099 = 0.00000693 dollars
    assert fees.charge(100, 10_000, 0, is_taker=True) == (10, 0)
    assert fees.charge(50, 10_000, 0, is_taker=True) == (0, 0)
    squared = PolymarketFees(Fraction(1, 4), exponent=2)
    assert squared.charge(5000, 100_000_000, 0, is_taker=True) == (1_562_500, 0)
