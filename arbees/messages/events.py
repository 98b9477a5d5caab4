"""Events: what sessions and the shell tell the engine. Instruments are named by dense index `ix`.

Prices are pips of the instrument's own YES (or token), sizes micro-contracts, times ns UTC. A
Kalshi NO bid at n appears here as an ask at 10_000 - n: there is one ladder per instrument.
"""

from enum import IntEnum, StrEnum

import msgspec

from arbees.markets.instrument import FeeOverride, FeeTerm, Instrument, PriceBand
from arbees.messages.records import IntentMade


class BookSide(IntEnum):
    """Which ladder of a book."""

    BID = 0
    ASK = 1


class FeedMode(StrEnum):
    """How a feed is being served right now."""

    WS = "ws"
    REST = "rest"
    DOWN = "down"


class Event(msgspec.Struct, frozen=True, gc=False, tag=True):
    """Base of everything the engine is stepped with; the tag is the class name."""


class BookSnapshot(Event, frozen=True, gc=False):
    """The whole book of one instrument. Levels are (price, qty), any order, qty > 0."""

    ix: int
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]
    ts_event_ns: int


class BookDelta(Event, frozen=True, gc=False):
    """A signed change of size at one level (Kalshi)."""

    ix: int
    side: BookSide
    price: int
    qty_change: int
    ts_event_ns: int


class LevelSet(Event, frozen=True, gc=False):
    """The new absolute size at one level, 0 removes it (Polymarket)."""

    ix: int
    side: BookSide
    price: int
    qty: int
    ts_event_ns: int


class BookInvalid(Event, frozen=True, gc=False):
    """This book is unknown until its next snapshot. `reason` is a short lower-case word."""

    ix: int
    reason: str


class BookConfirmed(Event, frozen=True, gc=False):
    """A witness says that the book we hold is still the venue's."""

    ix: int


class QuoteHint(Event, frozen=True, gc=False):
    """Best prices as the venue states them beside its book; None is an empty or unsaid side."""

    ix: int
    bid: int | None
    ask: int | None
    ts_event_ns: int


class PublicTrade(Event, frozen=True, gc=False):
    """A public print. `taker_side` BID means that the taker bought the instrument."""

    ix: int
    price: int
    qty: int
    taker_side: BookSide | None
    ts_event_ns: int


class GridChanged(Event, frozen=True, gc=False):
    """Which prices are legal has changed; the book is void until the next snapshot on
    Polymarket (`voids_book`), and keeps its orders on Kalshi."""

    ix: int
    bands: tuple[PriceBand, ...]
    voids_book: bool
    ts_event_ns: int


