"""What each basket holds, leg by leg, from records alone."""

from arbees.messages.commands import LegSide
from arbees.messages.records import CashSet, FillBooked, FillVoided, SettlementBooked
from arbees.pipeline.holdings import DUST_QTY, Holdings

CONTRACT = 1_000_000
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
    holdings.apply(fill("B", "kalshi", "K", 5 * CONTRACT))
    assert holdings.is_uneven("B", (K, P))
    holdings.apply(fill("B", "polymarket", "P", 5 * CONTRACT))
    assert not holdings.is_uneven("B", (K, P))
    assert holdings.of("B") == {K: 5 * CONTRACT, P: 5 * CONTRACT}
    holdings.apply(void("B", "polymarket", "P", 5 * CONTRACT))
    assert holdings.is_uneven("B", (K, P))
    holdings.apply(void("B", "kalshi", "K", 5 * CONTRACT))
    assert holdings.legs == {}


def test_a_paid_leg_ends_the_basket_and_no_other() -> None:
    holdings = Holdings()
    for basket in ("B", "C"):
        holdings.apply(fill(basket, "kalshi", f"K{basket}", 5 * CONTRACT))
    holdings.apply(SettlementBooked("kalshi", "KB", 5 * CONTRACT, 0, 0, 3))
    holdings.apply(void("B", "kalshi", "KB", 5 * CONTRACT))
    assert set(holdings.legs) == {"C"}


def test_records_without_a_basket_or_contracts_are_passed_over() -> None:
    holdings = Holdings()
    holdings.apply(fill("", "kalshi", "K", 5 * CONTRACT))
    holdings.apply(CashSet("kalshi", 5, 1))
    assert holdings.legs == {}


def test_rows_bring_them_back() -> None:
    holdings = Holdings()
    holdings.apply(fill("B", "kalshi", "K", 5 * CONTRACT))
    holdings.apply(fill("C", "polymarket", "P", 7 * CONTRACT))
    assert Holdings.from_rows(holdings.rows()) == holdings


def test_fractions_that_cannot_be_traded_leave_a_basket_even() -> None:
    holdings = Holdings()
    holdings.apply(fill("B", "kalshi", "K", 5 * CONTRACT))
    holdings.apply(fill("B", "polymarket", "P", 5 * CONTRACT + DUST_QTY))
    assert not holdings.is_uneven("B", (K, P))
    holdings.apply(fill("B", "polymarket", "P", 1))
    assert holdings.is_uneven("B", (K, P))
