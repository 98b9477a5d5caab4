"""The detection oracle against brute force, by hand, and on the recorded sessions."""

import gzip
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reference import oracle
from tests.reference.oracle import Level, Opp, floor_lots, opportunities, walk

PIP = Fraction(1, 10_000)


def ladder(prices: set[int], sizes: list[int], *, is_no: bool) -> list[Level]:
    """Cents and whole contracts to levels, best first."""
    found = []
    for cents, size in zip(sorted(prices, reverse=is_no), sizes, strict=False):
        price = Fraction(cents, 100)
        found.append(Level(price, 1 - price if is_no else price, Fraction(size)))
    return found


def marginal_share(share: int, ladders: list[list[Level]], rates: list[Fraction]) -> Fraction:
    """Net edge of share number `share`, counted from 0, by looking each leg's level up anew."""
    edge = Fraction(1)
    for levels, rate in zip(ladders, rates, strict=True):
        flat = [level for level in levels for _ in range(int(level.size))]
        level = flat[share]
        edge -= level.pay + rate * level.price * (1 - level.price)
    return edge


@given(
    st.sets(st.integers(30, 70), min_size=1, max_size=4),
    st.lists(st.integers(1, 6), min_size=4, max_size=4),
    st.sets(st.integers(30, 70), min_size=1, max_size=4),
    st.lists(st.integers(1, 6), min_size=4, max_size=4),
    st.sampled_from([Fraction(0), Fraction("0.07")]),
    st.sampled_from([0, 50, 300]),
    st.integers(1, 12),
    st.booleans(),
)
def test_walk_equals_share_by_share(
    prices_a: set[int],
    sizes_a: list[int],
    prices_b: set[int],
    sizes_b: list[int],
    rate: Fraction,
    min_edge_pips: int,
    max_qty: int,
    is_no: bool,
) -> None:
    ladders = [ladder(prices_a, sizes_a, is_no=is_no), ladder(prices_b, sizes_b, is_no=False)]
    rates = [rate, Fraction("0.05") if rate else rate]
    depth = min(sum(int(level.size) for level in levels) for levels in ladders)
    shares = 0
    while shares < min(depth, max_qty):
        if marginal_share(shares, ladders, rates) < min_edge_pips * PIP:
            break
        shares += 1
    assert walk(ladders, rates, min_edge_pips * PIP, Fraction(max_qty)).qty == shares


@given(
    st.sets(st.integers(30, 70), min_size=1, max_size=4),
    st.lists(st.integers(1, 6), min_size=4, max_size=4),
    st.sets(st.integers(30, 70), min_size=1, max_size=4),
    st.lists(st.integers(1, 6), min_size=4, max_size=4),
    st.booleans(),
)
def test_no_other_size_earns_more(
    prices_a: set[int], sizes_a: list[int], prices_b: set[int], sizes_b: list[int], is_no: bool
) -> None:
    """At no least edge, the walk's size is the best of all sizes, but for what rounding takes."""
    ladders = [ladder(prices_a, sizes_a, is_no=is_no), ladder(prices_b, sizes_b, is_no=False)]
    rates = [Fraction("0.07"), Fraction("0.05")]
    depth = min(sum(int(level.size) for level in levels) for levels in ladders)
    best = walk(ladders, rates, Fraction(0), Fraction(100)).qty

    def edge(qty: Fraction) -> Fraction:
        return qty - oracle.basket_cost(ladders, rates, qty) if qty else Fraction(0)

    slack = Fraction("0.0003")
    assert all(edge(Fraction(qty)) <= edge(best) + slack for qty in range(depth + 1))


@given(st.integers(0, 10_000_000), st.integers(1, 9_999))
def test_lots_are_the_largest_that_fit(qty_micro: int, pips: int) -> None:
    qty = Fraction(qty_micro, 1_000_000)
    found = floor_lots(qty, pips * PIP)
    fitting = [
        lots
        for lots in range(int(qty * 100) + 1)
        if (Fraction(lots, 100) * pips * PIP * 100).denominator == 1
    ]
    assert found == Fraction(max(fitting), 100)


