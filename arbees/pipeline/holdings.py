"""Holdings: what each basket's orders brought, leg by leg, from records of the trading log alone.

The ledger knows what the account holds; this knows for which basket, so that a basket whose legs
are not the same size is known as such after any fill, any fill taken back, and any restart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from arbees.messages.records import AnyRecord, FillBooked, FillVoided, SettlementBooked
from arbees.units import MICRO

DUST_QTY = MICRO // 10
"""A tenth of a contract, ten cents at most: what fractions of contracts add up to over several
trades of a basket, and too little for an order of its own at Polymarket."""
LegKey = tuple[str, str, int]
"""(venue, instrument id, side)."""


@dataclass(slots=True)
class Holdings:
    """Micro-contracts by basket and leg. A basket is forgotten when one of its legs is paid out:
    it cannot be traded any more, and legs are paid out one after the other."""

    legs: dict[str, dict[LegKey, int]] = field(default_factory=dict)

    def apply(self, record: AnyRecord) -> None:
        """Count one record; those that move no contracts of a basket are passed over."""
        match record:
            case FillBooked():
                if record.basket_id:
                    held = self.legs.setdefault(record.basket_id, {})
                    key = (record.venue, record.instrument_id, int(record.side))
                    held[key] = held.get(key, 0) + (-record.qty if record.is_sell else record.qty)
                    self._forget_if_empty(record.basket_id)
            case FillVoided():
                if (found := self.legs.get(record.basket_id)) is not None:
                    key = (record.venue, record.instrument_id, int(record.side))
                    found[key] = found.get(key, 0) + (record.qty if record.is_sell else -record.qty)
                    self._forget_if_empty(record.basket_id)
            case SettlementBooked():
                self._paid_out(record.venue, record.instrument_id)
            case _:
                pass

    def _forget_if_empty(self, basket_id: str) -> None:
        if not any(self.legs[basket_id].values()):
            del self.legs[basket_id]

    def _paid_out(self, venue: str, instrument_id: str) -> None:
        for basket_id, held in tuple(self.legs.items()):
            if any(key[0] == venue and key[1] == instrument_id for key in held):
                del self.legs[basket_id]

    def of(self, basket_id: str) -> Mapping[LegKey, int]:
        return self.legs.get(basket_id, {})

    def is_uneven(self, basket_id: str, legs: Sequence[LegKey]) -> bool:
        """Whether the basket's `legs` are held in sizes that differ by more than dust."""
        held = self.of(basket_id)
        sizes = [held.get(key, 0) for key in legs]
        return max(sizes) - min(sizes) > DUST_QTY

    def rows(self) -> list[list[Any]]:
        """Plain data, for the journal's header: [basket, venue, instrument, side, qty]."""
        return [
            [basket_id, *key, qty] for basket_id, held in self.legs.items()
            for key, qty in held.items()
        ]  # fmt: skip

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[Any]]) -> "Holdings":
        """The inverse of `rows`."""
        holdings = cls()
        for basket_id, venue, instrument_id, side, qty in rows:
            holdings.legs.setdefault(basket_id, {})[(venue, instrument_id, side)] = qty
        return holdings
