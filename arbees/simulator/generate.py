"""A synthetic session with known arbitrage: background quotes, plants and look-alikes.

One rule: the background is never profitable, so every profitable basket is one of the plants.
"""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from arbees.simulator.books import Book, Recorder
from arbees.simulator.catalog import QUESTIONS, START_NS, Question, build_catalog
from arbees.simulator.fees import LEAST_NET, Edge, Levels, edge_of, net_per_share
from arbees.simulator.quotes import Group
from arbees.units import NS_PER_MS, NS_PER_S

Row = dict[str, Any]
LEAD_S = 5.0
SILENCE_S = 60.0
STALE_CHUNK_S = 66.0
STALE_LANES = 3
LEAST_SLOT_S = 2.1
ARRIVALS = 0.8
"""Plants that one order makes, a level in front of what rests; the rest are whole new books."""
OTHER = {"bid": "ask", "ask": "bid"}
TRIES = 200
"""Draws of a plant whose limit survives the lot rule, before it is left out."""


@dataclass(frozen=True)
class Trap:
    """A scheduled plant or look-alike."""

    kind: str
    group: int
    start: int
    end: int


class Stage:
    """Runs the background and opens and closes the traps on time."""

    def __init__(self, rng: Random) -> None:
        self.rng, self.recorder = rng, Recorder()
        self.groups = [Group(rng, question, self.recorder) for question in QUESTIONS]
        self.rows: list[Row] = []
        self.actions: list[tuple[int, Callable[[], None]]] = []

    def schedule(self, trap: Trap) -> None:
        group = self.groups[trap.group]
        if trap.kind == "lookalike_stale":
            silence = trap.start - int(SILENCE_S * NS_PER_S)
            self.actions.append((silence, lambda: setattr(group, "polymarket_open", False)))
        self.actions.append((trap.start, lambda: self._open(trap)))

    def _open(self, trap: Trap) -> None:
        group = self.groups[trap.group]
        group.kalshi_open = group.polymarket_open = False
        stale, several = trap.kind == "lookalike_stale", len(group.question.tickers) > 1
        kalshi_moves = stale or several or self.rng.random() < 0.5
        ticker, token = self.rng.randrange(len(group.question.tickers)), self.rng.randrange(2)
        same = ticker == token
        arrives = trap.kind == "plant" and self.rng.random() < ARRIVALS
        side = "bid" if kalshi_moves and same else "ask"
        current = group.books[1 + ticker] if kalshi_moves else group.token_view(token)
        for _ in range(TRIES):
            kalshi, other = group.books[1 + ticker], group.token_view(token)
            if kalshi_moves:
                moved = self._moved_kalshi(trap.kind, same, other, group.question)
            else:
                moved = self._moved_token(trap.kind, same, kalshi, group.question)
            moved = _arrival(moved, current, side) if arrives else moved
            kalshi, other = (moved, other) if kalshi_moves else (kalshi, moved)
            offers = kalshi.no_offers() if same else kalshi.yes_offers()
            edge = edge_of(offers, other.yes_offers(), group.question.token_rate)
            if edge.limit_is_stable or trap.kind != "plant":
                break
        else:
            group.kalshi_open = group.polymarket_open = True
            return
        slot = 1 + ticker if kalshi_moves else 0
        if arrives:
            line = group.move(slot, token, current, moved, side)
        else:
            line = group.snapshot(ticker, moved) if slot else group.token_book(token, moved)
        row = self._row(trap, group.question, (ticker, token), line, edge)

        def restore() -> None:
            if arrives:
                group.move(slot, token, moved, current, OTHER[side])
                return
            if slot:
                group.snapshot(ticker)
            if not slot or stale:
                group.token_book(token)
                group.token_book(1 - token)

        self.actions.append((trap.end, lambda: self._close(group, row, restore)))
        self.actions.sort(key=lambda action: action[0])

    def _row(
        self, trap: Trap, question: Question, outcome: tuple[int, int], line: int, edge: Edge
    ) -> Row:
        """The sidecar's account of a trap, appended."""
        ticker, token = outcome
        plant = trap.kind == "plant"
        row: Row = {
            "kind": trap.kind,
            "basket": {
                "kalshi_ticker": question.tickers[ticker],
                "polymarket_token_id": question.tokens[token],
                "relation": "same" if ticker == token else "inverse",
            },
            "t_start": self.recorder.lines[line]["t"],
            "t_end": trap.end,
            "frame_line": line,
            "qty_micro": edge.qty_micro if plant else 0,
            "edge_micro": edge.edge_micro if plant else 0,
        }
        self.rows.append(row)
        return row

    def _close(self, group: Group, row: Row, restore: Callable[[], None]) -> None:
        row["t_end"] = self.recorder.now
        restore()
        group.kalshi_open = group.polymarket_open = True

    def _price(self, kind: str, fixed: int, net: Callable[[int], Any]) -> int:
        """Cents of the moved leg's best level, given the frozen leg's."""
        if kind == "lookalike_fee":
            price = 100 - fixed - self.rng.choice((1, 2))
            return price if net(price) < LEAST_NET else 99 - fixed
        target = self.rng.randint(25, 45)
        price = 98 - fixed
        while net(price) * 1000 < target:
            price -= 1
        return price

    def _offers(self, kind: str, price: int, fixed: int) -> Levels:
        """The moved leg's levels; with no depth, all but the first lie at a loss."""
        fresh = sorted(Book.around(self.rng, 1, price).asks.items())
        if kind != "lookalike_depth":
            return fresh
        shift = 102 - fixed - fresh[1][0]
        return [(price, 30)] + [(cents + shift, size) for cents, size in fresh[1:]]

    def _moved_kalshi(self, kind: str, same: bool, token: Book, question: Question) -> Book:
        fixed, rate = token.best_ask(), question.token_rate
        price = self._price(kind, fixed, lambda cents: net_per_share(cents, fixed, rate))
        offers = dict(self._offers(kind, price, fixed))
        far = Book.around(self.rng, price - 4, price).bids
        book = Book(far, offers)
        return book.mirrored() if same else book

    def _moved_token(self, kind: str, same: bool, kalshi: Book, question: Question) -> Book:
        offers = kalshi.no_offers() if same else kalshi.yes_offers()
        fixed, rate = offers[0][0], question.token_rate
        price = self._price(kind, fixed, lambda cents: net_per_share(fixed, cents, rate))
        far = Book.around(self.rng, price - 4, price).bids
        return Book(far, dict(self._offers(kind, price, fixed)))

    def run(self, duration_s: float) -> None:
        recorder, t = self.recorder, START_NS
        recorder.now = t
        for group in self.groups:
            group.send_all()
        self.actions.sort(key=lambda action: action[0])
        while t < START_NS + int(duration_s * NS_PER_S):
            t += self.rng.randint(20, 70) * NS_PER_MS
            while self.actions and self.actions[0][0] <= t:
                due, act = self.actions.pop(0)
                recorder.now = max(recorder.now, due)
                act()
            recorder.now = max(recorder.now, t)
            self.rng.choice(self.groups).background()


