"""What tests of feeds share: a sink that remembers, a clock of the loop's time, a quick policy."""

from collections.abc import Callable, Sequence
from random import Random

import anyio

from arbees.messages import events as ev
from arbees.messages.frames import Frame
from arbees.pipeline.backoff import Backoff, BackoffPolicy
from arbees.pipeline.sockets import Levels

FAST = BackoffPolicy(base_s=0.01, cap_s=0.02, healthy_s=0.0)
START_NS = 1_700_000_000 * 10**9


def quick() -> Backoff:
    return Backoff(FAST, Random(1).random)


class LoopClock:
    """The loop's time as a Clock: virtual on a virtual loop."""

    def now_ns(self) -> int:
        return START_NS + round(anyio.current_time() * 1e9)

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


class Recorder:
    """A sink that keeps what it is given, with the loop's time of each."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.events: list[ev.EngineEvent] = []
        self.out: list[bytes] = []
        self.asked: list[int] = []

    def deliver_frame(self, frame: Frame) -> None:
        self.frames.append(frame)

    def deliver_event(self, event: ev.EngineEvent, ts_recv_ns: int) -> None:
        self.events.append(event)

    def take_outgoing(self, conn_id: int) -> list[bytes]:
        out, self.out = self.out, []
        return out

    def last_seen_ns(self, ix: int) -> int:
        return 0

    def levels(self, ix: int) -> tuple[Levels, Levels] | None:
        return None

    def ask_again(self, conn_id: int, ixs: Sequence[int]) -> None:
        self.asked.extend(ixs)
        self.out.append(b"again")

    def states(self) -> list[tuple[ev.FeedMode, str]]:
        return [(e.mode, e.reason) for e in self.events if isinstance(e, ev.FeedState)]


async def until(done: Callable[[], bool]) -> None:
    """Wait for a claim about the other side's progress, of which no event tells."""
    with anyio.fail_after(10):
        while not done():  # noqa: ASYNC110
            await anyio.sleep(0.002)
