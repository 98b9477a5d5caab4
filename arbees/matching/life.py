"""The life of an event: scheduled, pre-game, live, ended, settled, archived.

What lives here: one transition table and the facts that move it. What does not: who observes
the facts. The one rule: time alone never makes an event live or settled; a market that outlives
its event is `ended`, and an event without a known start is never more than scheduled.
"""

from enum import StrEnum

import msgspec

HOUR_NS = 3_600_000_000_000


class Stage(StrEnum):
    """Where an event is in its life."""

    SCHEDULED = "scheduled"
    PRE_GAME = "pre-game"
    LIVE = "live"
    ENDED = "ended"
    SETTLED = "settled"
    ARCHIVED = "archived"


class Fact(StrEnum):
    """What was observed."""

    CLOCK = "clock"
    STARTED = "started"  # a feed says that play (the window, the count) began
    FINISHED = "finished"  # a feed says that it ended
    MOVED = "moved"  # a new start time
    POSTPONED = "postponed"  # no start time any more
    SETTLED = "settled"  # every market of the event is settled
    REOPENED = "reopened"  # a result was withdrawn


class Event(msgspec.Struct, frozen=True):
    """An event with what is known of its time. `start_ns` 0: not known. `game_number`: of a
    doubleheader, so that the second game is never taken for the first."""

    event: str
    stage: Stage = Stage.SCHEDULED
    start_ns: int = 0
    end_ns: int = 0
    settled_ns: int = 0
    game_number: int = 0
    moves: int = 0


class Windows(msgspec.Struct, frozen=True):
    """How long before the start an event is pre-game, how long play can last at most, and when a
    settled event is put away."""

    pre_game_ns: int = HOUR_NS
    live_ns_max: int = 12 * HOUR_NS
    archive_ns: int = 48 * HOUR_NS


ORDER = tuple(Stage)


def after(event: Event, fact: Fact, now_ns: int, windows: Windows, start_ns: int = 0) -> Event:
    """The event after a fact. A fact that the stage does not allow changes nothing."""
    if fact is Fact.CLOCK:
        return _by_clock(event, now_ns, windows)
    if fact in (Fact.MOVED, Fact.POSTPONED):
        return _moved(event, fact, start_ns, now_ns, windows)
    if fact is Fact.STARTED and event.stage in (Stage.SCHEDULED, Stage.PRE_GAME):
        return msgspec.structs.replace(
            event, stage=Stage.LIVE, start_ns=event.start_ns or now_ns, end_ns=0
        )
    if fact is Fact.FINISHED and ORDER.index(event.stage) < ORDER.index(Stage.ENDED):
        return msgspec.structs.replace(event, stage=Stage.ENDED, end_ns=now_ns)
    if fact is Fact.SETTLED and event.stage is not Stage.ARCHIVED:
        return msgspec.structs.replace(
            event, stage=Stage.SETTLED, end_ns=event.end_ns or now_ns, settled_ns=now_ns
        )
    if fact is Fact.REOPENED and event.stage is Stage.SETTLED:
        return msgspec.structs.replace(event, stage=Stage.ENDED, settled_ns=0)
    return event


def _by_clock(event: Event, now_ns: int, windows: Windows) -> Event:
    """Time opens the pre-game, closes what has lasted too long and puts away what is settled."""
    due = event.start_ns and now_ns >= event.start_ns - windows.pre_game_ns
    if event.stage is Stage.SCHEDULED and due:
        return msgspec.structs.replace(event, stage=Stage.PRE_GAME)
    if event.stage is Stage.LIVE and now_ns > event.start_ns + windows.live_ns_max:
        return msgspec.structs.replace(event, stage=Stage.ENDED, end_ns=now_ns)
    if event.stage is Stage.SETTLED and now_ns >= event.settled_ns + windows.archive_ns:
        return msgspec.structs.replace(event, stage=Stage.ARCHIVED)
    return event


def _moved(event: Event, fact: Fact, start_ns: int, now_ns: int, windows: Windows) -> Event:
    """A new start sends an event back to scheduled; what has ended cannot move."""
    if event.stage not in (Stage.SCHEDULED, Stage.PRE_GAME, Stage.LIVE):
        return event
    start = 0 if fact is Fact.POSTPONED else start_ns
    again = msgspec.structs.replace(
        event, stage=Stage.SCHEDULED, start_ns=start, moves=event.moves + 1
    )
    return _by_clock(again, now_ns, windows)


def is_tradable_live(event: Event) -> bool:
    """Whether live models may be asked: only while play goes on."""
    return event.stage is Stage.LIVE
