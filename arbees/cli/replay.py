"""`arbees replay`."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from arbees.app.config import Fees, load_settings
from arbees.cli.tables import print_summary


def replay(
    folder: Annotated[Path, typer.Argument(help="A journal or a session folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="One final JSON object.")] = False,
    fees: Annotated[str | None, typer.Option(help="dated, or zero for research.")] = None,
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
) -> None:
    """Feed a recording through the same engine in virtual time, as fast as it goes."""
    from arbees.app.replay import replay as play

    settings = load_settings(config)
    if fees is not None:
        mode: Literal["dated", "zero"] = "zero" if fees == "zero" else "dated"
        settings = settings.model_copy(update={"fees": Fees(mode=mode)})
    summary = play(folder, settings)
    if as_json:
        typer.echo(json.dumps(summary))
    else:
        print_summary(summary)
