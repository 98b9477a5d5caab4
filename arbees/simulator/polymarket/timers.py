"""What happens later: delays, settlement steps, dead-man switches, windows that end.

One rule: nothing waits here; whoever owns the clock calls `advance` with the time it is.
"""

import heapq
from collections.abc import Callable

Action = Callable[[int], None]


class Timers:
    """Actions by due time (ns), those of one time in the order they were asked for."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Action]] = []
        self._numbers = 0

    def at(self, due_ns: int, action: Action) -> None:
        self._numbers += 1
        heapq.heappush(self._heap, (due_ns, self._numbers, action))

    def advance(self, now_ns: int) -> None:
        """Run what is due, each with its own due time."""
        while self._heap and self._heap[0][0] <= now_ns:
            due_ns, _, action = heapq.heappop(self._heap)
            action(due_ns)

    def next_ns(self) -> int | None:
        return self._heap[0][0] if self._heap else None
