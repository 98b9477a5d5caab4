"""Where pages meet the desk: a chunk at a time, what is urgent first, news told in between."""

from collections.abc import Callable, Iterator

import anyio

from arbees.app.discovery.desk import Desk
from arbees.app.discovery.pages import ListedEvent

CHUNK = 100
"""Markets read between two turns of the event loop."""
Tell = Callable[[], None]


class Pace:
    """Lets what is urgent go first: a scan waits between its chunks while anything else is read."""

    def __init__(self) -> None:
        self._urgent = 0
        self._calm = anyio.Event()
        self._calm.set()

    async def __aenter__(self) -> None:
        self._urgent += 1
        self._calm = anyio.Event()

    async def __aexit__(self, *_: object) -> None:
        self._urgent -= 1
        if not self._urgent:
            self._calm.set()

    async def turn(self, is_urgent: bool) -> None:
        """Between two chunks."""
        await anyio.lowlevel.checkpoint()
        while self._urgent and not is_urgent:
            await self._calm.wait()


class Intake:
    """Gives pages to the desk, a chunk at a time, and has its news told in between."""

    def __init__(self, desk: Desk, tell: Tell) -> None:
        self.desk = desk
        self.tell = tell
        self.pace = Pace()

    async def take(self, events: Iterator[ListedEvent], scan: int, is_urgent: bool = False) -> int:
        """How many markets the events have."""
        count = waiting = 0
        for event in events:
            self.desk.take(event, scan)
            count += len(event.markets)
            waiting += len(event.markets) + 1
            if waiting >= CHUNK:
                waiting = 0
                self.tell()
                await self.pace.turn(is_urgent)
        self.tell()
        await self.pace.turn(is_urgent)
        return count
