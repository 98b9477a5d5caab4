"""Trades and their life on chain: MATCHED, MINED, CONFIRMED, and the ways that go wrong.

One rule: a deal has one taker, one price, one fate; what it moved comes back whole or not at all.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from arbees.simulator.exchange.core import Exchange
from arbees.simulator.exchange.events import Posting, Trade
from arbees.simulator.faults import Faults
from arbees.simulator.polymarket.listing import Listing
from arbees.simulator.polymarket.timers import Timers
from arbees.units import NS_PER_S

ROOT = uuid.UUID("706f6c79-6d61-5b65-8000-736574746c65")


@dataclass(frozen=True, slots=True)
class Pace:
    """Time between the steps; the venue takes two to five seconds to the first."""

    mined_ns: int = 2 * NS_PER_S
    confirmed_ns: int = 2 * NS_PER_S
    retry_ns: int = 2 * NS_PER_S


@dataclass(slots=True)
class Deal:
    """All meetings of one taker at one price in one operation. Times in ns of the session."""

    id: str
    listing: Listing
    legs: tuple[Trade, ...]
    match_ns: int
    update_ns: int
    status: str = "MATCHED"
    tx: str = ""

    @property
    def taker(self) -> Posting:
        return self.legs[0].taker

    @property
    def qty(self) -> int:
        return sum(leg.qty for leg in self.legs)

    def order_ids(self) -> Iterable[str]:
        """Our orders in it, the taker's first."""
        for leg in self.legs:
            for posting in leg.postings:
                if posting.order is not None:
                    yield posting.order.id


def invented(kind: str, number: int, size: int) -> str:
    """The id of an anonymous party: stable, and nobody's."""
    return "0x" + hashlib.sha256(f"{kind} {number}".encode()).hexdigest()[: 2 * size]


def invented_owner(number: int) -> str:
    return str(uuid.uuid5(ROOT, f"street {number}"))


def grouped(trades: Iterable[Trade]) -> list[tuple[Trade, ...]]:
    """Trades of one operation by their taker and price."""
    groups: dict[tuple[str, int], list[Trade]] = {}
    for trade in trades:
        order = trade.taker.order
        taker = order.id if order else f"street {trade.number}"
        groups.setdefault((taker, trade.price), []).append(trade)
    return [tuple(group) for group in groups.values()]


@dataclass
class Deals:
    """Every deal, in order; `tell` hears of each step, the first included."""

    exchange: Exchange
    timers: Timers
    faults: Faults
    pace: Pace
    tell: Callable[[Deal], None]
    stamp: Callable[[], int]
    all: dict[str, Deal] = field(default_factory=dict)

    def open(self, listing: Listing, trades: Iterable[Trade], now_ns: int) -> list[Deal]:
        """New deals of one operation; their steps are due on the timers."""
        made = []
        for legs in grouped(trades):
            stamp = self.stamp()
            number = f"{listing.condition} {legs[0].number}"
            deal = Deal(str(uuid.uuid5(ROOT, number)), listing, legs, stamp, stamp)
            self.all[deal.id] = deal
            made.append(deal)
            fault = self.faults.take("failed_settlement", "polymarket", listing.where)
            if fault is None:
                self.timers.at(now_ns + self.pace.mined_ns, self._mine(deal, 0))
            else:
                again = bool(fault.number("retry", 0))
                self.timers.at(now_ns + self.pace.mined_ns, self._retry(deal, again))
        return made

    def _step(self, deal: Deal, status: str) -> None:
        deal.status, deal.update_ns = status, self.stamp()
        self.tell(deal)

    def _mine(self, deal: Deal, attempt: int) -> Callable[[int], None]:
        def act(now_ns: int) -> None:
            for leg in deal.legs:
                self.exchange.confirm(leg)
            deal.tx = invented(f"tx {deal.id} {attempt}", 0, 32)
            self._step(deal, "MINED")
            self.timers.at(now_ns + self.pace.confirmed_ns, confirm)

        def confirm(now_ns: int) -> None:
            self._step(deal, "CONFIRMED")

        return act

    def _retry(self, deal: Deal, again: bool) -> Callable[[int], None]:
        """RETRYING; then mined under another hash, or given up."""

        def act(now_ns: int) -> None:
            deal.tx = invented(f"tx {deal.id} 0", 0, 32)
            self._step(deal, "RETRYING")
            self.timers.at(now_ns + self.pace.retry_ns, self._mine(deal, 1) if again else fail)

        def fail(now_ns: int) -> None:
            for leg in deal.legs:
                self.exchange.fail(leg)
            self._step(deal, "FAILED")

        return act
