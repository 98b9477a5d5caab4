"""Sales at the simulated Kalshi: they close what is held and never open the other side."""

import pytest

from arbees.messages import events as ev
from arbees.messages.commands import LegSide, PlaceOrder, TimeInForce
from arbees.messages.records import FillBooked
from arbees.pipeline.ledger import Ledger
from tests.simulator.kalshi.bench import FED
from tests.venues.kalshi.test_on_simulator import CONTRACT, Life, life

pytestmark = pytest.mark.anyio


def booked(fill: ev.FillReport, side: LegSide, *, is_sell: bool) -> FillBooked:
    price = fill.price if side is LegSide.YES else 10_000 - fill.price
    return FillBooked(
        fill.fill_id, fill.order_id, "i", "kalshi", FED, side, price, fill.qty, fill.fee, 1,
        is_sell=is_sell,
    )  # fmt: skip


async def sell(it: Life, side: LegSide, price: int, contracts: int) -> str:
    """A sale is told to the rig's own sums as what it is there: the other side, bought."""
    it.count += 1
    order_id = f"e-{it.count}-0"
    command = PlaceOrder(
        order_id, f"e-{it.count}", 0, "kalshi", FED, side, price, contracts * CONTRACT,
        TimeInForce.IOC, it.clock.now_ns(), is_sell=True,
    )  # fmt: skip
    turned = PlaceOrder(
        order_id, f"e-{it.count}", 0, "kalshi", FED, LegSide(1 - side), 10_000 - price,
        contracts * CONTRACT, TimeInForce.IOC, it.clock.now_ns(),
    )  # fmt: skip
    it.asked[order_id] = turned
    it.gateway.submit([command], it.clock.now_ns())
    await it.ended(order_id)
    return order_id


@pytest.mark.parametrize(("side", "ask", "bid"), [
    (LegSide.YES, 5_200, 4_700), (LegSide.NO, 5_300, 4_800),
])  # fmt: skip
async def test_a_sale_closes_what_is_held(side: LegSide, ask: int, bid: int) -> None:
    async with life() as it:
        bought = it.place(side, ask, 5)
        await it.ended(bought)
        sold = await sell(it, side, bid, 3)
        assert it.filled(sold) == 3
        ledger = Ledger()
        for fill in it.fills():
            ledger.fill(booked(fill, side, is_sell=fill.order_id == sold), nets=True)
        position = ledger.positions[("kalshi", FED)].qty
        assert (position, ledger.cash["kalshi"]) == it.books()
        assert abs(position) == 2 * CONTRACT


async def test_a_sale_of_more_than_is_held_is_cut_to_it() -> None:
    async with life() as it:
        await it.ended(it.place(LegSide.YES, 5_200, 2))
        sold = await sell(it, LegSide.YES, 4_700, 5)
        assert it.filled(sold) == 2
        assert it.books()[0] == 0
