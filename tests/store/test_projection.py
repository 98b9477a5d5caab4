"""Records to rows, and the same rows from the log alone."""

from pathlib import Path
from typing import Any

import anyio
import pytest

from arbees.errors import ConfigError
from arbees.store.projection import Projection
from arbees.store.rebuild import rebuild
from arbees.store.tables import FROM_LOG, METADATA
from tests.store.world import LOGGED, RECORDS, dump, sqlite_url, write_all

NETTING = frozenset({"kalshi"})


def rows(name: str) -> list[dict[str, Any]]:
    return [row for table, row in Projection(NETTING).rows(RECORDS) if table == name]


def test_every_row_fits_its_table() -> None:
    for table, row in Projection(NETTING).rows(RECORDS):
        assert set(row) <= set(METADATA.tables[table].columns.keys())


def test_positions_follow_fills_and_settlements_with_the_venues_netting() -> None:
    held = [(r["instrument_id"], r["qty_micro"], r["cause"]) for r in rows("positions")]
    assert held == [
        ("kalshi-A", 10, "fill"), ("polymarket-A", 4, "fill"), ("polymarket-A", 10, "fill"),
        ("kalshi-A", 20, "fill"), ("polymarket-A", 0, "settlement"), ("kalshi-A", 15, "fill"),
        ("kalshi-A", 25, "fill"), ("polymarket-A", 3, "fill"), ("polymarket-A", 10, "fill"),
        ("polymarket-A", 3, "void"),
        ("polymarket-A", 7, "fill"), ("polymarket-A", 3, "fill"),
        ("kalshi-A", 35, "fill"), ("polymarket-A", 13, "fill"), ("polymarket-A", 3, "void"),
    ]  # fmt: skip
    assert rows("positions")[4]["cash_micro"] == 10


def test_bankroll_has_a_row_for_each_change() -> None:
    cash = [r["cash_micro"] for r in rows("bankroll") if r["venue"] == "polymarket"]
    # 2,000 - (4 * 0.5 + 1) - (6 * 0.5 + 1) + 10; then 3 and 7, the 7 back; then 4 bought
    # and sold; then 10 and back
    assert cash == [
        2_000, 1_997, 1_993, 2_003, 2_000, 1_995, 2_000, 1_997, 1_998, 1_992, 1_998,
    ]  # fmt: skip
    assert [r["cause"] for r in rows("bankroll")][:3] == ["opening", "opening", "fill"]


def test_a_paper_trade_is_an_intent_with_its_outcome() -> None:
    last = {r["intent_id"]: r for r in rows("paper_trades")}
    filled, uneven = last["i"], last["j"]
    assert (filled["outcome"], filled["qty_filled_micro"], filled["cost_micro"]) == (
        "filled",
        10,
        10,
    )
    assert (filled["fee_micro"], filled["ended_ns"], filled["legs"]) == (3, 7, 2)
    assert (uneven["outcome"], uneven["qty_filled_micro"], uneven["qty_uneven_micro"]) == (
        "uneven", 0, 10,
    )  # fmt: skip


def test_a_fill_taken_back_changes_the_outcome_of_a_trade_that_has_ended() -> None:
    said = [
        (r["intent_id"], r["outcome"], r["qty_filled_micro"], r["qty_uneven_micro"],
         r["cost_micro"], r["fee_micro"], r["ended_ns"])
        for r in rows("paper_trades") if r["intent_id"] in ("q", "r")
    ]  # fmt: skip
    assert said == [
        ("q", "open", 0, 0, 0, 0, None), ("q", "filled", 10, 0, 11, 3, 7),
        ("q", "uneven", 3, 7, 7, 2, 7),
        ("r", "open", 0, 0, 0, 0, None), ("r", "uneven", 0, 10, 5, 1, 7),
    ]  # fmt: skip
    assert [(r["fill_id"], r["status"]) for r in rows("fill_ends")] == [
        ("f-qb-3", "confirmed"), ("f-qb-7", "voided"), ("f-rb-10", "voided"),
    ]  # fmt: skip


def test_a_sale_is_a_trade_that_brings_cash() -> None:
    (ended,) = [r for r in rows("paper_trades") if r["intent_id"] == "t" and r["ended_ns"]]
    assert (ended["purpose"], ended["outcome"]) == ("unwind", "filled")
    assert (ended["cost_micro"], ended["fee_micro"], ended["edge_micro"]) == (-2, 1, -2)
    assert {r["action"] for r in rows("orders") if r["order_id"] == "ta"} == {"sell"}
    assert [r["fill_id"] for r in rows("fills") if r["action"] == "sell"] == ["f-ta"]


def test_a_projection_forgets_trades_that_nothing_can_change() -> None:
    projection = Projection(NETTING)
    projection.prime(LOGGED)
    assert set(projection._trades) == {"n"}


def test_a_primed_projection_goes_on_where_the_log_ends() -> None:
    """Wherever the process died, the rest makes the rows it would have made."""
    whole = list(Projection(NETTING).rows(LOGGED))
    for cut in range(len(LOGGED)):
        early, late = Projection(NETTING), Projection(NETTING)
        before = list(early.rows(LOGGED[:cut]))
        late.prime(LOGGED[:cut])
        assert before + list(late.rows(LOGGED[cut:])) == whole


@pytest.mark.anyio
async def test_a_rebuild_brings_back_equal_rows_and_leaves_the_rest(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "a.db")
    await write_all(url, RECORDS)
    before = await dump(url)
    counts: dict[str, int] = {}
    for _ in range(2):
        counts = await anyio.to_thread.run_sync(rebuild, url, LOGGED, Projection(NETTING))
    assert await dump(url) == before
    assert counts == {table.name: len(before[table.name]) for table in FROM_LOG}
    assert counts["paper_trades"] == 9


def test_a_rebuild_that_fails_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such table.*nothing was changed"):
        rebuild(sqlite_url(tmp_path / "a.db"), LOGGED, Projection(NETTING))
