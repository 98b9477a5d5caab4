"""A two-instrument world for tests of the pipeline: one Kalshi market, one Polymarket token."""

from collections.abc import Sequence

from arbees.markets.instrument import (
    FeeRounding,
    FeeSchedule,
    FeeTerm,
    Instrument,
    uniform_grid,
)
from arbees.messages import events as ev
from arbees.messages.commands import AnyCommand
from arbees.pipeline.engine import Engine
from arbees.pipeline.ledger import Ledger
from arbees.pipeline.settings import EngineSettings, PaperSettings
from arbees.venues.paper.venue import PaperVenue

CONTRACT = 1_000_000
SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
KALSHI, TOKEN = 0, 1
KALSHI_FEE = FeeTerm(0, 70_000, 0, balance_step=100)
TOKEN_FEE = FeeTerm(0, 50_000, 0, rounding=FeeRounding.POLYMARKET)


def instruments(token_delay_ns: int = 0) -> tuple[Instrument, ...]:
    grid = uniform_grid(100)
    return (
        Instrument(
            KALSHI, "kalshi", "KX-A", "KX-A", "KX", "A?", "A", grid, FeeSchedule((KALSHI_FEE,)),
            True,
        ),
        Instrument(
            TOKEN, "polymarket", "111", "0xc", "e1", "A?", "no A", grid,
            FeeSchedule((TOKEN_FEE,)), False, notional_min=CONTRACT, amount_step=10_000,
            delay_ns=token_delay_ns,
        ),
    )  # fmt: skip


def conn(conn_id: int, venue: str, ix: int, name: str, generation: int = 0) -> ev.ConnOpened:
    return ev.ConnOpened(conn_id, venue, "ws", generation, venue == "kalshi", ((name, ix),))


class World:
    """An engine with both books up, an `inverse` link, and a paper venue beside it."""

    def __init__(
        self,
        settings: EngineSettings | None = None,
        *,
        relation: str = "inverse",
        token_delay_ns: int = 0,
        view: str = "realistic",
        cash: int = 1_000 * CONTRACT,
    ) -> None:
        ledger = Ledger()
        ledger.set_cash("kalshi", cash)
        ledger.set_cash("polymarket", cash)
        self.engine = Engine(settings or EngineSettings(), ledger)
        self.paper = PaperVenue(PaperSettings(view=view), self.engine.market)
        self.now = START
        self.commands: list[AnyCommand] = []
        self.send(ev.InstrumentsAdded(instruments(token_delay_ns)))
        link = ev.LinkSpec("L1", KALSHI, TOKEN, relation, "test")
        self.send(ev.LinksAdded((link,)))
        self.send(conn(1, "kalshi", KALSHI, "KX-A"))
        self.send(conn(2, "polymarket", TOKEN, "111"))

    def send(self, *events: ev.EngineEvent, conn_id: int = -1) -> list[AnyCommand]:
        """Step the engine on one input at the current time."""
        commands = self.engine.step(events, self.now, conn_id)
        self.commands.extend(commands)
        self.paper.submit(commands, self.now)
        return commands

    def book(
        self,
        ix: int,
        bids: Sequence[tuple[int, int]] = (),
        asks: Sequence[tuple[int, int]] = (),
    ) -> list[AnyCommand]:
        return self.send(ev.BookSnapshot(ix, tuple(bids), tuple(asks), self.now), conn_id=ix + 1)

    def wait(self, ns: int) -> None:
        """Let time pass; paper orders arrive."""
        self.now += ns
        while (due := self.paper.take_due(self.now)) is not None:
            for event in due[1]:
                self.send(event)

    def cheap(self) -> list[AnyCommand]:
        """Books in which one share of each costs 0.85 before fees."""
        self.book(KALSHI, [(3_900, 100 * CONTRACT)], [(4_000, 100 * CONTRACT)])
        return self.book(TOKEN, [(4_400, 100 * CONTRACT)], [(4_500, 100 * CONTRACT)])
