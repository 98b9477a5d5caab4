"""Orders end once, and plans end when all their orders have."""

from arbees.messages import events as ev
from arbees.messages.commands import LegSide
from arbees.messages.records import IntentMade, LegPlan
from arbees.pipeline.execution import Orders
from tests.pipeline.world import CONTRACT, KALSHI, START, TOKEN, instruments

INSTRUMENTS = list(instruments())


def intent() -> IntentMade:
    legs = tuple(
        LegPlan(f"i-{ix}", ix, venue, str(ix), LegSide.YES, 4_000, CONTRACT, CONTRACT)
        for ix, venue in ((KALSHI, "kalshi"), (TOKEN, "polymarket"))
    )
    return IntentMade("i", "b", START, legs, 1)


def by_size(ix: int, limit: int, qty: int) -> int:
    return 0


def answer(order_id: str, status: ev.OrderStatus = ev.OrderStatus.DONE) -> ev.OrderAnswer:
    return ev.OrderAnswer(order_id, status, "", START)


def test_a_plan_ends_with_its_last_order_and_is_forgotten() -> None:
    orders = Orders(by_size)
    assert len(orders.start(intent())) == 2
    assert orders.answer(answer("i-0", ev.OrderStatus.ACCEPTED), INSTRUMENTS, START) is not None
    first = orders.answer(answer("i-0"), INSTRUMENTS, START)
    assert first is not None and not first[0].is_ended
    assert orders.answer(answer("i-0"), INSTRUMENTS, START) is None
    last = orders.answer(answer("i-1", ev.OrderStatus.REJECTED), INSTRUMENTS, START)
    assert last is not None and last[0].is_ended
    assert orders.by_id == {}


def test_an_unknown_outcome_keeps_the_order_open() -> None:
    orders = Orders(by_size)
    orders.start(intent())
    said = orders.answer(answer("i-0", ev.OrderStatus.UNKNOWN), INSTRUMENTS, START)
    assert said is not None and said[1].is_unknown and not said[1].is_ended
