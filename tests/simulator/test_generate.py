"""The generator against an independent reading of its own frames."""

import gzip
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from arbees.simulator.generate import generate, save

Side = dict[Fraction, Fraction]
Key = tuple[str, str]
STALE_NS = 30_000_000_000


class Reader:
    """A little book of its own: plain dictionaries of dollars to contracts."""

    def __init__(self) -> None:
        self.sides: dict[tuple[str, str], Side] = {}
        self.seen: dict[str, int] = {}

    def put(self, name: str, side: str, price: str, size: Fraction) -> None:
        levels = self.sides[name, side]
        assert size >= 0
        levels[Fraction(price)] = size
        if not size:
            del levels[Fraction(price)]

    def whole(self, name: str, side: str, rows: list[tuple[str, str]]) -> None:
        self.sides[name, side] = {Fraction(p): Fraction(s) for p, s in rows}

    def kalshi(self, frame: dict[str, Any]) -> set[str]:
        msg = frame["msg"]
        name = str(msg["market_ticker"])
        if frame["type"] == "orderbook_snapshot":
            self.whole(name, "yes", msg["yes_dollars_fp"])
            self.whole(name, "no", msg["no_dollars_fp"])
        else:
            had = self.sides[name, msg["side"]].get(Fraction(msg["price_dollars"]), Fraction(0))
            now = had + Fraction(msg["delta_fp"])
            self.put(name, msg["side"], msg["price_dollars"], now)
        return {name}

    def polymarket(self, frame: dict[str, Any]) -> set[str]:
        if frame["event_type"] == "book":
            for wire, side in (("bids", "BUY"), ("asks", "SELL")):
                rows = [(row["price"], row["size"]) for row in frame[wire]]
                self.whole(frame["asset_id"], side, rows)
            return {frame["asset_id"]}
        for row in frame["price_changes"]:
            self.put(row["asset_id"], row["side"], row["price"], Fraction(row["size"]))
        for row in frame["price_changes"]:
            token = row["asset_id"]
            assert Fraction(row["best_bid"]) == max(self.sides[token, "BUY"])
            assert Fraction(row["best_ask"]) == min(self.sides[token, "SELL"])
        return {row["asset_id"] for row in frame["price_changes"]}

    def apply(self, line: dict[str, Any]) -> set[str]:
        read = self.kalshi if line["venue"] == "kalshi" else self.polymarket
        names = read(line["frame"])
        for name in names:
            self.seen[name] = line["t"]
        return names

    def profits(self, pair: dict[str, Any], rate: Fraction, now: int) -> bool:
        ticker, token = pair["kalshi_ticker"], pair["polymarket_token_id"]
        side = "yes" if pair["relation"] == "same" else "no"
        bids, asks = self.sides[ticker, side], self.sides[token, "SELL"]
        best, ask = max(bids), min(asks)
        net = best - ask - Fraction("0.07") * best * (1 - best) - rate * ask * (1 - ask)
        fresh = min(self.seen[ticker], self.seen[token]) > now - STALE_NS
        return fresh and net >= Fraction("0.005") and min(bids[best], asks[ask]) >= 1


def rates(catalog: dict[str, Any]) -> dict[str, Fraction]:
    markets = [m for event in catalog["polymarket"]["gamma_events"] for m in event["markets"]]
    return {m["conditionId"]: Fraction(Decimal(str(m["feeSchedule"]["rate"]))) for m in markets}


def openings(catalog: dict[str, Any], lines: list[dict[str, Any]]) -> list[tuple[int, int, Key]]:
    """(first profitable line, line where it ended, basket) read from the frames alone."""
    reader, rate = Reader(), rates(catalog)
    begun: dict[Key, int] = {}
    found = []
    for number, line in enumerate(lines):
        names = reader.apply(line)
        if len(reader.seen) < 7 + 12:
            continue
        for pair in catalog["pairs"]:
            key = (pair["kalshi_ticker"], pair["polymarket_token_id"])
            if not names & set(key):
                continue
            good = reader.profits(pair, rate[pair["polymarket_condition_id"]], line["t"])
            if good:
                begun.setdefault(key, number)
            elif key in begun:
                found.append((begun.pop(key), number, key))
    assert not begun
    return sorted(found)


@pytest.mark.parametrize(("seed", "duration_s", "plants"), [(1, 120.0, 40), (7, 150.0, 45)])
def test_profit_appears_exactly_at_the_plants(seed: int, duration_s: float, plants: int) -> None:
    catalog, lines, rows = generate(seed, duration_s=duration_s, plants=plants)
    planted = [row for row in rows if row["kind"] == "plant"]
    found = openings(catalog, lines)
    expected = [
        (r["frame_line"], (r["basket"]["kalshi_ticker"], r["basket"]["polymarket_token_id"]))
        for r in planted
    ]
    assert [(first, key) for first, _, key in found] == sorted(expected)
    ends = {first: lines[last]["t"] for first, last, _ in found}
    for row in planted:
        assert ends[row["frame_line"]] == row["t_end"]
        assert lines[row["frame_line"]]["t"] == row["t_start"]
        assert row["qty_micro"] % 10_000 == 0
        assert row["edge_micro"] * 100 >= 0.5 * row["qty_micro"]


def test_truth_rows_are_complete() -> None:
    _, lines, rows = generate(3)
    kinds = [row["kind"] for row in rows]
    assert kinds.count("plant") == 40
    assert len(kinds) == 40 + 13
    assert set(kinds) == {"plant", "lookalike_fee", "lookalike_depth", "lookalike_stale"}
    assert all(not row["qty_micro"] for row in rows if row["kind"] != "plant")
    assert 20 <= len(lines) / 120 <= 50
    assert [line["t"] for line in lines] == sorted({line["t"] for line in lines})
    seqs = [line["frame"]["seq"] for line in lines if line["venue"] == "kalshi"]
    assert seqs == list(range(1, len(seqs) + 1))


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save(tmp_path / name, *generate(5, duration_s=30, plants=5))
    for file in ("catalog.json", "frames.jsonl.gz", "plants.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    first = gzip.decompress((tmp_path / "a" / "frames.jsonl.gz").read_bytes()).splitlines()[0]
    assert json.loads(first)["t"] == 1_767_225_600_000_000_000
    assert generate(5, duration_s=30, plants=5) != generate(6, duration_s=30, plants=5)


def test_plants_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        generate(1, duration_s=20, plants=40)
