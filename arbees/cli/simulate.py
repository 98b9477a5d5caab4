"""`arbees simulate`: the other side of the wire."""

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Serve or generate a synthetic session.", no_args_is_help=True)


@app.command("serve")
def serve(
    session: Annotated[Path | None, typer.Option(help="Session folder to play.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of a generated session.")] = 1,
    speed: Annotated[float, typer.Option(help="Session seconds per second.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the endpoints first.")] = False,
    autostart: Annotated[bool, typer.Option(help="Play without waiting for a client.")] = True,
    read_lag: Annotated[int, typer.Option(help="Milliseconds that Kalshi's reads lag.")] = 0,
    tier: Annotated[str, typer.Option(help="Kalshi rate tier: basic or prestige.")] = "basic",
    fault: Annotated[
        list[str] | None, typer.Option(help="Arm a fault: name[,key=value…], see docs/simulator.md")
    ] = None,
    fault_seed: Annotated[int | None, typer.Option(help="Draw faults from this seed.")] = None,
    fault_rate: Annotated[float, typer.Option(help="Chance of each drawn fault.")] = 0.001,
    fault_names: Annotated[str, typer.Option(help="Faults to draw.")] = "gap,duplicate,disconnect",
) -> None:
    """HTTP and WebSocket servers on loopback that speak the venues' protocols."""
    from arbees.simulator.__main__ import main

    arguments = ["--speed", str(speed)]
    arguments += ["--session", str(session)] if session else ["--seed", str(seed)]
    arguments += ["--json"] if as_json else []
    arguments += ["--autostart"] if autostart else []
    arguments += ["--read-lag", str(read_lag), "--tier", tier]
    for text in fault or []:
        arguments += ["--fault", text]
    if fault_seed is not None:
        arguments += ["--fault-seed", str(fault_seed), "--fault-rate", str(fault_rate)]
        arguments += ["--fault-names", fault_names]
    sys.exit(main(arguments))
