"""What is known of each feed: mode, data age, attempts. Written by the feeds, shown by status."""

from dataclasses import dataclass


@dataclass(slots=True)
class FeedStatus:
    """One connection or poller. Times are ns of the process's clock; `mode` is ws, rest, down
    (a socket that should be up), idle (a poller that is not needed)."""

    name: str
    venue: str
    mode: str = "down"
    books: int = 0
    note: str = ""
    generation: int = 0
    attempts: int = 0
    connects: int = 0
    frames: int = 0
    last_frame_ns: int = 0
    last_error: str = ""
    rest_polls: int = 0
    confirmed: int = 0
    contradicted: int = 0
    unanswered: int = 0

    def took(self, now_ns: int) -> None:
        """Data came."""
        self.frames += 1
        self.last_frame_ns = now_ns
