"""Resolves doubt about orders at Polymarket by reading: the order by its id, then its trades.

An order is in doubt when its answer was lost, when its end was said without a count, when matched
shares were not reported, or when a FOK or FAK should long be over. The one rule: that an order does
not exist is concluded only from reads that agree, after the venue had time to show it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import anyio

from arbees.errors import VenueError, WireError
from arbees.messages.events import EngineEvent
from arbees.ports import Clock
from arbees.units import NS_PER_S
from arbees.venues.polymarket.calls import Calls
from arbees.venues.polymarket.life import Life, OrderLives
from arbees.venues.polymarket.user import end_of, matched_of

Answer = Callable[[EngineEvent, int], None]
FARTHEST_NS = 120 * NS_PER_S
"""Nothing is planned for later than this: what is, was planned by a clock since set back."""
DUST = 10_000
"""Micro-shares, the venue's grain: an answer's sum and its trades are rounded each by itself."""


@dataclass(frozen=True, slots=True)
class ResolveSettings:
    """Seconds. `patience_s` is how long words may take that normally come by themselves (the fills
    of a match, the end of a delayed order) before they are asked for; `absent_s` how long after its
    answer came, or was given up, an order may still appear in reads; `settle_s` how long a trade
    may take to be final before it is read; `agree` how many reads must say the same."""

    patience_s: float = 1.5
    absent_s: float = 15.0
    settle_s: float = 20.0
    every_s: float = 0.5
    agree: int = 3
    at_once: int = 8
    keep: int = 10_000
    back_s: int = 10


@dataclass(slots=True)
class _Doubt:
    since_ns: int
    next_ns: int
    filled: int = -1
    agreed: int = 0


class Resolver:
    """Runs in the task group; `run` looks for doubt and reads it away."""

    def __init__(
        self,
        calls: Calls,
        lives: OrderLives,
        answer: Answer,
        clock: Clock,
        settings: ResolveSettings | None = None,
    ) -> None:
        self.reads = 0
        self.last_error = ""
        self.wants_all = False
        self._settled_ns = 0
        self._calls = calls
        self._lives = lives
        self._answer = answer
        self._clock = clock
        self._settings = settings or ResolveSettings()
        self._doubts: dict[str, _Doubt] = {}

    def ask_all(self) -> None:
        """Read everything at the next turn."""
        self.wants_all = True

    async def run(self) -> None:
        """Until cancelled; every error is a reason to read again later."""
        while True:
            await self._clock.sleep(self._settings.every_s)
            await self.turn()

    async def turn(self) -> None:
        """One look at everything that is open."""
        if self.wants_all:
            await self._guarded(self.read_all)
        elif self._is_settling_due(self._clock.now_ns()):
            await self._guarded(self._read_trades)
        now = self._clock.now_ns()
        due = [life for life in self._lives.open() if self._is_due(life, now)]
        due.sort(key=lambda life: self._doubts[life.venue_id].next_ns)
        async with anyio.create_task_group() as tasks:
            for life in due[: self._settings.at_once]:
                tasks.start_soon(self._guarded, partial(self._read, life))
        self._lives.prune(self._settings.keep)
        by_venue = self._lives.by_venue
        for key in [k for k in self._doubts if k not in by_venue or by_venue[k].is_ended]:
            del self._doubts[key]

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except (VenueError, WireError) as error:
            self.last_error = str(error)

    def _is_due(self, life: Life, now_ns: int) -> bool:
        """Unknown at once; what should come by itself after its time. Not what is on its way."""
        is_owed = (life.is_over or not life.rests) and not life.is_in_flight
        doubt = self._doubts.get(life.venue_id)
        if not life.is_unknown and not is_owed:
            self._doubts.pop(life.venue_id, None)
            return False
        if doubt is None:
            wait = 0.0 if life.is_unknown else self._settings.patience_s
            doubt = _Doubt(now_ns, now_ns + int(wait * NS_PER_S))
            self._doubts[life.venue_id] = doubt
        if doubt.next_ns > now_ns + FARTHEST_NS:
            doubt.next_ns = now_ns  # the clock was set back
        return now_ns >= doubt.next_ns

    def _is_settling_due(self, now_ns: int) -> bool:
        """Whether a trade waits for its end and nothing was read of it for a while."""
        since = self._lives.unsettled()
        if since is None or not 0 <= now_ns - self._settled_ns <= FARTHEST_NS:
            self._settled_ns = now_ns
            return False
        return now_ns - self._settled_ns >= int(self._settings.settle_s * NS_PER_S)

    async def _read_trades(self) -> None:
        """Every trade since the oldest that is not final: a word of it may have been lost."""
        self._settled_ns = self._clock.now_ns()
        since = self._lives.unsettled()
        if since is not None:
            await self._trades(since // NS_PER_S - self._settings.back_s)

    async def _trades(self, after_s: int) -> bool:
        """Tell all of them; whether each could be read. One that could not holds no other up."""
        is_whole = True
        async for trade in self._calls.trades(after_s):
            try:
                self._tell(self._lives.trade(trade))
            except WireError as error:
                is_whole = False
                self.last_error = str(error)
        return is_whole

    async def _read(self, life: Life) -> None:
        """The order, then its trades; absent only when enough reads agree."""
        settings, doubt = self._settings, self._doubts[life.venue_id]
        self.reads += 1
        doubt.next_ns = self._clock.now_ns() + int(settings.every_s * NS_PER_S)
        order = await self._calls.order(life.venue_id)
        after = life.sent_ns // NS_PER_S - settings.back_s
        # Of every token: a mint is listed under the taker's, which is the complement of ours.
        is_whole = await self._trades(after)
        now = self._clock.now_ns()
        if order is not None:
            doubt.agreed = 0
            self._tell(self._lives.told(life, matched_of(order), end_of(order), now))
            if not life.is_over:
                self._tell(self._lives.found(life, now))
            return
        is_same = life.filled == doubt.filled
        doubt.agreed, doubt.filled = (doubt.agreed + 1 if is_same else 1), life.filled
        old_enough = now - life.known_ns >= int(settings.absent_s * NS_PER_S)
        may_end = is_whole and old_enough and not life.is_in_flight
        if doubt.agreed >= settings.agree and may_end and life.filled + DUST > life.matched:
            self._tell(self._lives.absent(life, now))

    async def read_all(self) -> None:
        """After every connection of the user socket, which has no replay: what rests, and every
        trade since the oldest open order left."""
        self.wants_all = False
        try:
            seen: set[str] = set()
            async for order in self._calls.open_orders():
                seen.add(order.id)
                life = self._lives.by_venue.get(order.id)
                if life is None:
                    self._lives.foreign += 1
                    continue
                now = self._clock.now_ns()
                self._tell(self._lives.told(life, matched_of(order), end_of(order), now))
                self._tell(self._lives.found(life, now))
            still = self._lives.open()
            times = [life.sent_ns for life in still]
            since = self._lives.unsettled()
            times += [] if since is None else [since]
            if times:
                await self._trades(min(times) // NS_PER_S - self._settings.back_s)
            for life in still:
                if life.rests and life.venue_id not in seen and not life.is_ended:
                    life.is_unknown = True  # it rested and is gone: how far it got must be read
        except (VenueError, WireError):
            self.wants_all = True
            raise

    def _tell(self, events: Sequence[EngineEvent]) -> None:
        now = self._clock.now_ns()
        for event in events:
            self._answer(event, now)
