"""Live trading in a run: both accounts, one gateway for the engine, and what venues say is held.

`arbees run --live` comes here against the built-in simulator only: on the real venues it is refused
until the checks that must come before it are built. The one rule: the ledger a run trades by is
what the venues say the accounts hold; a log that says otherwise belongs to another account.
"""

from collections.abc import Callable, Mapping, Sequence

import anyio
import msgspec
from anyio.abc import TaskGroup

from arbees.app.config import Settings
from arbees.app.kalshi_account import KalshiAccount
from arbees.app.polymarket_account import PolymarketAccount
from arbees.app.simulated import Venues
from arbees.clock import SystemClock
from arbees.errors import ConfigError, VenueError, WireError
from arbees.markets.instrument import FeeTerm, Instrument
from arbees.messages.commands import AnyCommand
from arbees.messages.events import EngineEvent, TradingShut
from arbees.pipeline.ledger import Ledger
from arbees.pipeline.runtime import Runtime
from arbees.ports import Clock
from arbees.venues.kalshi import queries
from arbees.venues.kalshi import reads as kalshi_reads
from arbees.venues.kalshi.auth import KalshiSigner
from arbees.venues.kalshi.shards import Shards
from arbees.venues.polymarket import clob, reads
from arbees.venues.polymarket.orders import TokenFacts
from arbees.venues.polymarket.signing import OrderSigner, SignatureType

ROUNDING = 10
"""Micro-dollars a fill: whether Polymarket rounds a fee of half a step up or down is not stated
(polymarket.md section 15), and the dearer reading is booked."""
LEARN_S, LEARN_AGAIN_S = 0.05, 5.0
SHUT_S = 0.05
COMPARE_S = 60.0
QUIET_S = 0.05
QUIET_LOOKS = 5


