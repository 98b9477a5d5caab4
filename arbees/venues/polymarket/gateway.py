"""Sends our orders to Polymarket: signed, gated, written at once; answers become events.

`submit` is synchronous: where a connection is free the bytes have left when it returns. The one
rule: kill latch and access are read immediately before each write of an order; cancels always go.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import assert_never

import anyio
from anyio.abc import TaskGroup

from arbees.errors import (
    OutcomeUnknown,
    VenueError,
    VenueRejected,
    VenueUnavailable,
    WireError,
)
from arbees.messages.commands import AnyCommand, CancelOrder, PlaceOrder
from arbees.messages.events import EngineEvent, OrderAnswer, OrderStatus
from arbees.messages.requests import Request, Response
from arbees.ports import Clock
from arbees.units import NS_PER_S
from arbees.venues.polymarket import orders
from arbees.venues.polymarket.access import AccessGate
from arbees.venues.polymarket.auth import ApiKeys
from arbees.venues.polymarket.calls import Calls
from arbees.venues.polymarket.heart import Heart
from arbees.venues.polymarket.life import Life, OrderLives
from arbees.venues.polymarket.orders import SignedOrder, TokenFacts
from arbees.venues.polymarket.refusals import NOT_FILLED, Conclusion, Verdict, judge
from arbees.venues.polymarket.replies import PlaceStatus, read_cancel, read_place
from arbees.venues.polymarket.signing import OrderSigner

Answer = Callable[[EngineEvent, int], None]
FactsOf = Callable[[str], TokenFacts | None]
VENUE = "polymarket"
CANCEL_PAUSE_S, CANCEL_PAUSE_MAX_S = 0.2, 8.0
PAUSE_MAX_S = 120.0
"""However long the venue asks for: it is asked again after this."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Seconds. A sports order is answered `delayed` at once; a crypto one only after its delay."""

    deadline_s: float = 5.0
    pause_s: float = 1.0


