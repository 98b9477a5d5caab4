"""Baskets: legs that together pay at least `payout` in every outcome, as compressed rows.

A basket is data for one kernel; what kind it is and why it is guaranteed are carried beside it.
"""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import msgspec
import numpy as np

from arbees.markets.books import Books
from arbees.markets.kernels import pricing as k

LEGS_MAX = 8
ROOM = 64
"""Baskets that the first arrays have room for."""


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


def doubled(array: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """The same rows with as many empty ones behind them."""
    grown = np.zeros((2 * array.shape[0], *array.shape[1:]), dtype=array.dtype)
    grown[: array.shape[0]] = array
    return grown


class BasketTable:
    """All baskets, which instruments touch which, and the arrays the kernel reads."""

    def __init__(self) -> None:
        self.baskets: list[Basket] = []
        self._by_instrument: dict[int, list[int]] = {}
        self._cells: list[tuple[tuple[int, int], ...]] = []
        self._numbers: dict[str, int] = {}
        self._withdrawn: set[int] = set()
        self._faces: dict[int, tuple[int, int, int, int]] = {}
        self._hot: set[int] = set()
        self._ptr = np.zeros(ROOM + 1, dtype=np.int64)
        self._legs = np.zeros((2 * ROOM, 2), dtype=np.int64)
        self._payout = np.zeros(ROOM, dtype=np.int64)
        self._touched = np.zeros(ROOM, dtype=np.int64)
        self._answers(ROOM, 2)

    def add(self, basket: Basket) -> bool:
        """False if a basket of that id is already there; one that was withdrawn is watched again.
        Raises ValueError on bad legs."""
        if not 1 <= len(basket.legs) <= LEGS_MAX:
            raise ValueError(f"basket {basket.basket_id}: 1 to {LEGS_MAX} legs, not more")
        known = self._numbers.get(basket.basket_id)
        if known is not None and known not in self._withdrawn:
            return False
        if known is None:
            known = len(self.baskets)
            self._numbers[basket.basket_id] = known
            self.baskets.append(basket)
            self._cells.append(tuple((leg.ix * k.I_COLUMNS, leg.side) for leg in basket.legs))
            self._grow(known, basket)
        self._withdrawn.discard(known)
        for ix in {leg.ix for leg in self.baskets[known].legs}:
            insort(self._by_instrument.setdefault(ix, []), known)
        self._hot.add(known)  # until it was looked at once
        return True

    def withdraw(self, basket_id: str) -> int | None:
        """Watch it no longer; its number, or None if it was not watched. It keeps its name: what
        was bought of it still has to be told."""
        number = self._numbers.get(basket_id)
        if number is None or number in self._withdrawn:
            return None
        self._withdrawn.add(number)
        self._hot.discard(number)
        for ix in {leg.ix for leg in self.baskets[number].legs}:
            self._by_instrument[ix].remove(number)
        return number

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

    def _grow(self, number: int, basket: Basket) -> None:
        """One more row of the kernel's arrays, which double when they are full: links come while
        books move, and a basket more must not cost a pass over all of them."""
        start, width = int(self._ptr[number]), len(basket.legs)
        if number >= self._payout.size:
            self._ptr, self._payout = doubled(self._ptr), doubled(self._payout)
            self._touched = doubled(self._touched)
        while start + width > self._legs.shape[0]:
            self._legs = doubled(self._legs)
        for at, leg in enumerate(basket.legs, start):
            self._legs[at] = leg.ix, leg.side
        self._payout[number] = basket.payout
        self._ptr[number + 1] = start + width
        if width > self._legs_max or self._touched.size > self._out.shape[0]:
            self._answers(self._touched.size, max(width, self._legs_max))

    def _answers(self, size: int, width: int) -> None:
        """Room for what the kernel says of `size` baskets of up to `width` legs."""
        self._legs_max = width
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
