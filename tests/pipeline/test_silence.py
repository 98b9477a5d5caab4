"""The witness of silent books, in virtual time, with the real runtime, engine and sessions."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import anyio
import msgspec
import pytest

from arbees.app.compose import make_session
from arbees.errors import VenueUnavailable
from arbees.messages import events as ev
from arbees.messages.frames import Frame
from arbees.pipeline.engine import Engine
from arbees.pipeline.ledger import Ledger
from arbees.pipeline.pacing import Pacer
from arbees.pipeline.polling import PollPlan
from arbees.pipeline.runtime import Runtime
from arbees.pipeline.settings import EngineSettings
from arbees.pipeline.silence import SilenceWatch, WitnessPlan
from arbees.pipeline.sockets import SocketFeed, SocketPlan
from arbees.venues.kalshi.rest import KalshiRestSession
from arbees.venues.polymarket.session import PolymarketRestSession
from tests.pipeline.feeds import LoopClock, Recorder, quick
from tests.pipeline.world import KALSHI, TOKEN, instruments
from tests.virtual_loop import VIRTUAL

pytestmark = pytest.mark.anyio
BOOK = {"bids": [["0.40", "5"], ["0.39", "7"]], "asks": [["0.45", "5"]]}
OTHER = {"bids": [["0.41", "5"]], "asks": [["0.45", "5"]]}
NAMES = {TOKEN: "111", KALSHI: "KX-A"}


@pytest.fixture
def anyio_backend() -> object:
    return VIRTUAL


def message(book: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, object]:
    sides = {s: [{"price": p, "size": q} for p, q in rows] for s, rows in book.items()}
    return {"event_type": "book", "asset_id": "111", "market": "0xc", "timestamp": "1", **sides}


class World:
    """One book that spoke at second 0, a socket held to be up, and a witness to be scripted."""

    def __init__(self, ix: int) -> None:
        self.ix, self.clock = ix, LoopClock()
        self.runtime = Runtime(Engine(EngineSettings(), Ledger()), make_session)
        self.tell(ev.InstrumentsAdded(instruments()))
        names, venue = {NAMES[ix]: ix}, "kalshi" if ix == KALSHI else "polymarket"
        is_kalshi = ix == KALSHI
        self.tell(ev.ConnOpened(1, venue, "ws", 1, is_kalshi, tuple(names.items())))
        idle = SocketPlan(venue, 1, "ws://x/", names, is_kalshi, dict, list, ping_s=5, pong_s=3)
        self.socket = SocketFeed(idle, self.runtime, self.clock, quick())
        self.socket.status.mode = "ws"
        self.socket.opened_ns = self.clock.now_ns()
        self.events: list[ev.EngineEvent] = []
        self.asked: list[float] = []
        self.drops: list[str] = []
        self.answer: Callable[[], bytes] = lambda: self.body(BOOK)
        self.answer_s = 0.0
        decode = KalshiRestSession(names) if is_kalshi else PolymarketRestSession(names)
        poll = PollPlan(venue, 2, names, self.fetch, decode.receive, 100, 1.0)
        plan = WitnessPlan(poll, 20.0, 30.0, is_absolute=not is_kalshi, depth=10 * is_kalshi)
        self.watch = SilenceWatch(plan, self.runtime, self.clock, Pacer(1e3), quick(), self.socket)

    def body(self, book: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
        """A REST answer of the venue."""
        if self.ix == TOKEN:
            return msgspec.json.encode([message(book)])
        no = [[f"{1 - float(p):.4f}", q] for p, q in book["asks"]]
        fp = {"yes_dollars": book["bids"], "no_dollars": no}
        return msgspec.json.encode({"orderbooks": [{"ticker": "KX-A", "orderbook_fp": fp}]})

    def hear(self, book: Mapping[str, Sequence[Sequence[str]]], seq: int = 1) -> None:
        """The socket says a whole book."""
        if self.ix == TOKEN:
            data = msgspec.json.encode(message(book))
        else:
            body = {"market_ticker": "KX-A", "yes_dollars_fp": book["bids"],
                    "no_dollars_fp": book["asks"]}  # fmt: skip
            data = msgspec.json.encode(
                {"type": "orderbook_snapshot", "sid": 1, "seq": seq, "msg": body}
            )
        self.runtime.deliver_frame(Frame(1, 1, self.clock.now_ns(), data))
        assert self.is_valid

    async def fetch(self, ids: Sequence[str]) -> bytes:
        assert list(ids) == [NAMES[self.ix]]
        self.asked.append(anyio.current_time())
        await anyio.sleep(self.answer_s)
        return self.answer()

    def tell(self, event: ev.EngineEvent) -> None:
        self.runtime.deliver_event(event, self.clock.now_ns())

    @property
    def is_valid(self) -> bool:
        return self.runtime.engine.books.is_valid(self.ix)

    @asynccontextmanager
    async def watching(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
        """Everything the watch tells and does is noted on its way."""
        real = self.runtime.deliver_event

        def note(event: ev.EngineEvent, ts_ns: int) -> None:
            self.events.append(event)
            real(event, ts_ns)

        monkeypatch.setattr(self.runtime, "deliver_event", note)
        monkeypatch.setattr(self.socket, "drop", self.drops.append)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.watch.run)
            yield
            tasks.cancel_scope.cancel()


@pytest.mark.parametrize("ix", [TOKEN, KALSHI])
async def test_the_same_book_confirms_ours_again_and_again(
    ix: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(ix)
    world.hear(BOOK)
    async with world.watching(monkeypatch):
        await anyio.sleep(65)
    assert world.events == [ev.BookConfirmed(ix)] * 3
    assert world.asked == pytest.approx([20, 40, 60], abs=1.5)
    assert world.watch.status.confirmed == 3
    age_ns = world.clock.now_ns() - world.runtime.last_seen_ns(ix)
    assert age_ns < 6 * 10**9


async def test_a_book_that_speaks_is_never_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(TOKEN)
    async with world.watching(monkeypatch):
        for _ in range(10):
            world.hear(BOOK)
            await anyio.sleep(15)
    assert world.asked == []


async def test_another_book_voids_ours_and_takes_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(TOKEN)
    world.hear(BOOK)
    world.answer = lambda: world.body(OTHER)
    async with world.watching(monkeypatch):
        await anyio.sleep(22)
    kinds = [type(e).__name__ for e in world.events]
    assert kinds == ["BookInvalid", "BookSnapshot"]
    assert world.events[0] == ev.BookInvalid(TOKEN, "witness")
    assert world.runtime.engine.books.best(TOKEN, 0) == 4_100
    asked = b"".join(world.runtime.take_outgoing(1))
    assert b'"unsubscribe"' in asked
    assert b'"subscribe"' in asked
    assert world.drops == []


async def test_kalshis_book_waits_for_the_socket_because_deltas_would_not_fit_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(KALSHI)
    world.hear(BOOK)
    world.answer = lambda: world.body(OTHER)
    async with world.watching(monkeypatch):
        await anyio.sleep(22)
        assert world.events == [ev.BookInvalid(KALSHI, "witness")]
        assert not world.is_valid
        assert b"get_snapshot" in b"".join(world.runtime.take_outgoing(1))
        await anyio.sleep(8)
    assert len(world.drops) == 1
    assert "frozen" in world.drops[0]


async def test_a_token_contradicted_twice_drops_the_socket_then_ever_more_rarely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(TOKEN)
    world.hear(BOOK)
    flip = [0]

    def moving() -> bytes:
        flip[0] += 1
        return world.body(OTHER if flip[0] % 2 else BOOK)

    world.answer = moving
    async with world.watching(monkeypatch):
        await anyio.sleep(45)
        assert len(world.drops) == 1
        await anyio.sleep(45)
        assert len(world.drops) == 1
        await anyio.sleep(45)
        assert len(world.drops) == 2


async def test_an_answer_older_than_the_books_own_word_is_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(TOKEN)
    world.hear(BOOK)
    world.answer_s, world.answer = 2.0, lambda: world.body(OTHER)
    async with world.watching(monkeypatch):
        await anyio.sleep(21)
        assert len(world.asked) == 1
        world.hear(BOOK)
        await anyio.sleep(4)
    assert world.events == []
    assert world.is_valid


@pytest.mark.parametrize("flap", [False, True])
async def test_an_answer_across_a_reconnect_is_ignored(
    flap: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(TOKEN)
    world.hear(BOOK)
    world.answer_s, world.answer = 2.0, lambda: world.body(OTHER)
    async with world.watching(monkeypatch):
        await anyio.sleep(21)
        world.socket.status.generation += 1
        world.socket.status.mode = "ws" if flap else "down"
        await anyio.sleep(4)
    assert world.events == []


@pytest.mark.parametrize("error", [VenueUnavailable("GET /x: HTTP 503", 2.0), TimeoutError()])
async def test_without_an_answer_a_silent_book_ends_as_unknown(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(TOKEN)
    world.hear(BOOK)

    def fails() -> bytes:
        raise error

    world.answer = fails
    async with world.watching(monkeypatch):
        await anyio.sleep(28)
        assert world.is_valid
        assert world.watch.status.unanswered >= 2
        await anyio.sleep(10)
        assert world.events == [ev.BookInvalid(TOKEN, "no_witness")]
        world.answer = lambda: world.body(BOOK)
        await anyio.sleep(10)
    assert world.is_valid


async def test_an_unreadable_answer_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(TOKEN)
    world.hear(BOOK)
    world.answer = lambda: b'{"error":"x"}'
    async with world.watching(monkeypatch):
        await anyio.sleep(22)
    assert world.watch.status.unanswered == 1
    assert world.is_valid


async def test_a_book_the_venue_does_not_have_is_void_and_asked_for_rarely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(TOKEN)
    world.hear(BOOK)
    world.answer = lambda: b"[]"
    async with world.watching(monkeypatch):
        await anyio.sleep(100)
    assert world.events == [ev.BookInvalid(TOKEN, "no_book")]
    assert len(world.asked) == 2


async def test_bad_levels_void_the_book_and_a_tick_is_passed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(TOKEN)
    world.hear(BOOK)
    said = [b'[{"asset_id":"111","market":"0xc","bids":[{"price":"x","size":"1"}],"asks":[]}]']
    world.answer = lambda: said[0]
    async with world.watching(monkeypatch):
        await anyio.sleep(22)
        assert isinstance(world.events[0], ev.BookInvalid)
        said[0] = msgspec.json.encode([message(BOOK) | {"tick_size": "0.001"}])
        await anyio.sleep(5)
    assert any(isinstance(e, ev.GridChanged) for e in world.events)
    assert world.is_valid


async def test_a_first_book_that_never_came_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(TOKEN)
    async with world.watching(monkeypatch):
        await anyio.sleep(22)
    assert world.is_valid
    assert world.drops == []


async def test_many_silent_books_are_asked_for_in_small_questions_without_missing_one() -> None:
    names = {str(n): n for n in range(1_200)}
    asked: list[Sequence[str]] = []

    async def fetch(ids: Sequence[str]) -> bytes:
        asked.append(ids)
        return b"[]"

    sink = Recorder()
    poll = PollPlan("v", 2, names, fetch, lambda body: (), 100, 1.0)
    idle = SocketPlan("v", 1, "ws://x/", names, False, dict, list, ping_s=5, pong_s=3)
    socket = SocketFeed(idle, sink, LoopClock(), quick())
    socket.status.mode = "ws"
    watch = SilenceWatch(
        WitnessPlan(poll, 20.0, 30.0, is_absolute=True), sink, LoopClock(), Pacer(1e3), quick(),
        socket,
    )  # fmt: skip
    with anyio.move_on_after(30):
        await watch.run()
    assert max(len(ids) for ids in asked) == 25
    assert sorted(name for ids in asked for name in ids) == sorted(names)