class MarketStatus(StrEnum):
    """What may be done in a market."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    DETERMINED = "determined"


class StatusChanged(Event, frozen=True, gc=False):
    """Trading status of one instrument."""

    ix: int
    status: MarketStatus
    ts_event_ns: int


class MarketSettled(Event, frozen=True, gc=False):
    """One contract of `ix` is now worth `payout` pips in cash (0..10_000)."""

    ix: int
    payout: int
    ts_event_ns: int


class CloseChanged(Event, frozen=True, gc=False):
    """The venue moved the time at which trading stops; venues say nothing more when it comes."""

    ix: int
    close_ts_ns: int
    ts_event_ns: int


class MarketSeen(Event, frozen=True, gc=False):
    """A market was announced, or what we know of it is out of date (its terms changed, it ended
    in a way the socket did not spell out): discovery should read it from the catalogue."""

    venue: str
    market_id: str
    ts_event_ns: int


class FeeChanged(Event, frozen=True, gc=False):
    """The fee terms of one instrument from `term.from_ns` on, over all that was known before."""

    ix: int
    term: FeeTerm


class EventFeeChanged(Event, frozen=True, gc=False):
    """An event's override of its series' fee, for every instrument of that event. An override
    with `from_ns` 0 holds from the moment it is heard."""

    venue: str
    event_id: str
    override: FeeOverride


class FeedState(Event, frozen=True, gc=False):
    """A feed changed mode. DOWN voids every book of the connection."""

    conn_id: int
    mode: FeedMode
    reason: str


class FeedBeat(Event, frozen=True, gc=False):
    """The connection is proven alive (pong, or a frame on a sequenced subscription): every book
    it carries in sequence is still good."""

    conn_id: int


class ConnOpened(Event, frozen=True, gc=False):
    """A connection (socket or REST poller) and the instruments it carries: (venue id, ix).
    `uses_yes_price`: how a Kalshi socket states NO levels (kalshi.md section 6.4)."""

    conn_id: int
    venue: str
    kind: str
    generation: int
    sequenced: bool
    instruments: tuple[tuple[str, int], ...]
    uses_yes_price: bool = True


class ConnGrew(Event, frozen=True, gc=False):
    """More instruments on a connection that is open; their books are unknown until they come."""

    conn_id: int
    kind: str
    instruments: tuple[tuple[str, int], ...]


class InstrumentsAdded(Event, frozen=True, gc=False):
    """New instruments; their `ix` continue the dense numbering."""

    instruments: tuple[Instrument, ...]


class LinkSpec(msgspec.Struct, frozen=True, gc=False):
    """Two outcomes claimed to be `same` or `inverse`, with who says so."""

    link_id: str
    a_ix: int
    b_ix: int
    relation: str
    evidence: str


class LinksAdded(Event, frozen=True, gc=False):
    """Links the engine makes baskets of."""

    links: tuple[LinkSpec, ...]


class LinksWithdrawn(Event, frozen=True, gc=False):
    """These links hold no longer: what they were for is not traded any more."""

    link_ids: tuple[str, ...]


class TimerFired(Event, frozen=True, gc=False):
    """A timer the engine or the shell asked for."""

    name: str


class KillSet(Event, frozen=True, gc=False):
    """The operator (or a limit) set or released the kill latch."""

    on: bool
    reason: str


class TradingShut(Event, frozen=True, gc=False):
    """No order may go to a venue, or only to these instruments of it; an empty reason opens it
    again. What is held stays, and cancels go."""

    venue: str
    reason: str
    ixs: tuple[int, ...] = ()


class OrderStatus(StrEnum):
    """What an answer says about an order."""

    ACCEPTED = "accepted"
    DONE = "done"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class OrderAnswer(Event, frozen=True, gc=False):
    """A venue's (or the paper venue's) answer. DONE: nothing of it rests any more."""

    order_id: str
    status: OrderStatus
    reason: str
    ts_event_ns: int


class FillReport(Event, frozen=True, gc=False):
    """One execution of our order. `price` is pips of the instrument's YES; `fee` micro-dollars,
    the balance change's rounding included. `is_final` False: its settlement can still fail, and
    FillProgress will tell."""

    order_id: str
    fill_id: str
    price: int
    qty: int
    fee: int
    ts_event_ns: int
    is_final: bool = True


class PositionSeen(Event, frozen=True, gc=False):
    """What a venue says we hold: signed micro-contracts (+ YES or token, - NO). A fact to
    reconcile with; the ledger changes by fills and settlements only."""

    venue: str
    instrument_id: str
    qty: int
    ts_event_ns: int


class OrderGroupSeen(Event, frozen=True, gc=False):
    """A venue's limit group of ours changed; `what` in the venue's word (triggered, reset)."""

    venue: str
    group_id: str
    what: str
    ts_event_ns: int


class IndexSeen(Event, frozen=True, gc=False):
    """A settlement index in micro-dollars, its mean of the last 60 s, and the settlement mean of
    this quarter hour as far as it has come (`count_settling` of 60 seconds), if it has begun."""

    index_id: str
    value: int
    mean_60s: int | None
    mean_settling: int | None
    count_settling: int
    ts_event_ns: int


class TradeStage(StrEnum):
    """How far the settlement of a trade has got (Polymarket settles on a chain)."""

    MATCHED = "matched"
    MINED = "mined"
    CONFIRMED = "confirmed"
    RETRYING = "retrying"
    FAILED = "failed"


class FillProgress(Event, frozen=True, gc=False):
    """A fill's settlement moved. FAILED is final: shares and cash of that fill came back."""

    order_id: str
    fill_id: str
    stage: TradeStage
    ts_event_ns: int


class OrderState(msgspec.Struct, frozen=True, gc=False):
    """How far an order of an earlier life got, by its log. `fills`: every fill id that was booked,
    the ones taken back too."""

    order_id: str
    is_sent: bool
    is_ended: bool
    qty_sent: int
    qty_filled: int
    fills: tuple[str, ...]


class PlanState(msgspec.Struct, frozen=True, gc=False):
    """An intent of an earlier life with its orders, in the order of its legs."""

    intent: IntentMade
    orders: tuple[OrderState, ...]


class PlansRestored(Event, frozen=True, gc=False):
    """Intents of an earlier life: those that have not ended go on where the log leaves them, and
    fills that come late find their orders. After the instruments, before any answer."""

    plans: tuple[PlanState, ...]


EngineEvent = (
    BookSnapshot
    | BookDelta
    | LevelSet
    | BookInvalid
    | BookConfirmed
    | QuoteHint
    | PublicTrade
    | GridChanged
    | StatusChanged
    | MarketSettled
    | CloseChanged
    | MarketSeen
    | FeeChanged
    | EventFeeChanged
    | FeedState
    | FeedBeat
    | ConnOpened
    | ConnGrew
    | InstrumentsAdded
    | LinksAdded
    | LinksWithdrawn
    | TimerFired
    | KillSet
    | TradingShut
    | OrderAnswer
    | FillReport
    | PositionSeen
    | OrderGroupSeen
    | IndexSeen
    | FillProgress
    | PlansRestored
)
