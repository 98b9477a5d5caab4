"""Our Polymarket client lives on the simulated venue: same wire, nothing shared, and at the end our
fills are the venue's books. Faults on the way are the simulator's, named."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import anyio
import pytest

from arbees.markets.instrument import FeeRounding, FeeTerm
from arbees.messages.commands import CancelOrder, LegSide, PlaceOrder, TimeInForce
from arbees.messages.events import (
    EngineEvent,
    FillProgress,
    FillReport,
    OrderAnswer,
    OrderStatus,
    TradeStage,
)  # fmt: skip
from arbees.messages.requests import Response
from arbees.simulator.polymarket.deals import Pace
from arbees.simulator.polymarket.errors import TEXTS
from arbees.units import NS_PER_S
from arbees.venues.egress import target_of
from arbees.venues.http1 import Http1Pool, PoolPolicy
from arbees.venues.polymarket import auth, orders
from arbees.venues.polymarket.access import AccessGate, Finding
from arbees.venues.polymarket.calls import Calls
from arbees.venues.polymarket.gateway import GatewaySettings, PolymarketGateway
from arbees.venues.polymarket.life import OrderLives
from arbees.venues.polymarket.orders import TokenFacts
from arbees.venues.polymarket.pacing import Pacer
from arbees.venues.polymarket.refusals import Conclusion, judge
from arbees.venues.polymarket.resolve import Resolver, ResolveSettings
from arbees.venues.polymarket.signing import OrderSigner, SignatureType
from arbees.venues.polymarket.user import PolymarketUserSession
from tests.simulator.polymarket.rig import START_NS, Rig, Wallet, condition, rig, token_of

pytestmark = pytest.mark.anyio
KEY = bytes(31) + b"\x21"
SPORTS = FeeTerm(0, 50_000, 0, rounding=FeeRounding.POLYMARKET)
FREE = FeeTerm(0, 0, 0, rounding=FeeRounding.POLYMARKET)
NAMES = ("plain", "free", "neg0", "protocol", "game")
BIDS, ASKS = {"0.40": "50"}, {"0.50": "20", "0.55": "30"}
FAR_S = 5.0
PLACE = Finding(None, "203.0.113.1")


class RigClock:
    """The rig's time, which the test turns; waiting is real and short."""

    def __init__(self, at: Rig) -> None:
        self._at = at

    def now_ns(self) -> int:
        return self._at.clock.ns

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(0.001)


