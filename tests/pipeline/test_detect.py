"""What makes an opportunity new."""

from arbees.messages.records import OpportunitySeen
from tests.pipeline.world import CONTRACT, KALSHI, TOKEN, World


def seen(world: World) -> int:
    return sum(isinstance(r, OpportunitySeen) for r in world.engine.take_records())


def test_an_unchanged_opportunity_is_not_seen_twice_but_a_returning_one_is() -> None:
    world = World()
    world.cheap()
    assert seen(world) == 1
    world.book(TOKEN, [], [(4_500, 500 * CONTRACT)])
    assert seen(world) == 0
    assert world.engine.funnel.reasons()["unchanged"] == 1
    world.book(TOKEN, [], [(9_000, 500 * CONTRACT)])
    world.book(TOKEN, [], [(4_500, 500 * CONTRACT)])
    assert seen(world) == 1


def test_a_lot_that_does_not_fit_the_venues_decimals_is_refused() -> None:
    world = World()
    world.book(KALSHI, [], [(4_000, 100 * CONTRACT)])
    world.book(TOKEN, [], [(4_567, 2_000_000)])
    assert world.engine.funnel.reasons()["lot_too_small"] == 1
