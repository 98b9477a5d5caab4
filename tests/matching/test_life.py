"""The life of an event, by table and by property."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.matching.life import (
    HOUR_NS,
    ORDER,
    Event,
    Fact,
    Stage,
    Windows,
    after,
    is_tradable_live,
)

W = Windows()
START = 100 * HOUR_NS
GAME = Event("e", start_ns=START)


def walk(event: Event, *facts: tuple[Fact, int]) -> Event:
    for fact, hours in facts:
        event = after(event, fact, hours * HOUR_NS, W, start_ns=hours * HOUR_NS + 10 * HOUR_NS)
    return event


@pytest.mark.parametrize(
    ("facts", "stage"),
    [
        ([], Stage.SCHEDULED),
        ([(Fact.CLOCK, 98)], Stage.SCHEDULED),
        ([(Fact.CLOCK, 99)], Stage.PRE_GAME),
        ([(Fact.CLOCK, 101)], Stage.PRE_GAME),
        ([(Fact.STARTED, 100)], Stage.LIVE),
        ([(Fact.STARTED, 100), (Fact.FINISHED, 103)], Stage.ENDED),
        ([(Fact.STARTED, 100), (Fact.CLOCK, 113)], Stage.ENDED),
        ([(Fact.STARTED, 100), (Fact.FINISHED, 103), (Fact.SETTLED, 104)], Stage.SETTLED),
        ([(Fact.SETTLED, 104), (Fact.REOPENED, 105)], Stage.ENDED),
        ([(Fact.SETTLED, 104), (Fact.CLOCK, 151)], Stage.SETTLED),
        ([(Fact.SETTLED, 104), (Fact.CLOCK, 152)], Stage.ARCHIVED),
        ([(Fact.CLOCK, 99), (Fact.MOVED, 99)], Stage.SCHEDULED),
        ([(Fact.STARTED, 100), (Fact.POSTPONED, 101)], Stage.SCHEDULED),
        ([(Fact.FINISHED, 103), (Fact.MOVED, 104)], Stage.ENDED),
        ([(Fact.FINISHED, 103), (Fact.STARTED, 104)], Stage.ENDED),
        ([(Fact.REOPENED, 104)], Stage.SCHEDULED),
    ],
)
def test_stages(facts: list[tuple[Fact, int]], stage: Stage) -> None:
    assert walk(GAME, *facts).stage is stage


def test_postponed_events_wait_for_a_start() -> None:
    postponed = walk(GAME, (Fact.CLOCK, 99), (Fact.POSTPONED, 99), (Fact.CLOCK, 500))
    assert (postponed.stage, postponed.start_ns, postponed.moves) == (Stage.SCHEDULED, 0, 1)
    assert walk(postponed, (Fact.MOVED, 500), (Fact.CLOCK, 509)).stage is Stage.PRE_GAME


FACTS = st.lists(st.tuples(st.sampled_from(list(Fact)), st.integers(0, 200)), max_size=12)


@given(FACTS)
def test_only_a_start_makes_it_live_and_only_a_settlement_settles(
    facts: list[tuple[Fact, int]],
) -> None:
    event, seen = GAME, set()
    for fact, hours in sorted(facts, key=lambda each: each[1]):
        before = event
        event = walk(event, (fact, hours))
        seen.add(fact)
        if is_tradable_live(event):
            assert Fact.STARTED in seen
        if event.stage in (Stage.SETTLED, Stage.ARCHIVED):
            assert Fact.SETTLED in seen
        if ORDER.index(event.stage) < ORDER.index(before.stage):
            assert fact in (Fact.MOVED, Fact.POSTPONED, Fact.REOPENED)
