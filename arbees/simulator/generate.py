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
from arbees.simulator.catalog import QUESTIONS, START_NS, Question, build_catalog, market_id
from arbees.simulator.fees import LEAST_NET, Levels, edge_of, net_per_share
from arbees.units import NS_PER_MS, NS_PER_S

Row = dict[str, Any]
LEAD_S = 5.0
SILENCE_S = 60.0
STALE_CHUNK_S = 66.0
STALE_LANES = 3
LEAST_SLOT_S = 2.1
_CENTRES = range(30, 71)


class Group:
    """One question's quotes at both venues, every centre in cents of outcome 0."""

    def __init__(self, rng: Random, question: Question, recorder: Recorder) -> None:
        self.rng, self.question, self.recorder = rng, question, recorder
        self.fair = rng.randint(40, 60)
        self.centres = [self.fair] * (len(question.tickers) + 1)
        self.books = [self._quote(i) for i in range(len(self.centres))]
        self.kalshi_open = self.polymarket_open = True

    def _quote(self, slot: int) -> Book:
        """Slot 0 is the condition, slot 1 + i the i-th ticker from its own YES side."""
        half = self.rng.choice((2, 3)) if slot else 3
        centre = self.centres[slot] if slot < 2 else 100 - self.centres[slot]
        return Book.around(self.rng, centre - half, centre + half)

    def snapshot(self, ticker: int, book: Book | None = None) -> int:
        name = self.question.tickers[ticker]
        return self.recorder.kalshi_snapshot(name, market_id(name), book or self.books[1 + ticker])

    def token_view(self, token: int) -> Book:
        return self.books[0].mirrored() if token else self.books[0]

    def token_book(self, token: int, book: Book | None = None) -> int:
        question = self.question
        return self.recorder.token_book(
            question.condition, question.tokens[token], book or self.token_view(token)
        )

    def send_all(self) -> None:
        for ticker in range(len(self.question.tickers)):
            self.snapshot(ticker)
        for token in (0, 1):
            self.token_book(token)

    def drift(self) -> None:
        """The fair value takes a step only while every venue is within a cent of it."""
        step = self.fair + self.rng.choice((-1, 1))
        if step in _CENTRES and all(abs(centre - step) <= 1 for centre in self.centres):
            self.fair = step

    def background(self) -> None:
        """One venue updates one book: a new size mostly, sometimes a requote."""
        slot = self.rng.randrange(len(self.books))
        if not (self.kalshi_open if slot else self.polymarket_open):
            return
        both = self.kalshi_open and self.polymarket_open
        if both and self.rng.random() < 0.3:
            self.drift()
        if both and self.rng.random() < 0.2:
            self.centres[slot] = self.fair
            self._emit(slot, self._quote(slot))
            return
        book = self.books[slot]
        new = Book(dict(book.bids), dict(book.asks))
        side = self.rng.choice((new.bids, new.asks))
        price = self.rng.choice(sorted(side))
        side[price] = 2_000 + (side[price] - 2_000 + self.rng.randint(1, 37_000)) % 38_000
        self._emit(slot, new)

    def _emit(self, slot: int, new: Book) -> None:
        changes = self.books[slot].changes_to(new)
        self.books[slot] = new
        if slot:
            name = self.question.tickers[slot - 1]
            for change in changes:
                self.recorder.kalshi_delta(name, market_id(name), change)
        elif changes:
            question = self.question
            self.recorder.token_changes(question.condition, question.tokens, changes, new)


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
        for _ in range(TRIES):
            kalshi, other = group.books[1 + ticker], group.token_view(token)
            if kalshi_moves:
                kalshi = moved = self._moved_kalshi(trap.kind, same, other, group.question)
            else:
                other = moved = self._moved_token(trap.kind, same, kalshi, group.question)
            offers = kalshi.no_offers() if same else kalshi.yes_offers()
            edge = edge_of(offers, other.yes_offers(), group.question.token_rate)
            if edge.limit_is_stable or trap.kind != "plant":
                break
        else:
            group.kalshi_open = group.polymarket_open = True
            return
        start = self.recorder.now
        line = group.snapshot(ticker, moved) if kalshi_moves else group.token_book(token, moved)
        plant = trap.kind == "plant"
        row: Row = {
            "kind": trap.kind,
            "basket": {
                "kalshi_ticker": group.question.tickers[ticker],
                "polymarket_token_id": group.question.tokens[token],
                "relation": "same" if same else "inverse",
            },
            "t_start": start,
            "t_end": trap.end,
            "frame_line": line,
            "qty_micro": edge.qty_micro if plant else 0,
            "edge_micro": edge.edge_micro if plant else 0,
        }
        self.rows.append(row)
        self.actions.append((trap.end, lambda: self._close(group, ticker, kalshi_moves, row)))
        self.actions.sort(key=lambda action: action[0])

    def _close(self, group: Group, ticker: int, kalshi_moved: bool, row: Row) -> None:
        row["t_end"] = self.recorder.now
        if kalshi_moved:
            group.snapshot(ticker)
        if not kalshi_moved or row["kind"] == "lookalike_stale":
            group.token_book(group.question.tokens.index(row["basket"]["polymarket_token_id"]))
            group.token_book(1 - group.question.tokens.index(row["basket"]["polymarket_token_id"]))
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
