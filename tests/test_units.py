"""Units: parsing drops no digit, formatting is parsing's inverse, rounding says whom it favours."""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees import units

INT64_MAX = 2**63 - 1
money = st.integers(-(10**15), 10**15)


@given(st.integers(0, units.PRICE_MAX))
def test_pips_round_trip(price: int) -> None:
    text = units.format_pips(price)
    assert units.parse_pips(text) == price
    assert Decimal(text) * 10_000 == price
    assert len(text) == 6


@given(st.integers(-units.QTY_MAX, units.QTY_MAX))
def test_qty_round_trip(qty: int) -> None:
    text = units.format_qty(qty)
    assert units.parse_qty(text) == qty
    assert Decimal(text) * 1_000_000 == qty


@given(money)
def test_cash_round_trip(cash: int) -> None:
    text = units.format_cash(cash)
    assert units.parse_cash(text) == cash
    assert 2 <= len(text.partition(".")[2]) <= 6


@given(st.decimals(0, 1, places=4, allow_nan=False), st.integers(0, 6))
def test_trailing_zeros_do_not_change_a_price(price: Decimal, zeros: int) -> None:
    assert units.parse_pips(f"{price}{'0' * zeros}") == price * 10_000


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**12))
def test_division_rounds_as_named(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    assert units.div_floor(numerator, denominator) == floor(exact)
    assert units.div_ceil(numerator, denominator) == ceil(exact)


@given(st.integers(0, units.PRICE_MAX), st.integers(0, units.QTY_MAX))
def test_cost_is_never_below_the_exact_amount(price: int, qty: int) -> None:
    exact = Fraction(price, 10_000) * qty
    assert 0 <= units.cost_ceil(price, qty) - exact < 1


def test_price_times_largest_size_fits_an_int64() -> None:
    assert units.PIPS_PER_DOLLAR * units.QTY_MAX <= INT64_MAX


@pytest.mark.parametrize(
    ("text", "price"),
    [("0.4700", 4700), ("0.47", 4700), (".5", 5000), ("1", 10_000), ("0.", 0), ("0.001", 10)],
)
def test_parse_pips_examples(text: str, price: int) -> None:
    assert units.parse_pips(text) == price


@pytest.mark.parametrize(
    ("price", "qty", "cash"),
    [("0.4700", "3.00", "98.0186"), ("0.0001", "0.01", "0.0175"), ("1.0000", "-5.123456", "-0.50")],
)
def test_format_examples(price: str, qty: str, cash: str) -> None:
    assert units.format_pips(units.parse_pips(price)) == price
    assert units.format_qty(units.parse_qty(qty)) == qty
    assert units.format_cash(units.parse_cash(cash)) == cash


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "-",
        "+1",
        " 1",
        "1 ",
        "1e-2",
        "0x1",
        "nan",
        "inf",
        "1,0",
        "0.1.2",
        "--1",
        "1_0",
        "٣",
    ],
)
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    for parse in (units.parse_pips, units.parse_qty, units.parse_cash):
        with pytest.raises(ValueError, match="not a plain decimal"):
            parse(text)


@pytest.mark.parametrize("text", ["0.00001", "0.47001", "0.99999"])
def test_a_price_finer_than_a_pip_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="more than 4 decimals"):
        units.parse_pips(text)


@pytest.mark.parametrize("text", ["1.0001", "-0.0001", "2"])
def test_a_price_outside_a_dollar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"outside 0\.\.1"):
        units.parse_pips(text)


def test_sizes_beyond_the_bound_are_refused() -> None:
    assert units.parse_qty("100000000") == units.QTY_MAX
    assert units.parse_qty("-100000000") == -units.QTY_MAX
    for text in ("100000000.000001", "-100000000.000001"):
        with pytest.raises(ValueError, match="QTY_MAX"):
            units.parse_qty(text)
    with pytest.raises(ValueError, match="more than 6 decimals"):
        units.parse_qty("0.0000001")


@given(st.text(max_size=12))
def test_junk_raises_value_error_or_is_a_decimal(text: str) -> None:
    try:
        cash = units.parse_cash(text)
    except ValueError:
        return
    assert Decimal(text) * 1_000_000 == cash