CATALOG: dict[str, Any] = {
    "kalshi": {
        "series": [{"ticker": "S", "fee_type": "quadratic", "fee_multiplier": 1}],
        "events": [
            {
                "series_ticker": "S",
                "fee_type_override": None,
                "fee_multiplier_override": None,
                "markets": [{"ticker": "K"}],
            }
        ],
    },
    "polymarket": {
        "gamma_events": [
            {
                "markets": [
                    {
                        "clobTokenIds": '["a", "b"]',
                        "feeSchedule": {"rate": 0.05, "exponent": 1},
                    }
                ]
            }
        ]
    },
    "pairs": [
        {"kalshi_ticker": "K", "polymarket_token_id": "a", "relation": "same"},
        {"kalshi_ticker": "K", "polymarket_token_id": "b", "relation": "inverse"},
    ],
}
S = 1_000_000_000


def kalshi(when: int, yes: list[list[str]], no: list[list[str]]) -> dict[str, Any]:
    message = {"market_ticker": "K", "yes_dollars_fp": yes, "no_dollars_fp": no}
    frame = {"type": "orderbook_snapshot", "sid": 1, "seq": 1, "msg": message}
    return {"t": when * S, "venue": "kalshi", "channel": "ws", "frame": frame}


def token(when: int, name: str, bid: str, ask: str, size: str) -> dict[str, Any]:
    frame = {
        "event_type": "book",
        "asset_id": name,
        "bids": [{"price": bid, "size": size}],
        "asks": [{"price": ask, "size": size}],
    }
    return {"t": when * S, "venue": "polymarket", "channel": "ws", "frame": frame}


def write(folder: Path, lines: list[dict[str, Any]]) -> Path:
    with gzip.open(folder / "frames.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    (folder / "catalog.json").write_text(json.dumps(CATALOG), encoding="utf-8")
    return folder


def test_hand_worked_opportunity(tmp_path: Path) -> None:
    """NO at 0.40 (YES bid 0.60) and the token at 0.50: 10 shares of 0.90 and the fees.

    Kalshi 4.00 + 0.168 = 4.168; Polymarket 5.00 + 0.125 = 5.125; 10 - 9.293 = 0.707.
    """
    lines = [
        kalshi(1, [["0.6000", "10.00"]], [["0.3000", "50.00"]]),
        token(2, "a", "0.48", "0.50", "20"),
        token(3, "a", "0.48", "0.50", "20"),
        token(4, "a", "0.48", "0.49", "20"),
        {"t": 5 * S, "venue": "kalshi", "channel": "gap"},
        kalshi(6, [["0.6000", "10.00"]], [["0.3000", "50.00"]]),
        token(37, "a", "0.48", "0.48", "20"),
        token(38, "a", "0.40", "0.49", "20"),
    ]
    found = opportunities(write(tmp_path, lines), zero_fees=False)
    assert found[0] == Opp(1, 0, 10_000_000, 9_293_000, 707_000)
    assert [(opp.line, opp.basket) for opp in found] == [(1, 0), (3, 0), (5, 0)]


def test_inverse_buys_yes_at_its_ask(tmp_path: Path) -> None:
    lines = [kalshi(1, [], [["0.6000", "3.00"]]), token(2, "b", "0.40", "0.50", "9")]
    found = opportunities(write(tmp_path, lines), zero_fees=True)
    assert found == [Opp(1, 1, 3_000_000, 2_700_000, 300_000)]


def test_fee_override_of_the_event_wins() -> None:
    catalog = json.loads(json.dumps(CATALOG))
    catalog["kalshi"]["events"][0]["fee_multiplier_override"] = 0.5
    assert oracle.kalshi_rates(catalog) == {"K": Fraction("0.035")}


@pytest.mark.parametrize(
    ("session", "zero_fees", "min_edge_pips", "count"),
    [
        ("nba_games_feb", True, 0, 134),
        ("nba_games_feb", True, 50, 84),
        ("nba_games_feb", False, 0, 0),
        ("nba_mvp_dec", True, 0, 10),
        ("nba_mvp_dec", False, 0, 0),
    ],
)
def test_counts_on_the_recorded_sessions(
    test_data: Path, session: str, zero_fees: bool, min_edge_pips: int, count: int
) -> None:
    folder = test_data / "sessions" / session
    found = opportunities(folder, zero_fees=zero_fees, min_edge_pips=min_edge_pips)
    assert len(found) == count
