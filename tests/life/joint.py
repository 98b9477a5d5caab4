"""One engine and one ledger of ours between both simulated venues: real sockets, real gateways.

Market data comes over the feeds of a run, orders leave through the live gateways, fills come over
the private sockets and the reads. What the ledger holds at the end must be the simulators' books.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import anyio
import msgspec

from arbees.app import compose
from arbees.app.config import Settings
from arbees.app.discovery.budget import Budget
from arbees.app.discovery.catalogue import FILE, Catalogue
from arbees.app.discovery.desk import Desk
from arbees.app.discovery.intake import Intake
from arbees.app.discovery.kalshi_scanner import KalshiScanner
from arbees.app.discovery.linker import Linker
from arbees.app.discovery.messages import LinkFound, Links, Row
from arbees.app.discovery.polymarket_scanner import PolymarketScanner
from arbees.app.discovery.reading import Reader
from arbees.app.feeds import FeedSet, start_feeds
from arbees.app.links import load_matcher
from arbees.app.simulated import Venues
from arbees.markets.instrument import Instrument
from arbees.messages import events as ev
from arbees.messages.commands import AnyCommand, LegSide, PlaceOrder, TimeInForce
from arbees.messages.records import AnyRecord, IntentMade, LegPlan
from arbees.pipeline.backoff import BackoffPolicy
from arbees.pipeline.ledger import Ledger
from arbees.pipeline.restore import past_orders
from arbees.pipeline.settings import EngineSettings, RiskSettings, SizeSettings
from arbees.simulator.polymarket.deals import Pace
from arbees.simulator.session import Line
from arbees.units import NS_PER_S
from tests.simulator.kalshi.bench import FED
from tests.simulator.polymarket.rig import condition, rig, token_of
from tests.venues.kalshi.test_on_simulator import Life, life
from tests.venues.polymarket.test_on_simulator import Ours, RigClock, ours

CONTRACT = 1_000_000
TOKEN = token_of("free", 0)
ROW = Row(FED, TOKEN, "inverse", "a person's word")
DEAR, CHEAP = 60, 40
FAR_S = 20.0
CALM_TURNS = 5
DUST = 100_000
"""Of a contract: what a fee in shares leaves uneven."""


class Joint:
    """The composition. `records` is all that the engine wrote down."""

    def __init__(self, kalshi: Life, account: Ours) -> None:
        self.kalshi, self.account, self.at = kalshi, account, account.at
        self.clock = RigClock(self.at)
        ledger = Ledger()
        self.start = {
            "kalshi": kalshi.made.venue.desk.options.cash,
            "polymarket": 10_000 * CONTRACT,
        }
        for venue, cash in self.start.items():
            ledger.set_cash(venue, cash)
        settings = EngineSettings(
            size=SizeSettings(max_qty=10 * CONTRACT),
            risk=RiskSettings(cooldown_ns=0, max_event_cost_micro=10**12, unwind_pause_ns=1),
        )  # fmt: skip
        self.runtime = compose.build_runtime(settings, ledger, gateway=self)
        self.records: list[AnyRecord] = []
        self.runtime.on_records = self.records.extend
        self.linker = Linker(self.runtime, self.clock)
        self.feeds: FeedSet | None = None
        self._heard = 0
        self._cents = CHEAP
        self._is_deaf = False

    def submit(self, commands: Sequence[AnyCommand], ts_ns: int) -> None:
        """A ports.Gateway: each venue's gateway takes its own."""
        for command in commands:
            if getattr(command, "venue", "") == "kalshi":
                if isinstance(command, PlaceOrder):
                    self.kalshi.asked[command.order_id] = command
                self.kalshi.gateway.submit([command], self.clock.now_ns())
        self.account.gateway.submit(commands, ts_ns)

    @property
    def ledger(self) -> Ledger:
        return self.runtime.engine.ledger

    async def discover(self, home: Any, http: Any) -> None:
        """Both listings over HTTP, and the link that a person pinned."""
        desk = Desk(load_matcher(), Catalogue(home / FILE), [ROW], is_matching=False)
        intake = Intake(desk, lambda: self._tell(desk))
        policy = BackoffPolicy(base_s=0.01, cap_s=0.05, healthy_s=0.0)
        readers = [Reader(v, http, Budget(1_000.0), policy, self.clock) for v in self.start]
        venues = self.venues()
        await KalshiScanner(venues.kalshi_rest, readers[0], intake).full(1)
        await PolymarketScanner(venues.gamma, readers[1], intake).full(1)

    def _tell(self, desk: Desk) -> None:
        for answer in desk.news():
            assert isinstance(answer, Links)
            self.linker.take(Links(tuple(map(timeless, answer.links))))

    def venues(self) -> Venues:
        base = str(self.kalshi.made.http.make_url("")).rstrip("/")
        clob = str(self.at.clob.make_url("")).rstrip("/")
        gamma = str(self.at.gamma.make_url("")).rstrip("/")
        ws = base.replace("http", "ws", 1)
        key = self.kalshi.made.venue.key
        return Venues(
            f"{base}/trade-api/v2", f"{ws}/trade-api/ws/v2", gamma, clob,
            f"{clob.replace('http', 'ws', 1)}/ws/market", key.id, key.pem.encode(),
        )  # fmt: skip

    async def quote(self, cents: int, size: int = 100) -> None:
        """What both venues ask for the two sides that pay together; the books know it at once or
        when the feed is back."""
        yes, no = ([[f"0.{c}00", f"{size}.00"]] for c in (cents - 20, 100 - cents))
        said = {"market_ticker": FED, "market_id": "", "yes_dollars_fp": yes, "no_dollars_fp": no}
        frame = {"type": "orderbook_snapshot", "sid": 1, "seq": 1, "msg": said}
        await self.kalshi.made.venue.play(Line(self.at.clock.ns, "kalshi", frame))
        low, high = f"0.{cents - 20}", f"0.{cents}"
        await self.at.book("free", {low: str(size)}, {high: str(size)})

    async def pump(self) -> None:
        """Everything that the private sides said, as inputs of the engine."""
        if not self._is_deaf:
            await self.account.hear()
        fresh = [*self.kalshi.inbox.events[self._heard :], *self.account.events]
        self._heard = len(self.kalshi.inbox.events)
        self.account.events.clear()
        for event in fresh:
            self.runtime.deliver_event(event, self.clock.now_ns())

    async def until(self, is_so: Any) -> None:
        """Pump until something is so."""
        with anyio.fail_after(FAR_S):
            while not is_so():
                await self.pump()
                await anyio.sleep(0.005)

    async def trade(self, patience_s: float = 2.0) -> int:
        """Let both venues ask less than a dollar for both sides until the engine has bought, or
        for a moment where it may not; how many orders it sent."""
        before = self.runtime.engine.orders.sent
        self._cents -= 1  # the engine takes no level twice
        await self.quote(self._cents)
        with anyio.move_on_after(patience_s):
            await self.until(lambda: self.runtime.engine.orders.sent > before)
        await self.quote(DEAR)
        return self.runtime.engine.orders.sent - before

    async def rest(
        self, kalshi_pips: int, token_pips: int, qty: int, number: int = 1
    ) -> tuple[str, str]:
        """Two resting orders, known to the engine as a basket of an earlier life is; until both
        rest, are filled or are refused."""
        name_of = f"r-{number}"
        basket, now = self.runtime.engine.table.baskets[0].basket_id, self.clock.now_ns()
        legs = tuple(
            LegPlan(f"{name_of}-{n}", n, venue, name, LegSide.YES, price, qty * CONTRACT,
                    qty * price * 100 + CONTRACT)
            for n, (venue, name, price) in enumerate(
                (("kalshi", FED, kalshi_pips), ("polymarket", TOKEN, token_pips)))
        )  # fmt: skip
        intent = IntentMade(name_of, basket, now, legs, 0)
        past = past_orders([intent])
        self.records.append(intent)
        self.runtime.deliver_event(ev.PlansRestored(past.plans()), now)
        for command in past.unresolved():
            self.submit([replace_tif(command)], now)
        ours, theirs = f"{name_of}-0", f"{name_of}-1"
        answers = self.kalshi.inbox.answers
        await self.until(lambda: {"accepted", "done", "rejected"} & {*answers(ours)})
        await self.until(lambda: self._is_answered(theirs))
        return ours, theirs

    def _is_answered(self, order_id: str) -> bool:
        life = self.account.lives.by_order.get(order_id)
        return life is None or life.is_accepted or life.is_ended

    async def cut(self) -> None:
        """Every socket of ours ends, market data and private, at both venues; until `reconnect`
        Polymarket's private side hears nothing."""
        assert self.feeds is not None and self.account.user is not None
        self._is_deaf = True
        for connection in list(self.kalshi.made.venue.publisher.hub.connections):
            connection.wire.cut()
        for monitor in self.feeds.monitors:
            if monitor.socket is not None:
                monitor.socket.drop("cut by the test")
        await self.account.user.close()

    async def reconnect(self) -> None:
        """The private side of Polymarket dials again; what was missed is read."""
        generation = self.kalshi.generation
        await self.account.connect()
        self._is_deaf = False
        await self.account.resolver.read_all()
        await self.until(lambda: self.kalshi.generation >= generation)
        await self.until(lambda: both_valid(self))

    async def settle_down(self) -> None:
        """Until no order and no fill is open, at either venue and in the engine, and the ledger
        equals the books; for some turns on end, because a repair is sent when the last one ended.
        """
        calm = 0
        with anyio.fail_after(FAR_S):
            while calm < CALM_TURNS:
                await self.at.pass_time(1)
                await self.account.resolver.turn()
                await self.pump()
                await anyio.sleep(0.005)
                calm = calm + 1 if self.is_quiet() else 0

    def is_quiet(self) -> bool:
        """Whether nothing is on its way."""
        is_open = self.kalshi.gateway.working or self.account.lives.open() or self.ledger.pending
        return not is_open and self.ours() == self.books()

    async def even(self) -> None:
        """Let the engine repair what is uneven; a chance that was gone when the order came is
        quoted again."""
        with anyio.fail_after(FAR_S):
            while True:
                await self.trade()
                await self.settle_down()
                kalshi, token = (qty for qty, _ in self.ours().values())
                if abs(kalshi - token) <= DUST:
                    return

    def ours(self) -> dict[str, tuple[int, int]]:
        """(position, cash) by venue of our ledger."""
        return {venue: (self._position(venue), self.ledger.cash[venue]) for venue in self.start}

    def _position(self, venue: str) -> int:
        name = FED if venue == "kalshi" else TOKEN
        held = self.ledger.positions.get((venue, name))
        return held.qty if held else 0

    def books(self) -> dict[str, tuple[int, int]]:
        """The same by the simulators' own books."""
        kalshi = self.kalshi.made
        holding = kalshi.venue.desk.exchange.holding("trader/0", FED)
        wallet = self.account.gateway._signer.maker.lower()
        accounts = self.at.venue.board.exchange.accounts
        shares = accounts.holding(wallet, condition("free")).qty
        return {
            "kalshi": (holding.qty[0] - holding.qty[1], kalshi.balance()),
            "polymarket": (shares[0] - shares[1], accounts.balance(wallet)),
        }


