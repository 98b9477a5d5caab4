"""Numbers and times as the venue writes them."""

import pytest

from arbees.simulator.kalshi import shapes


@pytest.mark.parametrize(
    ("qty", "text"), [(0, "0.00"), (1_500_000, "1.50"), (-2_010_000, "-2.01"), (9_999, "0.00")]
)
def test_counts_have_two_decimals(qty: int, text: str) -> None:
    assert shapes.count(qty) == text


def test_money_has_as_many_decimals_as_asked() -> None:
    assert shapes.money(17_500) == "0.017500"
    assert shapes.money(-98_018_600, 4) == "-98.0186"


def test_times() -> None:
    text = shapes.stamp(1_767_225_600_000_001_500)
    assert text == "2026-01-01T00:00:00.000001Z"
    assert shapes.seconds_of(text) == 1_767_225_600


def test_ids_are_stable() -> None:
    assert shapes.trade_id(7) == shapes.trade_id(7) != shapes.trade_id(8)
    assert shapes.split_account("trader/12") == ("trader", 12)