class Ours:
    """A whole account of ours: gateway, user session, resolver; and what it has been told."""

    def __init__(self, at: Rig, calls: Calls, signer: OrderSigner, keys: auth.ApiKeys) -> None:
        self.at, self.calls, self.keys = at, calls, keys
        self.events: list[EngineEvent] = []
        self.lives = OrderLives(lambda token, _: FREE if token == token_of("free", 0) else SPORTS)
        self.access = AccessGate()
        self.access.record(PLACE, Finding(None), at.clock.ns)
        clock = RigClock(at)
        self.gateway = PolymarketGateway(
            calls, signer, keys, self.lives, facts, self.access, lambda: False, self.take, clock,
            GatewaySettings(deadline_s=0.3),
        )  # fmt: skip
        self.resolver = Resolver(calls, self.lives, self.take, clock, ResolveSettings(absent_s=4.0))
        self.session = PolymarketUserSession(self.lives, keys)
        self.user: aiohttp.ClientWebSocketResponse | None = None
        self.numbers = 0

    def take(self, event: EngineEvent, ts_ns: int) -> None:
        self.events.append(event)

    async def check_access(self) -> None:
        """Ask again whether the account may trade, as a run does after a refusal."""
        self.access.record(PLACE, await self.calls.account(), self.at.clock.ns)

    async def connect(self) -> None:
        self.session = PolymarketUserSession(self.lives, self.keys)
        self.user = await self.at.clob.ws_connect("/ws/user")
        await self.user.send_str(self.session.subscribe_commands()[0].decode())
        await self.hear()

    async def hear(self) -> None:
        """Everything that the socket says before the next PONG."""
        assert self.user is not None
        await self.user.send_str("PING")
        while (text := await self.user.receive_str()) != "PONG":
            self.events.extend(self.session.receive(text.encode()))

    async def place(
        self, name: str, price: int, qty: int, tif: TimeInForce, outcome: int = 0
    ) -> str:
        """Place and wait for the answer's event."""
        self.numbers += 1
        order_id = f"1-{self.numbers}-0"
        command = PlaceOrder(
            order_id, f"1-{self.numbers}", 0, "polymarket", token_of(name, outcome), LegSide.YES,
            price, qty * 1_000_000, tif, self.at.clock.ns,
        )  # fmt: skip
        self.gateway.submit((command,), self.at.clock.ns)
        with anyio.fail_after(FAR_S):
            while not self.said(order_id):
                await self.hear()
        return order_id

    def said(self, order_id: str) -> list[tuple[OrderStatus, str]]:
        return [
            (e.status, e.reason) for e in self.events
            if isinstance(e, OrderAnswer) and e.order_id == order_id
        ]  # fmt: skip

    def fills(self, order_id: str = "") -> list[FillReport]:
        return [
            e for e in self.events
            if isinstance(e, FillReport) and order_id in ("", e.order_id)
        ]  # fmt: skip

    async def cancel(self, order_id: str) -> None:
        self.gateway.submit((CancelOrder(order_id, "polymarket", self.at.clock.ns),), 0)
        venue_id = self.lives.by_order[order_id].venue_id
        with anyio.fail_after(FAR_S):
            while self.at.venue.desk.placed[venue_id].is_open:
                await self.hear()

    async def settled(self) -> None:
        """Let every doubt be read away, with the venue's steps between."""
        for _ in range(14):
            await self.at.pass_time(1)
            await self.hear()
            await self.resolver.turn()
        assert self.resolver.last_error == ""

    def owned(self) -> tuple[dict[str, int], int]:
        """(shares by token, cash spent with fees) of our fills that did not fail."""
        failed = {
            e.fill_id for e in self.events
            if isinstance(e, FillProgress) and e.stage is TradeStage.FAILED
        }  # fmt: skip
        shares: dict[str, int] = defaultdict(int)
        spent = 0
        for fill in self.fills():
            if fill.fill_id not in failed:
                shares[self.lives.by_order[fill.order_id].token] += fill.qty
                spent += -(-fill.price * fill.qty // 10_000) + fill.fee
        return shares, spent


def facts(token: str) -> TokenFacts | None:
    for name in NAMES:
        if token in (token_of(name, 0), token_of(name, 1)):
            version = "v2" if name == "protocol" else None
            tick, neg = (10, True) if name.startswith("neg") else (100, False)
            return orders.facts_of(
                token, condition(name), tick, is_neg_risk=neg, version=version
            )  # fmt: skip
    return None


@asynccontextmanager
async def ours(at: Rig, signer: OrderSigner | None = None) -> AsyncIterator[Ours]:
    """Derive keys over our own transport, connect, run."""
    signer = signer or OrderSigner(KEY)
    base = str(at.clob.make_url("")).rstrip("/")
    pool = Http1Pool(target_of(base), PoolPolicy(size=2))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pool.run)
        await pool.wait_warm()
        authority, clock = pool.target.authority, RigClock(at)
        bare = Calls(pool, authority, clock, Pacer())
        made = await bare.call(auth.create_keys(signer, START_NS // NS_PER_S))
        keys = auth.decode_keys(made.body, signer.address)
        account = Ours(at, Calls(pool, authority, clock, Pacer(), keys), signer, keys)
        tasks.start_soon(account.gateway.run)
        await account.connect()
        try:
            yield account
        finally:
            assert account.user is not None
            await account.user.close()
            tasks.cancel_scope.cancel()


def compare(at: Rig, account: Ours) -> None:
    """Our ledger is the venue's: every share, and cash to the micro-dollar per fill."""
    shares, spent = account.owned()
    accounts, wallet = at.venue.board.exchange.accounts, account.gateway._signer.maker.lower()
    for name in NAMES:
        holding = accounts.holding(wallet, condition(name))
        assert [shares.get(token_of(name, i), 0) for i in (0, 1)] == holding.qty, name
    assert accounts.balance(wallet) == 10_000_000_000 - spent


async def test_a_scripted_life_ends_with_equal_books() -> None:
    """Both legs, a partial fill, a cancel, a reconnect in the middle, reconciling, settlement."""
    async with rig(pace=Pace(NS_PER_S, NS_PER_S, NS_PER_S)) as at, ours(at) as account:
        other = await at.login(Wallet(8))
        await at.book("plain", BIDS, ASKS)
        await at.book("free", BIDS, ASKS)
        first = await account.place("plain", 5_000, 10, TimeInForce.FOK)
        second = await account.place("free", 5_000, 10, TimeInForce.FOK)
        resting = await account.place("plain", 4_500, 20, TimeInForce.GTC)
        assert account.said(resting) == [(OrderStatus.ACCEPTED, "live")]
        await at.place(other, "plain", "BUY", "0.55", "8", outcome=1)
        await account.hear()
        assert [fill.qty for fill in account.fills(resting)] == [8_000_000]
        assert account.user is not None
        await account.user.close()
        await at.place(other, "plain", "BUY", "0.55", "7", outcome=1)
        await account.connect()
        await account.resolver.read_all()
        assert sum(fill.qty for fill in account.fills(resting)) == 15_000_000
        await account.cancel(resting)
        await account.settled()
        for order_id in (first, second, resting):
            assert account.said(order_id)[-1][0] is OrderStatus.DONE
        compare(at, account)
        await at.do("settle", market=condition("plain"), payout=10_000)
        assert account.lives.open() == []


@pytest.mark.parametrize("fault", ["late_ack", "lost_ack"])
async def test_a_lost_answer_is_unknown_and_read_to_its_end(fault: str) -> None:
    async with rig() as at, ours(at) as account:
        await at.book("plain", BIDS, ASKS)
        at.venue.faults.arm(fault, "polymarket", match="POST /order", ms=400)
        order_id = await account.place("plain", 5_000, 10, TimeInForce.FOK)
        assert account.said(order_id)[0][0] in (OrderStatus.UNKNOWN, OrderStatus.DONE)
        await account.settled()
        assert account.said(order_id)[-1][0] is OrderStatus.DONE
        assert sum(fill.qty for fill in account.fills(order_id)) == 10_000_000
        compare(at, account)


@pytest.mark.parametrize(
    ("fault", "more", "status"),
    [("throttle", {}, OrderStatus.REJECTED), ("html", {"status": 502}, OrderStatus.UNKNOWN),
     ("server_error", {}, OrderStatus.UNKNOWN), ("maintenance", {}, OrderStatus.REJECTED),
     ("engine_restart", {}, OrderStatus.REJECTED), ("pause", {}, OrderStatus.REJECTED),
     ("post_only_mode", {}, OrderStatus.REJECTED), ("geoblock", {}, OrderStatus.REJECTED),
     ("closed_only", {}, OrderStatus.REJECTED), ("clock_skew", {}, OrderStatus.REJECTED)],
)  # fmt: skip
async def test_every_refusing_fault_is_an_end_without_an_order(
    fault: str, more: dict[str, Any], status: OrderStatus
) -> None:
    async with rig() as at, ours(at) as account:
        await at.book("plain", BIDS, ASKS)
        at.venue.faults.arm(fault, "polymarket", **more)
        order_id = await account.place("plain", 5_000, 10, TimeInForce.FOK)
        assert account.said(order_id)[0][0] is status
        at.venue.faults.clear()
        await account.settled()
        assert account.said(order_id)[-1][0] is OrderStatus.REJECTED and not account.fills()
        assert at.venue.desk.placed == {}


@pytest.mark.parametrize("fault", ["failed_settlement", "partial_then_cancel", "delayed"])
async def test_every_other_fate_is_counted_once(fault: str) -> None:
    async with rig() as at, ours(at) as account:
        await at.book("free", BIDS, ASKS)
        at.venue.faults.arm(fault, "polymarket")
        order_id = await account.place("free", 5_000, 10, TimeInForce.FOK)
        await account.settled()
        assert account.said(order_id)[-1][0] is OrderStatus.DONE
        compare(at, account)


@pytest.mark.parametrize("kind", [SignatureType.POLY_PROXY, SignatureType.GNOSIS_SAFE,
                                  SignatureType.POLY_1271])  # fmt: skip
async def test_every_wallet_and_domain_trades(kind: SignatureType) -> None:
    signer = OrderSigner(KEY, kind, "0x" + f"{int(kind)}" * 40)
    async with rig() as at, ours(at, signer) as account:
        for name, price in (("plain", 4_000), ("neg0", 4_050), ("protocol", 4_000)):
            order_id = await account.place(name, price, 10, TimeInForce.GTC)
            assert account.said(order_id) == [(OrderStatus.ACCEPTED, "live")]
        assert await account.gateway.cancel_everything() == 0


async def test_a_market_buy_that_walks_the_book_brings_more_shares_than_it_asked_for() -> None:
    """FOK and FAK BUYs spend dollars (7.2): cheaper levels on the way buy more. It is counted."""
    async with rig() as at, ours(at) as account:
        await at.book("free", BIDS, ASKS)
        order_id = await account.place("free", 5_500, 40, TimeInForce.IOC)
        await account.settled()
        # $22: 20 at 0.50, and 12 dollars at 0.55
        assert sum(fill.qty for fill in account.fills(order_id)) == 41_818_100
        assert account.said(order_id)[-1][0] is OrderStatus.DONE
        compare(at, account)


@pytest.mark.parametrize("row", sorted(TEXTS))
def test_every_text_of_the_simulator_means_something_to_us(row: str) -> None:
    """Only the venue's catch-alls are read as "other"; nothing unknown counts as a refusal."""
    status, text = TEXTS[row]
    verdict = judge(Response(status, json.dumps({"error": text}).encode()), may_exist=True)
    if row in ("key_exists", "no_key", "limit", "signature", "no_order"):
        assert verdict.reason == "other"
    elif row == "server":
        assert verdict.conclusion is Conclusion.UNKNOWN
    else:
        assert verdict.reason not in ("other", "not_served")
