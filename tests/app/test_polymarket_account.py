"""A Polymarket account's whole life on the simulator, over real sockets: nothing of ours is
scripted here, and the simulator checks every signature by its own code."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from arbees.app.config import Polymarket as Settings
from arbees.app.config import Reconnect
from arbees.app.polymarket_account import ORDER_POOL, PolymarketAccount
from arbees.clock import SystemClock
from arbees.errors import ConfigError, VenueUnavailable
from arbees.markets.instrument import FeeRounding, FeeTerm
from arbees.messages import events as ev
from arbees.messages.commands import CancelOrder, LegSide, PlaceOrder, TimeInForce
from arbees.simulator.polymarket.deals import Pace
from arbees.simulator.polymarket.venue import Polymarket
from arbees.units import NS_PER_MS
from arbees.venues.polymarket import clob, reads
from arbees.venues.polymarket.orders import TokenFacts
from arbees.venues.polymarket.resolve import ResolveSettings
from arbees.venues.polymarket.signing import OrderSigner, SignatureType
from tests.simulator.polymarket.rig import catalogue, condition, event, market, token_of
from tests.venues.polymarket.test_life import kinds
from tests.venues.polymarket.test_signing import KEY, POSITION, WALLET

pytestmark = pytest.mark.anyio
SHARE = 1_000_000
START_CASH = 10_000 * SHARE
STEP = 60 * NS_PER_MS
SPORTS = FeeTerm(0, 50_000, 0, rounding=FeeRounding.POLYMARKET)
QUICK = ResolveSettings(patience_s=0.3, absent_s=0.8, settle_s=0.3, every_s=0.05)
MARKETS = ("plain", "neg0", "game", "protocol")
LIMIT_S = 5.0


class Desk:
    """One account, one venue, and what was heard."""

    def __init__(self, venue: Polymarket, account: PolymarketAccount) -> None:
        self.venue, self.account = venue, account
        self.clock = SystemClock()
        self.events: list[ev.EngineEvent] = []
        self.facts: dict[str, TokenFacts] = {}
        self.is_killed = False
        self.count = 0
        self.news = anyio.Event()

    def hear(self, event: ev.EngineEvent) -> None:
        self.events.append(event)
        self.news.set()

    async def learn(self) -> None:
        """The terms of every token, as the venue says them."""
        assert self.account.reads is not None
        for name in MARKETS:
            market = await self.account.reads.read(
                reads.compact_market(condition(name)), clob.decode_compact
            )
            self.facts |= reads.facts_from(market)

    def depth(self, name: str, **sides: Any) -> None:
        self.venue.scenes.act({"do": "liquidity", "market": condition(name), **sides})

    def buy(
        self, name: str, price: int, shares: int, tif: TimeInForce = TimeInForce.IOC,
        outcome: int = 0,
    ) -> str:  # fmt: skip
        self.count += 1
        order_id = f"1-{self.count}-0"
        token = str(POSITION) if name == "protocol" else token_of(name, outcome)
        command = PlaceOrder(
            order_id, f"1-{self.count}", 0, "polymarket", token, LegSide.YES,
            price, shares * SHARE, tif, self.clock.now_ns(),
        )  # fmt: skip
        assert self.account.gateway is not None
        self.account.gateway.submit([command], command.ts_ns)
        return order_id

    def cancel(self, order_id: str) -> None:
        assert self.account.gateway is not None
        self.account.gateway.submit([CancelOrder(order_id, "polymarket", 0)], 0)

    async def until(self, done: Callable[[list[str]], bool]) -> list[str]:
        with anyio.move_on_after(LIMIT_S) as scope:
            while not done(kinds(self.events)):
                self.news = anyio.Event()
                await self.news.wait()
        gateway = self.account.gateway
        assert not scope.cancelled_caught, (kinds(self.events), gateway and gateway.last_error)
        return kinds(self.events)

    async def heard(self, *words: str) -> list[str]:
        return await self.until(lambda said: all(word in said for word in words))

    def cash(self) -> int:
        """What our fills leave of the start, fees included; those that failed came back."""
        failed = {
            e.fill_id for e in self.events
            if isinstance(e, ev.FillProgress) and e.stage is ev.TradeStage.FAILED
        }  # fmt: skip
        fills = [e for e in self.events if isinstance(e, ev.FillReport)]
        return START_CASH - sum(
            f.price * f.qty // 10_000 + f.fee for f in fills if f.fill_id not in failed
        )

    async def balance(self, token: str = "") -> int:
        assert self.account.reads is not None
        request = reads.balance(SignatureType.EOA, token)
        return (await self.account.reads.read(request, reads.decode_balance)).balance


@asynccontextmanager
async def served(**more: Any) -> AsyncIterator[tuple[Polymarket, Settings]]:
    ids = json.dumps([str(POSITION), str(POSITION + 1)])
    events = [e for e in catalogue() if e["id"] != "protocol-event"]
    events.append(event("protocol-event", market("protocol", version="v2", clobTokenIds=ids)))
    venue = Polymarket(events, pace=Pace(STEP, STEP, STEP), **more)
    servers = []
    for routes in (venue.clob_routes(), venue.gamma_routes()):
        app = web.Application(middlewares=venue.middlewares())
        app.add_routes(routes)
        servers.append(TestServer(app))
    async with servers[0], servers[1]:
        work = asyncio.create_task(venue.run())
        clob_url, site_url = (f"http://127.0.0.1:{server.port}" for server in servers)
        user_ws_url = f"ws://127.0.0.1:{servers[0].port}/ws/user"
        yield venue, Settings(clob_url=clob_url, site_url=site_url, user_ws_url=user_ws_url)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


def account_of(
    settings: Settings, desk: list[Desk], signer: OrderSigner | None = None
) -> PolymarketAccount:
    return PolymarketAccount(
        settings, Reconnect(base_ms=20), signer or OrderSigner(KEY), SystemClock(),
        lambda event, ts: desk[0].hear(event), lambda token: desk[0].facts.get(token),
        lambda token, ts: SPORTS, lambda: desk[0].is_killed, resolve=QUICK,
    )  # fmt: skip


@asynccontextmanager
async def trading(
    signer: OrderSigner | None = None, heartbeat: bool = False, **more: Any
) -> AsyncIterator[Desk]:
    desk: list[Desk] = []
    async with served(**more) as (venue, settings):
        account = account_of(settings, desk, signer)
        desk.append(Desk(venue, account))
        async with anyio.create_task_group() as tasks:
            with anyio.fail_after(LIMIT_S):
                await account.open(tasks)
                account.go(tasks, heartbeat=heartbeat)
                assert account.user is not None
                while account.user.status.mode != "ws":
                    await anyio.lowlevel.checkpoint()
                await desk[0].learn()
            yield desk[0]
            tasks.cancel_scope.cancel()


async def test_a_fill_through_its_whole_life_and_the_books_agree() -> None:
    async with trading() as desk:
        desk.depth("plain", asks=[["0.55", "12"], ["0.56", "100"]], bids=[["0.45", "100"]])
        desk.buy("plain", 5_600, 20)
        said = await desk.heard("done:filled", "confirmed")
        fills = [word for word in said if word.startswith("fill")]
        assert {word.partition("+")[0] for word in fills} == {"fill:12@5500", "fill:8@5600"}
        assert said.count("mined") == said.count("confirmed") == 2
        assert await desk.balance() == desk.cash()
        held = sum(e.qty for e in desk.events if isinstance(e, ev.FillReport))
        assert await desk.balance(token_of("plain", 0)) == held
        # A FAK BUY states dollars: what better prices save buys more shares (section 7.2).
        assert held == 12 * SHARE + 8_214_200


async def test_every_domain_is_signed_as_the_venue_checks_it() -> None:
    async with trading() as desk:
        for name in ("plain", "neg0", "protocol"):
            desk.depth(name, asks=[["0.55", "100"]])
            desk.buy(name, 5_500, 20)
        said = await desk.until(lambda words: words.count("done:filled") == 3)
        assert not [word for word in said if word.startswith(("rejected", "unknown"))]


@pytest.mark.parametrize(
    "kind", [SignatureType.POLY_PROXY, SignatureType.GNOSIS_SAFE, SignatureType.POLY_1271]
)
async def test_every_signature_type_trades(kind: SignatureType) -> None:
    async with trading(OrderSigner(KEY, kind, WALLET)) as desk:
        desk.depth("plain", asks=[["0.55", "100"]])
        desk.buy("plain", 5_500, 20)
        await desk.heard("done:filled")


async def test_parts_nothing_and_rests() -> None:
    async with trading() as desk:
        desk.depth("plain", asks=[["0.55", "12"]])
        desk.buy("plain", 5_500, 20)
        await desk.heard("done:partial")
        desk.buy("plain", 5_500, 20)
        await desk.heard("done:fak_no_match")
        resting = desk.buy("plain", 4_000, 10, TimeInForce.GTC)
        await desk.heard("accepted:live")
        desk.cancel(resting)
        await desk.heard("done:canceled")
        desk.buy("plain", 5_500, 20_000, TimeInForce.FOK)
        said = await desk.until(lambda words: any("fok" in w or "balance" in w for w in words))
        assert desk.account.lives.open() == []
        assert not [word for word in said if word.startswith("unknown")]
        assert await desk.balance() == desk.cash()


async def test_a_resting_order_is_filled_as_maker_and_by_mint() -> None:
    async with trading() as desk:
        desk.buy("plain", 4_000, 10, TimeInForce.GTC)
        await desk.heard("accepted:live")
        desk.depth("plain", asks=[["0.40", "10"]])
        said = await desk.heard("done:filled")
        assert "fill:10@4000+0" in said  # makers pay nothing
        assert await desk.balance() == desk.cash()


async def test_sports_orders_are_delayed() -> None:
    async with trading(speed=10.0) as desk:
        desk.depth("game", asks=[["0.55", "100"]])
        desk.buy("game", 5_500, 20)
        said = await desk.heard("accepted:delayed", "done:filled", "confirmed")
        assert "fill:20@5500+247500" in said


async def test_a_lost_answer_is_read_by_the_id_known_before() -> None:
    async with trading() as desk:
        desk.depth("plain", asks=[["0.55", "100"]])
        desk.venue.faults.arm(name="freeze_socket", venue="polymarket")  # nothing is told either
        desk.venue.faults.arm(name="lost_ack", venue="polymarket", match="POST /order")
        desk.buy("plain", 5_500, 20)
        said = await desk.until(lambda words: any(w.startswith("done") for w in words))
        assert "unknown:no_answer" in said
        assert "fill:20@5500+247500" in said
        assert await desk.balance() == desk.cash()


async def test_a_failure_told_while_the_user_socket_is_away_is_read() -> None:
    async with trading() as desk:
        desk.depth("plain", asks=[["0.55", "100"]])
        desk.venue.faults.arm(name="failed_settlement", venue="polymarket")
        desk.buy("plain", 5_500, 20)
        await desk.heard("done:filled")
        user = desk.account.user
        assert user is not None
        desk.venue.faults.arm(name="refuse_socket", venue="polymarket", count=3)
        user.drop("test")
        await desk.heard("failed")
        assert await desk.balance() == desk.cash() == START_CASH


async def test_a_confirmation_whose_word_was_lost_is_read() -> None:
    async with trading() as desk:
        desk.depth("plain", asks=[["0.55", "100"]])
        desk.buy("plain", 5_500, 20)
        await desk.heard("done:filled")
        desk.venue.faults.arm(name="gap", venue="polymarket", match="user", count=2)
        await desk.heard("confirmed")


async def test_an_order_on_its_way_is_never_called_absent() -> None:
    async with trading() as desk:
        desk.depth("plain", asks=[["0.55", "1000"]])
        desk.venue.faults.arm(
            name="slow", venue="polymarket", match="POST /order", ms=1_500, count=ORDER_POOL
        )
        for _ in range(ORDER_POOL + 1):
            desk.buy("plain", 5_500, 20)
        said = await desk.until(lambda words: words.count("done:filled") == ORDER_POOL + 1)
        assert not [word for word in said if word.startswith("rejected")]
        assert await desk.balance() == desk.cash()


async def test_html_instead_of_an_answer_means_that_nothing_is_known() -> None:
    async with trading() as desk:
        desk.venue.faults.arm(name="html", venue="polymarket", match="POST /order")
        desk.buy("plain", 5_500, 20)
        assert await desk.heard("rejected:not_found") == [
            "unknown:not_served", "rejected:not_found",
        ]  # fmt: skip


async def test_an_engine_that_restarts_is_left_alone() -> None:
    async with trading() as desk:
        desk.depth("plain", asks=[["0.55", "100"]])
        desk.venue.faults.arm(name="engine_restart", venue="polymarket", ms=200, post_only_ms=300)
        desk.buy("plain", 5_500, 20)
        await desk.heard("rejected:engine_restart")
        sent = desk.account.gateway.sent if desk.account.gateway else 0
        desk.buy("plain", 5_500, 20)
        assert kinds(desk.events)[-1] == "rejected:engine_restart"
        assert desk.account.gateway is not None
        assert desk.account.gateway.sent == sent


async def test_a_trade_that_fails_on_chain_is_told() -> None:
    async with trading() as desk:
        desk.depth("plain", asks=[["0.55", "100"]])
        desk.venue.faults.arm(name="failed_settlement", venue="polymarket")
        desk.buy("plain", 5_500, 20)
        await desk.heard("done:filled", "failed")
        assert await desk.balance() == desk.cash() == START_CASH


async def test_a_lost_user_socket_is_reconnected_and_everything_read() -> None:
    async with trading() as desk:
        resting = desk.buy("plain", 4_000, 10, TimeInForce.GTC)
        await desk.heard("accepted:live")
        user = desk.account.user
        assert user is not None
        user.drop("test")
        desk.depth("plain", asks=[["0.40", "4"]])
        said = await desk.until(lambda words: any(w.startswith("fill") for w in words))
        assert "fill:4@4000+0" in said
        desk.cancel(resting)
        await desk.until(lambda words: any(w.startswith("done") for w in words))
        assert await desk.balance() == desk.cash()


async def test_the_latch_stops_orders_and_not_cancels() -> None:
    async with trading() as desk:
        resting = desk.buy("plain", 4_000, 10, TimeInForce.GTC)
        await desk.heard("accepted:live")
        desk.is_killed = True
        desk.buy("plain", 4_000, 10)
        await desk.heard("rejected:killed")
        assert desk.account.gateway is not None
        assert await desk.account.gateway.cancel_everything() == 0
        await desk.heard("done:canceled")
        desk.cancel(resting)


async def test_the_heartbeat_keeps_orders_alive_and_its_end_does_not() -> None:
    async with trading(heartbeat=True) as desk:
        gateway = desk.account.gateway
        assert gateway is not None
        with anyio.fail_after(LIMIT_S):
            while gateway.heart.beat_ns == 0:
                await anyio.lowlevel.checkpoint()
        desk.buy("plain", 4_000, 10, TimeInForce.GTC)
        await desk.heard("accepted:live")


@pytest.mark.parametrize(("fault", "says"), [("geoblock", "US-NY"), ("closed_only", "closed-only")])
async def test_where_the_venue_refuses_nothing_starts(fault: str, says: str) -> None:
    async with served() as (venue, settings):
        venue.faults.arm(name=fault, venue="polymarket")
        account = account_of(settings, [])
        with pytest.raises(BaseExceptionGroup) as caught:
            async with anyio.create_task_group() as tasks:
                await account.open(tasks)
        assert caught.group_contains(ConfigError, match=f"refused.*{says}")
        assert account.gateway is None


async def test_a_venue_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arbees.app.polymarket_account.WARM_S", 0.2)
    dead = "http://127.0.0.1:9"
    account = account_of(Settings(clob_url=dead, site_url=dead), [])
    with pytest.raises(BaseExceptionGroup) as caught:
        async with anyio.create_task_group() as tasks:
            await account.open(tasks)
    assert caught.group_contains(VenueUnavailable, match="not reached")


async def test_no_secret_is_in_anything_that_was_said() -> None:
    async with trading() as desk:
        desk.buy("plain", 5_500, 20)
        await desk.until(bool)
        keys, gateway = desk.account.keys, desk.account.gateway
        assert keys is not None and gateway is not None
        shown = f"{desk.events}{gateway!r}{gateway.last_error}{keys!r}{desk.account.reads!r}"
        shown += json.dumps(str(vars(desk.account)))
        for secret in (*keys.secrets(), KEY.hex()):
            assert secret not in shown
