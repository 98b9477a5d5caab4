"""The runtime of a process, on what its home holds of earlier runs."""

from arbees.app import compose
from arbees.app.engine_settings import engine_settings, paper_settings
from arbees.app.gateway import LatchedPaperGateway
from arbees.app.process import Process
from arbees.clock import SystemClock
from arbees.journal import JournalWriter
from arbees.messages.records import OrdersVoided
from arbees.pipeline.runtime import Runtime
from arbees.tradelog import TradeLogWriter, read_tradelog


def build(process: Process) -> Runtime:
    """Log first, then ledger, then journal, then the engine that stands on them."""
    settings = process.settings
    path = process.home / "trades.log"
    records, torn = read_tradelog(path) if path.exists() else ([], None)
    ledger = compose.rebuild_ledger(records)
    if process.outbox:
        process.outbox.projection.prime(records)
    now = process.clock.now_ns()
    in_flight = compose.orders_in_flight(records)
    if process.live:
        process.live.check(ledger, in_flight, compose.fills_at(records, "polymarket"))
    cash = process.live.cash if process.live else settings.paper.cash_micro
    opening = compose.open_accounts(ledger, cash, now)
    epoch = f"{SystemClock().now_ns():x}"
    engine = engine_settings(settings, epoch)
    if settings.journal.enabled:
        head = compose.header(engine, ledger, process.latch.is_on())
        process.journal = JournalWriter(process.home / "journal" / epoch, head)
    log = TradeLogWriter(path, fsync=settings.journal.fsync)
    runtime = compose.build_runtime(
        engine, ledger, paper=None if process.live else paper_settings(settings),
        gateway=process.live, journal=process.journal, tradelog=log, outbox=process.outbox,
    )  # fmt: skip
    if runtime.paper is not None:
        latched = LatchedPaperGateway(runtime.paper, process.latch.is_on, runtime.deliver_event)
        runtime.use_gateway(latched)
    if in_flight:
        runtime.log([OrdersVoided(in_flight, now)])
    runtime.log(opening)
    if torn:
        runtime.last_wire_error = f"trading log tail was torn: {torn}"
    return runtime
