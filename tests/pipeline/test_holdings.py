"""What each basket holds, leg by leg, from records alone."""

from arbees.messages.commands import LegSide
from arbees.messages.records import CashSet, FillBooked, FillVoided, SettlementBooked
from arbees.pipeline.holdings import Holdings

K, P = ("kalshi", "K", 0), ("polymarket", "P", 0)


def fill(basket: str, venue: str, name: str, qty: int) -> FillBooked:
    return FillBooked(
        f"{basket}{venue}", "o", "i", venue, name, LegSide.YES, 5_000, qty, 0, 1, basket
    )


def void(basket: str, venue: str, name: str, qty: int) -> FillVoided:
    return FillVoided(
        f"{basket}{venue}", "o", "i", venue, name, LegSide.YES, 5_000, qty, 0, 2, basket
    )


def test_legs_are_even_only_when_all_are_held_alike() -> None:
    holdings = Holdings()
    assert not holdings.is_uneven("B", (K, P))
    holdings.apply(fill("B", "kalshi", "K", 5))
    assert holdings.is_uneven("B", (K, P))
    holdings.apply(fill("B", "polymarket", "P", 5))
    assert not holdings.is_uneven("B", (K, P))
    assert holdings.of("B") == {K: 5, P: 5}
    holdings.apply(void("B", "polymarket", "P", 5))
    assert holdings.is_uneven("B", (K, P))
    holdings.apply(void("B", "kalshi", "K", 5))
    assert holdings.legs == {}


def test_a_paid_leg_ends_the_basket_and_no_other() -> None:
    holdings = Holdings()
    for basket in ("B", "C"):
        holdings.apply(fill(basket, "kalshi", f"K{basket}", 5))
    holdings.apply(SettlementBooked("kalshi", "KB", 5, 0, 0, 3))
    holdings.apply(void("B", "kalshi", "KB", 5))
    assert set(holdings.legs) == {"C"}


def test_records_without_a_basket_or_contracts_are_passed_over() -> None:
    holdings = Holdings()
    holdings.apply(fill("", "kalshi", "K", 5))
    holdings.apply(CashSet("kalshi", 5, 1))
    assert holdings.legs == {}


def test_rows_bring_them_back() -> None:
    holdings = Holdings()
    holdings.apply(fill("B", "kalshi", "K", 5))
    holdings.apply(fill("C", "polymarket", "P", 7))
    assert Holdings.from_rows(holdings.rows()) == holdings
