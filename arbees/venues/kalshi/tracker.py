"""What is known of each order we sent to Kalshi, from answers, socket and look-ups alike. Pure.

The one rule: an order is DONE when the venue says that nothing of it rests *and* the fills we hold
add up to what it says was filled. Anything that does not fit is looked up, never guessed; a read
that still says `resting` after the end is a read that lags.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from arbees.messages import events as ev
from arbees.venues.kalshi.reads import FillFact, OrderState

NEVER_ARRIVED_NS = 75_000_000_000
"""Reads complete to this long after the send, without the order, prove that it never will be: the
venue refuses signatures 60 s old (kalshi.md 3), and 15 s are for clocks and paths."""

ORDERS_MAX = 10_000
"""Orders that are remembered: for what is heard twice, and late."""


class Progress(StrEnum):
    """What the gateway should do about an order."""

    STRANGE = "strange"
    """Not heard of on this connection: look it up."""
    OPEN = "open"
    WANTED = "wanted"
    """Something is missing or contradictory: look it up."""
    DONE = "done"


@dataclass(slots=True)
class Tracked:
    """One order. `total`: fills in all, once it is over; None while nobody has said."""

    venue_id: str | None = None
    fills: dict[str, int] = field(default_factory=dict)
    total: int | None = None
    is_over: bool = False
    is_done: bool = False
    is_doubted: bool = False
    is_accepted: bool = False
    told: int = 0
    """The most that the venue said was filled."""
    reason: str = ""

    @property
    def qty_filled(self) -> int:
        return sum(self.fills.values())

    @property
    def progress(self) -> Progress:
        if self.is_done:
            return Progress.DONE
        if self.is_doubted or self.is_over or not self.is_accepted or self.told > self.qty_filled:
            return Progress.WANTED
        return Progress.OPEN


class Tracker:
    """Orders by our id. Every method returns the events that follow."""

    def __init__(self) -> None:
        self.orders: dict[str, Tracked] = {}
        self.after_end = 0
        self._ours: dict[str, str] = {}

    def progress(self, order_id: str) -> Progress:
        known = self.orders.get(order_id)
        return known.progress if known else Progress.STRANGE

    def venue_id(self, order_id: str) -> str | None:
        known = self.orders.get(order_id)
        return known.venue_id if known else None

    def ours(self, venue_id: str) -> str | None:
        """Our id of a venue's order."""
        return self._ours.get(venue_id)

    def doubt_all(self) -> None:
        """A message could not be read: any open order may have been meant."""
        for known in self.orders.values():
            known.is_doubted = not known.is_done

    def created(
        self, order_id: str, venue_id: str, qty_filled: int, is_over: bool, ts_ns: int
    ) -> list[ev.EngineEvent]:
        """The venue took it."""
        known = self._at(order_id, venue_id)
        known.is_doubted = False
        known.told = max(known.told, qty_filled)
        if is_over:
            self._over(known, qty_filled, "")
        return self._accept(order_id, known, ts_ns) + self._settle(order_id, known, ts_ns)

    def rejected(self, order_id: str, reason: str, ts_ns: int) -> list[ev.EngineEvent]:
        """Nothing of it exists; with a fill in hand that is not believed."""
        known = self._at(order_id, None)
        if known.is_done:
            return []
        if known.fills or known.venue_id is not None:
            return self.unknown(order_id, reason, ts_ns)
        known.is_done = True
        return [ev.OrderAnswer(order_id, ev.OrderStatus.REJECTED, reason, ts_ns)]

    def unknown(self, order_id: str, reason: str, ts_ns: int) -> list[ev.EngineEvent]:
        """It may or may not exist."""
        known = self._at(order_id, None)
        if known.is_done:
            return []
        known.is_doubted = True
        return [ev.OrderAnswer(order_id, ev.OrderStatus.UNKNOWN, reason, ts_ns)]

    def cancelled(self, order_id: str) -> None:
        """Acknowledged. How much had filled before is for the socket or a look-up to say: the
        size may have been changed by another hand."""
        known = self._at(order_id, None)
        known.is_over = True
        known.reason = known.reason or "cancelled"

    def gone(self, order_id: str) -> None:
        """A cancel found nothing: cancelled, executed, or never there."""
        self._at(order_id, None).is_doubted = True

    def fill(self, order_id: str, fact: FillFact) -> list[ev.EngineEvent]:
        """One execution, from whichever source, counted once."""
        known = self._at(order_id, fact.order_id)
        if fact.fill_id in known.fills:
            return []
        known.fills[fact.fill_id] = fact.qty
        self.after_end += known.is_done
        report = ev.FillReport(order_id, fact.fill_id, fact.price, fact.qty, fact.fee, fact.ts_ns)
        return [report, *self._settle(order_id, known, fact.ts_ns)]

    def state(
        self, order_id: str, state: OrderState, reason: str, ts_ns: int
    ) -> list[ev.EngineEvent]:
        """The venue's own picture of the order. What was over before does not rest again."""
        known = self._at(order_id, state.order_id)
        if known.is_done:
            return []
        known.told = max(known.told, state.qty_filled)
        known.is_doubted = state.status == "unknown"
        if known.is_doubted:
            return []
        if state.is_over:
            self._over(known, state.qty_filled, reason or state.status)
        return self._accept(order_id, known, ts_ns) + self._settle(order_id, known, ts_ns)

    def absent(self, order_id: str, sent_ns: int, as_of_ns: int) -> list[ev.EngineEvent]:
        """The reads do not have it. That proves something only when they are late enough, and
        nothing of it was ever seen."""
        known = self._at(order_id, None)
        is_proof = as_of_ns >= sent_ns + NEVER_ARRIVED_NS
        if known.is_done or known.fills or known.venue_id is not None or not is_proof:
            return []
        known.is_done = True
        return [ev.OrderAnswer(order_id, ev.OrderStatus.REJECTED, "never_arrived", as_of_ns)]

    def _at(self, order_id: str, venue_id: str | None) -> Tracked:
        known = self.orders.get(order_id)
        if known is None:
            self._make_room()
            known = self.orders[order_id] = Tracked()
        if venue_id is not None:
            if known.venue_id not in (None, venue_id):
                known.is_doubted = True
            else:
                known.venue_id = venue_id
                self._ours[venue_id] = order_id
        return known

    def _make_room(self) -> None:
        """Of orders that are done, the oldest go; open ones never do."""
        if len(self.orders) < ORDERS_MAX:
            return
        done = [order_id for order_id, known in self.orders.items() if known.is_done]
        for order_id in done[: ORDERS_MAX // 10]:
            self._ours.pop(self.orders.pop(order_id).venue_id or "", None)

    def _over(self, known: Tracked, total: int, reason: str) -> None:
        """Two totals that differ are looked up again."""
        if known.total not in (None, total):
            known.is_doubted = True
        known.is_over, known.total = True, total
        known.reason = known.reason or reason

    def _accept(self, order_id: str, known: Tracked, ts_ns: int) -> list[ev.EngineEvent]:
        if known.is_accepted or known.is_over:
            known.is_accepted = True
            return []
        known.is_accepted = True
        return [ev.OrderAnswer(order_id, ev.OrderStatus.ACCEPTED, "", ts_ns)]

    def _settle(self, order_id: str, known: Tracked, ts_ns: int) -> list[ev.EngineEvent]:
        """DONE once it is over and every fill is here."""
        if known.is_done or not known.is_over or known.total is None:
            return []
        if known.qty_filled != known.total:
            return []
        known.is_done = True
        return [ev.OrderAnswer(order_id, ev.OrderStatus.DONE, known.reason, ts_ns)]
