"""Cash that buys a size on the book as it is seen, and little else on any other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.markets.books import Books
from arbees.pipeline.spending import highest_cost, spend_for, spends
from tests.pipeline.world import CONTRACT, KALSHI, TOKEN, TOKEN_FEE, instruments

CENT = 10_000 * 10_000
"""In pips times micro-contracts."""
TOKENS = instruments()[TOKEN]


def books(asks: list[tuple[int, int]]) -> Books:
    made = Books()
    for instrument in instruments():
        made.add(instrument, TOKEN_FEE)
    made.snapshot(TOKEN, (), tuple(asks))
    return made


def test_the_venue_of_an_instrument_says_whether_cash_is_stated() -> None:
    assert spends(TOKENS)
    assert not spends(instruments()[KALSHI])


@pytest.mark.parametrize(
    ("asks", "spend", "bought"),
    [
        ([(5_000, 20 * CONTRACT), (5_500, 30 * CONTRACT)], 21_000_000, 40_000_000),
        ([(5_500, 50 * CONTRACT)], 22_000_000, 40_000_000),
        ([(5_000, 10 * CONTRACT)], 21_500_000, 40_000_000),
        ([(5_600, 50 * CONTRACT)], 22_000_000, 40_000_000),
        ([], 22_000_000, 40_000_000),
        ([(5_000, 20_370_000), (5_500, 50 * CONTRACT)], 20_980_000, 39_997_272),
    ],
)
def test_what_the_wanted_size_costs(asks: list[tuple[int, int]], spend: int, bought: int) -> None:
    assert spend_for(books(asks), TOKENS, 5_500, 40 * CONTRACT) == (spend, bought)


levels = st.dictionaries(
    st.integers(1, 99).map(lambda n: n * 100), st.integers(1, 4_000).map(lambda n: n * 10_000),
    max_size=5,
)  # fmt: skip


@given(levels, st.integers(1, 99), st.integers(1, 5_000))
def test_it_never_buys_more_than_wanted_and_misses_a_cent_at_most(
    asks: dict[int, int], limit: int, qty: int
) -> None:
    wanted = qty * 10_000
    spend, bought = spend_for(books(sorted(asks.items())), TOKENS, limit * 100, wanted)
    assert spend % 10_000 == 0
    assert bought <= wanted
    left = [[price, size] for price, size in sorted(asks.items()) if price <= limit * 100]
    cash, slow = spend * 10_000, 0
    for price, size in [*left, [limit * 100, wanted]]:
        take = min(size, cash // price)
        slow, cash = slow + take, cash - take * price
    assert bought == slow
    cheapest = min([limit * 100, *asks])
    assert (wanted - bought) * cheapest < CENT + len(asks) * cheapest


@given(st.integers(1, 10**9), st.integers(1, 9_999), st.integers(0, 100_000))
def test_no_price_makes_the_fee_higher_than_the_rate_of_what_is_spent(
    spend: int, price: int, rate: int
) -> None:
    shares = spend * 10_000 // price
    fee = rate * shares * price * (10_000 - price) // (10**8 * 10**6)
    assert spend + fee <= highest_cost(spend, rate)
