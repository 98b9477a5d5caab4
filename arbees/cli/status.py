"""`arbees status`."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from arbees.app.config import load_settings
from arbees.app.status import fetch_status
from arbees.cli.tables import render

REFRESH_S = 0.5


def status(
    once: Annotated[bool, typer.Option("--once", help="Print once and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Plain data, once.")] = False,
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
) -> None:
    """Show the running process: feeds, books, opportunities, funnel, positions, latency."""
    home = Path(load_settings(config).home)
    said = fetch_status(home)
    if as_json:
        typer.echo(json.dumps(said))
        return
    console = Console()
    if once or not console.is_terminal:
        console.print(render(said))
        return
    with Live(render(said), console=console, refresh_per_second=4) as live:
        while True:
            time.sleep(REFRESH_S)
            live.update(render(fetch_status(home)))
