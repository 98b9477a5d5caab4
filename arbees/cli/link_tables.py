"""Tables and objects of `arbees links`."""

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
from rich.console import Console
from rich.table import Table

from arbees.matching.checks import as_shown
from arbees.matching.decisions import Link
from arbees.matching.evaluate import Report, Score

if TYPE_CHECKING:
    from arbees.app.linking import Linked

DOLLAR = 1_000_000


def report_object(report: Report) -> dict[str, Any]:
    """A report as one JSON object."""
    return {
        "total": _figures(report.total),
        "sources": {name: _figures(each) for name, each in sorted(report.sources.items())},
        "domains": {name: _figures(each) for name, each in sorted(report.domains.items())},
        "false_positives": msgspec.to_builtins(report.false_yes),
        "missed": msgspec.to_builtins(report.missed),
    }


def _figures(score: Score) -> dict[str, Any]:
    figures = msgspec.to_builtins(score)
    return {**figures, "precision": score.precision(), "recall": score.recall()}


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


def link_object(link: Link) -> dict[str, Any]:
    """A link with its evidence."""
    return {
        "link": link.link,
        "a": {"venue": link.a.venue, "market": link.a.market_id},
        "b": {"venue": link.b.venue, "market": link.b.market_id, "negated": link.b.negated},
        "relation": link.relation.value,
        "is_tradable": link.is_tradable,
        "identity": link.verdict.identity.value,
        "answer": link.verdict.answer.value,
        "deciding": list(link.verdict.deciding),
        "basis_risk_micro": link.verdict.basis_risk,
        "version": link.verdict.version,
        "checks": [msgspec.to_builtins(as_shown(check)) for check in link.verdict.checks],
        "decision": msgspec.to_builtins(link.decision),
    }


def as_object(linked: "Linked") -> dict[str, Any]:
    """Links, sets and counts."""
    return {
        "read": linked.read,
        "dropped": linked.dropped,
        "links": [link_object(link) for link in linked.links],
        "sets": [msgspec.to_builtins(each) for each in linked.sets],
    }


def print_links(linked: "Linked") -> None:
    """One row per link, then the counts of sets."""
    table = Table(title="links")
    for column in ("id", "kalshi", "polymarket", "identity", "counts as", "decided by", "risk $"):
        table.add_column(column)
    for link in linked.links:
        said = link.decision
        table.add_row(
            link.link, link.a.market_id, link.b.market_id[:18], link.verdict.identity.value,
            link.relation.value, said.who if said else ", ".join(link.verdict.deciding),
            f"{link.verdict.basis_risk / DOLLAR:.2f}",
        )  # fmt: skip
    console = Console()
    console.print(table)
    proved = sum(each.proof.is_exhaustive for each in linked.sets)
    console.print(f"{len(linked.sets)} sets, {proved} proved; read {linked.read}")
    for reason, count in linked.dropped.items():
        console.print(f"left out: {count} {reason}")


def print_link(link: Link) -> None:
    """Every field of both sides with its source; plain lines, which wrap at any width."""
    verdict, said = link.verdict, link.decision
    lines = [
        f"{link.link}: {link.relation.value} (identity {verdict.identity.value})",
        f"a: {link.a.venue} {link.a.market_id}",
        f"b: {link.b.venue} {link.b.market_id}{' (its NO side)' if link.b.negated else ''}",
        f"decided by: {', '.join(verdict.deciding) or 'every field'}; "
        f"worst loss ${verdict.basis_risk / DOLLAR:.2f} a contract",
    ]
    if said is not None:
        lines.append(f"{said.choice.value} by {said.who} at {said.when}: {said.note}")
    for check in verdict.checks:
        lines.append(f"{check.field}: {check.said.value} {check.note}".rstrip())
        lines += [
            f"  {mark}: {value or 'unread'}  [{source}]"
            for mark, value, source in (
                ("a", check.a, check.a_source),
                ("b", check.b, check.b_source),
            )
        ]
    Console().print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)


def as_markdown(linked: "Linked") -> str:
    """The page of docs/: linked pairs by event, sets proved, sets refused with reasons."""
    lines = [
        f"Read: {linked.read['kalshi']} Kalshi markets, {linked.read['polymarket']} Polymarket "
        f"markets. Left out: "
        + ("; ".join(f"{n} {why}" for why, n in sorted(linked.dropped.items())) or "none")
        + ".",
        "",
        f"## Linked pairs ({len(linked.links)})",
        "",
        "| Kalshi | Polymarket | of whom | identity | verdict | decided by |",
        "|---|---|---|---|---|---|",
    ]
    for link in linked.links:
        who = link.a.subject.value
        shown = (who.name or who.entity) if who else ""
        lines.append(
            f"| {link.a.market_id} | {link.b.market_id[:14]}… | {shown} | "
            f"{link.verdict.identity.value} | {link.relation.value} | "
            f"{', '.join(link.verdict.deciding)} |"
        )
    return "\n".join([*lines, "", *_sets(linked)])


def _sets(linked: "Linked") -> list[str]:
    proved = [each for each in linked.sets if each.proof.is_exhaustive]
    lines = [f"## Sets proved exhaustive ({len(proved)})", ""]
    lines += [f"- {each.venue} {each.event}: {each.title} ({each.size})" for each in proved]
    refused: dict[str, list[str]] = defaultdict(list)
    for each in linked.sets:
        if not each.proof.is_exhaustive:
            refused["; ".join(each.proof.reasons)].append(f"{each.event} ({each.size})")
    counts = Counter({reason: len(events) for reason, events in refused.items()})
    lines += ["", f"## Sets refused ({counts.total()})", "", "| reason | sets | events |"]
    lines.append("|---|---|---|")
    for reason, count in counts.most_common():
        lines.append(f"| {reason} | {count} | {', '.join(refused[reason])} |")
    return lines
