"""The shell: order of inputs, taps, bad frames and overflow."""

from collections.abc import Sequence

import msgspec
import pytest

from arbees.errors import InvariantError, WireError
from arbees.messages import events as ev
from arbees.messages.commands import AnyCommand
from arbees.messages.frames import Frame
from arbees.messages.records import LOGGED, AnyRecord, CashSet, IntentMade
from arbees.pipeline import runtime as module
from arbees.pipeline.engine import Engine
from arbees.pipeline.ledger import Ledger
from arbees.pipeline.runtime import Runtime
from arbees.pipeline.settings import EngineSettings, PaperSettings
from arbees.venues.paper.venue import PaperVenue
from tests.pipeline.world import CONTRACT, KALSHI, START, TOKEN, conn, instruments


class EventSession:
    """A session whose wire format is the event itself."""

    def __init__(self, opened: ev.ConnOpened) -> None:
        self.opened = opened

    def receive(self, data: bytes) -> Sequence[ev.EngineEvent]:
        if data == b"junk":
            raise WireError("not understood", "frame")
        return (msgspec.json.decode(data, type=ev.EngineEvent),)

    def outgoing(self) -> list[bytes]:
        return [b"hello"]


class Taps:
    """Journal, log, outbox and gateway that note the order of what they see."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.items: list[tuple[int, int, Frame | ev.EngineEvent]] = []

    def append_frame(self, seq: int, frame: Frame) -> None:
        self.items.append((seq, frame.ts_recv_ns, frame))

    def append_event(self, seq: int, ts_recv_ns: int, event: ev.EngineEvent) -> None:
        self.items.append((seq, ts_recv_ns, event))

    def append(self, records: Sequence[AnyRecord]) -> None:
        self.seen += [f"log:{type(r).__name__}" for r in records if isinstance(r, LOGGED)]

    def put(self, records: Sequence[AnyRecord]) -> None:
        self.seen.append("store")

    def submit(self, commands: Sequence[AnyCommand], ts_ns: int) -> None:
        self.seen += ["send" for _ in commands]

    def close(self) -> None:
        pass


def frame(conn_id: int, event: ev.EngineEvent | bytes, ts_ns: int = START) -> Frame:
    data = event if isinstance(event, bytes) else msgspec.json.encode(event)
    return Frame(conn_id, 0, ts_ns, data)


def book(ix: int, ask: int, qty: int = 100) -> ev.BookSnapshot:
    return ev.BookSnapshot(ix, (), ((ask, qty * CONTRACT),), START)


def shell(taps: Taps | None = None, *, paper: bool = False) -> Runtime:
    ledger = Ledger()
    for venue in ("kalshi", "polymarket"):
        ledger.set_cash(venue, 1_000 * CONTRACT)
    engine = Engine(EngineSettings(), ledger)
    venue_ = PaperVenue(PaperSettings(), engine.market) if paper else None
    runtime = Runtime(
        engine, EventSession, journal=taps, tradelog=taps,
        outbox=taps, gateway=venue_ or taps, paper=venue_,
    )  # fmt: skip
    runtime.deliver_event(ev.InstrumentsAdded(instruments()), START)
    runtime.deliver_event(ev.LinksAdded((ev.LinkSpec("L1", KALSHI, TOKEN, "inverse", "t"),)), START)
    runtime.deliver_event(conn(1, "kalshi", KALSHI, "KX-A"), START)
    runtime.deliver_event(conn(2, "polymarket", TOKEN, "111"), START)
    return runtime


def test_the_intent_is_logged_before_any_order_leaves() -> None:
    taps = Taps()
    runtime = shell(taps)
    runtime.deliver_frame(frame(1, book(KALSHI, 4_000)))
    runtime.deliver_frame(frame(2, book(TOKEN, 4_500)))
    tail = [s for s in taps.seen if s != "store"]
    assert tail == ["log:IntentMade", "send", "send"]
    assert runtime.orders == 2
    assert runtime.latency.n == 1
    assert [seq for seq, _, _ in taps.items] == list(range(1, runtime.seq + 1))


def test_a_bad_frame_voids_its_connection_and_nothing_else() -> None:
    runtime = shell()
    runtime.deliver_frame(frame(1, book(KALSHI, 4_000)))
    runtime.deliver_frame(frame(2, book(TOKEN, 4_900)))
    runtime.deliver_frame(frame(1, b"junk"))
    assert runtime.wire_errors == 1
    assert "not understood" in runtime.last_wire_error
    assert not runtime.engine.books.is_valid(KALSHI)
    assert runtime.engine.books.is_valid(TOKEN)


def test_frames_of_unknown_connections_are_counted_only() -> None:
    runtime = shell()
    runtime.deliver_frame(frame(77, b"junk"))
    assert (runtime.frames, runtime.wire_errors) == (1, 0)
    assert runtime.take_outgoing(77) == []
    assert runtime.take_outgoing(1) == [b"hello"]


def test_paper_answers_come_back_as_inputs_and_a_replay_gives_the_same_digest() -> None:
    taps = Taps()
    runtime = shell(taps, paper=True)
    runtime.deliver_frame(frame(1, book(KALSHI, 4_000)))
    runtime.deliver_frame(frame(2, book(TOKEN, 4_500)))
    runtime.advance(START + 10**10)
    assert runtime.engine.fills == 2
    again = Runtime(Engine(EngineSettings(), Ledger()), EventSession)
    again.engine.ledger.set_cash("kalshi", 1_000 * CONTRACT)
    again.engine.ledger.set_cash("polymarket", 1_000 * CONTRACT)
    for _, ts_ns, item in taps.items:
        if isinstance(item, Frame):
            again.deliver_frame(item)
        else:
            again.deliver_event(item, ts_ns)
    assert again.digest.hexdigest() == runtime.digest.hexdigest()
    assert again.engine.ledger.cash == runtime.engine.ledger.cash


def test_a_replay_takes_failed_fills_back_too() -> None:
    taps = Taps()
    runtime = shell(taps)
    runtime.deliver_frame(frame(1, book(KALSHI, 4_000)))
    runtime.deliver_frame(frame(2, book(TOKEN, 4_500)))
    (order,) = [o for o in runtime.engine.orders.by_id if o.endswith("-1")]
    for event in (
        ev.FillReport(order, "t1", 4_500, CONTRACT, 3, START, is_final=False),
        ev.FillProgress(order, "t1", ev.TradeStage.FAILED, START),
        ev.FillProgress(order, "t1", ev.TradeStage.FAILED, START),
        ev.FillReport(order, "t2", 4_500, CONTRACT, 3, START, is_final=False),
    ):
        runtime.deliver_event(event, START)
    assert "log:FillVoided" in taps.seen
    again = shell()
    for _, ts_ns, item in taps.items[4:]:
        if isinstance(item, Frame):
            again.deliver_frame(item)
        else:
            again.deliver_event(item, ts_ns)
    assert again.digest.hexdigest() == runtime.digest.hexdigest()
    assert again.engine.ledger == runtime.engine.ledger
    assert set(again.engine.ledger.pending) == {"t2"}


def test_an_overflowing_lane_voids_the_books_that_lost_frames() -> None:
    taps = Taps()
    runtime = shell(taps)
    runtime.market.capacity = 1

    def burst(_: object) -> None:
        runtime.on_records = None
        for ask in (4_100, 4_200, 4_300):
            runtime.deliver_frame(frame(1, book(KALSHI, ask)))

    runtime.on_records = burst
    runtime.deliver_frame(frame(1, book(KALSHI, 4_000)))
    runtime.deliver_frame(frame(2, book(TOKEN, 4_500)))
    assert runtime.market.dropped == 2
    assert not runtime.engine.books.is_valid(KALSHI)
    assert runtime.engine.books.is_valid(TOKEN)
    assert isinstance(taps.items[-1][2], ev.BookInvalid)


def test_no_answer_is_ever_dropped_in_silence() -> None:
    runtime = shell()
    runtime.priority.capacity = 0
    with pytest.raises(InvariantError, match="priority lane is full: KillSet was lost"):
        runtime.deliver_event(ev.KillSet(True, "t"), START)


def test_records_reach_a_listener_and_the_lanes_show_their_depth() -> None:
    runtime = shell()
    seen: list[AnyRecord] = []
    runtime.on_records = seen.extend
    runtime.log([CashSet("kalshi", 1, START)])
    assert not any(isinstance(r, IntentMade) for r in seen)
    assert [c["name"] for c in runtime.channels()] == ["priority", "market"]
    assert runtime.last_seen_ns(KALSHI) == 0
    assert module.PRIORITY_CAPACITY > 0


class BrokenGateway(Taps):
    def submit(self, commands: Sequence[AnyCommand], ts_ns: int) -> None:
        super().submit(commands, ts_ns)
        raise InvariantError("made for a test")


def test_after_an_error_in_a_step_no_input_steps_the_engine_again() -> None:
    taps = BrokenGateway()
    runtime = shell(taps)
    runtime.deliver_frame(frame(1, book(KALSHI, 4_000)))
    with pytest.raises(InvariantError, match="made for a test"):
        runtime.deliver_frame(frame(2, book(TOKEN, 4_500)))
    seen, seq, steps = list(taps.seen), runtime.seq, runtime.engine.events
    runtime.deliver_frame(frame(1, book(KALSHI, 3_000)))
    runtime.deliver_event(ev.KillSet(True, "t"), START)
    runtime.advance(START + 10**12)
    assert (taps.seen, runtime.seq, runtime.engine.events) == (seen, seq, steps)
    assert taps.items[-1][0] == seq, "the input that broke it is in the journal"


def test_what_is_said_of_our_orders_goes_before_market_data_and_is_never_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PRIORITY_CAPACITY", 2)
    taps = Taps()
    runtime = shell(taps)
    runtime.deliver_event(ev.ConnOpened(9, "kalshi", "private", 0, False, ()), START)
    runtime._running = True
    beat = ev.TimerFired("beat")
    for conn_id in (KALSHI, 9, KALSHI, 9):
        runtime.deliver_frame(frame(conn_id, beat))
    with pytest.raises(InvariantError, match="an answer was lost"):
        runtime.deliver_frame(frame(9, beat))
    runtime._running = False
    taps.items.clear()
    runtime._pump()
    order = [item.conn_id for _, _, item in taps.items if isinstance(item, Frame)]
    assert order == [9, 9, KALSHI, KALSHI]


def test_an_error_behind_a_frame_is_not_the_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    taps = Taps()
    runtime = shell(taps)

    def broken(*_: object) -> list[object]:
        raise WireError("said by something behind the session")

    monkeypatch.setattr(runtime.engine, "step", broken)
    with pytest.raises(WireError):
        runtime.deliver_frame(frame(1, ev.TimerFired("beat")))
    assert runtime.wire_errors == 0
