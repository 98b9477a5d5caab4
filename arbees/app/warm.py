"""Warm-up and rehearsal: pay before the first order what would otherwise be paid with it.

Kernels are loaded from numba's cache at their first call (tens of milliseconds), and what start-up
allocated would be walked by every full collection; frozen, it is not (performance.md section 7).
An order path that runs rarely runs cold, at twice its price: so it is rehearsed between frames, on
an engine of its own whose log leads nowhere (performance.md section 8, docs/decisions/004).
"""

import gc
import os
from collections.abc import Sequence
from pathlib import Path

import anyio

from arbees.app import compose
from arbees.errors import InvariantError
from arbees.markets.instrument import (
    FeeRounding,
    FeeSchedule,
    FeeTerm,
    Instrument,
    uniform_grid,
)
from arbees.messages import events as ev
from arbees.messages.commands import AnyCommand, PlaceOrder
from arbees.messages.frames import Frame
from arbees.messages.records import AnyRecord
from arbees.pipeline.ledger import Ledger
from arbees.pipeline.settings import EngineSettings, RiskSettings
from arbees.ports import TradeLog
from arbees.tradelog import TradeLogWriter
from arbees.units import MICRO, NS_PER_S

TICKER, TOKEN = "REHEARSAL", "1"
CASH = 10**15
CALLS_AT_START = 200
SIZE = 52
SCRATCH_CALLS = 400
"""Appends to the scratch log, about half a kilobyte each, before it is cut."""
LEVELS = b'"yes_dollars_fp":[["0.1900","70.00"],["0.2000","52.00"]],'
SNAPSHOT = (
    b'{"type":"orderbook_snapshot","sid":1,"seq":%d,"msg":{"market_ticker":"REHEARSAL",'
    + LEVELS
    + b'"no_dollars_fp":[["0.7000","40.00"],["0.7100","53.00"]]}}'
)
DELTA = (
    b'{"type":"orderbook_delta","sid":1,"seq":%d,"msg":{"market_ticker":"REHEARSAL",'
    b'"price_dollars":"0.6000","delta_fp":"%d.00","side":"no"}}'
)
BOOK = (
    b'{"event_type":"book","asset_id":"1","market":"0x1","timestamp":"1",'
    b'"bids":[{"price":"0.1","size":"40"},{"price":"0.2","size":"41"}],'
    b'"asks":[{"price":"0.8","size":"53"},{"price":"0.7","size":"53"}]}'
)
CHANGE = (
    b'{"event_type":"price_change","market":"0x1","timestamp":"1","price_changes":'
    b'[{"asset_id":"1","price":"0.3","side":"SELL","size":"%d"}]}'
)
RISK = RiskSettings(
    max_position_qty=CASH, max_event_cost_micro=CASH, max_daily_loss_micro=CASH, cooldown_ns=0
)


class Scratch(TradeLogWriter):
    """A log on the real log's disk that nobody reads: no name, and cut before it grows."""

    def __init__(self, folder: Path) -> None:
        path = folder / f"rehearsal-{os.getpid()}.tmp"
        path.unlink(missing_ok=True)
        super().__init__(path)
        path.unlink()
        self._left = SCRATCH_CALLS

    def append(self, records: Sequence[AnyRecord]) -> None:
        super().append(records)
        self._left -= 1
        if self._left <= 0:
            self._left = SCRATCH_CALLS
            os.ftruncate(self._file, 0)


def warm_up(folder: Path) -> "Rehearsal":
    """Load every kernel, run the order path often enough for the interpreter to specialise it,
    then freeze what exists. `folder` is the trading log's: writing there is rehearsed too. Raises
    InvariantError if the rehearsed basket no longer pays."""
    rehearsal = Rehearsal(Scratch(folder))
    for _ in range(CALLS_AT_START):
        rehearsal.run()
    if rehearsal.runtime.orders < CALLS_AT_START:
        refused = rehearsal.runtime.engine.funnel.reasons()
        raise InvariantError(f"the rehearsal places no orders any more: {refused}")
    hold_still()
    return rehearsal


def hold_still() -> None:
    """Collect what is garbage and let the collector walk through the rest no more: what exists
    now stays, and a walk through all of it is a pause of tens of milliseconds."""
    gc.collect()
    gc.freeze()


class Rehearsal:
    """One basket of two made-up markets that pays on every call; its orders never fill."""

    def __init__(self, tradelog: TradeLog) -> None:
        ledger = Ledger()
        for venue in compose.VENUES:
            ledger.set_cash(venue, CASH)
        self._sent: list[PlaceOrder] = []
        self._now_ns = 0
        self._seq = 0
        self.runtime = compose.build_runtime(
            EngineSettings(epoch="rehearsal", risk=RISK), ledger, gateway=self,
            tradelog=tradelog,
        )  # fmt: skip
        self._open()

    def _open(self) -> None:
        deliver = self.runtime.deliver_event
        deliver(ev.InstrumentsAdded(_instruments()), 0)
        deliver(ev.LinksAdded((ev.LinkSpec("rehearsal", 0, 1, "inverse", "made up"),)), 0)
        for conn, (venue, name) in enumerate((("kalshi", TICKER), ("polymarket", TOKEN))):
            opened = ev.ConnOpened(conn, venue, "ws", 0, conn == 0, ((name, conn),))
            deliver(opened, 0)

    def submit(self, commands: Sequence[AnyCommand], ts_ns: int) -> None:
        """The gateway's place: orders end here."""
        self._sent.extend(c for c in commands if isinstance(c, PlaceOrder))

    def _frame(self, conn: int, data: bytes) -> None:
        self.runtime.deliver_frame(Frame(conn, 0, self._now_ns, data))
        for order in self._sent:
            answer = ev.OrderAnswer(order.order_id, ev.OrderStatus.DONE, "rehearsal", self._now_ns)
            self.runtime.deliver_event(answer, self._now_ns)
        self._sent.clear()

    def run(self) -> None:
        """Every kind of book message once; the last makes the basket's two orders. Sizes go round
        in threes: a level seen twice would be refused as taken already."""
        self._now_ns += NS_PER_S
        self._seq += 2
        size = SIZE + self._seq // 2 % 3
        self._frame(0, SNAPSHOT % (self._seq - 1))
        self._frame(1, BOOK)
        self._frame(0, DELTA % (self._seq, size))
        self._frame(1, CHANGE % size)


async def keep_warm(rehearsal: Rehearsal, every_ms: float) -> None:
    """Rehearse every so often until cancelled; 0 is never."""
    while every_ms > 0:
        await anyio.sleep(every_ms / 1_000)
        rehearsal.run()


def _instruments() -> tuple[Instrument, ...]:
    grid = uniform_grid(100)
    kalshi = FeeTerm(0, 70_000, 0, balance_step=100)
    token = FeeTerm(0, 50_000, 0, rounding=FeeRounding.POLYMARKET)
    return (
        Instrument(
            0, "kalshi", TICKER, TICKER, TICKER, "made up", "yes", grid, FeeSchedule((kalshi,)),
            True,
        ),
        Instrument(
            1, "polymarket", TOKEN, "0x1", "1", "made up", "no", grid, FeeSchedule((token,)),
            False, notional_min=MICRO, amount_step=10_000,
        ),
    )  # fmt: skip
