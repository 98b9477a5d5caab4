"""Tables for people: the live view of a running process and the summary at its end."""

import sys
import time
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table

MICRO = 1_000_000
PROGRESS_S = 2.0
BASKET_WIDTH = 60


def dollars(micro: int) -> str:
    return f"{micro / MICRO:,.4f}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", expand=True, box=SIMPLE_HEAD)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right", overflow="ellipsis")
    return table


def _feeds(said: dict[str, Any]) -> Table:
    table = _table("feeds", "feed", "mode", "age ms", "frames", "reconnects", "note")
    for feed in said.get("feeds", []):
        age_ms, connects = feed.get("age_ms"), int(feed.get("connects", 0))
        table.add_row(
            str(feed.get("name")), str(feed.get("mode")), "" if age_ms is None else str(age_ms),
            str(feed.get("frames")), str(max(0, connects - 1)), str(feed.get("error") or ""),
        )  # fmt: skip
    return table


def _funnel(said: dict[str, Any]) -> Table:
    table = _table("funnel", "stage", "in", "passed", "in flight", "refused")
    for stage, row in said.get("funnel", {}).items():
        refused = ", ".join(f"{reason} {n}" for reason, n in row["refused"].items())
        table.add_row(stage, str(row["in"]), str(row["passed"]), str(row["in_flight"]), refused)
    return table


def _opportunities(said: dict[str, Any]) -> Table:
    table = _table("latest opportunities", "basket", "contracts", "net edge $")
    for row in reversed(said.get("opportunities", [])):
        table.add_row(
            row["basket"][:BASKET_WIDTH], f"{row['qty'] / MICRO:,.2f}", dollars(row["edge"])
        )
    return table


def _positions(said: dict[str, Any]) -> Table:
    table = _table("positions", "instrument", "venue", "contracts", "cost $")
    for row in said.get("positions", [])[:12]:
        name = row["instrument"]
        table.add_row(
            name if len(name) < 40 else f"{name[:18]}…{name[-6:]}", row["venue"],
            f"{row['qty'] / MICRO:,.2f}", dollars(row["cost"]),
        )  # fmt: skip
    return table


def _uneven(said: dict[str, Any]) -> Table:
    """Baskets whose legs differ in size, and why they still do."""
    table = _table("uneven legs", "basket", "held", "waits because")
    for row in said.get("uneven", []):
        held = ", ".join(
            f"{leg['venue']} {leg['side']} {leg['qty'] / MICRO:,.2f}" for leg in row["legs"]
        )
        table.add_row(row["basket"], held, row["reason"] or "orders are on their way")
    return table


def _channels(said: dict[str, Any]) -> Table:
    table = _table("channels", "channel", "depth", "high water", "capacity", "dropped")
    for row in said.get("channels", []):
        table.add_row(
            row["name"], str(row["depth"]), str(row["high_water"]), str(row["capacity"]),
            str(row["dropped"]),
        )  # fmt: skip
    return table


def headline(said: dict[str, Any]) -> str:
    """One line that says how it goes."""
    kill = said.get("kill", {})
    books, late = said.get("books", {}), said.get("latency_us", {})
    mode = "TRADING LIVE" if said.get("mode") == "live" else "trading on paper"
    killed = f"KILLED: {kill.get('reason')}" if kill.get("on") else mode
    unrecorded = said.get("journal", {}).get("error")
    note = f" | NOT RECORDED: {unrecorded}" if unrecorded else ""
    store = said.get("store") or {}
    note += f" | DATABASE: {store['error']}" if store.get("error") else ""
    if said.get("differences"):
        note += f" | THE VENUES SAY OTHERWISE: {'; '.join(said['differences'])}"
    return (
        f"{killed} | frames {said.get('frames', 0)} | books {books.get('valid', 0)}"
        f"/{books.get('watched', 0)} valid | opportunities {said.get('opportunities_total', 0)}"
        f" | orders {said.get('orders', 0)} | fills {said.get('fills', 0)}"
        f" | P&L at the bid ${dollars(said.get('pnl_micro', 0))}"
        f" | order p50 {late.get('p50', 0):.0f} p99 {late.get('p99', 0):.0f} us"
        f"{note}"
    )


def catalogue(said: dict[str, Any]) -> str:
    """One line that says what discovery knows; empty where there is none."""
    found = said.get("discovery") or {}
    if not found:
        return ""
    listed = ", ".join(f"{venue} {n}" for venue, n in found.get("listed", {}).items())
    dropped = sum(found.get("dropped", {}).values())
    stages = ", ".join(f"{n} {stage}" for stage, n in said.get("event_stages", {}).items())
    events = f" | events {stages}" if stages else ""
    error = f" | {found['error']}" if found.get("error") else ""
    return (
        f"catalogue: {found.get('state')} | listed {listed or 'nothing yet'} | left out {dropped}"
        f" | pairs {found.get('pairs', 0)} | links {found.get('links', 0)}{events}{error}"
    )


def render(said: dict[str, Any]) -> RenderableType:
    """The whole view of one status."""
    return Group(
        Panel("\n".join(filter(None, (headline(said), catalogue(said)))), title="arbees"),
        *([_uneven(said)] if said.get("uneven") else []),
        _positions(said),
        _opportunities(said),
        _funnel(said),
        _feeds(said),
        _channels(said),
    )


class LiveTable:
    """Follows a run: a live table on a terminal, else a line every other second on stderr."""

    def __init__(self, *, as_json: bool) -> None:
        self._console = Console(stderr=as_json)
        self._live: Live | None = None
        self._last_s = 0.0

    def start(self) -> None:
        if self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False)
            self._live.start()

    def update(self, said: dict[str, Any]) -> None:
        if self._live is not None:
            self._live.update(render(said), refresh=True)
            return
        now = time.monotonic()
        if now - self._last_s >= PROGRESS_S:
            self._last_s = now
            sys.stderr.write(headline(said) + "\n")

    def stop(self) -> None:
        if self._live is not None:
            self._live.stop()


def print_summary(summary: dict[str, Any]) -> None:
    """The end of a run or replay, for people."""
    table = Table(title="summary", title_justify="left", show_header=False)
    for key in ("stopped", "frames", "events", "wire_errors", "opportunities", "intents",
                "approved", "orders", "fills"):  # fmt: skip
        if key in summary:
            table.add_row(key, str(summary[key]))
    table.add_row("refused", ", ".join(f"{r} {n}" for r, n in summary["refused"].items()))
    table.add_row("P&L at the bid $", dollars(summary["pnl_micro"]))
    table.add_row("fees $", dollars(summary["fees_micro"]))
    for venue, cash in summary["cash_micro"].items():
        table.add_row(f"cash {venue} $", dollars(cash))
    table.add_row("open positions", str(len(summary["positions"])))
    late = summary["latency_us"]
    table.add_row(
        "frame to order, us",
        f"p50 {late['p50']:.0f}  p99 {late['p99']:.0f}  max {late['max']:.0f}  n {late['n']}",
    )
    table.add_row("digest", summary["digest"])
    for name in ("store", "discovery"):
        if error := (summary.get(name) or {}).get("error"):
            table.add_row(f"{name}: trouble", str(error))
    if summary.get("journal"):
        table.add_row("journal", summary["journal"])
    if "differences" in summary:
        table.add_row("venues say", "; ".join(summary["differences"]) or "the same")
    if summary.get("journal_error"):
        table.add_row("not recorded", summary["journal_error"])
    Console().print(table)
