"""Runtime: the shell around the engine. Inputs get their order here, and nowhere else.

Two lanes: answers, timers and the operator come before market data; the merged order gets the
`seq` and is the order of the world. `deliver_*` are direct calls from the feeds: when they return,
the engine has stepped. Every input is journaled, a frame right after its step; what was decided is
in the trading log before a gateway sees it.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

import msgspec

from arbees.clock import monotonic_ns
from arbees.errors import InvariantError, WireError
from arbees.messages import events as ev
from arbees.messages.commands import AnyCommand
from arbees.messages.frames import Frame
from arbees.messages.records import AnyRecord
from arbees.pipeline.bus import Channel, WhenFull
from arbees.pipeline.engine import Engine
from arbees.pipeline.latency import LatencyHistogram
from arbees.ports import BookSession, Gateway, Journal, PaperGateway, Session, StoreOutbox, TradeLog

MARKET_CAPACITY = 65_536
PRIORITY_CAPACITY = 4_096
PRIVATE_KINDS = frozenset({"private"})
"""Connections that carry answers and fills, not market data."""

SessionFactory = Callable[[ev.ConnOpened], Session]
CONNECTION_EVENTS = ev.ConnOpened | ev.ConnGrew | ev.FeedState | ev.FeedBeat
"""These keep their place among the frames."""

Levels = tuple[tuple[int, int], ...]
Input = tuple[Frame | ev.EngineEvent, int, int]
"""What came, its ts_recv_ns, and when it was read on the monotonic clock (0: not timed)."""


class Runtime:
    """Owns the inbox, the sessions and the taps; the engine owns the rest."""

    def __init__(
        self,
        engine: Engine,
        session_factory: SessionFactory,
        *,
        journal: Journal | None = None,
        tradelog: TradeLog | None = None,
        outbox: StoreOutbox | None = None,
        gateway: Gateway | None = None,
        paper: PaperGateway | None = None,
    ) -> None:
        self.engine = engine
        self.sessions: dict[int, Session] = {}
        self.priority: Channel[Input] = Channel("priority", PRIORITY_CAPACITY, WhenFull.REFUSE)
        self.market: Channel[Input] = Channel("market", MARKET_CAPACITY, WhenFull.REFUSE)
        self.frames = 0
        self.frames_by_conn: dict[int, int] = {}
        self.kind_of_conn: dict[int, str] = {}
        self.wire_errors = 0
        self.last_wire_error = ""
        self.seq = 0
        self.orders = 0
        self.latency = LatencyHistogram()
        self.digest = sha256()
        self.on_records: Callable[[Sequence[AnyRecord]], None] | None = None
        self._factory = session_factory
        self._journal = journal
        self._tradelog = tradelog
        self._outbox = outbox
        self._gateway = gateway
        self.paper = paper
        self._encoder = msgspec.json.Encoder()
        self._running = False
        self._overflowed: set[int] = set()

    def deliver_frame(self, frame: Frame) -> None:
        """Market lane; what is said of our own orders goes before it. A full market lane loses
        the frame and voids its connection's books; the other raises InvariantError.

        Outside a step both lanes are empty, so the frame need not wait in one."""
        read_ns = monotonic_ns()
        if self._running:
            self._wait_in_lane(frame, read_ns)
            return
        self.market.pass_by()
        self._running = True  # an error leaves it so, see _pump
        self._arrivals(frame.ts_recv_ns)
        self._take_frame(frame, frame.ts_recv_ns, read_ns)
        self._running = False
        if self.market or self.priority or self._overflowed:
            self._pump()

    def _wait_in_lane(self, frame: Frame, read_ns: int) -> None:
        if self.kind_of_conn.get(frame.conn_id) in PRIVATE_KINDS:
            if not self.priority.put((frame, frame.ts_recv_ns, read_ns)):
                raise InvariantError("the priority lane is full: an answer was lost")
        elif not self.market.put((frame, frame.ts_recv_ns, read_ns)):
            self._overflowed.add(frame.conn_id)

    def deliver_event(self, event: ev.EngineEvent, ts_recv_ns: int) -> None:
        """Priority lane; connection events keep their place among the frames.

        Raises InvariantError if it cannot be taken: no fill is ever dropped, a restart reads the
        log instead."""
        is_market = isinstance(event, CONNECTION_EVENTS)
        lane = self.market if is_market else self.priority
        if not lane.put((event, ts_recv_ns, 0)):
            raise InvariantError(f"the {lane.name} lane is full: {type(event).__name__} was lost")
        self._pump()

    def take_outgoing(self, conn_id: int) -> list[bytes]:
        """What the connection's session wants sent."""
        session = self.sessions.get(conn_id)
        return session.outgoing() if session else []

    def session_of(self, conn_id: int) -> Session | None:
        """The protocol state of a connection, for a gateway that asks what it knows."""
        return self.sessions.get(conn_id)

    def ask_again(self, conn_id: int, ixs: Sequence[int]) -> None:
        """Have the connection's session ask for whole books; `take_outgoing` then has it."""
        session = self.sessions.get(conn_id)
        if isinstance(session, BookSession):
            session.ask_again(ixs)

    def levels(self, ix: int) -> tuple[Levels, Levels] | None:
        """Bids and asks of a valid book, best first; None for one that is unknown or crossed."""
        books = self.engine.books
        if not books.is_valid(ix):
            return None
        return tuple(books.levels(ix, 0)), tuple(books.levels(ix, 1))

    def last_seen_ns(self, ix: int) -> int:
        """When this instrument's book was last confirmed."""
        return self.engine.market.confirmed_ns[ix]

    def advance(self, now_ns: int) -> None:
        """Let paper orders arrive that are due by `now_ns`; called by a timer when idle."""
        if not self._running:
            self._running = True
            self._arrivals(now_ns)
            self._running = False

    def _pump(self) -> None:
        """Step through what waits. No `finally` here or above: an error that leaves a step is the
        end of this process, and what other tasks still deliver while it winds down must not step
        an engine in an unknown state. The log is read again at the restart."""
        if self._running:
            return
        self._running = True
        while True:
            item = self.priority.take() or self.market.take()
            if item is None:
                break
            self._arrivals(item[1])
            self._process(*item)
        while self._overflowed:
            self._overflow(self._overflowed.pop())
        self._running = False

    def _arrivals(self, now_ns: int) -> None:
        if self.paper is None:
            return
        while (due := self.paper.take_due(now_ns)) is not None:
            for event in due[1]:
                self._process(event, max(due[0], self.engine.now_ns), 0)

    def _process(self, item: Frame | ev.EngineEvent, ts_ns: int, read_ns: int) -> None:
        if isinstance(item, Frame):
            self._take_frame(item, ts_ns, read_ns)
            return
        self.seq += 1
        if self._journal is not None:
            self._journal.append_event(self.seq, ts_ns, item)
        if isinstance(item, ev.ConnOpened):
            self.sessions[item.conn_id] = self._factory(item)
            self.kind_of_conn[item.conn_id] = item.kind
        elif isinstance(item, ev.ConnGrew):
            session = self.sessions.get(item.conn_id)
            if isinstance(session, BookSession):
                session.watch(dict(item.instruments))
        self._step((item,), ts_ns, -1, read_ns)

    def _take_frame(self, frame: Frame, ts_ns: int, read_ns: int) -> None:
        """Journaled when its step is over, whatever came of it: that copies to memory only, and
        no order should wait for it."""
        self.seq += 1
        seq, conn = self.seq, frame.conn_id
        try:
            events = self._read(frame)
            if events is None:
                self._void(conn, ts_ns, "wire_error")
            elif conn in self.sessions:
                self._step(events, ts_ns, conn, read_ns)
        finally:
            self.frames += 1
            self.frames_by_conn[conn] = self.frames_by_conn.get(conn, 0) + 1
            if self._journal is not None:
                self._journal.append_frame(seq, frame)

    def _read(self, frame: Frame) -> Sequence[ev.EngineEvent] | None:
        """What a frame says; None where it cannot be read. An error behind it, in the step, is
        not the frame's."""
        session = self.sessions.get(frame.conn_id)
        try:
            return session.receive(frame.data) if session is not None else ()
        except WireError as error:
            self.wire_errors += 1
            self.last_wire_error = str(error)
            return None

    def _overflow(self, conn_id: int) -> None:
        """Frames were lost here, so the loss is an input of its own: a replay must see it."""
        for ix in self.engine.market.conn_ixs.get(conn_id, ()):
            self._process(ev.BookInvalid(ix, "overflow"), self.engine.now_ns, 0)

    def _void(self, conn_id: int, ts_ns: int, reason: str) -> None:
        """Every book of the connection is unknown until its next snapshot."""
        ixs = self.engine.market.conn_ixs.get(conn_id, ())
        self._step(tuple(ev.BookInvalid(ix, reason) for ix in ixs), ts_ns, -1, 0)

    def _step(
        self, events: Sequence[ev.EngineEvent], ts_ns: int, conn_id: int, read_ns: int
    ) -> None:
        commands = self.engine.step(events, ts_ns, conn_id)
        records = self.engine.take_records()
        if records and self._tradelog is not None:
            self._tradelog.append(records)
        if commands:
            if read_ns:
                self.latency.add(monotonic_ns() - read_ns)
            self._send(commands)
        if records:
            self._publish(records)

    def _publish(self, records: Sequence[AnyRecord]) -> None:
        """To those who may be late: the store and whoever listens."""
        if self._outbox is not None:
            self._outbox.put(records)
        if self.on_records is not None:
            self.on_records(records)

    def _send(self, commands: list[AnyCommand]) -> None:
        self.orders += len(commands)
        if self._gateway is not None:
            self._gateway.submit(commands, self.engine.now_ns)
        for command in commands:
            self.digest.update(self._encoder.encode(command))

    def log(self, records: list[AnyRecord]) -> None:
        """Append records that no step made (opening cash, voided orders)."""
        if self._tradelog is not None and records:
            self._tradelog.append(records)
        self._publish(records)

    def use_gateway(self, gateway: Gateway) -> None:
        """Where commands go from now on."""
        self._gateway = gateway

    def frames_by_kind(self, kind: str) -> int:
        """Frames that came over sockets ("ws") or as bodies ("rest")."""
        conns = [c for c, k in self.kind_of_conn.items() if k == kind]
        return sum(self.frames_by_conn.get(conn, 0) for conn in conns)

    def close(self) -> None:
        """Flush and close journal and trading log."""
        if self._journal is not None:
            self._journal.close()
        if self._tradelog is not None:
            self._tradelog.close()

    def channels(self) -> list[dict[str, object]]:
        """Depth and drops of both lanes."""
        return [self.priority.stats(), self.market.stats()]
