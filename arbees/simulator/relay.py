"""A loopback relay that breaks connections the way networks do, below any protocol.

It stands between a client and one of the simulator's ports and passes bytes, until it is told to
reset (the other side sees ECONNRESET, code 1006), finish (FIN without a close frame) or freeze
(open, and nothing passes). It remembers when it was called, so that a test can count attempts.
"""

import asyncio
import socket
import struct
from random import Random

CHUNK = 65_536
KINDS = ("reset", "finish", "freeze")


class _Pair:
    """A client's connection and the one made for it upstream."""

    def __init__(self, client: asyncio.StreamWriter, upstream: asyncio.StreamWriter) -> None:
        self.ends = (client, upstream)
        self.flows = asyncio.Event()
        self.flows.set()

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass bytes one way until either side is gone."""
        try:
            while data := await reader.read(CHUNK):
                await self.flows.wait()
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()

    def end(self, *, is_reset: bool) -> None:
        """Cut both sides; upstream always hears a reset, as it would of a dead client."""
        client, upstream = self.ends
        self.flows.set()
        _reset(upstream)
        if is_reset:
            _reset(client)
        else:
            client.close()


class Relay:
    """Listens on a port of its own for one upstream address."""

    def __init__(self, host: str, port: int) -> None:
        self.port = 0
        self.called_s: list[float] = []
        """When clients connected, in the loop's time; refused ones too."""
        self.is_refusing = False
        self._upstream = (host, port)
        self._host = host
        self._pairs: set[_Pair] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._called, self._host, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End the listener and every connection."""
        if self._server is not None:
            self._server.close()
        self.cut("reset")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def open(self) -> int:
        """Connections that pass, or froze."""
        return len(self._pairs)

    def cut(self, kind: str) -> int:
        """Break every connection in this way; how many there were. Raises ValueError for a way
        nobody knows."""
        if kind not in KINDS:
            raise ValueError(f"unknown way to break {kind!r}; known: {', '.join(KINDS)}")
        pairs = list(self._pairs)
        for pair in pairs:
            if kind == "freeze":
                pair.flows.clear()
            else:
                self._pairs.discard(pair)
                pair.end(is_reset=kind == "reset")
        return len(pairs)

    def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.called_s.append(asyncio.get_running_loop().time())
        if self.is_refusing:
            _reset(writer)
            return
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(*self._upstream)
        pair = _Pair(writer, up_writer)
        self._pairs.add(pair)
        try:
            await asyncio.gather(pair.pump(reader, up_writer), pair.pump(up_reader, writer))
        finally:
            self._pairs.discard(pair)
            for end in pair.ends:
                end.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN: linger of zero seconds."""
    found = writer.get_extra_info("socket")
    if found is not None and not writer.transport.is_closing():
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def moments(
    seed: int, count: int, least_s: float, most_s: float, kinds: tuple[str, ...] = KINDS
) -> list[tuple[float, str]]:
    """A seeded plan: (seconds to wait, way to break), the ways in turn but shuffled."""
    rng = Random(seed)
    ways = [kinds[n % len(kinds)] for n in range(count)]
    rng.shuffle(ways)
    return [(rng.uniform(least_s, most_s), way) for way in ways]
