"""Books: integer depth of every instrument, tracked best, and the face the kernels read.

All ladders live in one int64 array; a book owns two regions of it, one slot per price step. Python
writes single levels through a memoryview (40 ns, performance.md section 3 prefers this to a numba
call per delta); kernels read the same memory, so nothing is ever exported. The rule: a book is
VOID, VALID or SUSPECT (crossed: contents kept, not tradable), and only a snapshot makes it VALID.
"""

from collections.abc import Iterable
from math import gcd
from typing import Any, cast

import numpy as np

from arbees.errors import InvariantError
from arbees.markets.instrument import FeeTerm, Instrument
from arbees.markets.kernels import pricing as k

PRICE_TOP = k.PRICE_TOP
_COLUMNS, _STEP, _BEST, _STATE = k.I_COLUMNS, k.I_STEP, k.I_BEST_BID, k.I_STATE
ROOM = 1 << 20
"""Slots of the first array, for 5,000 books in cents: growing later would copy all of it while
books wait. 8 MB, written to at once: memory that the system first gives when a book needs it
costs that book 5 ms."""
SCAN_IN_PYTHON = 8
"""Slots looked at in Python before one numba call searches the rest of the ladder."""


class Books:
    """Depth of all instruments by dense index. `side` is 0 for bids, 1 for asks."""

    def __init__(self) -> None:
        self.ladder = np.empty(ROOM, dtype=np.int64)
        self.ladder.fill(0)
        self.inst = np.zeros((64, k.I_COLUMNS), dtype=np.int64)
        self.count = 0
        self.used = 0
        self._nothing: memoryview[int] = memoryview(cast(Any, np.zeros(0, dtype=np.int64)))
        self._views()

    def _views(self) -> None:
        self._levels: memoryview[int] = memoryview(cast(Any, self.ladder))
        self.cells: memoryview[int] = memoryview(cast(Any, self.inst.reshape(-1)))

    def _allocate(self, slots: int) -> int:
        start = self.used
        self.used += slots
        if self.used > self.ladder.size:
            grown = np.zeros(max(self.used, self.ladder.size * 2), dtype=np.int64)
            grown[: self.ladder.size] = self.ladder
            self.ladder = grown
            self._views()
        return start

    def add(self, instrument: Instrument, term: FeeTerm) -> None:
        """Make room for one instrument; its `ix` must be the next one."""
        ix = instrument.ix
        if ix != self.count:
            raise InvariantError(f"instrument {instrument.instrument_id}: ix {ix} is not next")
        if ix >= self.inst.shape[0]:
            grown = np.zeros((self.inst.shape[0] * 2, k.I_COLUMNS), dtype=np.int64)
            grown[:ix] = self.inst
            self.inst = grown
            self._views()
        self.count += 1
        self._region(ix, instrument.grid.step_min)
        row = self.inst[ix]
        row[k.I_AMOUNT_STEP] = instrument.amount_step
        row[k.I_QTY_STEP] = instrument.qty_step
        self.set_fee(ix, term)

    def set_fee(self, ix: int, term: FeeTerm) -> None:
        """The fee the kernel charges. Exponents other than 1 are not traded (detect refuses)."""
        row = self.inst[ix]
        row[k.I_RATE] = term.taker_rate
        row[k.I_ROUNDING] = int(term.rounding)
        row[k.I_BALANCE_STEP] = term.balance_step

    def _region(self, ix: int, step: int) -> None:
        slots = PRICE_TOP // step + 1
        start = self._allocate(2 * slots)
        row = self.inst[ix]
        row[k.I_OFF_BID] = start
        row[k.I_OFF_ASK] = start + slots
        row[k.I_STEP] = step
        row[k.I_SLOTS] = slots
        row[k.I_BEST_BID] = row[k.I_BEST_ASK] = -1
        row[k.I_STATE] = k.STATE_VOID

    def _refine(self, ix: int, price: int) -> None:
        """Move the book to a finer ladder: a venue may quote finer than the grid we knew."""
        levels = (self.levels(ix, 0), self.levels(ix, 1))
        state = self.state(ix)
        self._region(ix, gcd(int(self.inst[ix, k.I_STEP]), price))
        self.inst[ix, k.I_STATE] = state
        self._fill(ix, *levels)

    def state(self, ix: int) -> int:
        return self.cells[ix * _COLUMNS + _STATE]

    def is_valid(self, ix: int) -> bool:
        return self.cells[ix * k.I_COLUMNS + k.I_STATE] == k.STATE_VALID

    def void(self, ix: int) -> None:
        """Forget everything: unknown until the next snapshot."""
        cells = self.cells
        base = ix * _COLUMNS
        start, size = cells[base], 2 * cells[base + k.I_SLOTS]
        if size > len(self._nothing):
            self._nothing = memoryview(cast(Any, np.zeros(size, dtype=np.int64)))
        self._levels[start : start + size] = self._nothing[:size]
        cells[base + _BEST] = cells[base + _BEST + 1] = -1
        cells[base + _STATE] = k.STATE_VOID

    def _fill(
        self, ix: int, bids: Iterable[tuple[int, int]], asks: Iterable[tuple[int, int]]
    ) -> None:
        for price, qty in bids:
            self.set_level(ix, 0, price, qty)
        for price, qty in asks:
            self.set_level(ix, 1, price, qty)

    def snapshot(
        self, ix: int, bids: Iterable[tuple[int, int]], asks: Iterable[tuple[int, int]]
    ) -> None:
        """Replace the whole book; VALID unless crossed."""
        self.void(ix)
        self.cells[ix * _COLUMNS + _STATE] = k.STATE_VALID
        self._fill(ix, bids, asks)
        self.check(ix)

    def set_level(self, ix: int, side: int, price: int, qty: int) -> bool:
        """Set one level to `qty` (0 removes it) and keep the best tracked. False if the book is
        VOID: then nothing is kept."""
        cells = self.cells
        base = ix * _COLUMNS
        if not cells[base + _STATE]:
            return False
        slot = price // cells[base + _STEP]
        if slot * cells[base + _STEP] != price:
            self._refine(ix, price)
            return self.set_level(ix, side, price, qty)
        self._levels[cells[base + side] + slot] = qty
        at = base + _BEST + side
        best = cells[at]
        if qty > 0:
            if best < 0 or (slot < best if side else slot > best):
                cells[at] = slot
        elif slot == best:
            cells[at] = self._next_best(base, side, slot)
        return True

    def change_level(self, ix: int, side: int, price: int, qty_change: int) -> int:
        """Add a signed change to one level; a size of 0 or less removes it (kalshi.md 6.4).
        The size that is there now, -1 if the book is VOID."""
        qty = max(0, self.level(ix, side, price) + qty_change)
        return qty if self.set_level(ix, side, price, qty) else -1

    def _next_best(self, base: int, side: int, slot: int) -> int:
        cells, levels = self.cells, self._levels
        way = 1 if side else -1
        offset = cells[base + side]
        slots = cells[base + k.I_SLOTS]
        slot += way
        for _ in range(SCAN_IN_PYTHON):
            if not 0 <= slot < slots:
                return -1
            if levels[offset + slot]:
                return slot
            slot += way
        return int(k.next_slot(self.ladder, offset, slots, slot, way))

    def check(self, ix: int) -> bool:
        """True if the book is not crossed; a crossed VALID book becomes SUSPECT."""
        cells = self.cells
        base = ix * k.I_COLUMNS
        bid = cells[base + k.I_BEST_BID]
        ask = cells[base + k.I_BEST_ASK]
        if bid < ask or bid < 0 or ask < 0:
            return True
        if cells[base + k.I_STATE] == k.STATE_VALID:
            cells[base + k.I_STATE] = k.STATE_SUSPECT
        return False

    def level(self, ix: int, side: int, price: int) -> int:
        """Size at one price, 0 if none (also for prices off the ladder)."""
        base = ix * k.I_COLUMNS
        step = self.cells[base + k.I_STEP]
        if price % step:
            return 0
        return self._levels[self.cells[base + side] + price // step]

    def best(self, ix: int, side: int) -> int | None:
        """Best price in pips, None if that side is empty."""
        base = ix * k.I_COLUMNS
        slot = self.cells[base + k.I_BEST_BID + side]
        return None if slot < 0 else slot * self.cells[base + k.I_STEP]

    def best_qty(self, ix: int, side: int) -> int:
        return self.touch(ix, side)[1]

    def touch(self, ix: int, side: int) -> tuple[int | None, int]:
        """Best price and its size; (None, 0) if that side is empty."""
        base = ix * _COLUMNS
        cells = self.cells
        slot = cells[base + _BEST + side]
        if slot < 0:
            return None, 0
        return slot * cells[base + _STEP], self._levels[cells[base + side] + slot]

    def ask_cost(self, ix: int, limit: int, qty: int) -> tuple[int, int, int]:
        """(pips times micro-contracts, price and size of the last level) of `qty` taken from the
        asks up to `limit`; what they do not show is counted as a level at the limit. Without numpy:
        it stands on the way of an order."""
        cells, sizes = self.cells, self._levels
        base = ix * _COLUMNS
        slot, step = cells[base + _BEST + 1], cells[base + _STEP]
        if slot < 0 or slot * step >= limit:
            return limit * qty, limit, qty
        offset, last = cells[base + 1], limit // step
        cost = price = take = 0
        while qty and slot <= last:
            size = sizes[offset + slot]
            if size:
                price = slot * step
                take = size if size < qty else qty
                cost += take * price
                qty -= take
            slot += 1
        if qty:
            return cost + qty * limit, limit, qty
        return cost, price, take

    def levels(self, ix: int, side: int) -> list[tuple[int, int]]:
        """All levels of one side, best first."""
        row = self.inst[ix]
        offset, slots, step = int(row[side]), int(row[k.I_SLOTS]), int(row[k.I_STEP])
        region = self.ladder[offset : offset + slots]
        found = [(int(s) * step, int(region[s])) for s in np.flatnonzero(region)]
        return found if side else found[::-1]
