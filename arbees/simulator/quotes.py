"""One question's quotes at both venues, and the frames that announce their changes.

One rule: the background is never profitable; whoever moves a book to a profit says so.
"""

from random import Random

from arbees.simulator.books import Book, Change, Recorder
from arbees.simulator.catalog import Question, market_id

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
        if changes and slot:
            self._deltas(slot, changes)
        elif changes:
            question = self.question
            self.recorder.token_changes(question.condition, question.tokens, changes, new)

    def move(self, slot: int, token: int, old: Book, new: Book, offers: str) -> int:
        """Announce `old` -> `new` level by level, the side "bid" or "ask" that is offered last, so
        that no book in between is better than both. At the condition (slot 0) the books are those
        of `token` and one message says it all. Returns the last frame's line."""
        changes = sorted(old.changes_to(new), key=lambda change: change[0] == offers)
        if slot:
            return self._deltas(slot, changes)
        if token:
            new = new.mirrored()
            changes = [_mirrored(change) for change in changes]
        question = self.question
        return self.recorder.token_changes(question.condition, question.tokens, changes, new)

    def _deltas(self, slot: int, changes: list[Change]) -> int:
        name = self.question.tickers[slot - 1]
        return [self.recorder.kalshi_delta(name, market_id(name), c) for c in changes][-1]


def _mirrored(change: Change) -> Change:
    side, price, before, after = change
    return ("ask" if side == "bid" else "bid", 100 - price, before, after)
