"""`arbees db`."""

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
) -> None:
    """Write anew what the trading log tells: orders, fills, positions, bankroll."""
    from arbees.app.rebuild import rebuild_store

    typer.echo(f"{rebuild_store(load_settings(config))} rows written from the trading log")
