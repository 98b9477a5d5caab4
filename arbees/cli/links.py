"""`arbees links`: what the matcher claims, why, and how often it is right."""

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from arbees.app.config import load_settings
from arbees.cli import link_tables
from arbees.errors import ConfigError
from arbees.matching.decisions import Choice, Link
from arbees.matching.verdicts import Answer

if TYPE_CHECKING:
    from arbees.app.linking import Linked

app = typer.Typer(help="Links between outcomes: list, show, decide, measure.", no_args_is_help=True)
Source = Annotated[
    Path | None, typer.Option("--from", help="Folder of listings; default: what the last run read.")
]
RELATIONS = ("same", "inverse")
OPPOSITE = (Answer.SAME, Answer.INVERSE)
Json = Annotated[bool, typer.Option("--json", help="One final JSON object.")]


def _home() -> Path:
    return Path(load_settings(None).home)


def _linked(source: Path | None) -> "Linked":
    from arbees.app.linking import linked

    return linked(source, _home())


@app.command("list")
def show_all(
    source: Source = None,
    as_json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The table of docs/.")] = False,
) -> None:
    """Pairs of one identity and sets of outcomes, with what the machine or a person says."""
    linked = _linked(source)
    if as_json:
        typer.echo(msgspec.json.encode(link_tables.as_object(linked)).decode())
    elif markdown:
        typer.echo(link_tables.as_markdown(linked))
    else:
        link_tables.print_links(linked)


@app.command()
def show(link: Annotated[str, typer.Argument(help="Link id.")], source: Source = None) -> None:
    """One link: every field of both sides and where it was read."""
    from arbees.app.linking import find

    link_tables.print_link(find(_linked(source), link))


@app.command()
def why(
    a: Annotated[str, typer.Argument(help="Kalshi ticker.")],
    b: Annotated[str, typer.Argument(help="Polymarket condition id or slug.")],
    source: Source = None,
    as_json: Json = False,
) -> None:
    """Why two markets are, or are not, the same."""
    from arbees.app.linking import why as ask

    found = ask(source, _home(), a, b)
    if as_json:
        typer.echo(msgspec.json.encode(link_tables.link_object(found)).decode())
    else:
        link_tables.print_link(found)


def _decide(choice: Choice, link: str, source: Path | None, relation: str, note: str) -> None:
    from arbees.app.linking import decide, find

    found: Link = find(_linked(source), link)
    if relation not in ("", *RELATIONS):
        raise ConfigError(f"--as {relation}: say {' or '.join(RELATIONS)}")
    said = Answer(relation) if relation else found.verdict.identity
    own = found.verdict.identity
    if choice is Choice.APPROVE and own in OPPOSITE and said is not own:
        raise ConfigError(
            f"{found.link}: by its terms it is {own.value}; as {said.value} it would lose every"
            f" time. See `arbees links show {found.link}`"
        )
    said = Answer.UNKNOWN if choice is Choice.VETO else said
    when = datetime.now(UTC).isoformat(timespec="seconds")
    decide(found, choice, said, getpass.getuser(), when, note, _home())
    typer.echo(f"{found.link}: {choice.value}, stored; it holds until either side's terms change")


@app.command()
def approve(
    link: Annotated[str, typer.Argument(help="Link id.")],
    source: Source = None,
    relation: Annotated[str, typer.Option("--as", help="same or inverse.")] = "",
    note: Annotated[str, typer.Option(help="What was read.")] = "",
) -> None:
    """Let a pair be traded on your word, for as long as its terms stay as they are."""
    _decide(Choice.APPROVE, link, source, relation, note)


@app.command()
def veto(
    link: Annotated[str, typer.Argument(help="Link id.")],
    source: Source = None,
    note: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Forbid a pair, whatever the machine says."""
    _decide(Choice.VETO, link, source, "", note)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="JSONL file to write.")], source: Source = None
) -> None:
    """Write every tradable link with its evidence."""
    links = [each for each in _linked(source).links if each.is_tradable]
    lines = [msgspec.json.encode(link_tables.link_object(each)) for each in links]
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    typer.echo(f"{file}: {len(links)} links")


@app.command("eval")
def evaluate(
    files: Annotated[list[Path], typer.Argument(help="Labelled pairs, JSONL.")],
    as_json: Json = False,
) -> None:
    """Score the matcher on labelled pairs: identity only, unknown counts as a miss."""
    from arbees.app.links import evaluate as run

    report = run(files)
    if as_json:
        said: dict[str, Any] = link_tables.report_object(report)
        typer.echo(msgspec.json.encode(said).decode())
    else:
        link_tables.print_report(report)
