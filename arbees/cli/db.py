"""`arbees db`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from arbees.app.config import load_settings
from arbees.app.home import prepare_home

app = typer.Typer(help="The database behind the process.", no_args_is_help=True)


@app.command("upgrade")
def upgrade(
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
) -> None:
    """Create or migrate the tables."""
    from arbees.store.migrate import upgrade as migrate

    settings = load_settings(config)
    prepare_home(Path(settings.home))
    typer.echo(f"database at revision {migrate(settings.store_url())}")


@app.command("rebuild")
def rebuild(
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Rows per table.")] = False,
) -> None:
    """Make orders, fills, paper trades, positions and bankroll anew from the trading log."""
    from arbees.app.rebuild import rebuild_database

    counts = rebuild_database(load_settings(config))
    if as_json:
        typer.echo(json.dumps(counts))
    else:
        typer.echo("rebuilt: " + ", ".join(f"{name} {n}" for name, n in counts.items()))
