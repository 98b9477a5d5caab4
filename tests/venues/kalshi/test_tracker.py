"""An order's end: only when the venue's count and our fills agree, in whatever order they come."""

from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.messages import events as ev
from arbees.venues.kalshi import tracker as module
from arbees.venues.kalshi.reads import FillFact, OrderState
from arbees.venues.kalshi.tracker import NEVER_ARRIVED_NS, Progress, Tracker

CONTRACT = 1_000_000
US, THEM = "e-1-0", "venue-id"
ACCEPTED, DONE = ev.OrderStatus.ACCEPTED, ev.OrderStatus.DONE
REJECTED, UNKNOWN = ev.OrderStatus.REJECTED, ev.OrderStatus.UNKNOWN


def fact(number: int, contracts: int = 1) -> FillFact:
    return FillFact(f"t{number}", THEM, "T", True, 5_200, contracts * CONTRACT, 17_500, True, 9)


def picture(status: str, filled: int, venue_id: str = THEM) -> OrderState:
    return OrderState(
        venue_id, None, "T", status, True, 9_900, 3 * CONTRACT, filled * CONTRACT, 0, 0, 0, 7
    )


def statuses(events: list[ev.EngineEvent]) -> list[ev.OrderStatus]:
    return [e.status for e in events if isinstance(e, ev.OrderAnswer)]


def test_done_waits_for_every_fill_whatever_comes_first() -> None:
    def answer(t: Tracker) -> list[ev.EngineEvent]:
        return t.created(US, THEM, 3 * CONTRACT, True, 5)

    def socket(t: Tracker) -> list[ev.EngineEvent]:
        return t.state(US, picture("executed", 3), "Trade", 6)

    def one(t: Tracker) -> list[ev.EngineEvent]:
        return t.fill(US, fact(1, 1))

    def two(t: Tracker) -> list[ev.EngineEvent]:
        return t.fill(US, fact(2, 2))

    for order in permutations((answer, socket, one, two)):
        tracker, events = Tracker(), []
        for step in order:
            assert tracker.progress(US) is not Progress.DONE
            events += step(tracker)
            last_of_need = {one, two} <= set(order[: order.index(step) + 1])
            if last_of_need and ({answer, socket} & set(order[: order.index(step) + 1])):
                break
        assert tracker.progress(US) is Progress.DONE
        assert isinstance(events[-1], ev.OrderAnswer)
        assert statuses(events) == [DONE]
        assert sum(e.qty for e in events if isinstance(e, ev.FillReport)) == 3 * CONTRACT
        for step in order:
            assert step(tracker) == []


def test_a_resting_order_is_accepted_once_then_filled_then_done() -> None:
    tracker = Tracker()
    assert statuses(tracker.created(US, THEM, 0, False, 5)) == [ACCEPTED]
    assert tracker.state(US, picture("resting", 0), "", 6) == []
    assert tracker.progress(US) is Progress.OPEN
    assert (tracker.venue_id(US), tracker.ours(THEM)) == (THEM, US)
    (fill,) = tracker.fill(US, fact(1))
    assert fill == ev.FillReport(US, "t1", 5_200, CONTRACT, 17_500, 9)
    assert tracker.fill(US, fact(1)) == []
    (end,) = tracker.state(US, picture("canceled", 1), "Decrease", 8)
    assert end == ev.OrderAnswer(US, DONE, "Decrease", 8)


def test_nothing_available_is_done_with_nothing() -> None:
    assert statuses(Tracker().created(US, THEM, 0, True, 5)) == [DONE]


def test_rejected_is_an_end_unless_something_of_it_was_seen() -> None:
    tracker = Tracker()
    (event,) = tracker.rejected(US, "invalid_price", 5)
    assert event == ev.OrderAnswer(US, REJECTED, "invalid_price", 5)
    assert tracker.progress(US) is Progress.DONE
    assert tracker.rejected(US, "again", 6) == tracker.unknown(US, "again", 6) == []
    tracker.fill("e-2-0", fact(1))
    assert statuses(tracker.rejected("e-2-0", "invalid_price", 5)) == [UNKNOWN]
    assert tracker.progress("e-2-0") is Progress.WANTED


