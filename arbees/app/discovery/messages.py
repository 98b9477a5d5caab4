"""What the engine's process and the discovery worker say to each other: length, then msgpack.

The one rule: nothing that grows with the catalogue crosses, only what is linked and counted.
"""

import struct

import msgspec
from anyio.streams.buffered import BufferedByteReceiveStream

from arbees.markets.instrument import Instrument

LENGTH = struct.Struct("<I")
MESSAGE_MAX = 8_000_000
LINKS_MAX = 3
"""Links in one message: an engine must not stand still while it takes them."""


class Row(msgspec.Struct, frozen=True, gc=False):
    """Two outcomes that somebody says are linked: a configuration, or a session's pairs."""

    kalshi_ticker: str
    polymarket_token_id: str
    relation: str
    evidence: str = "session pairs"

    def of(self, venue: str) -> str:
        """Its instrument at a venue."""
        return self.kalshi_ticker if venue == "kalshi" else self.polymarket_token_id


class Holding(msgspec.Struct, frozen=True, gc=False):
    """Something that is held: its market is followed whether or not it is linked or open."""

    venue: str
    instrument_id: str


class Patience(msgspec.Struct, frozen=True):
    """How long is waited before a request is tried again: seconds, and the share of chance."""

    base_s: float
    cap_s: float
    jitter: float
    healthy_s: float


class Route(msgspec.Struct, frozen=True, gc=False):
    """Requests to an origin go through the operator's own proxy."""

    origin: str
    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Route({self.origin!r} by {self.scheme}://{self.host}:{self.port})"


class Begin(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Where the venues are, how fast they may be asked (requests per second), where the catalogue
    is kept, and what is to be found. Its one secret is a proxy's password: it is said over the
    pipe, never in arguments."""

    kalshi_rest: str
    gamma: str
    kalshi_per_s: float
    polymarket_per_s: float
    patience: Patience
    home: str
    is_matching: bool
    leagues_first: tuple[str, ...]
    pinned: tuple[Row, ...]
    held: tuple[Holding, ...]
    changes_s: float
    rescan_s: float
    cores: tuple[int, ...] = ()
    """Cores that the worker may use; none given leaves it to the system."""
    routes: tuple[Route, ...] = ()


class Look(msgspec.Struct, frozen=True, tag=True):
    """A feed spoke of markets that may be new; by their venue's id."""

    venue: str
    market_ids: tuple[str, ...]


class Game(msgspec.Struct, frozen=True):
    """A game by league, both sides' canonical ids in any order, and its date (ISO)."""

    league: str
    sides: tuple[str, str]
    date: str


class Games(msgspec.Struct, frozen=True, tag=True):
    """Find the markets of these games before anything else."""

    number: int
    games: tuple[Game, ...]


class When(msgspec.Struct, frozen=True):
    """The time of what a link is about, by its terms: Unix seconds of a game's start, or of the
    instant or the window's end of a price; 0 where nothing says it."""

    start_s: int = 0
    window_s: int = 0
    game_number: int = 0
    is_price: bool = False


class LinkFound(msgspec.Struct, frozen=True):
    """A link that may be traded, with what is to be known of both instruments (their `ix` is 0).
    `name` says both and the relation."""

    name: str
    relation: str
    evidence: str
    a: Instrument
    b: Instrument
    when: When = When()


class Links(msgspec.Struct, frozen=True, tag=True):
    """Links that are new, or whose instruments changed."""

    links: tuple[LinkFound, ...]


class Held(msgspec.Struct, frozen=True, tag=True):
    """What is to be known of instruments that are held (their `ix` is 0)."""

    instruments: tuple[Instrument, ...]


class Unlinked(msgspec.Struct, frozen=True, tag=True):
    """Links that hold no longer, by name."""

    names: tuple[str, ...]


class GamesFound(msgspec.Struct, frozen=True, tag=True):
    """Market ids per game and venue, as far as they are listed."""

    number: int
    kalshi: tuple[tuple[str, ...], ...]
    polymarket: tuple[tuple[str, ...], ...]


class Scanned(msgspec.Struct, frozen=True, tag=True):
    """A scan of one venue is over: everything it lists has been seen, and `seconds` it took."""

    venue: str
    is_full: bool
    seconds: float


class Counted(msgspec.Struct, frozen=True, tag=True):
    """How it goes: markets held and linked, what was left out and why, and the last trouble."""

    listed: dict[str, int]
    dropped: dict[str, int]
    pairs: int
    links: int
    error: str = ""
    throttled: int = 0
    """How often a venue said that it was asked too often."""


Command = Begin | Look | Games
Answer = Links | Held | Unlinked | GamesFound | Scanned | Counted
_encoder = msgspec.msgpack.Encoder()
_commands: msgspec.msgpack.Decoder[Command] = msgspec.msgpack.Decoder(Command)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def frame(message: Command | Answer) -> bytes:
    """The bytes of one message."""
    body = _encoder.encode(message)
    return LENGTH.pack(len(body)) + body


def command_of(body: bytes) -> Command:
    """Raises msgspec.DecodeError on what is none."""
    return _commands.decode(body)


async def next_answer(stream: BufferedByteReceiveStream) -> Answer:
    """Raises EndOfStream or IncompleteRead when the worker ended, DecodeError on what is none."""
    (length,) = LENGTH.unpack(await stream.receive_exactly(LENGTH.size))
    if length > MESSAGE_MAX:
        raise msgspec.DecodeError(f"a message of {length} bytes")
    return _answers.decode(await stream.receive_exactly(length))
