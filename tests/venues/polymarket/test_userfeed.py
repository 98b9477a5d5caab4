"""The user feed: events at once, and everything read anew after every connection."""

import json

from arbees.messages.events import ConnOpened, EngineEvent, FeedMode, FeedState, TimerFired
from arbees.messages.frames import Frame
from arbees.venues.polymarket.life import OrderLives
from arbees.venues.polymarket.userfeed import UserFeed
from tests.venues.polymarket.test_auth import KEYS
from tests.venues.polymarket.test_life import FREE, kinds, signed, trade

OPENED = ConnOpened(9, "polymarket", "ws", 1, False, ())
UP, DOWN = FeedState(9, FeedMode.WS, "connected"), FeedState(9, FeedMode.DOWN, "closed")


class Ear:
    """Collects what the feed says."""

    def __init__(self) -> None:
        self.events: list[EngineEvent] = []
        self.asked = 0
        self.lives = OrderLives(lambda token, ts: FREE)
        self.feed = UserFeed(self.lives, KEYS, self.take, self.ask)

    def take(self, event: EngineEvent, ts_ns: int) -> None:
        self.events.append(event)

    def ask(self) -> None:
        self.asked += 1

    def frame(self, data: bytes) -> None:
        self.feed.deliver_frame(Frame(9, 1, 77, data))


def test_every_connection_is_followed_by_reads() -> None:
    ear = Ear()
    assert ear.asked == 0
    for count in (1, 2):
        ear.feed.deliver_event(OPENED, 1)
        ear.feed.deliver_event(UP, 2)
        assert (ear.feed.is_up, ear.asked) == (True, count)
        ear.frame(b"PONG")
        assert ear.asked == count
        ear.feed.deliver_event(DOWN, 3)
        assert not ear.feed.is_up
    ear.feed.deliver_event(TimerFired("x"), 4)
    assert ear.events == []


def test_frames_become_events_and_doubt_becomes_reads() -> None:
    ear = Ear()
    ear.feed.deliver_event(OPENED, 1)
    ear.feed.deliver_event(UP, 2)
    ear.lives.add(signed(), "2174", 5)
    import msgspec

    said = msgspec.to_builtins(trade()) | {"event_type": "trade"}
    ear.frame(json.dumps(said).encode())
    assert kinds(ear.events) == ["fill:15@5000+0", "matched"]
    ear.frame(b"{")
    assert (ear.feed.wire_errors, ear.asked) == (1, 2)
    ear.frame(b'{"event_type":"trade"}')
    assert ear.asked == 3


def test_the_plan_is_the_venues() -> None:
    ear = Ear()
    plan = ear.feed.plan("wss://x/ws/user", 9)
    assert (plan.text_ping, plan.url, plan.conn_id) == ("PING", "wss://x/ws/user", 9)
    assert json.loads(plan.commands()[0])["auth"] == KEYS.subscription()
    assert (ear.feed.take_outgoing(9), ear.feed.last_seen_ns(0)) == ([], 0)
    assert ear.feed.levels(0) is None
    ear.feed.ask_again(9, (0,))
    assert not [s for s in KEYS.secrets() if s in repr(plan)]
