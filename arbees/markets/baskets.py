"""Baskets: legs that together pay at least `payout` in every outcome, as compressed rows.

A basket is data for one kernel; what kind it is and why it is guaranteed are carried beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import msgspec
import numpy as np

from arbees.markets.books import Books
from arbees.markets.kernels import pricing as k

LEGS_MAX = 8


@dataclass(frozen=True, slots=True)
class Leg:
    """Buy one share of `side` (0 YES at the ask, 1 NO at 1 - bid) of instrument `ix`."""

    ix: int
    side: int


@dataclass(frozen=True, slots=True)
class Basket:
    """`legs` pay at least `payout` pips a share; `evidence` says why, `kind` names the shape."""

    basket_id: str
    kind: str
    legs: tuple[Leg, ...]
    payout: int
    link_id: str
    evidence: str


class Priced(msgspec.Struct, frozen=True, gc=False):
    """What the kernel said of one basket; see the status codes in kernels/pricing.py.

    `gross` pips at the touch, `cost` and `edge` micro-dollars at `qty` micro-contracts; `limits`
    and `touch` per leg: pips to pay at most, micro-contracts at the best level. `capped` is the
    same cut to the cost limit, None where it fits or where nothing that small can be traded.
    """

    basket: int
    status: int
    qty: int
    cost: int
    edge: int
    gross: int
    limits: tuple[int, ...]
    touch: tuple[int, ...]
    capped: "Priced | None" = None


class BasketTable:
    """All baskets, which instruments touch which, and the arrays the kernel reads."""

    def __init__(self) -> None:
        self.baskets: list[Basket] = []
        self._by_instrument: dict[int, list[int]] = {}
        self._cells: list[tuple[tuple[int, int], ...]] = []
        self._numbers: dict[str, int] = {}
        self._is_stale = True
        self._faces: dict[int, tuple[int, int, int, int]] = {}
        self._hot: set[int] = set()

    def add(self, basket: Basket) -> bool:
        """False if a basket of that id is already there. Raises ValueError on bad legs."""
        if not 1 <= len(basket.legs) <= LEGS_MAX:
            raise ValueError(f"basket {basket.basket_id}: 1 to {LEGS_MAX} legs, not more")
        if basket.basket_id in self._numbers:
            return False
        number = len(self.baskets)
        self._numbers[basket.basket_id] = number
        self.baskets.append(basket)
        self._cells.append(tuple((leg.ix * k.I_COLUMNS, leg.side) for leg in basket.legs))
        for ix in {leg.ix for leg in basket.legs}:
            self._by_instrument.setdefault(ix, []).append(number)
        self._is_stale = True
        self._hot.add(number)  # until it was looked at once
        return True

    def named(self, basket_id: str) -> Basket | None:
        """The basket of that id, if it is watched."""
        number = self._numbers.get(basket_id)
        return None if number is None else self.baskets[number]

    def touching(self, ix: int) -> list[int]:
        """Numbers of the baskets that have a leg in instrument `ix`, ascending."""
        return self._by_instrument.get(ix, [])

    def paying(self, books: Books, touched: Iterable[int]) -> tuple[list[int], list[int]]:
        """(baskets to price, baskets that no longer pay) among those with a leg in a touched book.

        To price: those that pay more than their best levels cost, and those with a leg in a book
        that is not valid; the kernel would answer NO_GROSS or NO_LEVEL to the rest. Most frames
        leave the best levels as they were, so what they make of a basket is remembered.
        """
        cells, faces, hot = books.cells, self._faces, self._hot
        found: list[int] = []
        cooled: list[int] = []
        for ix in touched:
            base = ix * k.I_COLUMNS
            face = (
                cells[base + k.I_BEST_BID], cells[base + k.I_BEST_ASK], cells[base + k.I_STATE],
                cells[base + k.I_STEP],
            )  # fmt: skip
            if faces.get(ix) == face:
                if hot:
                    found += [n for n in self.touching(ix) if n in hot]
                continue
            faces[ix] = face
            for number in self.touching(ix):
                if self._pays(cells, number):
                    hot.add(number)
                    found.append(number)
                elif number in hot:
                    hot.discard(number)
                    cooled.append(number)
        return (sorted(set(found)) if len(found) > 1 else found), cooled

    def _pays(self, cells: "memoryview[int]", number: int) -> bool:
        gross = self.baskets[number].payout
        for base, side in self._cells[number]:
            if cells[base + k.I_STATE] != k.STATE_VALID:
                return True
            slot = cells[base + k.I_BEST_BID if side else base + k.I_BEST_ASK]
            if slot < 0:
                return False
            price = slot * cells[base + k.I_STEP]
            gross -= k.PRICE_TOP - price if side else price
        return gross > 0

    def _freeze(self) -> None:
        """Build the kernel's arrays; once for all baskets added since the last pricing."""
        self._is_stale = False
        legs = [(leg.ix, leg.side) for b in self.baskets for leg in b.legs]
        counts = [len(b.legs) for b in self.baskets]
        self._ptr = np.cumsum([0, *counts], dtype=np.int64)
        self._legs = np.array(legs, dtype=np.int64).reshape(-1, 2)
        self._payout = np.array([b.payout for b in self.baskets], dtype=np.int64)
        size = max(1, len(self.baskets))
        width = max(counts, default=1)
        self._legs_max = width
        self._touched = np.zeros(size, dtype=np.int64)
        self._out = np.zeros((size, k.O_FIXED + 3 * width), dtype=np.int64)
        self._touched_cells: memoryview[int] = memoryview(cast(Any, self._touched))
        self._out_cells: memoryview[int] = memoryview(cast(Any, self._out.reshape(-1)))
        self._work = np.zeros((width, 3), dtype=np.int64)

    def price(
        self,
        books: Books,
        numbers: list[int],
        min_edge: int,
        max_qty: int,
        max_cost: int = k.COST_MAX,
    ) -> list[Priced]:
        """Price the given baskets in one kernel call; those without a gross edge are left out."""
        n = len(numbers)
        if self._is_stale:
            self._freeze()
        for i in range(n):
            self._touched_cells[i] = numbers[i]
        k.price_baskets(
            books.ladder, books.inst, self._ptr, self._legs, self._payout, self._touched,
            n, min_edge, min(max_qty, k.WALK_QTY_MAX), min(max_cost, k.COST_MAX), self._work,
            self._out,
        )  # fmt: skip
        found: list[Priced] = []
        width = k.O_FIXED + 3 * self._legs_max
        cells = self._out_cells
        for i in range(n):
            status = cells[i * width + k.O_STATUS]
            if status != k.NO_GROSS and status != k.NO_LEVEL:
                row = cells[i * width : (i + 1) * width].tolist()
                found.append(self._read(numbers[i], row))
        return found

    def _read(self, number: int, row: list[int]) -> Priced:
        count = len(self.baskets[number].legs)
        at = k.O_FIXED + self._legs_max
        touch = tuple(row[at : at + count])
        capped = None
        if row[k.O_QTY_CAPPED]:
            at += self._legs_max
            capped = Priced(
                number, k.PRICED, row[k.O_QTY_CAPPED], row[k.O_COST_CAPPED], row[k.O_EDGE_CAPPED],
                row[k.O_GROSS], tuple(row[at : at + count]), touch,
            )  # fmt: skip
        return Priced(
            number, row[k.O_STATUS], row[k.O_QTY], row[k.O_COST], row[k.O_EDGE], row[k.O_GROSS],
            tuple(row[k.O_FIXED : k.O_FIXED + count]), touch, capped,
        )  # fmt: skip
