"""`arbees run --paper`: composes the process and runs it until it is told to stop.

Everything that touches the outside is started here; the engine only sees the Runtime.
"""

import signal
import sys
from typing import Any

import anyio
from anyio.abc import TaskGroup

from arbees import __version__
from arbees.app import compose
from arbees.app.config import Settings
from arbees.app.cores import leave_core, take_core
from arbees.app.discovering import begin_of
from arbees.app.discovery.client import Discovery
from arbees.app.discovery.linker import Linker
from arbees.app.engine_settings import engine_settings, paper_settings
from arbees.app.feeds import start_feeds
from arbees.app.gateway import LatchedPaperGateway
from arbees.app.home import prepare_home
from arbees.app.options import Display, RunOptions
from arbees.app.prices import sample_prices
from arbees.app.process import Process
from arbees.app.secrets import forget_secrets
from arbees.app.session_clock import SessionClock
from arbees.app.simulated import Simulated, Venues, real_venues
from arbees.app.snapshot import Snapshot
from arbees.app.status import ProcessLock, StatusServer
from arbees.app.warm import Rehearsal, hold_still, keep_warm, warm_up
from arbees.clock import SystemClock
from arbees.errors import ArbeesError, ConfigError, InvariantError, VenueUnavailable
from arbees.journal import JournalWriter
from arbees.messages import events as ev
from arbees.messages.records import OrdersVoided
from arbees.pipeline.runtime import Runtime
from arbees.store.outbox import Outbox
from arbees.store.projection import Projection
from arbees.tradelog import TradeLogWriter, read_tradelog

SWITCH_INTERVAL_S = 0.0005
"""A worker thread may hold the interpreter this long; the default 5 ms would be our p99."""
PAPER_TICK_S = 0.005
LATCH_POLL_S = 0.1
DRAIN_S = 5.0
FIRST_SCAN_S = 60.0


def run_paper(settings: Settings, options: RunOptions, display: Display) -> dict[str, Any]:
    """Run until the time is up, the session ends or a signal comes; the final summary."""
    if not options.paper:
        raise ConfigError("live trading is not built yet: run with --paper")
    if settings.fees.mode != "dated":
        raise ConfigError("fees.mode zero is for research replays: run needs dated")
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        return anyio.run(_run, settings, options, display, backend="asyncio")
    except BaseExceptionGroup as group:
        error = _expected(group)
        if error is None:
            raise
        raise error from group


def _expected(group: BaseExceptionGroup) -> ArbeesError | None:
    """What stopped the tasks, if a person can do something about it; a bug stays a traceback."""
    _, bugs = group.split(ArbeesError)
    invariant, errors = group.split(InvariantError)
    if bugs or invariant or errors is None:
        return None
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first if isinstance(first, ArbeesError) else None


async def _run(settings: Settings, options: RunOptions, display: Display) -> dict[str, Any]:
    process = Process(settings, options, display)
    prepare_home(process.home)
    leave_core(settings.engine.cpu)
    with ProcessLock(process.home / "arbees.lock"):
        if not options.simulated:
            return await _serve(process, real_venues(settings), None)
        async with Simulated(options) as simulated:
            process.session_clock = SessionClock(speed=options.speed)
            process.clock = process.session_clock
            return await _serve(process, simulated.venues(), simulated)


async def _serve(process: Process, venues: Venues, simulated: Simulated | None) -> dict[str, Any]:
    settings = process.settings
    forget_secrets()
    if settings.store.enabled:
        projection = Projection(compose.NETTING)
        process.outbox = Outbox(settings.store_url(), projection)
    pairs = await simulated.pairs() if simulated else []
    if simulated and process.session_clock:
        process.session_clock.update(await simulated.clock())
    runtime = _build(process)
    now = process.clock.now_ns()
    rows = [*pairs, *settings.link_rows()]
    linker = Linker(runtime, process.clock)
    held = runtime.engine.ledger.positions
    begin = begin_of(settings, venues, process.home, rows, held, simulated is not None)
    process.discovery = Discovery(begin, linker)
    if process.latch.is_on():
        runtime.deliver_event(ev.KillSet(True, process.latch.read().reason), now)
    rehearsal = warm_up(process.home)
    try:
        await _work(process, venues, runtime, linker, rehearsal, simulated)
    finally:
        runtime.close()  # whatever ended it: what the journal still holds goes to disk
    return _summary(process, runtime, simulated)


async def _work(
    process: Process,
    venues: Venues,
    runtime: Runtime,
    linker: Linker,
    rehearsal: Rehearsal,
    simulated: Simulated | None,
) -> None:
    """All tasks, until stopped."""
    settings = process.settings
    snapshot = Snapshot(process, runtime, linker.lives)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_signals, process)
        tasks.start_soon(_tick_paper, process, runtime)
        tasks.start_soon(_watch_latch, process, runtime)
        tasks.start_soon(keep_warm, rehearsal, settings.engine.keep_warm_ms)
        server = StatusServer(process.home, snapshot.take)
        tasks.start_soon(server.run)
        assert process.discovery is not None
        tasks.start_soon(process.discovery.run)
        if process.outbox:
            tasks.start_soon(process.outbox.run)
            tasks.start_soon(sample_prices, runtime, process.outbox, settings.store.prices_s)
        await _discover(process, simulated is not None)
        links = list(linker.links.values())
        process.feeds = await start_feeds(
            tasks, venues, settings, runtime, process.clock, links, process.discovery.look
        )
        linker.feeds = process.feeds
        hold_still()
        take_core(settings.engine.cpu)
        await _until_stopped(process, runtime, snapshot, tasks, simulated)
        if process.outbox:
            await process.outbox.close()
        tasks.cancel_scope.cancel()


