"""The cash bound of a leg holds whatever the book does."""

from hypothesis import given
from hypothesis import strategies as st

from arbees.markets.baskets import Basket, Leg, Priced
from arbees.markets.books import Books
from arbees.markets.fees import OrderFees
from arbees.markets.kernels import pricing as k
from arbees.pipeline.sizing import plan_legs
from arbees.units import cost_ceil
from tests.pipeline.world import CONTRACT, KALSHI, KALSHI_FEE, TOKEN, TOKEN_FEE, instruments

FEES = {KALSHI: KALSHI_FEE, TOKEN: TOKEN_FEE}


def books(asks: tuple[tuple[int, int], ...] = ()) -> Books:
    """Both instruments' books; `asks` are the token's."""
    made = Books()
    for instrument in instruments():
        made.add(instrument, FEES[instrument.ix])
    made.snapshot(TOKEN, (), asks)
    return made


def test_all_legs_have_the_size_that_the_stated_cash_buys() -> None:
    # 20.37 * 0.50 + 19.63 * 0.55 = 20.9815: two decimals of a dollar buy 39.9972 of 40
    basket = Basket("b", "inverse", (Leg(KALSHI, 0), Leg(TOKEN, 0)), 10_000, "l", "e")
    priced = Priced(0, k.PRICED, 40 * CONTRACT, 0, 0, 0, (4_000, 5_500), (1, 1))
    seen = books(((5_000, 20_370_000), (5_500, 100 * CONTRACT)))
    kalshi, token = plan_legs("i", priced, basket, list(instruments()), FEES.__getitem__, seen)
    assert (token.spend, kalshi.spend) == (20_980_000, 0)
    assert kalshi.qty == token.qty == 39_990_000


@given(
    st.integers(1, 9_999),
    st.integers(1, 9_999),
    st.integers(1, 500).map(lambda n: n * 10_000),
    st.data(),
)
def test_price_and_fee_at_the_limit_bound_every_better_fill(
    a: int, b: int, qty: int, data: st.DataObject
) -> None:
    basket = Basket("b", "inverse", (Leg(KALSHI, 0), Leg(TOKEN, 0)), 10_000, "l", "e")
    priced = Priced(0, k.PRICED, qty, 0, 0, 0, (a, b), (qty, qty))
    for number, leg in enumerate(
        plan_legs("i", priced, basket, list(instruments()), FEES.__getitem__, books())
    ):
        price = data.draw(st.integers(1, leg.price_limit))
        bought = leg.spend * 10_000 // price if leg.spend else leg.qty
        fee = OrderFees(FEES[leg.ix]).charge(price, bought)
        assert cost_ceil(price, bought) + fee <= leg.cost_max
        assert leg.order_id == f"i-{number}"
