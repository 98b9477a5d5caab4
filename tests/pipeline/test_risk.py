"""What risk remembers of a touch; the gates themselves are tested through the engine."""

from arbees.pipeline import risk
from arbees.pipeline.funnel import Reason
from tests.pipeline.world import CONTRACT, KALSHI, TOKEN, World


def test_touch_is_the_level_that_a_leg_would_hit() -> None:
    world = World()
    world.book(KALSHI, [(3_900, CONTRACT)], [(4_000, 2 * CONTRACT)])
    assert risk.touch(world.engine.books, KALSHI, 0) == (4_000, 2 * CONTRACT)
    assert risk.touch(world.engine.books, KALSHI, 1) == (3_900, CONTRACT)
    assert risk.touch(world.engine.books, TOKEN, 0) == (None, 0)


def test_yesterdays_loss_does_not_stop_today() -> None:
    world = World()
    world.engine.ledger.realised_today = -(10**12)
    world.engine.ledger.day = 1
    assert world.cheap()
    world.engine.ledger.day = world.now // 86_400_000_000_000
    world.wait(5_000_000_000)
    world.book(KALSHI, [], [(3_900, 100 * CONTRACT)])
    assert world.engine.funnel.reasons()[Reason.DAILY_LOSS.value] == 1
