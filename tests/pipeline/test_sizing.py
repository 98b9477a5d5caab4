"""The cash bound of a leg holds whatever the book does."""

from hypothesis import given
from hypothesis import strategies as st

from arbees.markets.baskets import Basket, Leg, Priced
from arbees.markets.fees import OrderFees
from arbees.markets.kernels import pricing as k
from arbees.pipeline.sizing import plan_legs
from arbees.units import cost_ceil
from tests.pipeline.world import KALSHI, KALSHI_FEE, TOKEN, TOKEN_FEE, instruments

FEES = {KALSHI: KALSHI_FEE, TOKEN: TOKEN_FEE}


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
        plan_legs("i", priced, basket, list(instruments()), FEES.__getitem__)
    ):
        price = data.draw(st.integers(1, leg.price_limit))
        fee = OrderFees(FEES[leg.ix]).charge(price, qty)
        assert cost_ceil(price, qty) + fee <= leg.cost_max
        assert leg.order_id == f"i-{number}"
