"""REST beside a socket, in virtual time: steps in when it is down, and never overrules it."""

from collections.abc import Sequence

import anyio
import pytest

from arbees.errors import VenueThrottled
from arbees.messages import events as ev
from arbees.messages.events import FeedMode
from arbees.pipeline.pacing import Pacer
from arbees.pipeline.polling import PollPlan, RestFallback, chunks
from arbees.pipeline.sockets import SocketFeed, SocketPlan
from tests.pipeline.feeds import LoopClock, Recorder, quick
from tests.virtual_loop import VIRTUAL

pytestmark = pytest.mark.anyio
IDS = [f"m{n}" for n in range(5)]


@pytest.fixture
def anyio_backend() -> object:
    return VIRTUAL


class Venue:
    """Answers after `answer_s`; remembers when it was asked for what."""

    def __init__(self, answer_s: float = 0.0) -> None:
        self.asked: list[tuple[float, Sequence[str]]] = []
        self.errors: list[Exception] = []
        self.answer_s = answer_s

    async def fetch(self, ids: Sequence[str]) -> bytes:
        self.asked.append((anyio.current_time(), ids))
        await anyio.sleep(self.answer_s)
        if self.errors:
            raise self.errors.pop(0)
        return b"{}"

    def plan(self, after_s: float = 0.0) -> PollPlan:
        names = {name: ix for ix, name in enumerate(IDS)}
        return PollPlan("v", 2, names, self.fetch, lambda body: (), 2, 1.0, after_s)


def socket(sink: Recorder) -> SocketFeed:
    idle = SocketPlan("v", 1, "ws://x/", {}, True, dict, list, ping_s=5.0, pong_s=3.0)
    return SocketFeed(idle, sink, LoopClock(), quick())


async def poll_for(fallback: RestFallback, seconds: float) -> None:
    with anyio.move_on_after(seconds):
        await fallback.run()


def test_chunks_leave_nothing_out() -> None:
    assert chunks(IDS, 2) == [["m0", "m1"], ["m2", "m3"], ["m4"]]
    assert chunks([], 2) == []


async def test_without_a_socket_polling_is_the_feed_and_says_so() -> None:
    venue, sink = Venue(), Recorder()
    fallback = RestFallback(venue.plan(), sink, LoopClock(), Pacer(2.0), quick())
    await poll_for(fallback, 4.9)
    times = [t for t, _ in venue.asked]
    assert times == pytest.approx([0.0, 0.5, 1.0, 2.0, 2.5, 3.0, 4.0, 4.5])
    assert [len(ids) for _, ids in venue.asked[:3]] == [2, 2, 1]
    assert len(sink.frames) == 8
    assert sink.states() == [(FeedMode.REST, "no keys: polling books is the feed")]
    assert fallback.status.mode == "rest"


async def test_polls_only_while_the_socket_is_down_for_long_enough() -> None:
    venue, sink = Venue(), Recorder()
    ws = socket(sink)
    fallback = RestFallback(venue.plan(0.5), sink, LoopClock(), Pacer(100.0), quick(), ws)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(fallback.run)
        await anyio.sleep(0.45)
        assert venue.asked == []
        await anyio.sleep(0.3)
        assert len(venue.asked) == 3
        ws.status.mode = "ws"
        await anyio.sleep(5)
        assert len(venue.asked) == 3
        assert fallback.status.mode == "idle"
        tasks.cancel_scope.cancel()
    assert sink.states() == [(FeedMode.REST, "the socket is down")]
    assert [e.kind for e in sink.events if isinstance(e, ev.ConnOpened)] == ["rest"]


@pytest.mark.parametrize("flap", [False, True])
async def test_a_body_asked_for_before_a_socket_spoke_is_dropped(flap: bool) -> None:
    """Also when the socket is down again by then: it lived in between, and knew more."""
    venue, sink = Venue(answer_s=0.3), Recorder()
    ws = socket(sink)
    fallback = RestFallback(venue.plan(), sink, LoopClock(), Pacer(100.0), quick(), ws)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(fallback.run)
        await anyio.sleep(0.1)
        assert len(venue.asked) == 1
        ws.status.generation += 1
        ws.status.mode = "down" if flap else "ws"
        await anyio.sleep(0.3)
        assert fallback.status.rest_polls == 1
        tasks.cancel_scope.cancel()
    assert sink.frames == []


async def test_a_throttled_poll_waits_as_long_as_the_venue_says() -> None:
    venue, sink = Venue(), Recorder()
    venue.errors = [VenueThrottled("429, too many requests", 3.0), TimeoutError()]
    fallback = RestFallback(venue.plan(), sink, LoopClock(), Pacer(1000.0), quick())
    await poll_for(fallback, 3.5)
    times = [t for t, _ in venue.asked]
    assert times[1] == pytest.approx(3.0)
    assert times[2] > times[1]
    assert fallback.status.unanswered == 2
    assert len(sink.frames) >= 1
    assert fallback.status.last_error == ""
