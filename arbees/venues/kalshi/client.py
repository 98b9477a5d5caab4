"""Kalshi's signed, paced requests over an order transport.

Orders go now or not at all: without tokens, in a pause or with a wrong clock they are refused here.
Cancels, look-ups and other requests wait for their tokens. Nothing is sent twice from here.
"""

from collections.abc import Awaitable, Callable

import anyio

from arbees.errors import (
    OutcomeUnknown,
    VenueError,
    VenueRejected,
    VenueThrottled,
    VenueUnavailable,
    WireError,
)
from arbees.messages.requests import Request, RequestKind, Response
from arbees.ports import Clock, OrderTransport
from arbees.units import NS_PER_MS, NS_PER_S
from arbees.venues.http_message import fixed_head, request_bytes
from arbees.venues.kalshi import queries, replies
from arbees.venues.kalshi.auth import Presigned, check_skew, skew_ms
from arbees.venues.kalshi.hours import (
    TradingHours,
    decode_schedule,
    schedule_request,
    status_request,
)
from arbees.venues.kalshi.pacing import Costs, Pacer, decode_costs, decode_limits
from arbees.venues.kalshi.rest import decode_exchange_status

ORDER_S = 5.0
READ_S = 10.0
WAIT_MAX_S = 30.0
SIGN_EVERY_S = 1.0
CHECK_S = 60.0
CHECK_AGAIN_S = 5.0
Gate = Callable[[], None]


class KalshiClient:
    """`orders` carries what changes something, `reads` everything else, `cancels` cancels: orders
    whose answers hang must not hold them up. Hours go by `clock`, which
    may be a session's; signatures and budgets by `wall_ns`."""

    def __init__(
        self,
        orders: OrderTransport,
        reads: OrderTransport,
        host: str,
        presigned: Presigned,
        clock: Clock,
        wall_ns: Callable[[], int],
        pacer: Pacer | None = None,
        cancels: OrderTransport | None = None,
    ) -> None:
        self.pacer = pacer or Pacer()
        self.hours = TradingHours()
        self.presigned = presigned
        self.clock_error = "the clock has not been checked against the venue's yet"
        self.last_error = ""
        self._orders = orders
        self._reads = reads
        self._cancels = cancels or orders
        self._fixed = fixed_head(host)
        self._clock = clock
        self.wall_ns = wall_ns

    def encode(self, request: Request) -> bytes:
        """The signed bytes, as of now."""
        now_ms = self.wall_ns() // NS_PER_MS
        headers = self.presigned.signed(request.method, request.sign_path, now_ms)
        return request_bytes(request, self._fixed, headers)

    def send_now(
        self, request: Request, shard: int | None = None, gate: Gate | None = None
    ) -> Awaitable[Response]:
        """An order: its bytes have left when this returns, or it raises VenueRejected,
        VenueThrottled or VenueUnavailable and nothing has."""
        if self.clock_error:
            raise VenueUnavailable(f"kalshi: {self.clock_error}")
        refusal = self.hours.refusal(request.kind, shard, self._clock.now_ns())
        if refusal is not None:
            raise VenueRejected(f"kalshi: {request!r} not sent: {refusal}", refusal, "time")
        wait = self.pacer.take(request, self.wall_ns())
        if wait:
            text = f"kalshi: {request!r} not sent: no tokens for another {wait / NS_PER_S:.2f} s"
            raise VenueThrottled(text, wait / NS_PER_S)
        return self._orders.send(self.encode(request), ORDER_S, gate)

    def shut(self) -> str:
        """Why no order may leave whatever its shard; empty if orders may."""
        if self.clock_error:
            return "clock"
        try:
            return self.hours.refusal(RequestKind.ORDER, None, self._clock.now_ns()) or ""
        except WireError:
            return "hours_unreadable"

    def rehearse(self, request: Request, shard: int | None) -> None:
        """All of `send_now` but the tokens and the write, to keep the path warm between orders:
        cold, a signature takes twice as long (performance.md section 8)."""
        self.hours.refusal(request.kind, shard, self._clock.now_ns())
        self.pacer.costs.of(request)
        self.encode(request)

    async def send(self, request: Request, gate: Gate | None = None) -> Response:
        """Any request, as soon as there are tokens for it. Raises VenueThrottled when that would
        take WAIT_MAX_S, else what the transport raises."""
        waited = 0.0
        while wait := self.pacer.take(request, self.wall_ns()):
            pause = wait / NS_PER_S
            waited += pause
            if waited > WAIT_MAX_S:
                raise VenueThrottled(f"kalshi: {request!r}: no tokens within {WAIT_MAX_S} s", pause)
            await self._clock.sleep(pause)
        carrier, deadline = self._orders, ORDER_S
        if request.kind is RequestKind.READ:
            carrier, deadline = self._reads, READ_S
        elif request.kind is RequestKind.CANCEL:
            carrier = self._cancels
        response = await carrier.send(self.encode(request), deadline, gate)
        self.heard(request, response)
        return response

    def heard(self, request: Request, response: Response) -> None:
        """What an answer teaches beyond its body: empty buckets, a wrong clock."""
        if response.status == 429:
            self.pacer.refused(request, self.wall_ns())
        elif response.status == 401 and b"header_timestamp_expired" in response.body:
            self.clock_error = "the venue refused a timestamp; set this machine's clock by NTP"

    async def read(self, request: Request) -> bytes:
        """The body of a good answer. A read changes nothing: a lost one is VenueUnavailable."""
        try:
            response = await self.send(request)
        except OutcomeUnknown as error:
            raise VenueUnavailable(str(error)) from error
        return replies.check(response, request.kind, f"{request.method} {request.sign_path}")

    async def check_clock(self) -> None:
        """Compare clocks by the Date of an answer; orders go only after this was good once."""
        sent = self.wall_ns() // NS_PER_MS
        try:
            response = await self.send(status_request())
            received = self.wall_ns() // NS_PER_MS
            check_skew(skew_ms(response.header("date"), sent, received))
        except (VenueUnavailable, OutcomeUnknown) as error:
            self.clock_error = str(error)
            raise
        self.clock_error = ""

    async def refresh(self) -> None:
        """Read status, hours, limits and costs as the venue states them now."""
        self.hours.status = decode_exchange_status(await self._status())
        self.hours.schedule = decode_schedule(await self.read(schedule_request()))
        self.pacer.costs = Costs(decode_costs(await self.read(queries.costs_request())))
        self.pacer.configure(decode_limits(await self.read(queries.limits_request())))

    async def _status(self) -> bytes:
        """The status comes with 500, 503 and 504 too, in the same shape (5.8)."""
        response = await self.send(status_request())
        if response.status in (500, 503, 504):
            return response.body
        return replies.check(response, RequestKind.READ, "exchange status")

    async def keep_checked(self) -> None:
        """Clock, status, hours and limits once a minute; sooner again after a failure. Orders are
        stopped by what is found, never by not having looked once more."""
        while True:
            pause = CHECK_S
            try:
                await self.check_clock()
                await self.refresh()
            except (VenueError, WireError) as error:
                self.last_error = str(error)
                pause = CHECK_AGAIN_S
            await self._clock.sleep(pause)

    async def keep_signed(self) -> None:
        """Sign the watched paths once a second, in a thread, while running."""
        while True:
            now_ms = self.wall_ns() // NS_PER_MS
            await anyio.to_thread.run_sync(self.presigned.refresh, now_ms)
            await self._clock.sleep(SIGN_EVERY_S)
