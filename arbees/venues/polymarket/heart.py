"""The heartbeat: the first one arms it, and without the next the venue cancels everything."""

from dataclasses import dataclass

from arbees.errors import VenueError, WireError
from arbees.ports import Clock
from arbees.units import NS_PER_S
from arbees.venues.polymarket import orders
from arbees.venues.polymarket.calls import Calls
from arbees.venues.polymarket.replies import read_heartbeat

AGAIN_S = 0.1
"""After an id that the venue did not expect: its answer says the right one."""


@dataclass(frozen=True, slots=True)
class HeartSettings:
    """Seconds: between beats, after an error, and until a heart is lost."""

    every_s: float = 5.0
    pause_s: float = 1.0
    lost_s: float = 10.0


class Heart:
    """One account's. `beat_ns`: when the venue last took a beat; 0 before the first."""

    def __init__(self, calls: Calls, clock: Clock, settings: HeartSettings | None = None) -> None:
        self.beat_ns = 0
        self.last_error = ""
        self._calls = calls
        self._clock = clock
        self._settings = settings or HeartSettings()
        self._id = ""

    def is_lost(self, now_ns: int) -> bool:
        """Whether what rests may be cancelled any moment; never armed is never lost."""
        lost_ns = int(self._settings.lost_s * NS_PER_S)
        return self.beat_ns > 0 and now_ns - self.beat_ns > lost_ns

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            try:
                said = read_heartbeat(await self._calls.call(orders.heartbeat(self._id)))
            except (VenueError, WireError) as error:
                self.last_error = str(error)
                await self._clock.sleep(self._settings.pause_s)
                continue
            self._id = said.heartbeat_id
            if said.is_expected:
                self.beat_ns = self._clock.now_ns()
            await self._clock.sleep(self._settings.every_s if said.is_expected else AGAIN_S)