class Live:
    """A ports.Gateway: commands go to the gateway of their venue."""

    def __init__(
        self, settings: Settings, venues: Venues, clock: Clock, is_killed: Callable[[], bool]
    ) -> None:
        said, keys = settings, venues
        if not (keys.kalshi_key_id and keys.kalshi_key_pem and keys.polymarket_key):
            raise ConfigError("live trading needs a Kalshi key and a Polymarket wallet key")
        self.kind = SignatureType(said.polymarket.signature_type)
        kalshi = said.kalshi.model_copy(
            update={"rest_url": venues.kalshi_rest, "ws_url": venues.kalshi_ws}
        )
        polymarket = said.polymarket.model_copy(
            update={"clob_url": venues.clob, "user_ws_url": venues.polymarket_user_ws,
                    "site_url": venues.site}
        )  # fmt: skip
        proxies = venues.proxies
        self.kalshi = KalshiAccount(
            kalshi, said.reconnect, KalshiSigner(keys.kalshi_key_id, keys.kalshi_key_pem), clock,
            Shards(), is_killed, proxies.get("kalshi"),
        )  # fmt: skip
        signer = OrderSigner(keys.polymarket_key, self.kind, said.polymarket.funder)
        self.polymarket = PolymarketAccount(
            polymarket, said.reconnect, signer, clock,
            self._answer, self._facts_of, self._fee_of, is_killed,
            proxy=proxies.get("polymarket"), wall=SystemClock(),
        )  # fmt: skip
        self.cash: dict[str, int] = {}
        self.differences: list[str] = []
        """Between our ledger and the venues, when last compared; none is well."""
        self.last_error = ""
        self._fills_before = 0
        self._clock = clock
        self._facts: dict[str, TokenFacts] = {}
        self._indexed = 0
        self._unlearned: dict[Instrument, float] = {}
        """With the loop's time at which each may be asked for again."""
        self._shut: dict[str, str] = {}
        self._ix: dict[str, int] = {}
        self.runtime: Runtime | None = None

    async def open(self, tasks: TaskGroup) -> None:
        """Check both accounts and read what they hold. Raises ConfigError, VenueUnavailable."""
        await self.kalshi.open(tasks)
        await self.polymarket.open(tasks)
        self.cash = await self.read_cash()

    async def read_cash(self) -> dict[str, int]:
        """Micro-dollars by venue, as the venues say now."""
        return {
            "kalshi": await self.kalshi.read_cash(),
            "polymarket": await self.polymarket.read_cash(),
        }

    def check(self, ledger: Ledger, in_flight: Sequence[str], fills: int) -> None:
        """Whether a log of earlier runs, with so many fills at Polymarket, can be this account's.
        Raises ConfigError."""
        self._fills_before = fills
        if in_flight:
            raise ConfigError(
                f"trades.log has {len(in_flight)} orders without an end: they cannot be looked up"
                " at a start yet; look at the venues, and start with another ARBEES_HOME"
            )
        for venue, cash in ledger.cash.items():
            if not _is_cash(venue, cash, self.cash[venue], fills):
                raise ConfigError(
                    f"trades.log leaves {cash} micro-dollars at {venue}, the account holds"
                    f" {self.cash[venue]}: it is a log of paper or of another account; set"
                    " another ARBEES_HOME"
                )

    async def go(self, tasks: TaskGroup, runtime: Runtime) -> None:
        """Let it trade: both gateways, both private sockets."""
        self.runtime = runtime
        await self.kalshi.go(tasks, runtime)
        self.polymarket.go(tasks)
        self._look_shut(runtime)
        tasks.start_soon(self._keep_learning, runtime)
        tasks.start_soon(self._keep_looking, runtime)
        tasks.start_soon(self._keep_comparing, runtime)

    def submit(self, commands: Sequence[AnyCommand], ts_ns: int) -> None:
        """Each venue's part, in the step's order."""
        kalshi, polymarket = self.kalshi.gateway, self.polymarket.gateway
        assert kalshi is not None and polymarket is not None
        kalshi.submit([c for c in commands if getattr(c, "venue", "") == "kalshi"], ts_ns)
        polymarket.submit(commands, ts_ns)

    def _answer(self, event: EngineEvent, ts_ns: int) -> None:
        assert self.runtime is not None
        self._look_shut(self.runtime)  # before the engine hears of a refusal and goes on
        self.runtime.deliver_event(event, self._clock.now_ns())

    def _look_shut(self, runtime: Runtime) -> None:
        """Tell the engine which venues take no orders now: no other leg must leave then."""
        kalshi, polymarket = self.kalshi.gateway, self.polymarket.gateway
        now = self._clock.now_ns()
        said = {
            "kalshi": kalshi.shut() if kalshi else "not_running",
            "polymarket": polymarket.shut(now) if polymarket else "not_running",
        }
        for venue, reason in said.items():
            if reason != self._shut.get(venue, ""):
                self._shut[venue] = reason
                runtime.deliver_event(TradingShut(venue, reason), now)

    async def _keep_looking(self, runtime: Runtime) -> None:
        while True:
            await self._clock.sleep(SHUT_S)
            self._look_shut(runtime)

    async def learn(self, runtime: Runtime) -> None:
        """Read the terms of tokens that are not known: without them no order of theirs leaves, and
        the engine is told so first. One that cannot be read is asked for again later."""
        instruments = runtime.engine.instruments
        new = [i for i in instruments[self._indexed :] if i.venue == "polymarket"]
        self._indexed = len(instruments)
        self._unlearned |= {each: float("-inf") for each in new}
        if new:
            ixs = tuple(each.ix for each in new)
            shut = TradingShut("polymarket", "terms_unknown", ixs)
            runtime.deliver_event(shut, self._clock.now_ns())
        now_s = anyio.current_time()
        due = [each for each, asked_s in self._unlearned.items() if now_s >= asked_s]
        self._unlearned |= dict.fromkeys(due, now_s + LEARN_AGAIN_S)  # nobody else asks meanwhile
        for each in due:
            await self._learn(runtime, each)

    async def _learn(self, runtime: Runtime, instrument: Instrument) -> None:
        calls, token = self.polymarket.reads, instrument.instrument_id
        assert calls is not None
        try:
            request = reads.compact_market(instrument.market_id)
            self._facts |= reads.facts_from(await calls.read(request, clob.decode_compact))
        except (VenueError, WireError) as error:
            self.last_error = str(error)
            return
        self._ix[token] = instrument.ix
        self._unlearned.pop(instrument, None)
        known = TradingShut("polymarket", "", (instrument.ix,))
        runtime.deliver_event(known, self._clock.now_ns())

    async def _keep_learning(self, runtime: Runtime) -> None:
        while True:
            await self._clock.sleep(LEARN_S)
            await self.learn(runtime)

    async def _keep_comparing(self, runtime: Runtime) -> None:
        """A drift is seen while it is small. Compared only while nothing is on its way."""
        while True:
            await self._clock.sleep(COMPARE_S)
            try:
                if await self.settle_down(runtime, COMPARE_S):
                    await self.compare(runtime)
            except (VenueError, WireError) as error:
                self.last_error = str(error)

    def _facts_of(self, token: str) -> TokenFacts | None:
        """With the tick of now: it changes while a market trades."""
        facts, ix = self._facts.get(token), self._ix.get(token)
        if facts is None or ix is None or self.runtime is None:
            return None
        tick = self.runtime.engine.market.grids[ix].step_min
        return facts if facts.tick == tick else msgspec.structs.replace(facts, tick=tick)

    def _fee_of(self, token: str, ts_ns: int) -> FeeTerm:
        assert self.runtime is not None
        return self.runtime.engine.market.schedule(self._ix[token]).at(ts_ns)

    async def settle_down(self, runtime: Runtime, seconds: float) -> bool:
        """Wait until no order is on its way and every fill is final; whether that came."""
        calm = 0
        with anyio.move_on_after(seconds):
            while calm < QUIET_LOOKS:
                gateway = self.kalshi.gateway
                is_busy = (
                    runtime.engine.ledger.pending
                    or self.polymarket.lives.open()
                    or (gateway is not None and gateway.working)
                )
                calm = 0 if is_busy else calm + 1
                await anyio.sleep(QUIET_S)
        return calm >= QUIET_LOOKS

    async def compare(self, runtime: Runtime) -> list[str]:
        """Where the ledger and what the venues say differ, in words. Every fill at Polymarket may
        have cost less than was booked by a rounding. Raises VenueError, WireError."""
        ledger, fills = runtime.engine.ledger, runtime.engine.fills + self._fills_before
        before = ledger.cash.copy()
        self.cash = await self.read_cash()
        held = {
            "kalshi": await self._kalshi_positions(),
            "polymarket": await self._shares(ledger),
        }
        found = [
            f"cash {venue}: ours {cash}, theirs {self.cash[venue]}"
            for venue, cash in ledger.cash.items()
            if not _is_cash(venue, cash, self.cash[venue], fills)
        ]
        for venue, theirs in held.items():
            ours = {name: p.qty for (v, name), p in ledger.positions.items() if v == venue}
            found += _differences(venue, ours, theirs)
        if before == ledger.cash:  # nothing was booked while we asked
            self.differences = found
        return found

    async def _kalshi_positions(self) -> dict[str, int]:
        cursor, held = "", dict[str, int]()
        while True:
            body = await self.kalshi.client.read(queries.positions_request(cursor))
            page = kalshi_reads.decode_positions(body)
            held |= {row.ticker: row.qty for row in page.rows if row.qty}
            cursor = page.cursor
            if not cursor:
                return held

    async def _shares(self, ledger: Ledger) -> dict[str, int]:
        calls = self.polymarket.reads
        assert calls is not None
        names = [name for venue, name in ledger.positions if venue == "polymarket"]
        requests = {name: reads.balance(self.kind, name) for name in names}
        found = {n: await calls.read(r, reads.decode_balance) for n, r in requests.items()}
        return {name: said.balance for name, said in found.items()}


def _is_cash(venue: str, ours: int, theirs: int, fills: int) -> bool:
    """Whether both can be the same account's cash."""
    return 0 <= theirs - ours <= (ROUNDING * fills if venue == "polymarket" else 0)


def _differences(what: str, ours: Mapping[str, int], theirs: Mapping[str, int]) -> list[str]:
    return [
        f"{what} {name}: ours {ours.get(name, 0)}, theirs {theirs.get(name, 0)}"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name, 0) != theirs.get(name, 0)
    ]
