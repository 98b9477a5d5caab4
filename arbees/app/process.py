"""What one running process is made of: filled in by `run`, read by `snapshot`."""

from pathlib import Path

import anyio

from arbees.app.config import Settings
from arbees.app.discovery.client import Discovery
from arbees.app.feeds import FeedSet
from arbees.app.killswitch import KillLatch
from arbees.app.live import Live
from arbees.app.options import Display, RunOptions
from arbees.app.session_clock import SessionClock
from arbees.clock import SystemClock
from arbees.journal import JournalWriter
from arbees.ports import Clock
from arbees.store.outbox import Outbox


class Process:
    """The parts of one running process; what is None has not been started, or is switched off."""

    def __init__(self, settings: Settings, options: RunOptions, display: Display) -> None:
        self.settings = settings
        self.options = options
        self.display = display
        self.home = Path(settings.home)
        self.latch = KillLatch(self.home / "kill")
        self.clock: Clock = SystemClock()
        self.session_clock: SessionClock | None = None
        self.outbox: Outbox | None = None
        self.journal: JournalWriter | None = None
        self.feeds: FeedSet | None = None
        self.discovery: Discovery | None = None
        self.live: Live | None = None
        self.stopping = anyio.Event()
        self.stop_reason = ""
        self.frames_read = 0

    def stop(self, reason: str) -> None:
        """End the run; the first reason is the one that is told."""
        if not self.stopping.is_set():
            self.stop_reason = reason
            self.stopping.set()
