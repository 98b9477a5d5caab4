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
) -> None:
    """HTTP and WebSocket servers on loopback that speak the venues' protocols."""
    from arbees.simulator.__main__ import main

    arguments = ["--speed", str(speed)]
    arguments += ["--session", str(session)] if session else ["--seed", str(seed)]
    arguments += ["--json"] if as_json else []
    arguments += ["--autostart"] if autostart else []
    sys.exit(main(arguments))
