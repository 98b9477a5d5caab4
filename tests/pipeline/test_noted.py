"""What the engine was told becomes records; none of them decides anything."""

from arbees.messages import events as ev
from arbees.messages.commands import LegSide
from arbees.messages.records import BasketAdded, BasketLeg, EventStateSeen, LinkAdded, OrderClosed
from tests.pipeline.world import CONTRACT, KALSHI, SECOND, START, TOKEN, World


def test_a_link_and_its_basket_are_noted_by_the_venues_names() -> None:
    records = World(relation="same").engine.take_records()
    link, basket = (r for r in records if isinstance(r, LinkAdded | BasketAdded))
    assert isinstance(link, LinkAdded) and isinstance(basket, BasketAdded)
    assert (link.a_venue, link.a_instrument_id, link.relation) == ("kalshi", "KX-A", "same")
    assert basket.legs[0] == BasketLeg("kalshi", "KX-A", LegSide.NO)
    assert (basket.legs[1].venue, basket.legs[1].side) == ("polymarket", LegSide.YES)
    assert (basket.payout, basket.link_id) == (10_000, link.link_id)


def test_a_link_that_makes_no_basket_is_noted_alone() -> None:
    kinds = [type(r) for r in World(relation="subset").engine.take_records()]
    assert LinkAdded in kinds and BasketAdded not in kinds


def test_the_life_of_a_market_is_noted() -> None:
    world = World()
    world.engine.take_records()
    world.send(ev.StatusChanged(KALSHI, ev.MarketStatus.PAUSED, START))
    world.send(ev.CloseChanged(KALSHI, START + 5, START))
    world.send(ev.MarketSettled(TOKEN, 10_000, START))
    noted = [r for r in world.engine.take_records() if isinstance(r, EventStateSeen)]
    assert [(r.status, r.payout, r.close_ns) for r in noted] == [
        ("paused", None, None), ("rescheduled", None, START + 5), ("settled", 10_000, None),
    ]  # fmt: skip
    assert [r.venue for r in noted] == ["kalshi", "kalshi", "polymarket"]


def test_a_leg_that_never_left_has_an_end_too() -> None:
    """Else the next start would take it for an order in flight."""
    world = World(token_delay_ns=3 * SECOND)
    world.cheap()
    world.book(TOKEN, [(4_400, CONTRACT)], [(9_000, CONTRACT)])
    world.wait(5 * SECOND)
    ends = [r for r in world.engine.take_records() if isinstance(r, OrderClosed)]
    assert [(r.status, r.qty, r.qty_filled) for r in ends] == [
        ("done", 100 * CONTRACT, 0), ("unsent", 0, 0),
    ]  # fmt: skip
