"""`python -m arbees.simulator`: serve a recorded or generated session on loopback."""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from arbees.simulator.bulk import enlarge
from arbees.simulator.faults import Faults, parse_fault
from arbees.simulator.generate import generate
from arbees.simulator.kalshi.desk import Options
from arbees.simulator.kalshi.limits import TIERS
from arbees.simulator.server import serve
from arbees.simulator.session import SessionData, from_rows, load_session

DURATION_S = 120.0
PLANTS = 40
PARENT_POLL_S = 1.0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="arbees simulate serve")
    parser.add_argument("--session", type=Path, help="session folder to play")
    parser.add_argument("--seed", type=int, default=1, help="seed of a generated session")
    parser.add_argument("--speed", type=float, default=1.0, help="session seconds per second")
    parser.add_argument("--duration", type=float, default=DURATION_S, help="seconds to generate")
    parser.add_argument("--plants", type=int, default=PLANTS, help="mispricings to plant")
    parser.add_argument(
        "--bulk", type=int, nargs=3, metavar=("KALSHI", "POLYMARKET", "GAMES"),
        help="markets of each venue in all, and games that both list",
    )  # fmt: skip
    parser.add_argument("--read-lag", type=int, default=0, help="ms that Kalshi's reads lag")
    parser.add_argument("--tier", choices=sorted(TIERS), default="basic", help="Kalshi rate tier")
    parser.add_argument("--anonymous-rate", type=int, help="Kalshi tokens/s of unsigned requests")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME[,key=value…]", help="arm a fault"
    )
    parser.add_argument("--fault-seed", type=int, help="draw faults from this seed")
    parser.add_argument("--fault-rate", type=float, default=0.001, help="chance of each")
    parser.add_argument("--fault-names", default="gap,duplicate,disconnect", help="which to draw")
    parser.add_argument("--json", action="store_true", help="print the endpoints as one line")
    parser.add_argument("--autostart", action="store_true", help="play at once")
    arguments = parser.parse_args(argv)
    try:
        faults_of(arguments)
    except ValueError as error:
        parser.error(str(error))
    return arguments


def session_of(arguments: argparse.Namespace) -> SessionData:
    """The session that the arguments name."""
    if arguments.session is not None:
        return load_session(arguments.session)
    catalog, rows, plants = generate(
        arguments.seed, duration_s=arguments.duration, plants=arguments.plants
    )
    if arguments.bulk:
        kalshi, polymarket, games = arguments.bulk
        catalog, rows = enlarge(catalog, rows, kalshi, polymarket, games, arguments.seed)
    return from_rows(catalog, rows, plants)


def faults_of(arguments: argparse.Namespace) -> Faults:
    """The faults that the arguments arm and draw. Raises ValueError for unknown ones."""
    faults = Faults()
    for text in arguments.fault:
        faults.arm(**parse_fault(text))
    if arguments.fault_seed is not None:
        names = arguments.fault_names.split(",")
        faults.draw(arguments.fault_seed, arguments.fault_rate, names)
    return faults


def options_of(arguments: argparse.Namespace) -> Options:
    """How the simulated Kalshi is to behave."""
    return Options(
        speed=arguments.speed, read_lag_ms=arguments.read_lag, tier=TIERS[arguments.tier],
        anonymous_rate=arguments.anonymous_rate,
    )  # fmt: skip


async def _parent_gone(stop: asyncio.Event) -> None:
    """A child whose parent died has nobody to serve."""
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110
        await asyncio.sleep(PARENT_POLL_S)
    stop.set()


async def _serve(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def ready(endpoints: dict[str, Any]) -> None:
        indent = None if arguments.json else 2
        sys.stdout.write(json.dumps(endpoints, indent=indent) + "\n")
        sys.stdout.flush()

    watch = asyncio.create_task(_parent_gone(stop))
    await serve(
        session_of(arguments), speed=arguments.speed, on_ready=ready, stop=stop,
        autostart=arguments.autostart, faults=faults_of(arguments),
        kalshi_options=options_of(arguments),
    )  # fmt: skip
    watch.cancel()


def main(argv: Sequence[str] | None = None) -> int:
    asyncio.run(_serve(_arguments(argv)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
