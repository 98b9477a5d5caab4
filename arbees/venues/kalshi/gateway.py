"""Kalshi's gateway: orders and cancels out, reports in, look-ups of what nobody knows.

The kill latch is read immediately before each order's write; cancels pass it. Every order ends by
what the private session concludes; until then the sweep keeps asking, slower each time.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import anyio
from anyio.abc import TaskGroup, TaskStatus

from arbees.errors import OutcomeUnknown, VenueError, VenueRejected, VenueUnavailable, WireError
from arbees.messages import events as ev
from arbees.messages.commands import AnyCommand, CancelOrder, PlaceOrder
from arbees.messages.frames import Frame
from arbees.messages.requests import Request, Response
from arbees.ports import Clock, Sink
from arbees.units import NS_PER_S
from arbees.venues.kalshi import orders, reports
from arbees.venues.kalshi.client import KalshiClient
from arbees.venues.kalshi.lookup import look_up
from arbees.venues.kalshi.private import KalshiPrivateSession
from arbees.venues.kalshi.reports import About, AnyReport, CancelReport, Failure
from arbees.venues.kalshi.shards import Shards
from arbees.venues.kalshi.tracker import Progress

SWEEP_S = 0.1
FIRST_LOOKUP_S = 0.4
"""Time for the socket to say it by itself; reads lag by 100 to 500 ms anyway (7.4)."""
LOOKUP_MAX_S = 8.0
RESTING_LOOKUP_S = 30.0
"""A resting order of which nothing is heard is asked for as often as this."""
CANCEL_TRIES = 5
LOOK_FARTHEST_NS = 2 * int(RESTING_LOOKUP_S) * NS_PER_S
"""No look-up is planned for later than this: one that is, was planned by a clock since set back."""


class GatewaySink(Sink, Protocol):
    """A sink that knows the session of a connection."""

    def session_of(self, conn_id: int) -> object: ...


@dataclass(slots=True)
class Working:
    """An order on its way. `look_at_ns`: the earliest next look-up. A cancel stays wanted until
    the order is done: what the venue answers to it says less than what the reads say later."""

    command: PlaceOrder
    sent_ns: int
    look_at_ns: int
    pause_s: float = FIRST_LOOKUP_S
    is_answered: bool = False
    is_looking: bool = False
    is_resting: bool = False
    venue_id: str | None = None
    """As any connection told it: a new one has to hear it again."""
    cancel_wanted: bool = False
    is_cancelling: bool = False
    cancel_at_ns: int = 0
    cancel_pause_s: float = FIRST_LOOKUP_S

    @property
    def about(self) -> About:
        command = self.command
        return command.order_id, command.qty, command.instrument_id, self.sent_ns


class KalshiGateway:
    """A ports.Gateway for live orders. `run` must be going."""

    def __init__(
        self,
        client: KalshiClient,
        sink: GatewaySink,
        clock: Clock,
        shards: Shards,
        is_killed: Callable[[], bool],
        conn_id: int,
    ) -> None:
        self.client = client
        self.shards = shards
        self.working: dict[str, Working] = {}
        self.blocked = 0
        self.lookups = 0
        self.last_error = ""
        self._sink = sink
        self._clock = clock
        self._is_killed = is_killed
        self._conn_id = conn_id
        self._tasks: TaskGroup | None = None
        client.presigned.watch("POST", orders.ORDERS)
        client.presigned.watch("DELETE", orders.ORDERS)

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Sweep until cancelled; started when orders can be taken. The connection is opened here
        if no socket did."""
        if self._session() is None:
            opened = ev.ConnOpened(self._conn_id, "kalshi", "private", 0, False, ())
            self._sink.deliver_event(opened, self._clock.now_ns())
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            tasks.start_soon(self.client.keep_signed)
            tasks.start_soon(self.client.keep_checked)
            task_status.started()
            while True:
                await self._clock.sleep(SWEEP_S)
                self.sweep()

    def submit(self, commands: Sequence[AnyCommand], ts_ns: int) -> None:
        """Orders leave before this returns, in the step's order."""
        for command in commands:
            match command:
                case PlaceOrder():
                    self._place(command)
                case CancelOrder():
                    self._cancel_soon(command.order_id)
                case _:
                    pass

    def shut(self) -> str:
        """Why no order of any market may leave now; empty if orders may."""
        if self._tasks is None:
            return "not_running"
        return self.client.shut()

    def adopt(self, commands: Sequence[PlaceOrder]) -> None:
        """Orders of an earlier life that have no end in the log: they are looked up like any
        whose answer was lost, each from its own time. The engine must know them again before."""
        for command in commands:
            working = Working(command, command.ts_ns, 0, is_answered=True)
            self.working[command.order_id] = working

    def rehearse(self, command: PlaceOrder) -> None:
        """Prepare an order that is not sent; the latch is read as before a real one."""
        route = self.shards.route(command.instrument_id)
        request = orders.create(orders.order_of(command), route)
        self.client.rehearse(request, route.exchange_index)
        self._is_killed()

    def _session(self) -> KalshiPrivateSession | None:
        found = self._sink.session_of(self._conn_id)
        return found if isinstance(found, KalshiPrivateSession) else None

    def _gate(self) -> None:
        if self._is_killed():
            self.blocked += 1
            raise VenueRejected("the kill latch is on", "killed")

    def _place(self, command: PlaceOrder) -> None:
        working = Working(command, self._clock.now_ns(), 0)
        route = self.shards.route(command.instrument_id)
        try:
            if self._tasks is None:
                raise VenueUnavailable("kalshi gateway: not running")
            request = orders.create(orders.order_of(command), route)
            answer = self.client.send_now(request, route.exchange_index, self._gate)
        except (VenueError, WireError) as error:
            self._report(reports.failed(working.about, error))
            return
        self.working[command.order_id] = working
        self._tasks.start_soon(self._answer, working, request, answer)

    async def _answer(
        self, working: Working, request: Request, answer: Awaitable[Response]
    ) -> None:
        try:
            response = await answer
        except VenueError as error:
            report = reports.failed(working.about, error)
        else:
            self.client.heard(request, response)
            report = reports.answered(working.about, response)
            self._hear_shard(working, response)
        working.is_answered = True
        self._look_in(working, FIRST_LOOKUP_S)
        self._report(report)
        self._watch_cancel(working)

    def _hear_shard(self, working: Working, response: Response) -> None:
        """Codes are compared without regard to case (section 8)."""
        if "market_not_found" in response.body.decode("utf-8", "replace").casefold():
            self.shards.forget(working.command.instrument_id)

    def _known_id(self, working: Working) -> str | None:
        """The venue's id, from this connection or an earlier one."""
        session = self._session()
        told = session.tracker.venue_id(working.command.order_id) if session else None
        working.venue_id = told or working.venue_id
        return working.venue_id

    def _look_in(self, working: Working, seconds: float) -> None:
        working.look_at_ns = self._clock.now_ns() + int(seconds * NS_PER_S)

    def _report(self, report: AnyReport) -> None:
        data = reports.encode_report(report)
        self._sink.deliver_frame(Frame(self._conn_id, 0, self._clock.now_ns(), data))

    def _watch_cancel(self, working: Working) -> None:
        """A resting order's cancel is signed ahead, and goes at once if it was asked for."""
        session = self._session()
        order_id = working.command.order_id
        venue_id = self._known_id(working)
        if venue_id is None or (session and session.progress(order_id) is Progress.DONE):
            return
        self.client.presigned.watch("DELETE", f"{orders.ORDERS}/{venue_id}")
        if working.cancel_wanted:
            self._cancel_soon(order_id)

    def sweep(self) -> None:
        """Drop what is done; look up what is not known and due."""
        session, now, tasks = self._session(), self._clock.now_ns(), self._tasks
        for order_id, working in tuple(self.working.items()):
            state = session.progress(order_id) if session else Progress.STRANGE
            if working.venue_id is None:
                self._known_id(working)
            if state is Progress.DONE:
                self._drop(working)
                continue
            if working.cancel_wanted and now >= working.cancel_at_ns:
                self._cancel_soon(order_id)
            if (state is Progress.OPEN) != working.is_resting:
                working.is_resting = state is Progress.OPEN
                working.pause_s = FIRST_LOOKUP_S
                rests = working.is_resting and not working.cancel_wanted
                self._look_in(working, RESTING_LOOKUP_S if rests else FIRST_LOOKUP_S)
            if max(working.look_at_ns, working.cancel_at_ns) > now + LOOK_FARTHEST_NS:
                working.look_at_ns = working.cancel_at_ns = now  # the clock was set back
            is_due = working.is_answered and not working.is_looking and now >= working.look_at_ns
            if is_due and tasks is not None:
                working.is_looking = True
                tasks.start_soon(self._look, working)

    def _drop(self, working: Working) -> None:
        del self.working[working.command.order_id]
        if working.venue_id is not None:
            self.client.presigned.forget("DELETE", f"{orders.ORDERS}/{working.venue_id}")

    async def _look(self, working: Working) -> None:
        self.lookups += 1
        command = working.command
        try:
            report = await look_up(
                self.client, command.order_id, command.instrument_id, command.qty,
                working.sent_ns, self._known_id(working),
            )  # fmt: skip
            self._report(report)
        except (VenueError, WireError) as error:
            self.last_error = str(error)  # asked again, later: the order stays unknown
        finally:
            working.is_looking = False
        working.pause_s = min(LOOKUP_MAX_S, working.pause_s * 2)
        rests = working.is_resting and not working.cancel_wanted
        self._look_in(working, RESTING_LOOKUP_S if rests else working.pause_s)
        self._watch_cancel(working)

    def _cancel_soon(self, order_id: str) -> None:
        """Without the venue's id it must wait for one: the look-up brings it."""
        working = self.working.get(order_id)
        if working is None:
            return
        venue_id = self._known_id(working)
        working.cancel_wanted = True
        if venue_id is not None and self._tasks is not None and not working.is_cancelling:
            working.is_cancelling = True
            self._tasks.start_soon(self._cancel, working, venue_id)

    async def _cancel(self, working: Working, venue_id: str) -> None:
        """A cancel may be sent again: twice is once. Each outcome is reported. It is sent again,
        slower each time, until the order is done, whether or not it can be looked up meanwhile."""
        command = working.command
        request = orders.cancel(
            venue_id, command.instrument_id, self.shards.route(command.instrument_id)
        )
        try:
            for attempt in range(CANCEL_TRIES):
                report = await self._try_cancel(working, request)
                self._report(report)
                if report.failure is Failure.NONE and report.status != 429 and report.status < 500:
                    break
                await self._clock.sleep(0.1 * 2**attempt)
        finally:
            working.is_cancelling = False
        working.cancel_at_ns = self._clock.now_ns() + int(working.cancel_pause_s * NS_PER_S)
        working.cancel_pause_s = min(LOOKUP_MAX_S, 2 * working.cancel_pause_s)
        self._look_in(working, FIRST_LOOKUP_S)

    async def _try_cancel(self, working: Working, request: Request) -> CancelReport:
        about = working.about
        try:
            response = await self.client.send(request)
            self._hear_shard(working, response)
        except OutcomeUnknown as error:
            return CancelReport(*about, failure=Failure.UNKNOWN, text=str(error))
        except VenueError as error:
            return CancelReport(*about, failure=Failure.NOT_SENT, text=str(error))
        return CancelReport(*about, status=response.status, body=reports.text_of(response))
