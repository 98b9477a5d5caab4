"""Protocols for every seam between the pure middle and the outside. No logic."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol, runtime_checkable

from arbees.messages.commands import AnyCommand
from arbees.messages.events import EngineEvent
from arbees.messages.frames import Frame
from arbees.messages.market_reads import MarketRead
from arbees.messages.records import AnyRecord
from arbees.messages.requests import Response


class Clock(Protocol):
    """Time in ns UTC and a sleep in seconds of that time."""

    def now_ns(self) -> int: ...

    async def sleep(self, seconds: float) -> None: ...


class Session(Protocol):
    """Sans-I/O protocol state of one connection: bytes in, events out, bytes to send.

    `receive` raises WireError when the message cannot be understood; the caller then voids every
    book of the connection. `outgoing` drains what the session wants sent (resnapshots).
    """

    def receive(self, data: bytes) -> Sequence[EngineEvent]: ...

    def outgoing(self) -> list[bytes]: ...


@runtime_checkable
class BookSession(Session, Protocol):
    """A session that carries books, can ask its venue for whole ones again and for more
    instruments; what is to be sent for that is in `outgoing`."""

    def watch(self, instruments: Mapping[str, int]) -> None: ...

    def ask_again(self, ixs: Sequence[int]) -> None: ...


class Sink(Protocol):
    """Where a feed delivers. Synchronous: the engine has stepped when `deliver_*` returns."""

    def deliver_frame(self, frame: Frame) -> None: ...

    def deliver_event(self, event: EngineEvent, ts_recv_ns: int) -> None: ...


class MarketReader(Protocol):
    """Reads single markets of one venue from its catalogue, at most `chunk` ids a call.

    Market ids that are not `known` are read with all that makes an Instrument. What is not listed
    is left out. Raises VenueUnavailable, and WireError for a body that cannot be read.
    """

    @property
    def venue(self) -> str: ...

    @property
    def chunk(self) -> int: ...

    async def read(
        self, market_ids: Sequence[str], known: Collection[str]
    ) -> Sequence[MarketRead]: ...


class Gateway(Protocol):
    """Carries commands to a venue. Answers come back through the Sink."""

    def submit(self, commands: Sequence[AnyCommand], ts_ns: int) -> None: ...


class OrderTransport(Protocol):
    """Carries prepared request bytes to a venue over warm connections.

    `send` writes before it returns, where a connection is free; `gate` is called immediately
    before the write and may raise to stop it. The awaited answer is a Response, or
    VenueUnavailable (nothing left), or OutcomeUnknown (bytes left and no whole answer came).
    Nothing is ever sent a second time.
    """

    def send(
        self, data: bytes, deadline_s: float, gate: Callable[[], None] | None = None
    ) -> Awaitable[Response]: ...


class Journal(Protocol):
    """Every input in order. `append_*` only copies into memory; a thread writes."""

    def append_frame(self, seq: int, frame: Frame) -> None: ...

    def append_event(self, seq: int, ts_recv_ns: int, event: EngineEvent) -> None: ...

    def close(self) -> None: ...


class TradeLog(Protocol):
    """What we did, on disk before it leaves: `append` takes what a step decided, writes what
    belongs in the log (messages.records.LOGGED), and returns after write()."""

    def append(self, records: Sequence[AnyRecord]) -> None: ...

    def close(self) -> None: ...


class StoreOutbox(Protocol):
    """Write-behind projection. `put` never waits; what does not fit is counted."""

    def put(self, records: Sequence[AnyRecord]) -> None: ...


class PaperGateway(Gateway, Protocol):
    """A venue inside the process: takes orders and answers at known times."""

    def take_due(self, now_ns: int) -> tuple[int, tuple[EngineEvent, ...]] | None: ...

    def due_ns(self) -> int | None: ...
