"""`arbees links`: what the matcher claims, why, and how often it is right."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from arbees.matching.evaluate import Miss, Report, Score

app = typer.Typer(help="Links between outcomes: list, show, decide, measure.", no_args_is_help=True)


@app.command("eval")
def evaluate(
    files: Annotated[list[Path], typer.Argument(help="Labelled pairs, JSONL.")],
    as_json: Annotated[bool, typer.Option("--json", help="One final JSON object.")] = False,
) -> None:
    """Score the matcher on labelled pairs: identity only, unknown counts as a miss."""
    from arbees.app.links import evaluate as run

    report = run(files)
    if as_json:
        typer.echo(msgspec.json.encode(report_object(report)).decode())
    else:
        print_report(report)


def report_object(report: Report) -> dict[str, Any]:
    """The report as one JSON object."""
    return {
        "total": _figures(report.total),
        "sources": {name: _figures(each) for name, each in sorted(report.sources.items())},
        "domains": {name: _figures(each) for name, each in sorted(report.domains.items())},
        "false_positives": [_miss(each) for each in report.false_yes],
        "missed": [_miss(each) for each in report.missed],
    }


def _figures(score: Score) -> dict[str, Any]:
    figures = msgspec.to_builtins(score)
    return {**figures, "precision": score.precision(), "recall": score.recall()}


def _miss(miss: Miss) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(miss)
    return found


def print_report(report: Report) -> None:
    """A table per source and domain, then every wrong yes with its fields."""
    table = Table(title="identity of labelled pairs")
    for column in ("of", "tp", "fp", "fn", "tn", "unknown", "excluded", "precision", "recall"):
        table.add_column(column)
    rows = [("all", report.total), *sorted(report.sources.items())]
    for name, each in [*rows, *sorted(report.domains.items())]:
        counts = (each.tp, each.fp, each.fn, each.tn, each.unknown, each.excluded)
        shares = (f"{each.precision():.4f}", f"{each.recall():.4f}")
        table.add_row(name, *map(str, counts), *shares)
    console = Console()
    console.print(table)
    for miss in report.false_yes:
        console.print(f"wrong {miss.answer} (labelled {miss.label}): {miss.a} ~ {miss.b}")
        for check in miss.checks:
            console.print(f"  {check.field}: {check.said} | {check.a} | {check.b}")
