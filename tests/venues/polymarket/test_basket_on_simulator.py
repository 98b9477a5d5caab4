"""A basket of the engine, its Polymarket leg traded on the simulated venue: the legs end equal.

The Kalshi leg is answered here by hand: Kalshi takes its order by size, so it fills as asked.
"""

from dataclasses import replace

import pytest

from arbees.messages import events as ev
from arbees.messages.commands import AnyCommand, PlaceOrder, TimeInForce
from arbees.messages.records import FillVoided
from arbees.pipeline.engine import Engine
from arbees.pipeline.ledger import Ledger
from arbees.pipeline.settings import EngineSettings, RiskSettings
from arbees.units import QTY_GRAIN
from tests.pipeline.world import CONTRACT, KALSHI, TOKEN, conn, instruments
from tests.simulator.polymarket.rig import condition, rig, token_of
from tests.venues.polymarket.test_on_simulator import Ours, ours

pytestmark = pytest.mark.anyio
QTY = 40 * CONTRACT
LINK = ev.LinkSpec("L1", KALSHI, TOKEN, "inverse", "test")


class Trader:
    """The engine between both venues."""

    def __init__(self, account: Ours, *, kalshi_fills: bool = True) -> None:
        self.kalshi_fills = kalshi_fills
        ledger = Ledger()
        for venue in ("kalshi", "polymarket"):
            ledger.set_cash(venue, 1_000 * CONTRACT)
        risk = RiskSettings(cooldown_ns=10**18)
        self.engine = Engine(EngineSettings(risk=risk), ledger)
        self.account = account
        self.now = account.at.clock.ns
        self.sent: list[PlaceOrder] = []
        kalshi, token = instruments()
        name = token_of("free", 0)
        token = replace(token, instrument_id=name, market_id=condition("free"))
        self.send(ev.InstrumentsAdded((kalshi, token)))
        self.send(ev.LinksAdded((LINK,)))
        self.send(conn(1, "kalshi", KALSHI, "KX-A"))
        self.send(conn(2, "polymarket", TOKEN, name))

    def send(self, event: ev.EngineEvent) -> None:
        self.submit(self.engine.step((event,), self.now))

    def submit(self, commands: list[AnyCommand]) -> None:
        for command in commands:
            assert isinstance(command, PlaceOrder)
            self.sent.append(command)
            if command.venue == "kalshi":
                self.answer(command)
        self.account.gateway.submit(commands, self.now)

    def answer(self, command: PlaceOrder) -> None:
        """Kalshi's word."""
        name, price = f"k{len(self.sent)}", command.price_limit
        if self.kalshi_fills:
            self.send(ev.FillReport(command.order_id, name, price, command.qty, 0, self.now))
        self.send(ev.OrderAnswer(command.order_id, ev.OrderStatus.DONE, "ioc", self.now))

    def book(self, asks: list[tuple[int, int]]) -> None:
        self.send(ev.BookSnapshot(TOKEN, (), tuple(asks), self.now))
        self.send(ev.BookSnapshot(KALSHI, (), ((3_000, QTY),), self.now))

    async def hear(self) -> None:
        """Everything that the venue says until all is settled, as inputs."""
        await self.account.settled()
        for event in self.account.events:
            self.send(event)
        self.account.events.clear()

    def held(self) -> list[int]:
        return sorted(p.qty for p in self.engine.ledger.positions.values())


@pytest.mark.parametrize(
    "asks",
    [
        {"0.50": "40"},
        {"0.50": "20", "0.55": "30"},
        {"0.50": "20.37", "0.55": "30"},
        {"0.50": "3.33", "0.52": "7.77", "0.55": "30"},
    ],
)
async def test_legs_end_equal_however_many_levels_they_walk(asks: dict[str, str]) -> None:
    async with rig() as at, ours(at) as account:
        await at.book("free", {}, asks)
        trader = Trader(account)
        trader.book([
            (int(price[2:]) * 100, round(float(size) * CONTRACT)) for price, size in asks.items()
        ])  # fmt: skip
        await trader.hear()
        assert [c.venue for c in trader.sent] == ["kalshi", "polymarket"]
        less, more = trader.held()
        assert 39 * CONTRACT < less <= more < less + QTY_GRAIN
        assert trader.engine.risk_state.broken == set()
        assert trader.engine.ledger.pending == {}