def test_an_acknowledged_cancel_is_not_undone_by_a_read_that_lags() -> None:
    tracker = Tracker()
    tracker.created(US, THEM, 0, False, 5)
    tracker.cancelled(US)
    assert tracker.progress(US) is Progress.WANTED
    assert tracker.state(US, picture("resting", 0), "", 6) == []
    assert tracker.progress(US) is Progress.WANTED
    (end,) = tracker.state(US, picture("canceled", 0), "", 7)
    assert end == ev.OrderAnswer(US, DONE, "cancelled", 7)


def test_a_cancel_that_found_nothing_says_nothing() -> None:
    tracker = Tracker()
    tracker.created(US, THEM, 0, False, 5)
    tracker.gone(US)
    assert tracker.progress(US) is Progress.WANTED
    assert statuses(tracker.state(US, picture("executed", 0), "", 7)) == [DONE]


def test_absence_proves_something_only_late_and_of_an_order_nobody_saw() -> None:
    tracker, sent = Tracker(), 10**18
    tracker.unknown(US, "timeout", sent)
    assert tracker.absent(US, sent, sent + NEVER_ARRIVED_NS - 1) == []
    assert tracker.progress(US) is Progress.WANTED
    (event,) = tracker.absent(US, sent, sent + NEVER_ARRIVED_NS)
    assert isinstance(event, ev.OrderAnswer)
    assert (event.status, event.reason) == (REJECTED, "never_arrived")
    tracker.created("e-2-0", "other", 0, False, 5)
    assert tracker.absent("e-2-0", 0, 10**19) == []


def test_contradictions_are_looked_up() -> None:
    tracker = Tracker()
    tracker.created(US, THEM, 2 * CONTRACT, True, 5)
    tracker.state(US, picture("executed", 3), "", 6)
    assert tracker.progress(US) is Progress.WANTED
    tracker.created("e-2-0", "a", 0, False, 5)
    tracker.state("e-2-0", picture("resting", 0, "b"), "", 6)
    assert tracker.venue_id("e-2-0") == "a"
    tracker.doubt_all()
    assert tracker.progress("e-2-0") is Progress.WANTED
    assert tracker.progress("never heard of") is Progress.STRANGE
    assert tracker.venue_id("never heard of") is None


def test_a_fill_after_the_end_is_told_and_counted() -> None:
    tracker = Tracker()
    tracker.rejected(US, "x", 5)
    assert len(tracker.fill(US, fact(1))) == 1
    assert tracker.after_end == 1


def test_only_orders_that_are_done_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ORDERS_MAX", 20)
    tracker = Tracker()
    tracker.created("open", "venue-open", 0, False, 5)
    for number in range(100):
        tracker.created(f"e-{number}", f"v-{number}", 0, True, 5)
    assert len(tracker.orders) <= 20
    assert tracker.ours("venue-open") == "open"
    assert tracker.ours("v-0") is None


@given(st.lists(st.integers(0, 7), max_size=30), st.integers(0, 3))
def test_no_history_ends_an_order_twice_or_with_fills_missing(steps: list[int], total: int) -> None:
    tracker = Tracker()

    def cancelled() -> list[ev.EngineEvent]:
        tracker.cancelled(US)
        return []

    actions: tuple[Callable[[], list[ev.EngineEvent]], ...] = (
        lambda: tracker.created(US, THEM, total * CONTRACT, True, 5),
        lambda: tracker.created(US, THEM, 0, False, 5),
        lambda: tracker.unknown(US, "timeout", 5),
        cancelled,
        lambda: tracker.state(US, picture("canceled", total), "", 6),
        lambda: tracker.state(US, picture("resting", 0), "", 6),
        lambda: tracker.fill(US, fact(1)) if total >= 1 else [],
        lambda: tracker.fill(US, fact(2, total - 1)) if total >= 2 else [],
    )
    ends = filled = 0
    for step in steps:
        for event in actions[step]():
            if isinstance(event, ev.FillReport):
                filled += event.qty
            elif isinstance(event, ev.OrderAnswer) and event.status is DONE:
                ends += 1
                assert filled == total * CONTRACT
    assert ends <= 1
    assert (tracker.progress(US) is Progress.DONE) == (ends == 1)
