"""`arbees run`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from arbees.app.config import load_settings
from arbees.app.options import RunOptions
from arbees.cli.durations import seconds
from arbees.cli.tables import LiveTable, print_summary


def run(
    paper: Annotated[bool, typer.Option("--paper", help="Trade on paper.")] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Send orders; with --simulated only.")
    ] = False,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Against the built-in simulator.")
    ] = False,
    session: Annotated[
        Path | None, typer.Option(help="Session folder the simulator plays.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of a generated session.")] = None,
    speed: Annotated[float, typer.Option(help="Session seconds per second.")] = 1.0,
    duration: Annotated[
        str | None, typer.Option("--for", help="How long, e.g. 60s, 5m, 1h.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One final JSON object.")] = False,
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
) -> None:
    """Watch both venues and trade until stopped: on paper, or live against the simulator."""
    from arbees.app.run import run as run_until_stopped

    options = RunOptions(
        paper=paper,
        live=live,
        simulated=simulated,
        session=session,
        seed=seed,
        speed=speed,
        duration_s=seconds(duration) if duration else None,
    )
    summary = run_until_stopped(load_settings(config), options, LiveTable(as_json=as_json))
    if as_json:
        typer.echo(json.dumps(summary))
    else:
        print_summary(summary)
