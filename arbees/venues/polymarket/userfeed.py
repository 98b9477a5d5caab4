"""Keeps the user socket alive and hands its events to the engine.

The socket's frames are read here and not by the runtime: what they say of our orders enters as
events, so that a journal replays without keys. The one rule: after every connection everything is
read anew, because this socket has no snapshot and no replay.
"""

from collections.abc import Callable, Sequence

from arbees.errors import WireError
from arbees.messages.events import ConnOpened, EngineEvent, FeedState
from arbees.messages.frames import Frame
from arbees.pipeline.sockets import Levels, SocketPlan
from arbees.venues.polymarket.auth import ApiKeys
from arbees.venues.polymarket.life import OrderLives
from arbees.venues.polymarket.user import PolymarketUserSession


class UserFeed:
    """A FeedSink between the socket and `answer`. `wants_reading` is called when reads must fill
    what the socket did not say."""

    def __init__(
        self,
        lives: OrderLives,
        keys: ApiKeys,
        answer: Callable[[EngineEvent, int], None],
        wants_reading: Callable[[], None],
    ) -> None:
        self.session = PolymarketUserSession(lives, keys)
        self.is_up = False
        self.wire_errors = 0
        self.last_error = ""
        self._lives = lives
        self._keys = keys
        self._answer = answer
        self._wants_reading = wants_reading

    def plan(self, url: str, conn_id: int) -> SocketPlan:
        """For pipeline.sockets.SocketFeed: text pings, silence means down."""
        return SocketPlan(
            venue="polymarket",
            conn_id=conn_id,
            url=url,
            instruments={},
            is_sequenced=False,
            headers=dict,
            commands=lambda: self.session.subscribe_commands(),
            ping_s=10.0,
            pong_s=5.0,
            text_ping="PING",
            text_pong=b"PONG",
        )

    def deliver_frame(self, frame: Frame) -> None:
        """Events of a frame, at once; what cannot be read is asked for by reads."""
        try:
            events = self.session.receive(frame.data)
        except WireError as error:
            self.wire_errors += 1
            self.last_error = str(error)
            events = ()
        for event in events:
            self._answer(event, frame.ts_recv_ns)
        self._ask()

    def deliver_event(self, event: EngineEvent, ts_recv_ns: int) -> None:
        """What the socket's monitor says of the connection."""
        match event:
            case ConnOpened():
                self.session = PolymarketUserSession(self._lives, self._keys)
            case FeedState():
                self.is_up = event.mode.value == "ws"
                if self.is_up:
                    self._ask()
            case _:
                pass

    def take_outgoing(self, conn_id: int) -> list[bytes]:
        """Nothing is ever asked of this socket."""
        return []

    def last_seen_ns(self, ix: int) -> int:
        """It carries no books."""
        return 0

    def levels(self, ix: int) -> tuple[Levels, Levels] | None:
        """It carries no books."""
        return None

    def ask_again(self, conn_id: int, ixs: Sequence[int]) -> None:
        """It carries no books."""

    def _ask(self) -> None:
        if self.session.needs_reading and self.is_up:
            self.session.needs_reading = False
            self._wants_reading()
