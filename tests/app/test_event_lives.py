"""Events of linked markets live by what is heard of them, and by the clock where that defines."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.app.discovery.messages import LinkFound, When
from arbees.app.event_lives import EventLives
from arbees.matching.life import HOUR_NS, Stage
from arbees.messages.records import EventStateSeen
from arbees.units import NS_PER_S
from tests.pipeline.world import instruments

A, B = instruments()[:2]
START_S = 1_800_000_000
START = START_S * NS_PER_S
GAME = When(START_S, game_number=2)
WINDOW = When(START_S, window_s=900, is_price=True)


def link(when: When = When(), name: str = "") -> LinkFound:
    a = replace(A, instrument_id=name or A.instrument_id)
    return LinkFound(f"inverse:{name}", "inverse", "test", a, B, when)


def state(status: str, venue: str = A.venue, name: str = A.instrument_id) -> EventStateSeen:
    event = A.event_id if venue == A.venue else B.event_id
    return EventStateSeen(venue, event, name, status, None, None, START)


def theirs(status: str) -> EventStateSeen:
    return state(status, B.venue, B.instrument_id)


def lives(when: When = When()) -> EventLives:
    made = EventLives()
    made.linked([link(when)], START - 2 * HOUR_NS)
    return made


def test_a_game_is_never_live_by_the_clock_alone() -> None:
    made = lives(GAME)
    assert made.counts() == {"scheduled": 1}
    made.tick(START - HOUR_NS)
    assert made.counts() == {"pre-game": 1}
    made.tick(START + 100 * HOUR_NS)
    assert made.stage(A.event_key) is Stage.PRE_GAME


def test_a_game_has_ended_when_all_its_markets_are_over_and_is_paid_when_all_are() -> None:
    made = lives(GAME)
    made.heard([state("determined")])
    assert made.stage(A.event_key) is Stage.SCHEDULED
    made.heard([theirs("closed"), state("rescheduled")])
    assert made.stage(A.event_key) is Stage.ENDED
    made.heard([state("settled"), theirs("settled")])
    assert made.counts() == {"settled": 1}
    made.heard([theirs("open")])
    assert made.counts() == {"ended": 1}
    made.heard([theirs("settled")])
    made.tick(START + 48 * HOUR_NS)
    assert made.counts() == {"archived": 1}


@pytest.mark.parametrize(
    ("seconds", "stage"),
    [(-901, Stage.PRE_GAME), (-900, Stage.LIVE), (-1, Stage.LIVE), (0, Stage.ENDED)],
)
def test_a_price_window_lives_by_the_clock(seconds: int, stage: Stage) -> None:
    made = lives(WINDOW)
    made.tick(START + seconds * NS_PER_S)
    assert made.stage(A.event_key) is stage


def test_a_price_at_an_instant_ends_then_and_was_never_live() -> None:
    made = lives(When(START_S, is_price=True))
    made.tick(START - 1)
    assert made.stage(A.event_key) is Stage.PRE_GAME
    made.tick(START)
    assert made.stage(A.event_key) is Stage.ENDED


def test_a_start_that_moves_sends_an_event_back() -> None:
    made = lives(GAME)
    made.tick(START)
    made.linked([link(When(START_S + 86_400, game_number=2))], START)
    assert made.stage(A.event_key) is Stage.SCHEDULED
    made.tick(START + 23 * HOUR_NS)
    assert made.stage(A.event_key) is Stage.PRE_GAME
    made.linked([link()], START + 23 * HOUR_NS)  # silence is not "unchanged", nor a new start
    assert made.stage(A.event_key) is Stage.PRE_GAME


def test_several_markets_of_an_event_are_one_life() -> None:
    made = lives(GAME)
    made.linked([link(GAME, "KX-OTHER")], START)
    assert sum(made.counts().values()) == 1
    made.heard([state("settled"), theirs("settled")])
    assert made.stage(A.event_key) is not Stage.SETTLED
    made.heard([state("settled", name="KX-OTHER"), state("settled", name="KX-STRANGER")])
    assert made.stage(A.event_key) is Stage.SETTLED
    assert made.stage("kalshi:nothing") is None


STATUSES = st.sampled_from(["open", "paused", "closed", "determined", "settled", "rescheduled"])
FACTS = st.tuples(st.booleans(), STATUSES, st.integers(-3, 60))


@given(st.lists(FACTS, max_size=20), st.sampled_from([GAME, WINDOW, When()]))
def test_whatever_is_heard_the_counts_add_up_and_what_outlives_it_is_not_live(
    facts: list[tuple[bool, str, int]], when: When
) -> None:
    made = lives(when)
    now = START - 2 * HOUR_NS
    for is_ours, status, hours in facts:
        now = max(now, START + hours * HOUR_NS)
        made.heard([state(status) if is_ours else theirs(status)])
        made.tick(now)
        assert sum(made.counts().values()) == 1
        if now > START:
            assert made.stage(A.event_key) is not Stage.LIVE
