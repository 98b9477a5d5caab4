"""Live trading on one Kalshi account, composed: pools, clock, limits, gateway, private socket.

`arbees run` does not come here: it refuses without --paper until the whole path is proven. The one
rule: nothing can be sent before the clock was compared with the venue's and the key was accepted,
and both are asked by the same egress that orders take.
"""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Protocol
from urllib.parse import urlsplit

from anyio.abc import TaskGroup

from arbees.app.config import Kalshi, Reconnect
from arbees.app.egress import dial_of
from arbees.app.pools import make_pool, policy_of, warm
from arbees.clock import SystemClock
from arbees.errors import (
    ConfigError,
    OutcomeUnknown,
    VenueError,
    VenueRejected,
    VenueUnavailable,
    WireError,
)
from arbees.pipeline.backoff import Backoff
from arbees.pipeline.sockets import FeedSink, SocketFeed
from arbees.ports import Clock
from arbees.venues.egress import Proxy, target_of
from arbees.venues.kalshi.auth import KalshiSigner, Presigned
from arbees.venues.kalshi.client import KalshiClient
from arbees.venues.kalshi.feed import private_plan
from arbees.venues.kalshi.funds import read_balances
from arbees.venues.kalshi.gateway import GatewaySink, KalshiGateway
from arbees.venues.kalshi.orders import API
from arbees.venues.kalshi.shards import Shards

ORDER_POOL, READ_POOL, CANCEL_POOL = 3, 2, 1
WARM_S = 15.0
BALANCE_S = 60.0
BALANCE_AGAIN_S = 5.0
PRIVATE_CONN = 10
"""The private socket's connection carries no books; its session is met by the gateway's reports."""


class AccountSink(FeedSink, GatewaySink, Protocol):
    """The runtime: the private socket's frames and the gateway's reports meet in one session."""


class KalshiAccount:
    """`open` checks that it may trade, `go` starts the gateway that commands are submitted to.

    `cash` is what the account holds on all shards, micro-dollars, as last read."""

    def __init__(
        self,
        settings: Kalshi,
        reconnect: Reconnect,
        signer: KalshiSigner,
        clock: Clock,
        shards: Shards,
        is_killed: Callable[[], bool],
        proxy: Proxy | None = None,
        seed: int = 0,
    ) -> None:
        target = target_of(settings.rest_url)
        path = urlsplit(settings.rest_url).path.rstrip("/")
        if path != API:
            raise ConfigError(f"kalshi.rest_url: orders go to {API}, not to {path or '/'}")
        self.shards = shards
        self.cash = 0
        self.last_error = ""
        self.gateway: KalshiGateway | None = None
        self.private: SocketFeed | None = None
        self._settings = settings
        self._signer = signer
        self._is_killed = is_killed
        self._open_s = reconnect.open_s
        self._clock = clock
        self._random = Random(seed)
        self._policy = policy = policy_of(reconnect)
        self._orders = make_pool(target, ORDER_POOL, policy, proxy, self._random)
        self._reads = make_pool(target, READ_POOL, policy, proxy, self._random)
        self._cancels = make_pool(target, CANCEL_POOL, policy, proxy, self._random)
        self._wall_ns = SystemClock().now_ns
        self.client = KalshiClient(
            self._orders, self._reads, target.authority, Presigned(signer), clock, self._wall_ns,
            cancels=self._cancels,
        )  # fmt: skip
        self._dial = dial_of({"kalshi": proxy} if proxy else {}, "kalshi")

    async def open(self, tasks: TaskGroup) -> None:
        """Raises ConfigError if the clock or the key do not allow live trading, and
        VenueUnavailable if the venue cannot be reached or says nothing readable."""
        await warm(tasks, "kalshi", (self._orders, self._reads, self._cancels), WARM_S)
        await self._read_account()

    async def go(self, tasks: TaskGroup, sink: AccountSink) -> KalshiGateway:
        """Gateway and private socket, once it is open; `sink` is the runtime."""
        gateway = KalshiGateway(
            self.client, sink, self._clock, self.shards, self._is_killed, PRIVATE_CONN
        )
        said = self._settings
        plan = private_plan(said.ws_url, self._signer, self._wall_ns, PRIVATE_CONN)
        plan = replace(plan, ping_s=said.ping_s, pong_s=said.pong_s, open_s=self._open_s,
                       dial=self._dial)  # fmt: skip
        backoff = Backoff(self._policy, self._random.random)
        self.private = SocketFeed(plan, sink, self._clock, backoff, "kalshi-private")
        self.gateway = gateway
        await tasks.start(gateway.run)
        tasks.start_soon(self.private.run)
        tasks.start_soon(self._watch)
        return gateway

    async def read_cash(self) -> int:
        """What the venue says now, on all shards."""
        self.cash = await read_balances(self.client, self.shards)
        return self.cash

    async def _read_account(self) -> None:
        """What the venue says of time, hours, limits and cash; by the answers the key is right."""
        try:
            await self.client.check_clock()
            await self.client.refresh()
            await self.read_cash()
        except VenueRejected as error:
            raise ConfigError(f"live trading on Kalshi is refused: {error}") from error
        except (WireError, OutcomeUnknown) as error:
            raise VenueUnavailable(f"kalshi: account not read: {error}") from error

    async def _watch(self) -> None:
        """Read the balances now and then: a shard without cash refuses orders."""
        while True:
            pause = BALANCE_S
            try:
                await self.read_cash()
            except (VenueError, WireError) as error:
                self.last_error = str(error)
                pause = BALANCE_AGAIN_S
            await self._clock.sleep(pause)