async def test_a_book_that_became_better_leaves_a_surplus_that_is_known() -> None:
    async with rig() as at, ours(at) as account:
        await at.book("free", {}, {"0.50": "30", "0.55": "30"})
        trader = Trader(account)
        trader.book([(5_000, 20 * CONTRACT), (5_500, 30 * CONTRACT)])
        await trader.hear()
        # $21: 30 at 0.50, 6 dollars at 0.55
        assert trader.held() == [QTY, 40_909_000]
        assert trader.engine.risk_state.broken == {"L1"}
        trader.now += 10**9
        trader.book([(5_500, 30 * CONTRACT)])
        repair = trader.sent[-1]
        assert (repair.venue, repair.qty, repair.is_sell) == ("kalshi", 900_000, False)
        assert trader.held() == [40_900_000, 40_909_000]
        assert trader.engine.risk_state.broken == set()


async def test_a_settlement_that_fails_takes_the_leg_back() -> None:
    async with rig() as at, ours(at) as account:
        await at.book("free", {}, {"0.50": "40"})
        at.venue.faults.arm("failed_settlement", "polymarket")
        trader = Trader(account)
        trader.book([(5_000, QTY)])
        await trader.hear()
        voided = [r for r in trader.engine.take_records() if isinstance(r, FillVoided)]
        assert [(v.qty, v.basket_id) for v in voided] == [(QTY, "L1")]
        assert trader.held() == [QTY]
        assert trader.engine.ledger.cash["polymarket"] == 1_000 * CONTRACT
        assert trader.engine.risk_state.broken == {"L1"}
        at.venue.faults.clear()
        await at.book("free", {}, {"0.50": "90"})
        trader.now += 10**9
        trader.book([(5_000, QTY)])
        await trader.hear()
        assert trader.sent[-1].venue == "polymarket"
        assert trader.held() == [QTY, QTY]
        assert trader.engine.risk_state.broken == set()


async def test_shares_that_were_bought_and_mined_can_be_sold() -> None:
    async with rig() as at, ours(at) as account:
        await at.book("free", {"0.48": "100"}, {"0.50": "40"})
        trader = Trader(account)
        trader.book([(5_000, QTY)])
        await trader.hear()
        bought = trader.sent[1]
        sale = PlaceOrder(
            "s-1-0", "s-1", TOKEN, "polymarket", bought.instrument_id, bought.side, 4_800,
            QTY, TimeInForce.IOC, at.clock.ns, is_sell=True,
        )  # fmt: skip
        account.gateway.submit([sale], at.clock.ns)
        await account.settled()
        assert sum(fill.qty for fill in account.fills("s-1-0")) == QTY
        assert account.said("s-1-0")[-1] == (ev.OrderStatus.DONE, "filled")
        accounts, wallet = at.venue.board.exchange.accounts, account.gateway._signer.maker.lower()
        assert accounts.holding(wallet, condition("free")).qty == [0, 0]
        assert accounts.balance(wallet) == 10_000_000_000 - 20_000_000 + 19_200_000


async def test_a_token_leg_that_stands_alone_is_sold_on_the_venue() -> None:
    """Kalshi fills nothing and offers nothing: the token is the only way out."""
    async with rig() as at, ours(at) as account:
        await at.book("free", {"0.48": "100"}, {"0.50": "40"})
        trader = Trader(account, kalshi_fills=False)
        trader.book([(5_000, QTY)])
        await trader.hear()
        assert trader.held() == [QTY]
        trader.send(ev.BookSnapshot(KALSHI, (), (), trader.now))
        trader.now += 10**9
        trader.send(ev.BookSnapshot(TOKEN, ((4_800, QTY),), (), trader.now))
        sale = trader.sent[-1]
        assert (sale.venue, sale.is_sell, sale.price_limit) == ("polymarket", True, 4_800)
        await trader.hear()
        assert trader.held() == []
        assert trader.engine.ledger.realised == -800_000
        assert trader.engine.risk_state.broken == set()
