"""Recorded sessions through the real sessions and engine, against the slow oracle and the
recorder's own columns."""

import csv
import gzip
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from arbees.app import compose
from arbees.app.config import Detect, Fees, Settings, Size
from arbees.app.replay import CONN_OF, play_session, read_lines, session_runtime
from arbees.messages.frames import Frame
from arbees.messages.records import OpportunitySeen
from tests.reference import oracle

SESSIONS = ("nba_mvp_dec", "nba_games_feb", "kalshi_burst_jan07")


def research(*, zero: bool, edge: int, profit: str = "0.01", cap: int = 500) -> Settings:
    values: dict[str, Any] = {"min_edge_pips": edge, "min_profit": profit}
    return Settings(
        detect=Detect(**values),
        fees=Fees(mode="zero" if zero else "dated"),
        size=Size(max_qty=str(cap)),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("name", SESSIONS)
def test_books_agree_with_every_ok_row(test_data: Path, name: str) -> None:
    folder = test_data / "sessions" / name
    with gzip.open(folder / "expected_best.csv.gz", "rt") as file:
        rows = [r for r in csv.DictReader(file) if r["flag"] == "ok"]
    by_line: dict[int, list[dict[str, str]]] = {}
    for row in rows:
        by_line.setdefault(int(row["line"]), []).append(row)
    runtime = session_runtime(folder, Settings())
    ix = {i.instrument_id: i.ix for i in runtime.engine.instruments}
    for venue, conn in CONN_OF.items():
        opened = compose.conn_opened(runtime, venue, conn, 0)
        runtime.deliver_event(opened, 0)
    lines = checked = 0
    for number, line in enumerate(read_lines(folder)):
        lines += 1
        conn = CONN_OF[line.venue]
        if line.channel == "gap":
            opened = compose.conn_opened(runtime, line.venue, conn, number)
            runtime.deliver_event(opened, line.t)
            continue
        runtime.deliver_frame(Frame(conn, 0, line.t, bytes(line.frame)))
        for row in by_line.get(number, ()):
            book = [runtime.engine.books.best(ix[row["instrument"]], side) for side in (0, 1)]
            for price, column in zip(book, ("best_bid", "best_ask"), strict=True):
                stated = Fraction(row[column]) * 10_000 if row[column] else None
                assert price == stated, (number, row)
            checked += 1
    assert checked == len(rows)
    gaps = sum(line.channel == "gap" for line in read_lines(folder))
    assert runtime.frames == lines - gaps
    assert runtime.wire_errors == 0


@pytest.mark.parametrize("name", SESSIONS[:2])
@pytest.mark.parametrize(
    ("zero", "edge", "profit", "cap"),
    [
        (True, 50, "0.01", 500),
        (True, 10, "0.01", 500),
        (False, 50, "0.01", 500),
        (False, -10_000, "-1000000", 5_000),
    ],
)
def test_opportunities_equal_the_oracle(
    test_data: Path, name: str, zero: bool, edge: int, profit: str, cap: int
) -> None:
    """The last case takes every priced basket as an opportunity: today's fees leave none
    profitable on these recordings, and nothing compared with nothing proves nothing."""
    folder = test_data / "sessions" / name
    runtime = session_runtime(folder, research(zero=zero, edge=edge, profit=profit, cap=cap))
    found: list[OpportunitySeen] = []

    def keep(records: Any) -> None:
        found.extend(r for r in records if isinstance(r, OpportunitySeen))

    runtime.on_records = keep
    play_session(folder, runtime)
    slow = oracle.opportunities(
        folder, zero_fees=zero, min_edge_pips=edge,
        min_profit_micro=int(Fraction(profit) * 1_000_000), max_qty_micro=cap * 1_000_000,
        needs_gross=True,
    )  # fmt: skip
    number = {b.basket_id: n for n, b in enumerate(runtime.engine.table.baskets)}
    got = [(number[o.basket_id], o.qty, o.cost, o.edge) for o in found]
    assert got == [(o.basket, o.qty_micro, o.cost_micro, o.edge_micro) for o in slow]
    if name == "nba_games_feb" and zero and edge == 10:
        assert len(got) == 134
