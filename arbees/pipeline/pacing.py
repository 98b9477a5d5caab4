"""Pacing: how many requests a second a venue is asked, whoever asks.

One Pacer per venue and kind of request; fallback, witness and re-reads share it, so that their sum
stays polite. It measures the loop's own time: the pace of requests is not part of a session.
"""

import anyio


class Pacer:
    """Evenly spaced turns, at most `per_s` a second. Turns are given in the order of asking."""

    def __init__(self, per_s: float) -> None:
        self._gap_s = 1.0 / per_s
        self._next_s = float("-inf")

    async def turn(self) -> None:
        """Return when the next request may leave."""
        now = anyio.current_time()
        at = max(now, self._next_s)
        self._next_s = at + self._gap_s
        if at > now:
            await anyio.sleep(at - now)

    def hold(self, seconds: float) -> None:
        """The venue asked for a pause: no new turn before it is over."""
        self._next_s = max(self._next_s, anyio.current_time() + seconds)
