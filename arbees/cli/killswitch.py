"""`arbees killswitch`: works whether or not the process runs."""

import json
from pathlib import Path
from typing import Annotated

import typer

from arbees.app.config import load_settings
from arbees.app.killswitch import KillLatch

app = typer.Typer(help="Stop all orders, now and after restarts.", no_args_is_help=True)
Config = Annotated[Path | None, typer.Option(help="Configuration file.")]


def _latch(config: Path | None) -> KillLatch:
    return KillLatch(Path(load_settings(config).home) / "kill")


@app.command("on")
def on(
    reason: Annotated[str, typer.Option(help="Kept with the latch.")] = "operator",
    config: Config = None,
) -> None:
    """Latch: no order leaves until it is released."""
    state = _latch(config).set(reason)
    typer.echo(f"kill latch ON since {state.since}: {state.reason}")


@app.command("off")
def off(config: Config = None) -> None:
    """Release the latch."""
    _latch(config).clear()
    typer.echo("kill latch off")


@app.command("status")
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Plain data.")] = False,
    config: Config = None,
) -> None:
    """Say whether the latch is on, why and since when."""
    state = _latch(config).read()
    if as_json:
        typer.echo(json.dumps({"on": state.on, "reason": state.reason, "since": state.since}))
    elif state.on:
        typer.echo(f"kill latch ON since {state.since or 'unknown'}: {state.reason}")
    else:
        typer.echo("kill latch off")
