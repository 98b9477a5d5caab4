"""The book oracle against what the recorders themselves wrote down."""

import csv
import gzip
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.reference.books import Replay, number, read_lines

SESSIONS = ("nba_mvp_dec", "nba_games_feb", "kalshi_burst_jan07")
T = "tok"


def expected(session_dir: Path) -> dict[int, list[dict[str, str]]]:
    """The `ok` rows by line."""
    found: dict[int, list[dict[str, str]]] = {}
    with gzip.open(session_dir / "expected_best.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["flag"] == "ok":
                found.setdefault(int(row["line"]), []).append(row)
    return found


@pytest.mark.parametrize("session", SESSIONS)
def test_replay_agrees_with_the_recorded_best_prices(test_data: Path, session: str) -> None:
    session_dir = test_data / "sessions" / session
    rows = expected(session_dir)
    replay, wrong, checked = Replay(), list[Any](), 0
    for at, line in enumerate(read_lines(session_dir)):
        replay.apply(line)
        for row in rows.get(at, ()):
            book = replay.book((row["venue"], row["instrument"]))
            best = (book.best_bid(), book.best_ask())
            said = tuple(
                number(row[name]) if row[name] else None for name in ("best_bid", "best_ask")
            )
            checked += 1
            if best != said:
                wrong.append((at, row, best))
    assert not wrong, wrong[:3]
    assert checked == sum(len(found) for found in rows.values()) > 10_000


def polymarket(frame: dict[str, Any], when: int = 1) -> dict[str, Any]:
    return {"t": when, "venue": "polymarket", "channel": "ws", "frame": frame}


def book_frame(bid: str = "0.4", ask: str = "0.6") -> dict[str, Any]:
    return {
        "event_type": "book",
        "asset_id": T,
        "bids": [{"price": bid, "size": "5"}],
        "asks": [{"price": ask, "size": "7"}],
    }


def kalshi(kind: str, message: dict[str, Any], when: int = 1) -> dict[str, Any]:
    frame = {"type": kind, "sid": 1, "seq": 1, "msg": {"market_ticker": "K", **message}}
    return {"t": when, "venue": "kalshi", "channel": "ws", "frame": frame}


def delta(price: str, change: str, side: str) -> dict[str, Any]:
    return kalshi(
        "orderbook_delta", {"price_dollars": price, "delta_fp": change, "side": side}, when=5
    )


def change(price: str, size: str, side: str) -> dict[str, str]:
    return {"asset_id": T, "price": price, "size": size, "side": side}


def test_kalshi_no_bids_are_asks_and_deltas_are_signed() -> None:
    replay = Replay()
    assert replay.apply(delta("0.47", "1.00", "yes")) == set()
    replay.apply(kalshi("orderbook_snapshot", {"no_dollars_fp": [["0.4800", "2.00"]]}))
    book = replay.book(("kalshi", "K"))
    assert not book.bids
    assert book.asks == {Fraction("0.52"): 2}
    replay.apply(delta("0.4700", "3.00", "yes"))
    replay.apply(delta("0.4800", "-5.00", "no"))
    assert book.bids == {Fraction("0.47"): 3}
    assert not book.asks
    replay.apply(kalshi("trade", {}, when=9))
    assert replay.confirmed_ns(("kalshi", "K")) == 9


def test_all_price_change_schemas_set_sizes() -> None:
    replay = Replay()
    replay.apply(polymarket(book_frame()))
    book = replay.book(("polymarket", T))
    kind = {"event_type": "price_change"}
    replay.apply(polymarket({**kind, "price_changes": [change("0.5", "9", "BUY")]}))
    replay.apply(polymarket({**kind, "asset_id": T, "changes": [change("0.6", "0", "SELL")]}))
    replay.apply(polymarket({**kind, **change("0.7", "1.5", "SELL")}, when=4))
    assert book.bids == {Fraction("0.4"): 5, Fraction("0.5"): 9}
    assert book.asks == {Fraction("0.7"): Fraction("1.5")}
    assert replay.confirmed_ns(("polymarket", T)) == 4


def test_crossed_book_is_suspect_until_its_next_statement() -> None:
    replay = Replay()
    replay.apply({**polymarket({}), "frame": [book_frame(bid="0.6")]})
    book = replay.book(("polymarket", T))
    assert book.is_known and not book.is_tradable
    replay.apply(polymarket({"event_type": "price_change", **change("0.6", "0", "BUY")}))
    assert not book.is_crossed() and not book.is_tradable
    replay.apply(polymarket(book_frame()))
    assert book.is_tradable


def test_gap_and_tick_size_change_void() -> None:
    replay = Replay()
    replay.apply(polymarket(book_frame()))
    replay.apply(kalshi("orderbook_snapshot", {"yes_dollars_fp": [["0.4", "1"]]}))
    gap = {"t": 2, "venue": "kalshi", "channel": "gap"}
    assert replay.apply(gap) == {("kalshi", "K")}
    assert replay.apply(gap) == set()
    assert replay.book(("polymarket", T)).is_known
    replay.apply(polymarket({"event_type": "tick_size_change", "asset_id": T}))
    assert not replay.book(("polymarket", T)).is_known


def test_floats_are_refused() -> None:
    with pytest.raises(TypeError):
        number(0.5)
