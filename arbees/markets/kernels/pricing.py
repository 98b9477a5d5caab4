"""The basket kernel: prices every touched basket in one call.

Arrays and scalars in, an `out` array back. All integers: prices pips, sizes micro-contracts, cash
micro-dollars, marginal edges in 1e-14 dollars. Rows of `inst` are described by the I_* columns,
rows of `out` by the O_* columns. A best slot of -1 is the "no level" sentinel.
"""

import numpy as np
from numba import int64, njit, void

I_OFF_BID = 0
I_OFF_ASK = 1
I_STEP = 2
I_SLOTS = 3
I_BEST_BID = 4
I_BEST_ASK = 5
I_STATE = 6
I_RATE = 7
I_ROUNDING = 8
I_BALANCE_STEP = 9
I_AMOUNT_STEP = 10
I_QTY_STEP = 11
I_COLUMNS = 12

PRICE_TOP = 10_000

STATE_VOID = 0
STATE_VALID = 1
STATE_SUSPECT = 2

O_STATUS = 0
O_QTY = 1
O_COST = 2
O_EDGE = 3
O_GROSS = 4
O_QTY_CAPPED = 5
O_COST_CAPPED = 6
O_EDGE_CAPPED = 7
"""The same walk cut to `max_cost`; all 0 where the whole walk fits it."""
O_FIXED = 8
"""Then per leg: limit prices, touch sizes, limit prices of the capped walk."""

NO_LEVEL = 0
NO_GROSS = 1
FEES_EAT_IT = 2
LOT_TOO_SMALL = 3
PRICED = 4
BOOK_INVALID = 5

SCALE = 10**10
"""1e-14 dollars in a pip."""
WALK_QTY_MAX = 90_000 * 10**6
"""Largest walk: fee remainders up to 1e8 times this fit int64."""
COST_MAX = 10**11
"""Largest `max_cost`, above what the largest walk can cost; times its hundredths fits int64."""

Array = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


@njit(int64(int64, int64), cache=True)
def _gcd(a: int, b: int) -> int:
    while b:
        a, b = b, a % b
    return a


@njit(int64(int64[:], int64, int64, int64, int64), cache=True)
def next_slot(ladder: Array, offset: int, slots: int, start: int, direction: int) -> int:
    """First slot with size from `start` going `direction` (+1 or -1), or -1."""
    slot = start
    while 0 <= slot < slots:
        if ladder[offset + slot] > 0:
            return slot
        slot += direction
    return -1