class PolymarketGateway:
    """One account. `answer` delivers events to the engine; `facts_of` knows a token's terms.
    `cancels` carries cancels and heartbeats: orders whose answers hang must not hold them up."""

    def __init__(
        self,
        calls: Calls,
        signer: OrderSigner,
        keys: ApiKeys,
        lives: OrderLives,
        facts_of: FactsOf,
        access: AccessGate,
        is_killed: Callable[[], bool],
        answer: Answer,
        clock: Clock,
        settings: GatewaySettings | None = None,
        cancels: Calls | None = None,
    ) -> None:
        self.blocked = 0
        self.sent = 0
        self.last_error = ""
        self._calls = calls
        self._cancels = cancels or calls
        self.heart = Heart(self._cancels, clock)
        self._signer = signer
        self._keys = keys
        self._lives = lives
        self._facts_of = facts_of
        self._access = access
        self._is_killed = is_killed
        self._answer = answer
        self._clock = clock
        self._settings = settings or GatewaySettings()
        self._tasks: TaskGroup | None = None
        self._paused_until_ns = 0
        self._pause_reason = ""

    def __repr__(self) -> str:
        return f"PolymarketGateway({self._signer!r})"

    async def run(self, *, heartbeat: bool = False) -> None:
        """Take answers until cancelled; with `heartbeat` the venue's dead-man switch is armed."""
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            try:
                if heartbeat:
                    tasks.start_soon(self.heart.run)
                await anyio.sleep_forever()
            finally:
                self._tasks = None

    def submit(self, commands: Sequence[AnyCommand], ts_ns: int) -> None:
        """Orders and cancels in their order; what is for other venues is not looked at."""
        for command in commands:
            match command:
                case PlaceOrder():
                    if command.venue == VENUE:
                        self._place(command)
                case CancelOrder():
                    if command.venue == VENUE:
                        self._cancel(command)
                case _:
                    pass

    def _place(self, command: PlaceOrder) -> None:
        now = self._clock.now_ns()
        try:
            order, request = self._prepare(command, now)
        except VenueRejected as error:
            self.last_error = str(error)
            reason = error.reason
            self._tell((OrderAnswer(command.order_id, OrderStatus.REJECTED, reason, now),))
            return
        life = self._lives.add(order, command.instrument_id, now)
        life.is_in_flight = True
        gate = partial(self._gate, life)
        future = self._calls.send(request, self._settings.deadline_s, gate)
        self.sent += 1
        assert self._tasks is not None
        self._tasks.start_soon(self._placed, life, request, future)

    def adopt(self, command: PlaceOrder) -> None:
        """An order of the trading log, after a restart: it may have left, so it is read. Salt and
        time follow from the command, so its id is the one it had. Raises VenueRejected if it can
        not have been sent (terms unknown, price off the tick)."""
        facts = self._facts_of(command.instrument_id)
        if facts is None:
            raise VenueRejected(
                f"polymarket order {command.order_id}: its token's terms are not known",
                "terms_unknown",
            )
        spec = orders.spec_of(command)
        order = orders.sign_order(spec, facts, self._signer, self._keys.api_key)
        life = self._lives.add(order, command.instrument_id, command.ts_ns)
        now = self._clock.now_ns()
        self._lives.answered(life, now)
        self._tell(self._lives.unknown(life, "restart", now))

    def rehearse(self, command: PlaceOrder) -> None:
        """Everything that an order of this token needs but the write, so that the code is warm
        when one comes. Nothing is counted, kept or sent."""
        facts = self._facts_of(command.instrument_id)
        if facts is not None:
            spec = orders.spec_of(command)
            order = orders.sign_order(spec, facts, self._signer, self._keys.api_key)
            self._calls.prepare(orders.place(order))

    def pause(self, now_ns: int) -> str:
        """Why the venue is left alone now; empty if it is not."""
        left = self._paused_until_ns - now_ns
        return self._pause_reason if 0 < left <= int(PAUSE_MAX_S * NS_PER_S) else ""

    def shut(self, now_ns: int) -> str:
        """Why no order of any token may leave now; empty if orders may."""
        if self._tasks is None:
            return "not_running"
        return self.pause(now_ns) or ("access" if self._access.refusal(now_ns) else "")

    def _prepare(self, command: PlaceOrder, now_ns: int) -> tuple[SignedOrder, Request]:
        """Raises VenueRejected for whatever need not be sent."""
        name = f"polymarket order {command.order_id}"
        if self._tasks is None:
            raise VenueRejected(f"{name}: the gateway is not running", "not_running")
        if pause := self.pause(now_ns):
            raise VenueRejected(f"{name}: {pause}", pause)
        if command.order_id in self._lives.by_order:
            raise VenueRejected(f"{name}: it was sent before", "sent_before")
        facts = self._facts_of(command.instrument_id)
        if facts is None:
            raise VenueRejected(f"{name}: its token's terms are not known", "terms_unknown")
        spec = orders.spec_of(command)
        if spec.type not in orders.MARKETABLE and self.heart.is_lost(now_ns):
            raise VenueRejected(f"{name}: the heartbeat is lost, it would not rest", "heartbeat")
        order = orders.sign_order(spec, facts, self._signer, self._keys.api_key)
        request = orders.place(order)
        if self._calls.pacer.take(request, now_ns) > 0:
            raise VenueRejected(f"{name}: beyond our rate at the venue", "rate_limited")
        return order, request

    def _gate(self, life: Life) -> None:
        """Immediately before the write of every order."""
        if life.is_ended:
            raise VenueRejected("its end was told while it waited to be written", "ended")
        if self._is_killed():
            self.blocked += 1
            raise VenueRejected("the kill latch is on", "killed")
        refusal = self._access.refusal(self._clock.now_ns())
        if refusal is not None:
            self.blocked += 1
            raise VenueRejected(refusal, "access")

    async def _placed(self, life: Life, request: Request, future: Awaitable[Response]) -> None:
        """The answer to one placement, as events."""
        try:
            response = await self._response(life, future)
        except OutcomeUnknown as error:
            self._doubt(life, "no_answer", error)
            return
        except VenueRejected as error:  # the gate's word: nothing left
            self._refuse(life, error.reason, error)
            return
        except VenueUnavailable as error:
            self._refuse(life, "not_sent", error)
            return
        now = self._clock.now_ns()
        self._calls.pacer.heard(request, response, now)
        subject = f"order {life.order_id}"
        if not 200 <= response.status < 300:
            self._refused(life, judge(response, may_exist=True), subject)
            return
        try:
            said = read_place(response, life.venue_id, subject, rests=life.rests)
        except VenueRejected as error:
            self._rejected(life, error.reason, error)
        except VenueError as error:
            self._doubt(life, "unclear_answer", error)
        else:
            if said.status is PlaceStatus.DELAYED:
                self._lives.answered(life, now, is_delayed=True)
            self._tell(self._lives.placed(life, said, now))

    async def _response(self, life: Life, future: Awaitable[Response]) -> Response:
        try:
            return await future
        finally:
            self._lives.answered(life, self._clock.now_ns())

    def _refused(self, life: Life, verdict: Verdict, subject: str) -> None:
        error = verdict.error(subject)
        match verdict.conclusion:
            case Conclusion.UNKNOWN:
                self._doubt(life, verdict.reason, error)
            case Conclusion.UNAVAILABLE | Conclusion.THROTTLED:
                wait = self._settings.pause_s
                if verdict.retry_after_s is not None:
                    wait = verdict.retry_after_s
                if verdict.reason == "timed_out":  # safe to send again, so not surely absent
                    self._doubt(life, verdict.reason, error)
                    return
                if verdict.about in ("exchange", "rate limit"):
                    until = self._clock.now_ns() + int(min(wait, PAUSE_MAX_S) * NS_PER_S)
                    self._paused_until_ns = max(self._paused_until_ns, until)
                    self._pause_reason = verdict.reason
                self._refuse(life, verdict.reason, error)
            case Conclusion.REJECTED:
                self._rejected(life, verdict.reason, error)
            case _:
                assert_never(verdict.conclusion)

    def _rejected(self, life: Life, reason: str, error: VenueError) -> None:
        if reason in NOT_FILLED:
            self._tell(self._lives.unfilled(life, reason, self._clock.now_ns()))
            return
        self._access.lost(reason, str(error))
        self._refuse(life, reason, error)

    def _refuse(self, life: Life, reason: str, error: VenueError) -> None:
        self.last_error = str(error)
        self._tell(self._lives.refused(life, reason, self._clock.now_ns()))

    def _doubt(self, life: Life, reason: str, error: VenueError) -> None:
        """An order may exist: the resolver reads it by the id computed before it left."""
        self.last_error = str(error)
        self._tell(self._lives.unknown(life, reason, self._clock.now_ns()))

    def _cancel(self, command: CancelOrder) -> None:
        life = self._lives.by_order.get(command.order_id)
        if life is None or life.is_ended or life.is_cancelling or self._tasks is None:
            return
        life.is_cancelling = True
        self._tasks.start_soon(self._cancelled, life)

    async def _cancelled(self, life: Life) -> None:
        """What a cancel left is counted by the user socket, or read. A cancel that the venue did
        not take, for whatever reason it named, is sent again until the order rests no longer:
        twice is once."""
        pause_s = CANCEL_PAUSE_S
        while not (life.is_over or life.is_ended):
            try:
                await self._cancel_ids([life.venue_id])
            except (VenueError, WireError) as error:
                self.last_error = str(error)
            life.is_unknown = not life.is_ended
            if not (life.is_over or life.is_ended):
                await self._clock.sleep(pause_s)
                pause_s = min(2 * pause_s, CANCEL_PAUSE_MAX_S)
        life.is_cancelling = False
        life.is_unknown = not life.is_ended

    async def _cancel_ids(self, venue_ids: list[str]) -> None:
        one = len(venue_ids) == 1
        request = orders.cancel(venue_ids[0]) if one else orders.cancel_many(venue_ids)
        said = read_cancel(await self._cancels.call(request), "cancel")
        now = self._clock.now_ns()
        for venue_id in said.canceled:
            life = self._lives.by_venue.get(venue_id)
            if life is not None:
                self._tell(self._lives.told(life, None, "canceled", now))

    async def cancel_everything(self) -> int:
        """Cancel all, then look what still rests; how many do. For the kill control."""
        resting = sum(life.rests for life in self._lives.open())
        read_cancel(await self._cancels.call(orders.cancel_all(resting)), "cancel all")
        return len([order async for order in self._calls.open_orders()])

    def _tell(self, events: Sequence[EngineEvent]) -> None:
        now = self._clock.now_ns()
        for event in events:
            self._answer(event, now)