async def _discover(process: Process, is_session: bool) -> None:
    """A session starts with all of its links; real venues are watched as they are found."""
    discovery = process.discovery
    if discovery is None or not is_session:
        return
    with anyio.move_on_after(FIRST_SCAN_S):
        await discovery.first_scan.wait()
        return
    said = discovery.stats()
    raise VenueUnavailable(
        f"the session's listings were not read: {said['error'] or said['state']}"
    )


def _build(process: Process) -> Runtime:
    """Log first, then ledger, then journal, then the engine that stands on them."""
    settings = process.settings
    path = process.home / "trades.log"
    records, torn = read_tradelog(path) if path.exists() else ([], None)
    ledger = compose.rebuild_ledger(records)
    if process.outbox:
        process.outbox.projection.prime(records)
    now = process.clock.now_ns()
    opening = compose.open_accounts(ledger, settings, now)
    epoch = f"{SystemClock().now_ns():x}"
    engine = engine_settings(settings, epoch)
    if settings.journal.enabled:
        head = compose.header(engine, ledger, process.latch.is_on())
        process.journal = JournalWriter(process.home / "journal" / epoch, head)
    log = TradeLogWriter(path, fsync=settings.journal.fsync)
    runtime = compose.build_runtime(
        engine, ledger, paper=paper_settings(settings), journal=process.journal, tradelog=log,
        outbox=process.outbox,
    )  # fmt: skip
    assert runtime.paper is not None
    runtime.use_gateway(
        LatchedPaperGateway(runtime.paper, process.latch.is_on, runtime.deliver_event)
    )
    voided = compose.orders_in_flight(records)
    if voided:
        runtime.log([OrdersVoided(voided, now)])
    runtime.log(opening)
    if torn:
        runtime.last_wire_error = f"trading log tail was torn: {torn}"
    return runtime


async def _until_stopped(
    process: Process,
    runtime: Runtime,
    snapshot: Snapshot,
    tasks: TaskGroup,
    simulated: Simulated | None,
) -> None:
    if simulated and process.session_clock:
        tasks.start_soon(process.session_clock.follow, simulated.clock_url)
        assert process.feeds is not None
        with anyio.move_on_after(DRAIN_S):
            await process.feeds.wait_ready()
        await simulated.start()
    display = process.display
    display.start()
    try:
        with anyio.move_on_after(process.options.duration_s):
            while not process.stopping.is_set():
                display.update(snapshot.take())
                with anyio.move_on_after(0.25):
                    await process.stopping.wait()
                if process.session_clock and process.session_clock.has_ended:
                    process.stop("the session ended")
        process.stop("time is up")
        if simulated:
            await _drain(process, runtime, simulated)
        runtime.advance(process.clock.now_ns() + 10**11)
    finally:
        display.update(snapshot.take())
        display.stop()


async def _drain(process: Process, runtime: Runtime, simulated: Simulated) -> None:
    """Stop the player and wait until every frame it served has been read. Both counts are taken
    then: a pong may still follow."""
    await simulated.stop()
    with anyio.move_on_after(DRAIN_S):
        while True:
            process.frames_read = runtime.frames_by_kind("ws")
            if process.frames_read == await simulated.frames_served():
                return
            await anyio.sleep(0.05)


def _summary(process: Process, runtime: Runtime, simulated: Simulated | None) -> dict[str, Any]:
    summary = compose.summary(runtime)
    summary["stopped"] = process.stop_reason
    summary["version"] = __version__
    if process.journal:
        summary["journal"] = str(process.journal.dir)
        summary["journal_error"] = process.journal.error
    if process.outbox:
        summary["store"] = process.outbox.stats()
    if simulated:
        summary["frames_ws"] = process.frames_read
        summary["frames_served"] = simulated.last_served
    return summary


async def _signals(process: Process) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for number in signals:
            process.stop(signal.Signals(number).name)


async def _tick_paper(process: Process, runtime: Runtime) -> None:
    """Paper orders arrive on time even when no frame comes."""
    while True:
        await anyio.sleep(PAPER_TICK_S)
        runtime.advance(process.clock.now_ns())


async def _watch_latch(process: Process, runtime: Runtime) -> None:
    """The latch on disk becomes an input when it changes, so that a replay sees it too."""
    while True:
        await anyio.sleep(LATCH_POLL_S)
        is_on = process.latch.is_on()
        if is_on != runtime.engine.risk_state.kill_on:
            reason = process.latch.read().reason if is_on else ""
            runtime.deliver_event(ev.KillSet(is_on, reason), process.clock.now_ns())
