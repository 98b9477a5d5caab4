"""Strings to integers, levels and whole books: exact, or an error that names the place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.errors import WireError
from arbees.venues import parsing


@given(st.integers(1, 9_999), st.integers(0, 3))
def test_prices_are_exact_however_many_zeros_follow(price: int, zeros: int) -> None:
    text = f"0.{price:04d}" + "0" * zeros
    assert parsing.price_of(text, "x") == parsing.price_of(text, "x") == price
    assert parsing.hint_of(text, "x") == price


@pytest.mark.parametrize("odd", ["0", "1.0000", "1.5", "-0.1", "0.00001", "", "x", None, 0.4, "٤"])
def test_what_is_no_price_is_an_error(odd: object) -> None:
    with pytest.raises(WireError, match="place"):
        parsing.price_of(odd, "place")


def test_hints_know_the_empty_side() -> None:
    said = ("0.4200", "0.0000", "1.0000", "", None)
    assert [parsing.hint_of(t, "x") for t in said] == [4_200] + [None] * 4
    with pytest.raises(WireError, match="ticker"):
        parsing.hint_of("soon", "ticker")


@pytest.mark.parametrize("odd", ["100000001", "-100000001", "1e9", "", None, 3])
def test_what_is_no_size_is_an_error(odd: object) -> None:
    with pytest.raises(WireError, match="place"):
        parsing.qty_of(odd, "place")


def test_sizes_are_signed_only_where_they_change_something() -> None:
    assert parsing.qty_of("-2.50", "x") == -2_500_000
    assert parsing.size_of("2.50", "x") == 2_500_000
    with pytest.raises(WireError, match="negative"):
        parsing.size_of("-2.50", "x")


def test_levels_flip_and_leave_zeros_out() -> None:
    rows = (("0.4000", "2.00"), ("0.4100", "0.00"))
    assert parsing.levels_of(rows, "yes") == ((4_000, 2_000_000),)
    assert parsing.levels_of(rows, "no", flip=True) == ((6_000, 2_000_000),)
    with pytest.raises(WireError, match="twice"):
        parsing.levels_of((*rows, ("0.40", "0")), "yes")


@given(st.integers(1, 9_999), st.integers(1, 9_999))
def test_a_book_is_crossed_when_bid_meets_ask(bid: int, ask: int) -> None:
    bids, asks = ((1, 5), (bid, 5)), ((9_999, 5), (ask, 5))
    if max(bid, 1) < min(ask, 9_999):
        parsing.check_book(bids, asks, "book")
    else:
        with pytest.raises(WireError, match="crossed"):
            parsing.check_book(bids, asks, "book")
    parsing.check_book(bids, (), "book")


def test_draining_empties() -> None:
    out = [b"a", b"b"]
    assert parsing.drain(out) == [b"a", b"b"]
    assert out == parsing.drain(out) == []


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[]", b"\xff", b"[" * 100_000])
def test_a_body_of_another_kind_is_a_wire_error(body: bytes) -> None:
    with pytest.raises(WireError, match="place"):
        parsing.decode_body(body, int, "place")
