"""Records of a small trading life, and databases to write them to."""

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import create_async_engine

from arbees.messages import records as rec
from arbees.messages.commands import LegSide
from arbees.store.outbox import Outbox
from arbees.store.tables import METADATA, OUTBOX_MARKS

YES, NO = LegSide.YES, LegSide.NO


def leg(order_id: str, venue: str, side: LegSide = YES, qty: int = 10) -> rec.LegPlan:
    return rec.LegPlan(order_id, 0, venue, f"{venue}-A", side, 4_000, qty, 50)


def intent(name: str, qty: int = 10) -> rec.IntentMade:
    legs = (leg(f"{name}a", "kalshi", qty=qty), leg(f"{name}b", "polymarket", qty=qty))
    return rec.IntentMade(name, "basket", 5, legs, 7)


def fill(
    order_id: str, venue: str, qty: int, side: LegSide = YES, *, is_final: bool = True
) -> rec.FillBooked:
    name = f"f-{order_id}-{qty}"
    return rec.FillBooked(
        name, order_id, order_id[:-1], venue, f"{venue}-A", side, 5_000, qty, 1, 6, "basket",
        is_final,
    )  # fmt: skip


def void(booked: rec.FillBooked) -> rec.FillVoided:
    return rec.FillVoided(
        booked.fill_id, booked.order_id, booked.intent_id, booked.venue, booked.instrument_id,
        booked.side, booked.price, booked.qty, booked.fee, 9, booked.basket_id,
    )  # fmt: skip


LATER = [fill("qb", "polymarket", qty, is_final=False) for qty in (3, 7)]
EARLY = fill("rb", "polymarket", 10, is_final=False)


def end(order_id: str, filled: int) -> rec.OrderClosed:
    return rec.OrderClosed(order_id, "done", "", 10, filled, 7)


SALE = rec.FillBooked(
    "f-ta", "ta", "t", "polymarket", "polymarket-A", YES, 5_000, 4, 1, 8, "basket", True, True
)
LOGGED: list[rec.AnyRecord] = [
    rec.CashSet("kalshi", 1_000, 1), rec.CashSet("polymarket", 2_000, 1),
    intent("i"), fill("ia", "kalshi", 10), fill("ib", "polymarket", 4), fill("ib", "polymarket", 6),
    end("ia", 10), end("ib", 10),
    intent("j"), fill("ja", "kalshi", 10), end("ja", 10), end("jb", 0),
    intent("k"), end("ka", 0), end("kb", 0),
    rec.SettlementBooked("polymarket", "polymarket-A", 10, 10_000, 10, 8),
    intent("m"), rec.OrdersVoided(("ma", "mb"), 9),
    intent("n"), fill("na", "kalshi", 5, NO),
    intent("q"), fill("qa", "kalshi", 10), *LATER, end("qa", 10), end("qb", 10),
    rec.FillConfirmed(LATER[0].fill_id, "qb", "q", 8), void(LATER[1]),
    intent("s"), fill("sb", "polymarket", 4), end("sb", 4), end("sa", 0),
    rec.IntentMade(
        "t", "basket", 6, (msgspec.structs.replace(leg("ta", "polymarket", qty=4), is_sell=True),),
        -2, rec.Purpose.UNWIND,
    ),
    SALE, end("ta", 4),
    intent("r"), fill("ra", "kalshi", 10), EARLY, end("ra", 10), void(EARLY), end("rb", 10),
]  # fmt: skip
SEEN: list[rec.AnyRecord] = [
    rec.OpportunitySeen("basket", 1, 2, 3, 4, (5, 6)),
    rec.Refused("basket", "risk", "stale", 1),
    rec.LinkAdded("L", "kalshi", "kalshi-A", "polymarket", "polymarket-A", "same", "test", 1),
    rec.LinkWithdrawn("L", 2),
    rec.BasketAdded("B", "same", "L", "test", 10_000, (rec.BasketLeg("kalshi", "A", NO),), 1),
    rec.EventStateSeen("kalshi", "E", "A", "settled", 10_000, None, 1),
]
RECORDS = [*LOGGED, *SEEN]


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def count(path: Path, table: str) -> int:
    connection = sqlite3.connect(path)
    number: int = connection.execute(f"select count(*) from {table}").fetchone()[0]
    connection.close()
    return number


async def dump(url: str, names: set[str] | None = None) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, in the order of the tables' keys, running numbers left out."""
    engine = create_async_engine(url)
    rows: dict[str, list[dict[str, Any]]] = {}
    async with engine.connect() as connection:
        for table in METADATA.sorted_tables:
            if table is not OUTBOX_MARKS and (names is None or table.name in names):
                found = await connection.execute(select(table).order_by(*table.primary_key))
                rows[table.name] = [
                    {key: value for key, value in row.items() if key != "id"}
                    for row in found.mappings()
                ]
    await engine.dispose()
    return rows


async def until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for a fact of another process."""
    with anyio.fail_after(seconds):
        while not is_so():  # noqa: ASYNC110
            await anyio.sleep(0.01)


async def while_running(outbox: Outbox, act: Callable[[], Awaitable[None]]) -> None:
    """Run the outbox around `act`, then close it."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(outbox.run)
        await act()
        with anyio.fail_after(20):
            await outbox.close()
        tasks.cancel_scope.cancel()


async def write_all(url: str, records: list[rec.AnyRecord]) -> Outbox:
    """Through a worker, to the end."""
    outbox = Outbox(url)
    outbox.projection.netting_venues = frozenset({"kalshi"})
    outbox.put(records)
    await while_running(outbox, lambda: until(lambda: outbox.waiting == 0))
    return outbox
