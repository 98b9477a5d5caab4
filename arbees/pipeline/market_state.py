"""Market state: books, status, fees and freshness of every instrument, changed by events only.

The rule: late, gapped or contradictory is unknown, never "unchanged". A book is fresh when its own
last word, or on a sequenced connection the connection's last word, is young enough.
"""

from arbees.markets.baskets import BasketTable
from arbees.markets.books import Books
from arbees.markets.instrument import FeeTerm, Instrument, PriceGrid
from arbees.messages import events as ev
from arbees.messages.events import BookDelta, LevelSet
from arbees.pipeline.funnel import Reason
from arbees.pipeline.settings import DetectSettings
from arbees.units import QTY_MAX


class MarketState:
    """Everything that market data decides, by dense instrument index."""

    def __init__(self, settings: DetectSettings, zero_fees: bool) -> None:
        self.books = Books()
        self.instruments: list[Instrument] = []
        self.status: list[ev.MarketStatus] = []
        self.terms: list[FeeTerm] = []
        self.grids: list[PriceGrid] = []
        self.confirmed_ns: list[int] = []
        self.conn_of: list[int] = []
        self.conn_seen: dict[int, int] = {}
        self.conn_ixs: dict[int, tuple[int, ...]] = {}
        self.sequenced: set[int] = set()
        self.feed_mode: dict[int, ev.FeedMode] = {}
        self.invalidated = 0
        self._last_reason: dict[tuple[str, str], str] = {}
        self._settings = settings
        self._zero_fees = zero_fees

    def seen(self, conn_id: int, now_ns: int) -> None:
        """A frame came on a connection; on a sequenced one that confirms all its books."""
        if conn_id in self.sequenced:
            self.conn_seen[conn_id] = now_ns

    def apply(self, event: ev.EngineEvent, now_ns: int, touched: set[int]) -> bool:
        """True if the event was market data (or about it); touched books are added."""
        books = self.books
        if isinstance(event, BookDelta):
            ix = event.ix
            if books.state(ix):
                qty = books.change_level(ix, event.side, event.price, event.qty_change)
                self.confirmed_ns[ix] = now_ns
                touched.add(ix)
                if qty > QTY_MAX:
                    self._void(ix, touched)
            return True
        if isinstance(event, LevelSet):
            ix = event.ix
            if books.state(ix):
                books.set_level(ix, event.side, event.price, event.qty)
                self.confirmed_ns[ix] = now_ns
                touched.add(ix)
            return True
        return self._rare(event, now_ns, touched)

    def _rare(self, event: ev.EngineEvent, now_ns: int, touched: set[int]) -> bool:
        match event:
            case ev.BookSnapshot():
                self.books.snapshot(event.ix, event.bids, event.asks)
                self.confirmed_ns[event.ix] = now_ns
                touched.add(event.ix)
            case ev.BookInvalid():
                self._void(event.ix, touched)
            case ev.BookConfirmed():
                self.confirmed_ns[event.ix] = now_ns
            case ev.InstrumentsAdded():
                for instrument in event.instruments:
                    self._add(instrument, now_ns)
                return False  # the engine's limits want to know of them too
            case ev.ConnOpened():
                self._opened(event, now_ns, touched)
            case ev.FeedState():
                self.feed_mode[event.conn_id] = event.mode
                if event.mode is ev.FeedMode.DOWN:
                    for ix in self.conn_ixs.get(event.conn_id, ()):
                        self._void(ix, touched)
            case ev.FeedBeat():
                self.seen(event.conn_id, now_ns)
            case ev.StatusChanged():
                self.status[event.ix] = event.status
                touched.add(event.ix)
            case ev.GridChanged():
                self.grids[event.ix] = PriceGrid(event.bands)
                if event.voids_book:
                    self._void(event.ix, touched)
            case ev.FeeChanged():
                self._set_fee(event.ix, event.term)
                touched.add(event.ix)
            case _:
                return False
        return True

    def _void(self, ix: int, touched: set[int]) -> None:
        self.books.void(ix)
        self.invalidated += 1
        touched.add(ix)

    def _opened(self, event: ev.ConnOpened, now_ns: int, touched: set[int]) -> None:
        ixs = tuple(ix for _, ix in event.instruments)
        self.conn_ixs[event.conn_id] = ixs
        if event.kind != "ws":
            return
        if event.sequenced:
            self.sequenced.add(event.conn_id)
            self.conn_seen[event.conn_id] = now_ns
        for ix in ixs:
            self.conn_of[ix] = event.conn_id
            self._void(ix, touched)

    def _add(self, instrument: Instrument, now_ns: int) -> None:
        term = instrument.fees.at(now_ns)
        if self._zero_fees:
            term = FeeTerm(0, 0, 0, rounding=term.rounding, balance_step=term.balance_step)
        self.books.add(instrument, term)
        self.instruments.append(instrument)
        is_open = instrument.is_open
        self.status.append(ev.MarketStatus.OPEN if is_open else ev.MarketStatus.CLOSED)
        self.terms.append(term)
        self.grids.append(instrument.grid)
        self.confirmed_ns.append(0)
        self.conn_of.append(-1)

    def _set_fee(self, ix: int, term: FeeTerm) -> None:
        if not self._zero_fees:
            self.terms[ix] = term
            self.books.set_fee(ix, term)

    def fee_term(self, ix: int) -> FeeTerm:
        """The fee term in force, as detection used it."""
        return self.terms[ix]

    def untradable(self, ix: int, now_ns: int) -> Reason | None:
        """Why this instrument may not be traded now, or None."""
        term = self.terms[ix]
        if not term.is_known or (term.exponent != 1 and term.taker_rate):
            return Reason.FEE_UNKNOWN
        if self.status[ix] is not ev.MarketStatus.OPEN:
            return Reason.MARKET_NOT_OPEN
        seen = max(self.confirmed_ns[ix], self.conn_seen.get(self.conn_of[ix], 0))
        limit = self._settings.stale_after_ns.get(self.instruments[ix].venue, 0)
        return Reason.STALE if now_ns - seen > limit else None

    def baskets_touched(self, touched: set[int], table: BasketTable) -> list[int]:
        """Ascending numbers of the baskets with a leg in a touched book; crossed books turn
        SUSPECT here, after the whole input was applied."""
        if len(touched) == 1:
            (ix,) = touched
            self.invalidated += not self.books.check(ix)
            return table.touching(ix)
        numbers: set[int] = set()
        for ix in touched:
            self.invalidated += not self.books.check(ix)
            numbers.update(table.touching(ix))
        return sorted(numbers)

    def reason_is_new(self, basket_id: str, stage: str, reason: str) -> bool:
        """True when a basket's refusal at a stage differs from its last one: rows, not floods."""
        key = (basket_id, stage)
        if self._last_reason.get(key) == reason:
            return False
        self._last_reason[key] = reason
        return True
