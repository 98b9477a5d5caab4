"""A core of its own for the engine, where the operator gives it one.

Everything else that the process starts (journal, store, workers) stays on the other cores: what
shares the engine's core empties its caches between two orders (performance.md section 8).
"""

import os

from arbees.errors import ConfigError


def leave_core(cpu: int) -> None:
    """Move the calling thread, and all that it starts from now on, off `cpu`; -1 is no core.

    Raises ConfigError naming the setting if there is no such core or no other."""
    if cpu < 0:
        return
    usable = os.sched_getaffinity(0)
    others = usable - {cpu}
    if cpu not in usable or not others:
        raise ConfigError(
            f"engine.cpu is {cpu}, but this process may use the cores {sorted(usable)}: "
            "name one of at least two, or -1 to leave it to the system"
        )
    os.sched_setaffinity(0, others)


def take_core(cpu: int) -> None:
    """Put the calling thread alone on `cpu`; -1 is no core. What it starts later lands there too:
    call it last."""
    if cpu >= 0:
        os.sched_setaffinity(0, {cpu})
