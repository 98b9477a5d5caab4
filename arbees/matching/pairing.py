"""Pairs of both venues' outcomes that are one identity, kept up to date one market at a time.

What lives here: the index by structure, the verdicts that say yes, and what changed since it was
last asked. The one rule: the order in which markets come, change and go never shows in the result.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from arbees.matching.blocking import BLOCK_MAX, block_keys
from arbees.matching.terms import Terms
from arbees.matching.verdicts import Answer, Verdict

YES = (Answer.SAME, Answer.INVERSE)
Judge = Callable[[Terms, Terms], Verdict]
Keep = Callable[[Terms, Terms, Verdict], bool]
PairKey = tuple[str, str]
"""A Kalshi market's id and a Polymarket market's id."""


class Pair(msgspec.Struct, frozen=True, gc=False):
    """Two outcomes, Kalshi's first, and what the matcher says of them."""

    a: Terms
    b: Terms
    verdict: Verdict

    @property
    def key(self) -> PairKey:
        return self.a.market_id, self.b.market_id


class Changes(msgspec.Struct, frozen=True):
    """What is news: pairs that are there (new, or their terms changed) and pairs that are not."""

    found: tuple[Pair, ...]
    gone: tuple[PairKey, ...]


def is_identity(_a: Terms, _b: Terms, verdict: Verdict) -> bool:
    """Whether the two outcomes are one identity, or one and its opposite."""
    return verdict.identity in YES


class _Side:
    """One venue's outcomes, by id and by the keys they may be found by."""

    def __init__(self) -> None:
        self.terms: dict[str, Terms] = {}
        self.blocks: dict[str, dict[str, None]] = {}
        self.partners: dict[str, set[str]] = {}


class Pairing:
    """Judges every pair that shares a key. A key that more than `most` outcomes of one venue share
    says nothing: it is a sign of a missing field, and stays `crowded` for good. `keep` says which
    pairs are worth keeping; when its mind changes, `rejudge`."""

    def __init__(self, judge: Judge, keep: Keep = is_identity, most: int = BLOCK_MAX) -> None:
        self._judge = judge
        self._keep = keep
        self._most = most
        self._sides = {True: _Side(), False: _Side()}  # by whether it is Kalshi's
        self._pairs: dict[PairKey, Pair] = {}
        self._touched: dict[PairKey, None] = {}
        self._told: set[PairKey] = set()
        self.crowded: set[str] = set()
        self.judged = 0

    def __len__(self) -> int:
        return sum(len(side.terms) for side in self._sides.values())

    def put(self, terms: Terms) -> bool:
        """A market is new or its terms changed; False if they are what they were."""
        is_kalshi = terms.venue == "kalshi"
        side = self._sides[is_kalshi]
        name = terms.market_id
        old = side.terms.get(name)
        if old == terms:
            return False
        if old is not None:
            self._remove(is_kalshi, name)
        side.terms[name] = terms
        for key in block_keys(terms):
            block = side.blocks.setdefault(key, {})
            block[name] = None
            if len(block) > self._most and key not in self.crowded:
                self._crowd(key)
        for other in self._candidates(is_kalshi, terms):
            self._pair(*((terms, other) if is_kalshi else (other, terms)))
        return True

    def drop(self, venue: str, market_id: str) -> bool:
        """A market is gone; False if it was not there."""
        is_kalshi = venue == "kalshi"
        if market_id not in self._sides[is_kalshi].terms:
            return False
        self._remove(is_kalshi, market_id)
        return True

    def touch(self, venue: str, market_id: str) -> None:
        """Something beside the terms of a market changed: its pairs are news once more."""
        is_kalshi = venue == "kalshi"
        for other in self._sides[is_kalshi].partners.get(market_id, ()):
            self._touched[(market_id, other) if is_kalshi else (other, market_id)] = None

    def terms(self) -> Iterator[Terms]:
        """Every outcome that is held."""
        for side in self._sides.values():
            yield from side.terms.values()

    def pairs(self) -> Iterable[Pair]:
        """Every pair that holds now."""
        return self._pairs.values()

    def get(self, a: str, b: str) -> Pair | None:
        """The pair of two markets, if it is one."""
        return self._pairs.get((a, b))

    def take(self) -> Changes:
        """What changed since it was last asked; a pair that came and went is no news."""
        found, gone = [], []
        for key in self._touched:
            pair = self._pairs.get(key)
            if pair is not None:
                found.append(pair)
                self._told.add(key)
            elif key in self._told:
                gone.append(key)
                self._told.discard(key)
        self._touched.clear()
        return Changes(tuple(found), tuple(gone))

    def rejudge(self) -> Iterator[None]:
        """Judge everything anew, a market at each step, so that others get their turn."""
        for name in list(self._sides[True].terms):
            terms = self._sides[True].terms.get(name)
            if terms is not None:
                for other in self._candidates(True, terms):
                    self._pair(terms, other)
            yield

    def _candidates(self, is_kalshi: bool, terms: Terms) -> Iterator[Terms]:
        """Outcomes of the other venue that share a key, each once."""
        other = self._sides[not is_kalshi]
        seen: set[str] = set()
        for key in block_keys(terms):
            if key in self.crowded:
                continue
            for name in other.blocks.get(key, ()):
                if name not in seen:
                    seen.add(name)
                    yield other.terms[name]

    def _pair(self, a: Terms, b: Terms) -> None:
        self.judged += 1
        key, verdict = (a.market_id, b.market_id), self._judge(a, b)
        if not self._keep(a, b, verdict):
            if key in self._pairs:
                self._part(*key)
            return
        self._pairs[key] = Pair(a, b, verdict)
        self._touched[key] = None
        self._sides[True].partners.setdefault(key[0], set()).add(key[1])
        self._sides[False].partners.setdefault(key[1], set()).add(key[0])

    def _remove(self, is_kalshi: bool, name: str) -> None:
        side = self._sides[is_kalshi]
        terms = side.terms.pop(name)
        for key in block_keys(terms):
            block = side.blocks.get(key, {})
            block.pop(name, None)
            if not block:
                side.blocks.pop(key, None)
        for other in list(side.partners.get(name, ())):
            self._part(*((name, other) if is_kalshi else (other, name)))

    def _part(self, a: str, b: str) -> None:
        del self._pairs[(a, b)]
        self._touched[(a, b)] = None
        for is_kalshi, name, other in ((True, a, b), (False, b, a)):
            partners = self._sides[is_kalshi].partners
            partners[name].discard(other)
            if not partners[name]:
                del partners[name]

    def _crowd(self, key: str) -> None:
        """From now on the key says nothing: pairs that only it brought together part."""
        self.crowded.add(key)
        kalshi = self._sides[True]
        for a in list(kalshi.blocks.get(key, ())):
            for b in list(kalshi.partners.get(a, ())):
                pair = self._pairs[(a, b)]
                if not self._share(pair.a, pair.b):
                    self._part(a, b)

    def _share(self, a: Terms, b: Terms) -> bool:
        keys = set(block_keys(a)) - self.crowded
        return any(key in keys for key in block_keys(b))
