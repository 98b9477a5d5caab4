"""Market state: books, status, fees and freshness of every instrument, changed by events only.

The rule: late, gapped or contradictory is unknown, never "unchanged". A book is fresh when its own
last word, or on a sequenced connection the connection's last word, is young enough.
"""

from collections.abc import Sequence
from dataclasses import replace
from heapq import heappop, heappush

from arbees.markets.books import Books
from arbees.markets.instrument import FeeSchedule, FeeTerm, Instrument, PriceGrid
from arbees.messages import events as ev
from arbees.messages.events import BookDelta, LevelSet
from arbees.pipeline.funnel import Reason
from arbees.pipeline.settings import DetectSettings
from arbees.pipeline.spending import spend_for, spends
from arbees.units import QTY_MAX

NEVER_NS = 2**63 - 1
TO_READ_MAX = 10_000
"""Markets that may wait for discovery to read them; a replay has nobody who reads."""


class MarketState:
    """Everything that market data decides, by dense instrument index."""

    def __init__(self, settings: DetectSettings, zero_fees: bool) -> None:
        self.books = Books()
        self.instruments: list[Instrument] = []
        self.status: list[ev.MarketStatus] = []
        self.terms: list[FeeTerm] = []
        self.fee_change_ns = NEVER_NS
        """When the next fee term comes into force, of any instrument. The engine compares it
        with its time at each step; nothing else is paid for dated fees on the hot path."""
        self.grids: list[PriceGrid] = []
        self.close_ns: list[int] = []
        self.confirmed_ns: list[int] = []
        self.conn_of: list[int] = []
        self.conn_seen: dict[int, int] = {}
        self.conn_ixs: dict[int, tuple[int, ...]] = {}
        self.sequenced: set[int] = set()
        self.feed_mode: dict[int, ev.FeedMode] = {}
        self.invalidated = 0
        self.to_read: dict[tuple[str, str], None] = {}
        self.to_read_lost = 0
        self._schedules: list[FeeSchedule] = []
        self._fee_starts: list[tuple[int, int]] = []
        self._event_ixs: dict[tuple[str, str], list[int]] = {}
        self._last_reason: dict[tuple[str, str], str] = {}
        self._settings = settings
        self._zero_fees = zero_fees

    def seen(self, conn_id: int, now_ns: int) -> None:
        """A frame came on a connection; on a sequenced one that confirms all its books."""
        if conn_id in self.sequenced:
            self.conn_seen[conn_id] = now_ns

    def apply(
        self, events: Sequence[ev.EngineEvent], now_ns: int, touched: set[int]
    ) -> list[ev.EngineEvent]:
        """Apply what is market data, adding touched books; the events that are (also) more."""
        books, confirmed = self.books, self.confirmed_ns
        more: list[ev.EngineEvent] = []
        for event in events:
            if type(event) is LevelSet:
                ix = event.ix
                if books.set_level(ix, event.side, event.price, event.qty):
                    confirmed[ix] = now_ns
                    touched.add(ix)
            elif type(event) is BookDelta:
                ix = event.ix
                qty = books.change_level(ix, event.side, event.price, event.qty_change)
                if qty >= 0:
                    confirmed[ix] = now_ns
                    touched.add(ix)
                    if qty > QTY_MAX:
                        self._void(ix, touched)
            elif not self._rare(event, now_ns, touched):
                more.append(event)
        return more

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
            case ev.ConnGrew():
                self.conn_ixs.setdefault(event.conn_id, ())
                self._carry(event, touched)
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
                return False  # the engine keeps a record of a market's life
            case ev.GridChanged():
                self.grids[event.ix] = PriceGrid(event.bands)
                if event.voids_book:
                    self._void(event.ix, touched)
            case ev.CloseChanged():
                self.close_ns[event.ix] = event.close_ts_ns
                touched.add(event.ix)
                return False
            case ev.FeeChanged() | ev.EventFeeChanged():
                self._fee_event(event, now_ns, touched)
            case ev.MarketSeen():
                self._to_read(event.venue, event.market_id)
            case _:
                return False
        return True

    def _to_read(self, venue: str, market_id: str) -> None:
        """Remember, once each and within bounds, what discovery should read again."""
        if len(self.to_read) < TO_READ_MAX:
            self.to_read[venue, market_id] = None
        else:
            self.to_read_lost += 1

    def _void(self, ix: int, touched: set[int]) -> None:
        self.books.void(ix)
        self.invalidated += 1
        touched.add(ix)

    def _opened(self, event: ev.ConnOpened, now_ns: int, touched: set[int]) -> None:
        self.conn_ixs[event.conn_id] = ()
        if event.kind == "ws" and event.sequenced:
            self.sequenced.add(event.conn_id)
            self.conn_seen[event.conn_id] = now_ns
        self._carry(event, touched)

    def _carry(self, event: ev.ConnOpened | ev.ConnGrew, touched: set[int]) -> None:
        """The connection's instruments; on a socket their books are unknown until they come."""
        ixs = tuple(ix for _, ix in event.instruments)
        self.conn_ixs[event.conn_id] += ixs
        if event.kind == "ws":
            for ix in ixs:
                self.conn_of[ix] = event.conn_id
                self._void(ix, touched)

    def _add(self, instrument: Instrument, now_ns: int) -> None:
        ix = instrument.ix
        schedule = instrument.fees
        if self._zero_fees:
            schedule = FeeSchedule((_free(schedule.at(now_ns)),))
        term = schedule.at(now_ns)
        self.books.add(instrument, term)
        self.instruments.append(instrument)
        is_open = instrument.is_open
        self.status.append(ev.MarketStatus.OPEN if is_open else ev.MarketStatus.CLOSED)
        self.terms.append(term)
        self.grids.append(instrument.grid)
        self.close_ns.append(instrument.close_ts_ns)
        self.confirmed_ns.append(0)
        self.conn_of.append(-1)
        self._schedules.append(schedule)
        self._event_ixs.setdefault((instrument.venue, instrument.event_id), []).append(ix)
        self._plan_fees(ix, now_ns)

    def _plan_fees(self, ix: int, now_ns: int) -> None:
        """Remember when this instrument's fee changes. Starts that a later schedule dropped stay
        in the heap and then change nothing."""
        for start in self._schedules[ix].starts_after(now_ns):
            heappush(self._fee_starts, (start, ix))
        self.fee_change_ns = self._fee_starts[0][0] if self._fee_starts else NEVER_NS

    def change_fees(self, now_ns: int, touched: set[int]) -> None:
        """Put every fee term in force that has started by `now_ns`."""
        while self._fee_starts and self._fee_starts[0][0] <= now_ns:
            _, ix = heappop(self._fee_starts)
            self._use_fee(ix, now_ns, touched)
        self.fee_change_ns = self._fee_starts[0][0] if self._fee_starts else NEVER_NS

    def _fee_event(
        self, event: ev.FeeChanged | ev.EventFeeChanged, now_ns: int, touched: set[int]
    ) -> None:
        if self._zero_fees:
            return
        if isinstance(event, ev.FeeChanged):
            self._schedules[event.ix] = self._schedules[event.ix].with_term(event.term)
            ixs = [event.ix]
        else:
            said = event.override
            if said.from_ns == 0:
                said = replace(said, from_ns=now_ns)
            ixs = self._event_ixs.get((event.venue, event.event_id), [])
            for ix in ixs:
                self._schedules[ix] = self._schedules[ix].with_override(said)
        for ix in ixs:
            self._plan_fees(ix, now_ns)
            self._use_fee(ix, now_ns, touched)

    def _use_fee(self, ix: int, now_ns: int, touched: set[int]) -> None:
        """The term in force now, in the kernel's columns too."""
        term = self._schedules[ix].at(now_ns)
        if term != self.terms[ix]:
            self.terms[ix] = term
            self.books.set_fee(ix, term)
            touched.add(ix)

    def schedule(self, ix: int) -> FeeSchedule:
        """Every fee term that is known of an instrument, and what overrides them."""
        return self._schedules[ix]

    def fee_term(self, ix: int) -> FeeTerm:
        """The fee term in force, as detection used it."""
        return self.terms[ix]

    def fee_at(self, ix: int, ts_ns: int) -> FeeTerm:
        """The fee term at a moment, for an order that arrives then."""
        return self._schedules[ix].at(ts_ns)

    def spend(self, ix: int, limit: int, qty: int) -> int:
        """Micro-dollars that an order which leaves now must state; 0 where it states its size."""
        instrument = self.instruments[ix]
        if not spends(instrument):
            return 0
        return spend_for(self.books, instrument, limit, qty)[0]

    def is_open(self, ix: int, now_ns: int) -> bool:
        """Trading, and before the time at which the venue closes the market in silence."""
        close_ns = self.close_ns[ix]
        is_past = 0 < close_ns <= now_ns
        return self.status[ix] is ev.MarketStatus.OPEN and not is_past

    def untradable(self, ix: int, now_ns: int) -> Reason | None:
        """Why this instrument may not be traded now, or None."""
        term = self.terms[ix]
        if not term.is_known or (term.exponent != 1 and term.taker_rate):
            return Reason.FEE_UNKNOWN
        if not self.is_open(ix, now_ns):
            return Reason.MARKET_NOT_OPEN
        seen = max(self.confirmed_ns[ix], self.conn_seen.get(self.conn_of[ix], 0))
        limit = self._settings.stale_after_ns.get(self.instruments[ix].venue, 0)
        return Reason.STALE if now_ns - seen > limit else None

    def suspect_crossed(self, touched: set[int]) -> None:
        """Crossed books turn SUSPECT, after the whole input was applied."""
        for ix in touched:
            if not self.books.check(ix):
                self.invalidated += 1

    def reason_is_new(self, basket_id: str, stage: str, reason: str) -> bool:
        """True when a basket's refusal at a stage differs from its last one: rows, not floods."""
        key = (basket_id, stage)
        if self._last_reason.get(key) == reason:
            return False
        self._last_reason[key] = reason
        return True


def _free(term: FeeTerm) -> FeeTerm:
    return FeeTerm(0, 0, 0, rounding=term.rounding, balance_step=term.balance_step)