def replace_tif(command: PlaceOrder) -> PlaceOrder:
    """The same order, resting."""
    return msgspec.structs.replace(command, tif=TimeInForce.GTC)


def timeless(link: LinkFound) -> LinkFound:
    """The rigs' clocks are not the listings': nothing ends by the clock here."""

    def without_end(instrument: Instrument) -> Instrument:
        return replace(instrument, close_ts_ns=0)

    return LinkFound(link.name, link.relation, link.evidence, without_end(link.a),
                     without_end(link.b))  # fmt: skip


@asynccontextmanager
async def joint(home: Any, http: Any) -> AsyncIterator[Joint]:
    """Connected, discovered, subscribed, both books valid; equal books at the end."""
    pace = Pace(NS_PER_S, NS_PER_S, NS_PER_S)
    async with life(is_alone=False) as kalshi, rig(pace=pace) as at, ours(at) as account:
        it = Joint(kalshi, account)
        kalshi.made.venue.desk.keys.skew_ms = 10**15
        await it.quote(DEAR)
        await it.discover(home, http)
        settings = Settings(reconnect={"base_ms": 10, "cap_s": 0.05})  # type: ignore[arg-type]
        async with anyio.create_task_group() as tasks:
            links = list(it.linker.links.values())
            it.feeds = await start_feeds(tasks, it.venues(), settings, it.runtime, it.clock, links)
            await it.until(lambda: both_valid(it))
            yield it
            tasks.cancel_scope.cancel()


def both_valid(it: Joint) -> bool:
    """Whether both legs' books are known."""
    instruments = it.runtime.engine.instruments
    return len(instruments) == 2 and all(
        it.runtime.engine.books.is_valid(i.ix) for i in instruments
    )
