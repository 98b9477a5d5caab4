"""`arbees run`: composes the process and runs it until it is told to stop.

Everything that touches the outside is started here; the engine only sees the Runtime.
"""

import signal
import sys
from typing import Any

import anyio
from anyio.abc import TaskGroup

from arbees import __version__
from arbees.app import compose
from arbees.app.build import build
from arbees.app.config import Settings
from arbees.app.cores import leave_core, take_core
from arbees.app.discovering import begin_of
from arbees.app.discovery.client import Discovery
from arbees.app.discovery.linker import Linker
from arbees.app.feeds import start_feeds
from arbees.app.home import claim_home, prepare_home
from arbees.app.live import Live
from arbees.app.options import Display, RunOptions
from arbees.app.prices import sample_prices
from arbees.app.process import Process
from arbees.app.secrets import forget_secrets
from arbees.app.session_clock import SessionClock
from arbees.app.simulated import Simulated, Venues, real_venues
from arbees.app.snapshot import Snapshot
from arbees.app.status import ProcessLock, StatusServer
from arbees.app.warm import Rehearsal, hold_still, keep_warm, warm_up
from arbees.errors import (
    ArbeesError,
    ConfigError,
    InvariantError,
    VenueError,
    VenueUnavailable,
    WireError,
)
from arbees.messages import events as ev
from arbees.pipeline.runtime import Runtime
from arbees.store.outbox import Outbox
from arbees.store.projection import Projection

SWITCH_INTERVAL_S = 0.0005
"""A worker thread may hold the interpreter this long; the default 5 ms would be our p99."""
PAPER_TICK_S = 0.005
LATCH_POLL_S = 0.1
DRAIN_S = 5.0
SPEED_MAX = 10_000.0
FIRST_SCAN_S = 60.0


def run(settings: Settings, options: RunOptions, display: Display) -> dict[str, Any]:
    """Run until the time is up, the session ends or a signal comes; the final summary."""
    if options.paper == options.live:
        raise ConfigError("say how to trade: run with --paper, or with --live --simulated")
    if not options.simulated and (options.session or options.seed is not None):
        raise ConfigError("--seed and --session are the simulator's: run with --simulated")
    if options.session and options.seed is not None:
        raise ConfigError("--session plays what was recorded, --seed makes it up: name one")
    if not (0 < options.speed < SPEED_MAX):
        raise ConfigError(f"--speed {options.speed:g}: above 0 and below {SPEED_MAX:g}")
    if options.live and not options.simulated:
        raise ConfigError(
            "live trading on the real venues is refused: the checks that must come before it are"
            " not built yet. Run with --paper, or rehearse with --live --simulated"
        )
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
        claim_home(process.home, "live" if options.live else "paper")
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
    async with anyio.create_task_group() as tasks:
        if process.options.live:
            process.live = Live(settings, venues, process.clock, process.latch.is_on)
            await process.live.open(tasks)
        summary = await _trade(process, venues, simulated, pairs, tasks)
        tasks.cancel_scope.cancel()
    return summary


async def _trade(
    process: Process,
    venues: Venues,
    simulated: Simulated | None,
    pairs: list[dict[str, str]],
    tasks: TaskGroup,
) -> dict[str, Any]:
    settings = process.settings
    runtime = build(process)
    if process.live:
        await process.live.go(tasks, runtime)
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
        if process.live:
            await process.live.learn(runtime)
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
        if process.live:
            await _end_live(process.live, runtime, simulated)
        elif simulated:
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


async def _end_live(live: Live, runtime: Runtime, simulated: Simulated | None) -> None:
    """Nothing new comes any more; orders and fills get their ends, then the books are compared."""
    if simulated:
        await simulated.stop()
    is_quiet = await live.settle_down(runtime, DRAIN_S)
    try:
        await live.compare(runtime)
    except (VenueError, WireError) as error:
        live.differences.append(f"not compared: {error}")
    if not is_quiet:
        live.differences.append(f"orders or fills without an end after {DRAIN_S:g} s")


def _summary(process: Process, runtime: Runtime, simulated: Simulated | None) -> dict[str, Any]:
    summary = compose.summary(runtime)
    summary["stopped"] = process.stop_reason
    summary["version"] = __version__
    if process.journal:
        summary["journal"] = str(process.journal.dir)
        summary["journal_error"] = process.journal.error
    if process.discovery:
        summary["discovery"] = process.discovery.stats()
    if process.outbox:
        summary["store"] = process.outbox.stats()
    if process.live:
        summary["venue_cash_micro"] = process.live.cash
        summary["differences"] = process.live.differences
    elif simulated:
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
