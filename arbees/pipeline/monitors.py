"""Monitor: keeps one venue's feed alive: a socket, its REST fallback and its witness.

It only puts them together: sockets.py reconnects, polling.py steps in, silence.py asks about what
is silent. Whatever one of them waits for, the others run on.
"""

from collections.abc import Mapping, Sequence

import anyio

from arbees.pipeline.feed_status import FeedStatus
from arbees.pipeline.polling import RestFallback
from arbees.pipeline.silence import SilenceWatch
from arbees.pipeline.sockets import SocketFeed


class Monitor:
    """`socket` is None where there are no keys for one: then polling is the feed."""

    def __init__(
        self,
        fallback: RestFallback,
        socket: SocketFeed | None = None,
        witness: SilenceWatch | None = None,
    ) -> None:
        self.fallback = fallback
        self.socket = socket
        self.witness = witness

    def _parts(self) -> Sequence[SocketFeed | RestFallback | SilenceWatch]:
        parts = (self.socket, self.fallback, self.witness)
        return [part for part in parts if part is not None]

    def watch(self, instruments: Mapping[str, int]) -> None:
        """Carry more instruments. The socket first: its word is worth more."""
        if self.socket is not None:
            self.socket.watch(instruments)
        self.fallback.watch(instruments)

    @property
    def watched(self) -> Mapping[str, int]:
        """What is carried, by venue id."""
        return self.fallback.plan.instruments

    def statuses(self) -> list[FeedStatus]:
        """One row per part."""
        return [part.status for part in self._parts()]

    async def run(self) -> None:
        """For ever. A part that raises ends all: that is a fault of ours, not of a peer."""
        async with anyio.create_task_group() as tasks:
            for part in self._parts():
                tasks.start_soon(part.run)
