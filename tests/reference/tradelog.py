"""Oracle of the trading log: reads it line by line and does the sums again.

Imports nothing of the program under test. A line is the crc32 of the JSON in eight hex digits,
a space and a JSON object tagged by "type". The rule: what is not understood is an error.
"""

import json
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PIPS_PER_DOLLAR = 10_000
YES, NO = 0, 1
NETTING_VENUES = frozenset({"kalshi"})
"""Venues where YES and NO of one market net: a pair is paid out at once as one dollar."""
NO_EFFECT = frozenset(
    {"IntentMade", "OrderSent", "OrderClosed", "OrdersVoided", "OpportunitySeen", "Refused"}
)
VOID_REPEATS = (
    "order_id", "intent_id", "venue", "instrument_id", "side", "price", "qty", "fee", "basket_id",
    "is_sell",
)  # fmt: skip
"""What a void must say exactly as the fill it takes back."""

Position = tuple[str, str]
"""(venue, instrument id)."""


class TornLineError(ValueError):
    """A line that does not carry what its checksum says."""


@dataclass
class Totals:
    """Cash (micro-dollars) by venue; signed contracts (micro, NO negative) by position."""

    cash: dict[str, int] = field(default_factory=dict)
    positions: dict[Position, int] = field(default_factory=dict)
    fees: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    fill_ids: set[str] = field(default_factory=set)
    waiting: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Booked fills whose settlement can still fail."""

    def held(self, venue: str, instrument_id: str) -> int:
        return self.positions.get((venue, instrument_id), 0)

    def add(self, record: dict[str, Any]) -> None:
        """Book one record."""
        kind = record["type"]
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if kind == "CashSet":
            self.cash[record["venue"]] = record["cash"]
        elif kind == "FillBooked":
            self._fill(record)
        elif kind == "FillVoided":
            self._take_back(record)
        elif kind == "FillConfirmed":
            self._pending(record["fill_id"])
        elif kind == "SettlementBooked":
            self._pay(record["venue"], record["cash"])
            self._hold((record["venue"], record["instrument_id"]), 0)
        elif kind not in NO_EFFECT:
            raise ValueError(f"unknown record {kind!r}")

    def _pay(self, venue: str, cash: int) -> None:
        self.cash[venue] = self.cash.get(venue, 0) + cash

    def _hold(self, position: Position, qty: int) -> None:
        if qty:
            self.positions[position] = qty
        else:
            self.positions.pop(position, None)

    def _pending(self, fill_id: str) -> dict[str, Any]:
        """The booked fill that waits for its settlement; it waits no more."""
        if fill_id not in self.waiting:
            raise ValueError(f"fill {fill_id} is not waiting for its settlement")
        return self.waiting.pop(fill_id)

    def _take_back(self, record: dict[str, Any]) -> None:
        """The mirror image of what the fill did; no venue that nets ever does this."""
        fill = self._pending(record["fill_id"])
        for name in VOID_REPEATS:
            if record[name] != fill[name]:
                raise ValueError(f"void of {fill['fill_id']} has another {name}")
        venue = record["venue"]
        self._pay(venue, -cash_of(fill))
        self.fees[venue] -= fill["fee"]
        position = (venue, fill["instrument_id"])
        self._hold(position, self.held(*position) - signed_qty(fill))

    def _fill(self, record: dict[str, Any]) -> None:
        if record["fill_id"] in self.fill_ids:
            raise ValueError(f"fill {record['fill_id']} is booked twice")
        self.fill_ids.add(record["fill_id"])
        venue, qty = record["venue"], record["qty"]
        if not record.get("is_final", True):
            if venue in NETTING_VENUES:
                raise ValueError(f"{venue} settles at once: {record['fill_id']}")
            self.waiting[record["fill_id"]] = record
        position = (venue, record["instrument_id"])
        self._pay(venue, cash_of(record))
        self.fees[venue] = self.fees.get(venue, 0) + record["fee"]
        held = self.positions.get(position, 0)
        if record["side"] not in (YES, NO):
            raise ValueError(f"unknown side {record['side']!r}")
        if record["side"] == NO and venue not in NETTING_VENUES:
            raise ValueError(f"{venue} has no NO side: {record['instrument_id']}")
        signed = signed_qty(record)
        if venue not in NETTING_VENUES and held + signed < 0 and signed < 0:
            raise ValueError(f"{venue} cannot sell what is not held: {record['fill_id']}")
        if venue in NETTING_VENUES and held * signed < 0:
            pairs = min(abs(held), qty)
            self._pay(venue, pairs)
        self._hold(position, held + signed)


def cash_of(fill: dict[str, Any]) -> int:
    """What a fill does to the cash: a purchase costs, a sale brings price times size rounded down,
    less its fee. On a netting venue a sale is the purchase of the other side, and the dollar of
    the pair comes from the netting."""
    price, qty, fee = fill["price"], fill["qty"], fill["fee"]
    if not fill.get("is_sell", False):
        return -fill_cost(price, qty, fee)
    if fill["venue"] in NETTING_VENUES:
        return -fill_cost(PIPS_PER_DOLLAR - price, qty, fee)
    return int(price * qty // PIPS_PER_DOLLAR) - int(fee)


def signed_qty(fill: dict[str, Any]) -> int:
    """Contracts of YES that a fill adds."""
    is_plus = (fill["side"] == YES) != fill.get("is_sell", False)
    return int(fill["qty"]) if is_plus else -int(fill["qty"])


def fill_cost(price: int, qty: int, fee: int) -> int:
    """Micro-dollars a fill takes: price times size rounded up, and its fee.

    One contract is one million micro-contracts and pays one million micro-dollars.
    """
    paid, rest = divmod(price * qty, PIPS_PER_DOLLAR)
    return paid + (1 if rest else 0) + fee


def parse_line(line: bytes) -> dict[str, Any]:
    """The record of one line (without its newline). Raises TornLineError."""
    checksum, space, body = line.partition(b" ")
    if not space or len(checksum) != 8:
        raise TornLineError(f"no checksum: {line[:60]!r}")
    try:
        expected = int(checksum, 16)
    except ValueError as error:
        raise TornLineError(f"no checksum: {line[:60]!r}") from error
    if zlib.crc32(body) != expected:
        raise TornLineError(f"checksum differs: {line[:60]!r}")
    record: dict[str, Any] = json.loads(body)
    return record


def read_records(path: Path, *, last_may_be_torn: bool = False) -> list[dict[str, Any]]:
    """Every record of a log. After a crash the last line alone may be torn; it is left out."""
    data = path.read_bytes()
    lines = data.split(b"\n")
    tail = lines.pop()
    if tail and not last_may_be_torn:
        raise TornLineError(f"no newline at the end: {tail[:60]!r}")
    records = []
    for number, line in enumerate(lines):
        try:
            records.append(parse_line(line))
        except TornLineError:
            if not (last_may_be_torn and number == len(lines) - 1):
                raise
    return records


def totals(records: list[dict[str, Any]]) -> Totals:
    """Cash and positions after all records."""
    found = Totals()
    for record in records:
        found.add(record)
    return found
