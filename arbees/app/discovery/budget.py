"""How often one venue may be asked: a bucket of requests, with a part kept for what is urgent.

What a scan leaves is what a league's games find: a scan never takes the last `kept` requests, and
it waits while anything urgent does.
"""

import anyio

BURST_S = 2.0
"""Seconds of requests that may be asked at once (kalshi.md section 10: two seconds of reads)."""
KEPT = 0.75
TICK_S = 0.001


class Budget:
    """`per_s` requests a second on average and `per_s * BURST_S` at once."""

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._most = max(1.0, per_s * BURST_S)
        self._kept = self._most * KEPT if self._most > 1 else 0.0
        self._has = self._most
        self._at_s = float("-inf")
        self._urgent = 0

    async def turn(self, is_urgent: bool = False) -> None:
        """Return when the next request may leave."""
        self._urgent += is_urgent
        try:
            wait_s = self._wait_s(is_urgent)
            while wait_s > 0:  # others take their turns meanwhile
                await self._sleep(wait_s)
                wait_s = self._wait_s(is_urgent)
        finally:
            self._urgent -= is_urgent
        self._has -= 1.0

    def hold(self, seconds: float) -> None:
        """The venue asked for a pause: no new turn before it is over."""
        self._fill()
        self._has = min(self._has, 1.0 - seconds * self._per_s)

    @property
    def is_wanted(self) -> bool:
        """Whether something urgent waits."""
        return self._urgent > 0

    async def _sleep(self, seconds: float) -> None:
        await anyio.sleep(max(seconds, TICK_S))

    def _fill(self) -> None:
        now_s = anyio.current_time()
        if self._at_s != float("-inf"):
            self._has = min(self._most, self._has + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s

    def _wait_s(self, is_urgent: bool) -> float:
        self._fill()
        if self._urgent and not is_urgent:
            return 1.0 / self._per_s
        least = 1.0 if is_urgent else min(1.0 + self._kept, self._most)
        return max(0.0, least - self._has) / self._per_s