def _arrival(moved: Book, current: Book, side: str) -> Book:
    """`moved` cut to its best level of `side`, in front of what rests there."""
    if side == "bid":
        return _arrival(moved.mirrored(), current.mirrored(), "ask").mirrored()
    price = moved.best_ask()
    return Book(moved.bids, {**current.asks, price: moved.asks[price]})


def _stale_traps(rng: Random, wanted: int, duration_s: float) -> list[Trap]:
    """Long silences, at most three at a time, never on the game that two tickers share."""
    chunks = int((duration_s - LEAD_S) // STALE_CHUNK_S)
    cells = [(chunk, lane) for lane in range(STALE_LANES) for chunk in range(chunks)]
    traps = []
    for chunk, lane in cells[:wanted]:
        begin = LEAD_S + chunk * STALE_CHUNK_S + rng.uniform(0.2, 2.0) + SILENCE_S
        start, end = int(begin * NS_PER_S), int((begin + 2.0) * NS_PER_S)
        group = 1 + (lane + chunk) % (len(QUESTIONS) - 1)
        traps.append(Trap("lookalike_stale", group, START_NS + start, START_NS + end))
    return traps


def _timetable(rng: Random, duration_s: float, plants: int) -> list[Trap]:
    lookalikes = round(plants / 3)
    traps = _stale_traps(rng, lookalikes // 3, duration_s)
    stale, others = list(traps), lookalikes - len(traps)
    kinds = ["plant"] * plants
    kinds += [("lookalike_fee", "lookalike_depth")[i % 2] for i in range(others)]
    rng.shuffle(kinds)
    slot = (duration_s - 2 * LEAD_S) / max(1, len(kinds))
    if slot < LEAST_SLOT_S:
        raise ValueError(f"{plants} plants need a session longer than {duration_s} s")
    last, margin = -1, int((SILENCE_S + 1) * NS_PER_S)
    for index, kind in enumerate(kinds):
        lasts = rng.uniform(1.5, max(1.5, min(3.0, slot - 0.6)))
        begin = LEAD_S + index * slot + rng.uniform(0, max(0.0, slot - lasts - 0.4))
        start = START_NS + int(begin * NS_PER_S)
        end = start + int(lasts * NS_PER_S)
        busy = {t.group for t in stale if t.start - margin < end and start < t.end + NS_PER_S}
        last = rng.choice([g for g in range(len(QUESTIONS)) if g not in busy | {last}])
        traps.append(Trap(kind, last, start, end))
    return traps


def generate(
    seed: int, *, duration_s: float = 120.0, plants: int = 40
) -> tuple[dict[str, Any], list[dict[str, Any]], list[Row]]:
    """Catalogue, recording lines and truth rows; the same arguments give the same bytes.

    Raises ValueError when the plants do not fit into the duration.
    """
    rng = Random(seed)
    stage = Stage(rng)
    for trap in _timetable(rng, duration_s, plants):
        stage.schedule(trap)
    stage.run(duration_s)
    return build_catalog(duration_s), stage.recorder.lines, stage.rows


def save(
    directory: Path, catalog: dict[str, Any], lines: list[dict[str, Any]], plants: list[Row]
) -> None:
    """Write catalog.json, frames.jsonl.gz and plants.json, byte for byte reproducible."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "catalog.json").write_text(json.dumps(catalog, indent=1), encoding="utf-8")
    (directory / "plants.json").write_text(json.dumps(plants, indent=1), encoding="utf-8")
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    (directory / "frames.jsonl.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
