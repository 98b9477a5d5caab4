"""An event loop whose clock jumps to the next timer instead of waiting for it.

Tests of timing run on it at once and exactly: `anyio.current_time()` is virtual, I/O is not.
"""

import asyncio
import selectors
from collections.abc import Mapping

NOTHING_PLANNED_S = 1.0


class _Skipping(selectors.DefaultSelector):
    """Polls; where nothing is ready the waiting time has passed."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            return super().select(NOTHING_PLANNED_S)
        ready = super().select(0)
        if not ready and timeout > 0:
            self.now_s += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time starts at 0 s."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.now_s


VIRTUAL: tuple[str, Mapping[str, object]] = ("asyncio", {"loop_factory": VirtualLoop})
"""What a test module's `anyio_backend` fixture returns."""
