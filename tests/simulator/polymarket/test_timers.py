"""Timers run what is due, in order, with the time it was due."""

from arbees.simulator.polymarket.timers import Timers


def test_due_actions_run_in_order_with_their_own_time() -> None:
    timers, ran = Timers(), []

    def again(now_ns: int) -> None:
        ran.append(("again", now_ns))
        timers.at(now_ns + 1, lambda at: ran.append(("last", at)))

    timers.at(20, lambda at: ran.append(("second", at)))
    timers.at(10, lambda at: ran.append(("first", at)))
    timers.at(20, again)
    timers.at(40, lambda at: ran.append(("never", at)))
    timers.advance(9)
    assert ran == [] and timers.next_ns() == 10
    timers.advance(30)
    assert ran == [("first", 10), ("second", 20), ("again", 20), ("last", 21)]
    assert timers.next_ns() == 40
