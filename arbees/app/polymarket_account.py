"""Live trading on one Polymarket account, composed: pools, keys, access, gateway, user socket.

`arbees run` does not come here: it refuses without --paper until the whole path is proven. The one
rule: nothing can be sent before the clock, the place and the account were checked, and the checks
are made by the same egress that orders take.
"""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from anyio.abc import TaskGroup

from arbees.app.config import Polymarket, Reconnect
from arbees.app.egress import dial_of
from arbees.app.pools import make_pool, policy_of, warm
from arbees.errors import ConfigError
from arbees.pipeline.backoff import Backoff
from arbees.pipeline.sockets import SocketFeed
from arbees.ports import Clock
from arbees.units import NS_PER_S
from arbees.venues.egress import Proxy, target_of
from arbees.venues.http1 import Http1Pool
from arbees.venues.polymarket import access
from arbees.venues.polymarket.access import AccessGate
from arbees.venues.polymarket.auth import ApiKeys
from arbees.venues.polymarket.calls import Calls, ask, obtain_keys
from arbees.venues.polymarket.gateway import Answer, FactsOf, PolymarketGateway
from arbees.venues.polymarket.life import FeeOf, OrderLives
from arbees.venues.polymarket.pacing import Pacer
from arbees.venues.polymarket.reads import balance, decode_balance
from arbees.venues.polymarket.resolve import Resolver, ResolveSettings
from arbees.venues.polymarket.signing import OrderSigner, SignatureType
from arbees.venues.polymarket.userfeed import UserFeed

ORDER_POOL, READ_POOL, CANCEL_POOL, SITE_POOL = 3, 2, 1, 1
WARM_S = 15.0
WATCH_S = 60.0
USER_CONN = 11
"""The user socket's connection carries no books and is in no session table."""


class PolymarketAccount:
    """`open` checks that it may trade, `go` starts the gateway that commands are submitted to.

    `clock` times orders and doubts and may be a session's; signatures go by `wall`."""

    def __init__(
        self,
        settings: Polymarket,
        reconnect: Reconnect,
        signer: OrderSigner,
        clock: Clock,
        answer: Answer,
        facts_of: FactsOf,
        fee_of: FeeOf,
        is_killed: Callable[[], bool],
        keys: ApiKeys | None = None,
        proxy: Proxy | None = None,
        seed: int = 0,
        resolve: ResolveSettings | None = None,
        wall: Clock | None = None,
    ) -> None:
        self.lives = OrderLives(fee_of)
        self.access = AccessGate()
        self.keys = keys
        self.reads: Calls | None = None
        self.gateway: PolymarketGateway | None = None
        self.resolver: Resolver | None = None
        self.user: SocketFeed | None = None
        self._settings = settings
        self._signer = signer
        self._clock = clock
        self._wall = wall or clock
        self._answer = answer
        self._facts_of = facts_of
        self._is_killed = is_killed
        self._resolve = resolve
        self._random = Random(seed)
        self._policy = policy = policy_of(reconnect)
        self._pacer = Pacer()
        clob, site = target_of(settings.clob_url), target_of(settings.site_url)
        self._clob = clob.authority
        self._dial = dial_of({"polymarket": proxy} if proxy else {}, "polymarket")
        self._orders = make_pool(clob, ORDER_POOL, policy, proxy, self._random)
        self._reads = make_pool(clob, READ_POOL, policy, proxy, self._random)
        self._cancels = make_pool(clob, CANCEL_POOL, policy, proxy, self._random)
        self._site = make_pool(site, SITE_POOL, policy, proxy, self._random)
        self._site_calls = Calls(self._site, site.authority, self._wall, Pacer())

    async def open(self, tasks: TaskGroup) -> Calls:
        """Raises ConfigError if clock, place or account do not allow live trading, and
        VenueUnavailable if the venue cannot be reached."""
        await warm(tasks, "polymarket", self._pools(), WARM_S)
        plain = Calls(self._reads, self._clob, self._wall, self._pacer)
        await plain.check_clock()
        if self.keys is None:
            now_s = self._wall.now_ns() // NS_PER_S
            self.keys = await obtain_keys(plain, self._signer, now_s)
        self.reads = reads = Calls(self._reads, self._clob, self._wall, self._pacer, self.keys)
        await self._check(reads)
        refusal = self.access.refusal(self._clock.now_ns())
        if refusal is not None:
            raise ConfigError(f"live trading on Polymarket is refused: {refusal}")
        return reads

    def _pools(self) -> tuple[Http1Pool, ...]:
        return self._orders, self._reads, self._cancels, self._site

    def go(self, tasks: TaskGroup, *, heartbeat: bool = False) -> PolymarketGateway:
        """Gateway, resolver and user socket, once it is open."""
        reads, keys = self.reads, self.keys
        assert reads is not None and keys is not None
        orders = Calls(self._orders, self._clob, self._wall, self._pacer, keys)
        gateway = PolymarketGateway(
            orders, self._signer, keys, self.lives, self._facts_of, self.access,
            self._is_killed, self._answer, self._clock,
            cancels=Calls(self._cancels, self._clob, self._wall, self._pacer, keys),
        )  # fmt: skip
        resolver = Resolver(reads, self.lives, self._answer, self._clock, self._resolve)
        feed = UserFeed(self.lives, keys, self._answer, resolver.ask_all)
        plan = replace(feed.plan(self._settings.user_ws_url, USER_CONN), dial=self._dial)
        backoff = Backoff(self._policy, self._random.random)
        self.user = SocketFeed(plan, feed, self._clock, backoff, "polymarket-user")
        self.gateway, self.resolver = gateway, resolver
        tasks.start_soon(lambda: gateway.run(heartbeat=heartbeat))
        tasks.start_soon(resolver.run)
        tasks.start_soon(self.user.run)
        tasks.start_soon(self._watch, reads)
        return gateway

    async def read_cash(self) -> int:
        """Micro-dollars of collateral, as the venue says now."""
        assert self.reads is not None
        request = balance(SignatureType(self._settings.signature_type))
        return (await self.reads.read(request, decode_balance)).balance

    async def _check(self, reads: Calls) -> None:
        losses = self.access.losses
        place = await ask(self._site_calls, access.geoblock(), access.read_place)
        account = await reads.account()
        self.access.record(place, account, self._clock.now_ns(), losses)

    async def _watch(self, reads: Calls) -> None:
        """Ask again before the answers are too old, and after a refusal."""
        while True:
            await self._clock.sleep(WATCH_S)
            if self.access.is_due(self._clock.now_ns()):
                await self._check(reads)
