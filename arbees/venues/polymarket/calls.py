"""Signed calls to the CLOB over a transport: headers, pacing and reading in one place.

An order's bytes leave inside `send`; everything that may wait is in `call`. The one rule: what a
request was signed with (its very bytes) is what is sent.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import anyio

from arbees.errors import ConfigError, VenueError, VenueThrottled, VenueUnavailable, WireError
from arbees.messages.requests import Request, Response
from arbees.ports import Clock, OrderTransport
from arbees.units import NS_PER_S
from arbees.venues.http_message import fixed_head, request_bytes
from arbees.venues.polymarket import auth, reads
from arbees.venues.polymarket.access import Finding, closed_only, read_account
from arbees.venues.polymarket.auth import ApiKeys
from arbees.venues.polymarket.clob import LAST_CURSOR
from arbees.venues.polymarket.pacing import Pacer
from arbees.venues.polymarket.refusals import judge
from arbees.venues.polymarket.signing import OrderSigner
from arbees.venues.polymarket.trades import Trade
from arbees.venues.polymarket.user import UserOrder

DEADLINE_S = 5.0
PACE_MAX_S = 15.0
PAGES_MAX = 200
SKEW_MAX_S = 5.0
"""The venue's tolerance is not documented (section 15): five seconds are refused, to be safe."""
T = TypeVar("T")


class Calls:
    """Over one transport, for one account; `keys` None is for what needs none."""

    def __init__(
        self,
        transport: OrderTransport,
        authority: str,
        clock: Clock,
        pacer: Pacer,
        keys: ApiKeys | None = None,
    ) -> None:
        self.pacer = pacer
        self.keys = keys
        self._transport = transport
        self._fixed = fixed_head(authority)
        self._clock = clock

    def __repr__(self) -> str:
        return f"Calls({self.keys!r})"

    def send(
        self, request: Request, deadline_s: float, gate: Callable[[], None] | None = None
    ) -> Awaitable[Response]:
        """Sign and write now, whatever the pace: the caller has asked the pacer."""
        return self._transport.send(self.prepare(request), deadline_s, gate)

    def prepare(self, request: Request) -> bytes:
        """The signed request's bytes."""
        headers: auth.Headers = ()
        if self.keys is not None and not request.headers:
            headers = self.keys.headers(self._clock.now_ns() // NS_PER_S, request)
        return request_bytes(request, self._fixed, headers)

    async def call(self, request: Request, deadline_s: float = DEADLINE_S) -> Response:
        """Wait for the pace, send, and tell the pacer what the answer says. Raises VenueThrottled
        if the pace would take longer than PACE_MAX_S."""
        waited = 0.0
        while (wait := self.pacer.take(request, self._clock.now_ns())) > 0:
            waited += wait / NS_PER_S
            if waited > PACE_MAX_S:
                raise VenueThrottled(f"polymarket {request!r}: our own pace", wait / NS_PER_S)
            await self._clock.sleep(wait / NS_PER_S)
        response = await self.send(request, deadline_s)
        self.pacer.heard(request, response, self._clock.now_ns())
        return response

    async def read(self, request: Request, decode: Callable[[bytes], T]) -> T:
        """The decoded body of a good answer. Raises by conclusion, or WireError."""
        response = await self.call(request)
        if not 200 <= response.status < 300:
            raise judge(response, may_exist=False).error(f"{request.method} {request.sign_path}")
        return decode(response.body)

    async def order(self, venue_id: str) -> UserOrder | None:
        """An active order; None where the venue says that it is not active."""
        response = await self.call(reads.order(venue_id))
        if response.status == 404:
            return None
        if response.status != 200:
            raise judge(response, may_exist=False).error(f"order {venue_id}")
        return reads.decode_order(response.body)

    async def open_orders(self) -> AsyncIterator[UserOrder]:
        """Everything that rests."""
        cursor = reads.FIRST_CURSOR
        for _ in range(PAGES_MAX):
            page = await self.read(reads.open_orders(cursor=cursor), reads.decode_orders)
            for order in page.data:
                yield order
            if page.next_cursor in ("", LAST_CURSOR, cursor):
                return
            cursor = page.next_cursor
        raise WireError(f"more than {PAGES_MAX} pages", "polymarket open orders")

    async def trades(self, after_s: int, asset_id: str = "") -> AsyncIterator[Trade]:
        """Trades of ours since `after_s`."""
        cursor = reads.FIRST_CURSOR
        for _ in range(PAGES_MAX):
            request = reads.trades(asset_id=asset_id, after_s=after_s, cursor=cursor)
            page = await self.read(request, reads.decode_trades)
            for trade in page.data:
                yield trade
            if page.next_cursor in ("", LAST_CURSOR, cursor):
                return
            cursor = page.next_cursor
        raise WireError(f"more than {PAGES_MAX} pages", "polymarket trades")

    async def account(self) -> Finding:
        """The closed-only check; what cannot be asked is refused."""
        return await ask(self, closed_only(), read_account)

    async def check_clock(self) -> float:
        """Seconds our clock is ahead. Raises ConfigError beyond SKEW_MAX_S."""
        before = self._clock.now_ns()
        theirs = await self.read(reads.server_time(), reads.decode_time)
        ours = (before + self._clock.now_ns()) / 2 / NS_PER_S
        skew = ours - theirs
        # The venue says whole seconds: up to one second is its rounding.
        if skew < -SKEW_MAX_S or skew > SKEW_MAX_S + 1:
            raise ConfigError(
                f"this machine's clock is {skew:+.1f} s off Polymarket's: every signature carries "
                "the time; set the clock (NTP) first"
            )
        return skew


async def ask(
    calls: Calls, request: Request, decide: Callable[[Response | str], Finding]
) -> Finding:
    """An access check: an answer that never came is an answer, and refuses."""
    try:
        with anyio.fail_after(DEADLINE_S + PACE_MAX_S):
            return decide(await calls.call(request))
    except (VenueError, TimeoutError) as error:
        return decide(str(error) or type(error).__name__)


async def obtain_keys(calls: Calls, signer: OrderSigner, now_s: int, nonce: int = 0) -> ApiKeys:
    """API keys of this wallet: derived, else created. Raises by conclusion; bodies, which hold
    secrets, are never quoted."""
    for request in (
        auth.derive_keys(signer, now_s, nonce),
        auth.create_keys(signer, now_s, nonce),
    ):
        response = await calls.call(request)
        if 200 <= response.status < 300:
            return auth.decode_keys(response.body, signer.address)
        if response.status not in (400, 404):
            raise judge(response, may_exist=False).error(request.sign_path)
    raise VenueUnavailable("polymarket api keys: neither derived nor created")
