"""`arbees explain`."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from arbees.app.config import load_settings
from arbees.app.explain import BasketStory, stories
from arbees.errors import ConfigError
from arbees.tradelog import read_tradelog
from arbees.units import NS_PER_S, format_qty


def explain(
    name: Annotated[
        str, typer.Argument(help="Part of a basket's, intent's, order's or market's name.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Plain data.")] = False,
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
) -> None:
    """Tell from the trading log what was done about baskets, fill by fill, and what they hold."""
    path = Path(load_settings(config).home) / "trades.log"
    if not path.is_file():
        raise ConfigError(f"{path}: no trading log, nothing was traded; check ARBEES_HOME")
    records, _ = read_tradelog(path)
    found = stories(records, name)
    if not found:
        raise ConfigError(f"{path}: no basket, intent, order or market named like {name!r}")
    if as_json:
        typer.echo(json.dumps([story.plain() for story in found]))
        return
    for story in found:
        typer.echo(_headline(story))
        for ts_ns, text in story.lines if name else ():
            when = datetime.fromtimestamp(ts_ns / NS_PER_S, UTC)
            typer.echo(f"  {when:%Y-%m-%d %H:%M:%S.%f} {text}")


def _headline(story: BasketStory) -> str:
    held = ", ".join(f"{venue} {side} {format_qty(qty)}" for venue, _, side, qty in story.held)
    uneven = ": LEGS DIFFER" if story.is_uneven else ""
    return (
        f"{story.basket_id}: {story.trades} trades, {story.repairs} repairs, "
        f"holds {held or 'nothing'}{uneven}"
    )
