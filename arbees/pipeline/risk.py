"""Risk: a draft -> Approved, or one reason. Only Approved can become orders."""

from dataclasses import dataclass, field

import msgspec

from arbees.markets.books import Books
from arbees.markets.instrument import Instrument
from arbees.pipeline.funnel import Reason
from arbees.pipeline.ledger import Ledger
from arbees.pipeline.settings import RiskSettings
from arbees.pipeline.sizing import Draft


class Approved(msgspec.Struct, frozen=True, gc=False):
    """A draft that may be traded now, and the best level that each leg will hit."""

    draft: Draft
    touches: tuple[tuple[int | None, int], ...]


@dataclass(slots=True)
class RiskState:
    """What the gates remember. `taken` holds the best level (price, size) we last hit."""

    kill_on: bool = False
    kill_reason: str = ""
    shut_venues: set[str] = field(default_factory=set)
    shut_ixs: set[int] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    last_trade_ns: dict[str, int] = field(default_factory=dict)
    taken: dict[tuple[int, int], tuple[int | None, int]] = field(default_factory=dict)
    event_cost: dict[str, int] = field(default_factory=dict)
    """Micro-dollars per venue event: the cost of what is held, and what open orders may cost."""

    def shut(self, venue: str, ixs: tuple[int, ...], *, is_shut: bool) -> None:
        """Shut or open a venue, or some instruments of it."""
        if not ixs:
            (self.shut_venues.add if is_shut else self.shut_venues.discard)(venue)
        elif is_shut:
            self.shut_ixs.update(ixs)
        else:
            self.shut_ixs.difference_update(ixs)

    def is_shut(self, instrument: Instrument) -> bool:
        """Whether no order of it may leave: the other legs must then not leave either."""
        return instrument.venue in self.shut_venues or instrument.ix in self.shut_ixs

    def spend(self, event_key: str, cash: int) -> None:
        """Count `cash` micro-dollars against an event's limit; negative gives it back."""
        left = self.event_cost.get(event_key, 0) + cash
        if left > 0:
            self.event_cost[event_key] = left
        else:
            self.event_cost.pop(event_key, None)


def touch(books: Books, ix: int, side: int) -> tuple[int | None, int]:
    """Best level of the side a leg would hit: YES hits asks (1), NO hits bids (0)."""
    return books.touch(ix, 1 - side)


def check(
    draft: Draft,
    state: RiskState,
    ledger: Ledger,
    books: Books,
    instruments: list[Instrument],
    settings: RiskSettings,
    now_ns: int,
) -> Approved | Reason:
    """All gates in order of how final they are."""
    reason = _account(state, ledger, settings, now_ns) or _basket(draft, state, settings, now_ns)
    if reason is not None:
        return reason
    if any(state.is_shut(instruments[leg.ix]) for leg in draft.legs):
        return Reason.VENUE_SHUT
    touches = []
    for leg in draft.legs:
        instrument = instruments[leg.ix]
        best = touch(books, leg.ix, leg.side)
        if state.taken.get((leg.ix, leg.side)) == best:
            return Reason.ALREADY_TAKEN
        touches.append(best)
        held = ledger.qty(instrument)
        if held:
            if ledger.would_net(instrument, leg.side):
                return Reason.WOULD_NET
            held = abs(held)
        if held + leg.qty > settings.max_position_qty:
            return Reason.POSITION_LIMIT
    for event, cost in event_costs(draft, instruments).items():
        if state.event_cost.get(event, 0) + cost > settings.max_event_cost_micro:
            return Reason.EVENT_LIMIT
    return Approved(draft, tuple(touches))


def _account(
    state: RiskState, ledger: Ledger, settings: RiskSettings, now_ns: int
) -> Reason | None:
    if state.kill_on:
        return Reason.KILLED
    today = ledger.realised_today if ledger.day == now_ns // 86_400_000_000_000 else 0
    if -today >= settings.max_daily_loss_micro:
        return Reason.DAILY_LOSS
    if len(state.busy) >= settings.max_open_baskets:
        return Reason.OPEN_LIMIT
    return None


def _basket(draft: Draft, state: RiskState, settings: RiskSettings, now_ns: int) -> Reason | None:
    name = draft.basket.basket_id
    if name in state.busy:
        return Reason.BUSY
    if name in state.broken:
        return Reason.BROKEN
    last = state.last_trade_ns.get(name)
    if last is not None and now_ns - last < settings.cooldown_ns:
        return Reason.COOLDOWN
    return None


def event_costs(draft: Draft, instruments: list[Instrument]) -> dict[str, int]:
    """Worst cost of the draft per venue event."""
    costs: dict[str, int] = {}
    for leg in draft.legs:
        instrument = instruments[leg.ix]
        name = instrument.event_key
        costs[name] = costs.get(name, 0) + leg.cost_max
    return costs
