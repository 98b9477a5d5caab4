"""What the command line asks of a run."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RunOptions:
    """`duration_s` None runs until a signal. `speed` is session seconds per real second."""

    paper: bool = False
    simulated: bool = False
    session: Path | None = None
    seed: int | None = None
    speed: float = 1.0
    duration_s: float | None = None
    json_output: bool = False
