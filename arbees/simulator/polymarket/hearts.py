"""The dead-man switch: opt-in by the first heartbeat, then every ten seconds or all is cancelled.

One rule: only the right id moves the deadline; a wrong one is told the right one.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from arbees.simulator.polymarket.errors import wrong_heartbeat
from arbees.simulator.polymarket.timers import Timers
from arbees.units import NS_PER_S

DEADLINE_NS = 10 * NS_PER_S
ROOT = uuid.UUID("68656172-7462-5561-8000-6d6561747300")


@dataclass
class Hearts:
    """Beating API keys; `stopped` is told of one that has missed its deadline."""

    timers: Timers
    stopped: Callable[[str, int], None]
    deadline_ns: int = DEADLINE_NS
    _beats: dict[str, tuple[int, str]] = field(default_factory=dict)

    def beat(self, key: str, said: str, now_ns: int) -> str:
        """The id to send next. Raises Problem 400 with the one expected."""
        number, expected = self._beats.get(key, (0, ""))
        if said != expected:
            raise wrong_heartbeat(expected)
        following = str(uuid.uuid5(ROOT, f"{key} {number + 1}"))
        self._beats[key] = number + 1, following

        def due(at_ns: int) -> None:
            if self._beats.get(key, (0, ""))[0] == number + 1:
                del self._beats[key]
                self.stopped(key, at_ns)

        self.timers.at(now_ns + self.deadline_ns, due)
        return following
