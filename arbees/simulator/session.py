"""Sessions the simulator plays: a catalogue, lines of frames and gaps, pairs."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One frame of a venue at a time (ns UTC); None is a gap: every book of the venue is void."""

    t: int
    venue: str
    frame: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class SessionData:
    """`plants` are the mispricings of a generated session, empty for a recording."""

    catalog: dict[str, Any]
    lines: list[Line]
    plants: list[dict[str, Any]]


def from_rows(
    catalog: dict[str, Any], rows: list[dict[str, Any]], plants: list[dict[str, Any]]
) -> SessionData:
    """A session of rows in the recording format."""
    lines = [
        Line(row["t"], row["venue"], row["frame"] if row["channel"] == "ws" else None)
        for row in rows
    ]
    return SessionData(catalog, lines, plants)


def load_session(folder: Path) -> SessionData:
    """A session folder: catalog.json, frames.jsonl.gz and, where generated, plants.json."""
    catalog = json.loads((folder / "catalog.json").read_bytes())
    with gzip.open(folder / "frames.jsonl.gz", "rt") as lines:
        rows = [json.loads(line) for line in lines]
    plants = folder / "plants.json"
    return from_rows(catalog, rows, json.loads(plants.read_bytes()) if plants.exists() else [])