@njit(int64(int64[:], int64[:], int64, int64), cache=True)
def _leg_cost(ladder: Array, row: Array, side: int, qty: int) -> int:
    """Micro-dollars that `qty` of one leg takes from the book, fees and rounding included.

    side 0 walks asks upward at p, side 1 walks bids downward at 1 - p. `qty` must be there.
    """
    direction = 1 if side == 0 else -1
    offset = row[I_OFF_ASK] if side == 0 else row[I_OFF_BID]
    slot = row[I_BEST_ASK] if side == 0 else row[I_BEST_BID]
    left = qty
    paid = 0
    fees = 0
    while left > 0 and slot >= 0:
        take = min(ladder[offset + slot], left)
        price = slot * row[I_STEP]
        paid += (price if side == 0 else 10_000 - price) * take
        rate = row[I_RATE] * price * (10_000 - price)
        high = (rate // 100_000_000) * take
        low = (rate % 100_000_000) * take
        whole = high + low // 100_000_000
        rest = 1 if low % 100_000_000 else 0
        unit = 1_000_000 if row[I_ROUNDING] == 0 else 10_000_000
        fee = whole // unit
        if whole % unit or rest:
            fee += 1
        fees += fee if row[I_ROUNDING] == 0 else fee * 10
        left -= take
        if left > 0:
            slot = next_slot(ladder, offset, row[I_SLOTS], slot + direction, direction)
    if row[I_ROUNDING] == 0:
        grain = 10_000 * row[I_BALANCE_STEP]
        return int(-(-(paid + fees * 10_000) // grain) * row[I_BALANCE_STEP])
    return int(-(-paid // 10_000) + fees)


@njit(int64(int64[:, :], int64[:, :], int64, int64[:]), cache=True)
def _lot_floor(inst: Array, legs: Array, qty: int, limits: Array) -> int:
    """Largest size <= qty on every leg's lot and, where the venue limits the decimals of
    dollars, such that limit price times size fits them (polymarket.md section 7.2)."""
    step = 1
    for k in range(legs.shape[0]):
        ix = legs[k, 0]
        lot = inst[ix, I_QTY_STEP]
        step = step // _gcd(step, lot) * lot
        amount = inst[ix, I_AMOUNT_STEP]
        if amount > 1:
            lots = amount // _gcd(limits[k] * lot // 10_000, amount) * lot
            step = step // _gcd(step, lots) * lots
    return qty - qty % step


@njit(int64(int64[:], int64[:, :], int64[:, :], int64, int64[:]), cache=True)
def _touch(ladder: Array, inst: Array, legs: Array, payout: int, row: Array) -> int:
    """Status of a basket at its best levels; writes gross and touch sizes."""
    count = legs.shape[0]
    at = O_FIXED + (row.shape[0] - O_FIXED) // 3
    gross = payout
    for k in range(count):
        ix = legs[k, 0]
        if inst[ix, I_STATE] != STATE_VALID:
            return BOOK_INVALID
        slot = inst[ix, I_BEST_ASK] if legs[k, 1] == 0 else inst[ix, I_BEST_BID]
        if slot < 0:
            return NO_LEVEL
        offset = inst[ix, I_OFF_ASK] if legs[k, 1] == 0 else inst[ix, I_OFF_BID]
        price = slot * inst[ix, I_STEP]
        gross -= price if legs[k, 1] == 0 else 10_000 - price
        row[at + k] = ladder[offset + slot]
    row[O_GROSS] = gross
    return PRICED if gross > 0 else NO_GROSS


@njit(int64(int64[:], int64[:, :], int64[:], int64), cache=True)
def _next_level(ladder: Array, inst: Array, leg: Array, slot: int) -> int:
    """The slot behind `slot` of the side that `leg` takes from, or -1."""
    ix = leg[0]
    if leg[1] == 0:
        return next_slot(ladder, inst[ix, I_OFF_ASK], inst[ix, I_SLOTS], slot + 1, 1)
    return next_slot(ladder, inst[ix, I_OFF_BID], inst[ix, I_SLOTS], slot - 1, -1)


@njit(
    int64(
        int64[:], int64[:, :], int64[:, :], int64, int64, int64, int64[:, :], int64[:]
    ),
    cache=True,
)  # fmt: skip
def _walk(
    ladder: Array,
    inst: Array,
    legs: Array,
    payout: int,
    min_edge: int,
    max_qty: int,
    work: Array,
    limits: Array,
) -> int:
    """Size in equal shares while each nets >= min_edge pips; writes the last price per leg."""
    count = legs.shape[0]
    for k in range(count):
        ix = legs[k, 0]
        work[k, 0] = inst[ix, I_BEST_ASK] if legs[k, 1] == 0 else inst[ix, I_BEST_BID]
        work[k, 2] = inst[ix, I_OFF_ASK] if legs[k, 1] == 0 else inst[ix, I_OFF_BID]
        work[k, 1] = ladder[work[k, 2] + work[k, 0]]
    qty = 0
    is_done = False
    while qty < max_qty and not is_done:
        margin = payout * SCALE
        slab = max_qty - qty
        for k in range(count):
            ix = legs[k, 0]
            price = work[k, 0] * inst[ix, I_STEP]
            pay = price if legs[k, 1] == 0 else 10_000 - price
            margin -= pay * SCALE + inst[ix, I_RATE] * price * (10_000 - price)
            slab = min(slab, work[k, 1])
        if margin < min_edge * SCALE:
            break
        qty += slab
        for k in range(count):
            price = work[k, 0] * inst[legs[k, 0], I_STEP]
            limits[k] = price if legs[k, 1] == 0 else 10_000 - price
            work[k, 1] -= slab
            if work[k, 1] == 0:
                slot = _next_level(ladder, inst, legs[k], work[k, 0])
                if slot < 0:
                    is_done = True
                else:
                    work[k, 0] = slot
                    work[k, 1] = ladder[work[k, 2] + slot]
    return qty


@njit(int64(int64[:], int64[:, :], int64[:, :], int64), cache=True)
def _cost(ladder: Array, inst: Array, legs: Array, qty: int) -> int:
    """Micro-dollars of all legs at `qty`."""
    total = 0
    for k in range(legs.shape[0]):
        total += _leg_cost(ladder, inst[legs[k, 0]], legs[k, 1], qty)
    return total


@njit(
    void(
        int64[:], int64[:, :], int64[:, :], int64, int64, int64, int64, int64[:, :], int64[:]
    ),
    cache=True,
)  # fmt: skip
def _price_one(
    ladder: Array,
    inst: Array,
    legs: Array,
    payout: int,
    min_edge: int,
    max_qty: int,
    max_cost: int,
    work: Array,
    row: Array,
) -> None:
    """One basket into its row of `out`."""
    row[:] = 0
    row[O_STATUS] = _touch(ladder, inst, legs, payout, row)
    if row[O_STATUS] != PRICED:
        return
    width = (row.shape[0] - O_FIXED) // 3
    limits = row[O_FIXED : O_FIXED + width]
    qty = _walk(ladder, inst, legs, payout, min_edge, max_qty, work, limits)
    if qty == 0:
        row[O_STATUS] = FEES_EAT_IT
        return
    qty = _lot_floor(inst, legs, qty, limits)
    if qty == 0:
        row[O_STATUS] = LOT_TOO_SMALL
        return
    cost = _cost(ladder, inst, legs, qty)
    row[O_QTY] = qty
    row[O_COST] = cost
    row[O_EDGE] = payout * (qty // 10_000) - cost
    if cost <= max_cost:
        return
    qty = qty // 10_000 * max_cost // cost * 10_000
    limits = row[O_FIXED + 2 * width :]
    qty = _walk(ladder, inst, legs, payout, min_edge, qty, work, limits)
    qty = _lot_floor(inst, legs, qty, limits)
    if qty > 0:
        cost = _cost(ladder, inst, legs, qty)
        row[O_QTY_CAPPED] = qty
        row[O_COST_CAPPED] = cost
        row[O_EDGE_CAPPED] = payout * (qty // 10_000) - cost


@njit(
    void(
        int64[:], int64[:, :], int64[:], int64[:, :], int64[:], int64[:],
        int64, int64, int64, int64, int64[:, :], int64[:, :],
    ),
    cache=True,
)  # fmt: skip
def price_baskets(
    ladder: Array,
    inst: Array,
    leg_ptr: Array,
    legs: Array,
    payout: Array,
    touched: Array,
    n: int,
    min_edge: int,
    max_qty: int,
    max_cost: int,
    work: Array,
    out: Array,
) -> None:
    """Walk the depth of touched[0:n] in equal shares while each share nets >= min_edge pips, and
    where that costs more than `max_cost` micro-dollars once more, cut to it.

    leg_ptr int64[B+1], legs int64[L, 2] (ix, side), payout int64[B] pips, work int64[legs, 3],
    out int64[n, O_FIXED + 3 * legs]. max_qty <= WALK_QTY_MAX, max_cost <= COST_MAX.
    """
    for i in range(n):
        basket = touched[i]
        mine = legs[leg_ptr[basket] : leg_ptr[basket + 1]]
        _price_one(
            ladder, inst, mine, payout[basket], min_edge, max_qty, max_cost, work, out[i]
        )  # fmt: skip
