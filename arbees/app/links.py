"""The matcher's files and reports: the only place where matching meets the disk."""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from arbees.errors import ConfigError
from arbees.matching.conventions import Conventions
from arbees.matching.entities import Directory
from arbees.matching.evaluate import Correction, Report, Row, score
from arbees.matching.matcher import Matcher

CONVENTIONS = "conventions.toml"
CORRECTIONS = "corrections.jsonl"


def data_file(name: str) -> str:
    """The text of one of the package's entity data files."""
    return (resources.files("arbees.matching") / "data" / name).read_text("utf-8")


@cache
def load_directory() -> Directory:
    """Every entity table of the package."""
    folder = resources.files("arbees.matching") / "data"
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".toml"))
    return Directory({name: data_file(name) for name in names if name != CONVENTIONS})


@cache
def load_conventions() -> Conventions:
    """The table of settlement conventions."""
    return Conventions(data_file(CONVENTIONS))


@cache
def load_matcher() -> Matcher:
    """The matcher on the package's tables."""
    return Matcher(load_directory(), load_conventions())


def load_corrections() -> dict[str, Correction]:
    """Labels corrected by reading, and rows off the list, each with its reason."""
    lines = data_file(CORRECTIONS).splitlines()
    found = [msgspec.json.decode(line, type=Correction) for line in lines if line.strip()]
    return {each.id: each for each in found}


def evaluate(files: Iterable[Path]) -> Report:
    """Scores labelled files. Raises ConfigError naming the file and line that is no row."""
    return score(rows_of(files), load_matcher(), load_corrections())


def rows_of(files: Iterable[Path]) -> Iterator[Row]:
    """Every row of every file."""
    for path in files:
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: cannot be read ({error}); name a JSONL file") from error
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield msgspec.convert(_stated(msgspec.json.decode(line)), Row, strict=False)
            except msgspec.DecodeError as error:
                raise ConfigError(f"{path} line {number}: not a labelled pair ({error})") from error


def _stated(value: Any) -> Any:
    """A row without its nulls: a key without a value was not recorded."""
    if isinstance(value, dict):
        return {key: _stated(each) for key, each in value.items() if each is not None}
    return [_stated(each) for each in value] if isinstance(value, list) else value
