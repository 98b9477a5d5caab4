"""What the command line asks of a run, and what it shows of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class RunOptions:
    """`duration_s` None runs until a signal. `speed` is session seconds per real second."""

    paper: bool = False
    live: bool = False
    simulated: bool = False
    session: Path | None = None
    seed: int | None = None
    speed: float = 1.0
    duration_s: float | None = None


class Display(Protocol):
    """Follows a run; `update` takes a snapshot several times a second."""

    def start(self) -> None: ...
    def update(self, said: dict[str, Any]) -> None: ...
    def stop(self) -> None: ...
