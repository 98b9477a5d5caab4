"""Commands: parse options, call app, print. Every failure on purpose is one clear line."""

import sys

import typer

from arbees.cli import db, explain, killswitch, links, replay, run, simulate, status
from arbees.errors import ArbeesError

INTERRUPTED = 130

app = typer.Typer(
    help="Trades mispricing between prediction markets.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("run")(run.run)
app.command("status")(status.status)
app.command("explain")(explain.explain)
app.command("replay")(replay.replay)
app.add_typer(killswitch.app, name="killswitch")
app.add_typer(simulate.app, name="simulate")
app.add_typer(db.app, name="db")
app.add_typer(links.app, name="links")


def main() -> None:
    """Console script. Exit code 2 and one line on stderr for what Arbees refuses or cannot do, and
    for a file or folder that the system refuses."""
    try:
        app()
    except ArbeesError as error:
        sys.stderr.write(f"arbees: {error}\n")
        raise SystemExit(2) from error
    except OSError as error:
        if error.filename is None:
            raise
        sys.stderr.write(f"arbees: {error.filename}: {error.strerror}\n")
        raise SystemExit(2) from error
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
