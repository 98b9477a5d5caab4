"""Warm-up: pay what is paid once before the first frame, not with the first order.

Kernels are loaded from numba's cache at their first call (tens of milliseconds), and what start-up
allocated would be walked by every full collection; frozen, it is not (performance.md section 2).
"""

import gc
from collections.abc import Sequence
from dataclasses import replace

from arbees.markets.baskets import Basket, BasketTable, Leg
from arbees.markets.books import Books
from arbees.markets.instrument import Instrument


def warm_up(instruments: Sequence[Instrument]) -> None:
    """Price one basket on books of its own, so that no real state is touched."""
    if instruments:
        instrument = replace(instruments[0], ix=0)
        books, table = Books(), BasketTable()
        books.add(instrument, instrument.fees.terms[0])
        books.snapshot(0, ((4_000, 1_000_000),), ((6_000, 1_000_000),))
        table.add(Basket("warm", "warm", (Leg(0, 0), Leg(0, 1)), 10_000, "", ""))
        table.price(books, [0], 0, 1_000_000)
    gc.collect()
    gc.freeze()
