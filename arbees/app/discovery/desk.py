"""The matching desk: what is listed goes in, links that may be traded come out.

It holds the terms and a fingerprint of every market; texts and instruments are in the catalogue's
file. The one rule: what was told is remembered, so that only news is told.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from arbees.app.discovery.catalogue import Catalogue, blobs_of, print_of
from arbees.app.discovery.messages import (
    LINKS_MAX,
    Answer,
    Counted,
    Game,
    GamesFound,
    Held,
    Holding,
    LinkFound,
    Links,
    Row,
    Unlinked,
    When,
)
from arbees.app.discovery.pages import ListedEvent, ListedMarket
from arbees.app.linking import keeping
from arbees.markets.instrument import Instrument
from arbees.matching.decisions import Decision, with_decision
from arbees.matching.matcher import Matcher
from arbees.matching.pairing import YES, Pair, Pairing, PairKey
from arbees.matching.records import KalshiRecord
from arbees.matching.terms import Domain, Terms
from arbees.matching.verdicts import Verdict


class Desk:
    """Everything listed, matched. `is_matching` False: only pinned rows become links."""

    def __init__(
        self,
        matcher: Matcher,
        catalogue: Catalogue,
        pinned: Iterable[Row] = (),
        decisions: Iterable[Decision] = (),
        is_matching: bool = True,
        held: Iterable[Holding] = (),
    ) -> None:
        self._matcher = matcher
        self._catalogue = catalogue
        self._is_matching = is_matching
        self._decisions = list(decisions)
        self._keep = keeping(self._decisions)
        self._pairing = Pairing(matcher.judge, lambda a, b, v: self._keeps(a, b, v))
        self._prints: dict[str, dict[str, int]] = {"kalshi": {}, "polymarket": {}}
        self._seen: dict[str, dict[str, int]] = {"kalshi": {}, "polymarket": {}}
        self._pins = list(pinned)
        self._pin_pairs = {(p.kalshi_ticker, p.polymarket_token_id) for p in self._pins}
        self._pin_ids = {p.kalshi_ticker for p in self._pins}
        self._pin_ids |= {p.polymarket_token_id for p in self._pins}
        self._pinned_in: dict[str, str] = {}
        self._pin_terms: dict[str, Terms] = {}
        self._pins_changed = False
        self._told: dict[str, LinkFound] = {}
        self._names: dict[PairKey, str] = {}
        self._held = {(h.venue, h.instrument_id): False for h in held}
        self._held_news: list[Instrument] = []
        self.dropped: Counter[str] = Counter()
        self.error = ""

    def take(self, event: ListedEvent, scan: int = 0) -> None:
        """An event as listed now, seen by the scan of that number."""
        self._look_for_held(event)
        prints, seen = self._prints[event.venue], self._seen[event.venue]
        changed = []
        for market in event.markets:
            seen[market.market_id] = scan
            blobs = blobs_of(market)
            mark = print_of(blobs)
            if prints.get(market.market_id) == mark:
                continue
            prints[market.market_id] = mark
            changed.append((market.market_id, blobs))
            self._read(event.venue, market)
        if changed:
            self._catalogue.put(event, changed)
        gone = [name for name in event.left_out if name in prints]
        if gone:
            self._forget(event.venue, gone)

    def _look_for_held(self, event: ListedEvent) -> None:
        """Told once; what becomes of it is then for the feeds to hear."""
        if not self._held:
            return
        listed = [i for market in event.markets for i in market.instruments]
        for instrument in (*listed, *event.others):
            key = (event.venue, instrument.instrument_id)
            if self._held.get(key) is False:
                self._held[key] = True
                self._held_news.append(instrument)

    def _read(self, venue: str, market: ListedMarket) -> None:
        for instrument in market.instruments:
            if instrument.instrument_id in self._pin_ids:
                self._pinned_in[instrument.instrument_id] = market.market_id
                self._pins_changed = True
        if not self._is_matching:
            return
        record = market.record
        if isinstance(record, KalshiRecord):
            terms = self._matcher.of_kalshi(record)
        else:
            terms = self._matcher.of_polymarket(record)
        if any(i.instrument_id in self._pin_ids for i in market.instruments):
            self._pin_terms[market.market_id] = terms
        if not self._pairing.put(terms):
            self._pairing.touch(venue, market.market_id)

    def finish(self, venue: str, scan: int) -> int:
        """A whole scan is over: what it did not see is no longer listed. How many those are."""
        held = self._seen[venue]
        gone = {name for name, number in held.items() if number < scan}
        gone |= self._catalogue.names(venue) - held.keys()
        self._forget(venue, gone)
        self._catalogue.note(self.dropped)
        return len(gone)

    def begin(self, venue: str) -> "Counter[str]":
        """A whole scan begins: what it leaves out is counted anew."""
        for reason in [r for r in self.dropped if r.startswith(f"{venue}:")]:
            del self.dropped[reason]
        return self.dropped

    def _forget(self, venue: str, names: Iterable[str]) -> None:
        names = list(names)
        self._catalogue.drop(venue, names)
        for name in names:
            self._prints[venue].pop(name, None)
            self._seen[venue].pop(name, None)
            self._pairing.drop(venue, name)

    def decide(self, decisions: Iterable[Decision]) -> Iterator[None]:
        """What people said may have changed: judge anew, a market at each step."""
        self._decisions = list(decisions)
        self._keep = keeping(self._decisions)
        yield from self._pairing.rejudge()

    def _keeps(self, a: Terms, b: Terms, verdict: Verdict) -> bool:
        return self._keep(a, b, verdict)

    def news(self) -> Iterator[Answer]:
        """What the engine has to hear, in small messages; instruments of links are as stored."""
        self._catalogue.commit()
        changes = self._pairing.take()
        lost = [self._names.pop(key) for key in changes.gone if key in self._names]
        found = self._pinned()
        for pair in changes.found:
            link, old = self._link(pair), self._names.pop(pair.key, None)
            if old is not None and (link is None or link.name != old):
                lost.append(old)
            if link is not None:
                self._names[pair.key] = link.name
                found.append(link)
        if self._held_news:
            yield Held(tuple(self._held_news))
            self._held_news = []
        lost = [name for name in lost if self._told.pop(name, None) is not None]
        if lost:
            yield Unlinked(tuple(lost))
        fresh = [link for link in found if self._told.get(link.name) != link]
        self._told.update((link.name, link) for link in fresh)
        for start in range(0, len(fresh), LINKS_MAX):
            yield Links(tuple(fresh[start : start + LINKS_MAX]))

    def counted(self) -> Counted:
        """How it goes."""
        listed = {venue: len(prints) for venue, prints in self._prints.items()}
        pairs = sum(1 for _ in self._pairing.pairs())
        return Counted(
            listed, dict(self.dropped), pairs, len(self._told), self.error or self._catalogue.error
        )

    def games(self, number: int, games: Sequence[Game]) -> GamesFound:
        """The markets of these games, as far as they are listed."""
        wanted: dict[tuple[str, ...], list[int]] = {}
        for place, game in enumerate(games):  # two teams meet more than once
            wanted.setdefault(_key(game.league, game.sides), []).append(place)
        found: dict[str, list[list[str]]] = {v: [[] for _ in games] for v in self._prints}
        for terms in self._pairing.terms():
            sides = terms.competitors.value
            if sides is None or not terms.scope.value:
                continue
            dates = (terms.date.value or "").split("/")
            for place in wanted.get(
                _key(terms.scope.value, (sides[0].entity, sides[1].entity)), ()
            ):
                if games[place].date in dates:
                    found[terms.venue][place].append(terms.market_id)
        ours, theirs = (tuple(map(tuple, found[v])) for v in ("kalshi", "polymarket"))
        return GamesFound(number, ours, theirs)

    def _link(self, pair: Pair) -> LinkFound | None:
        """The other outcome of a Polymarket market needs no link of its own: buying it is selling
        the first."""
        link = with_decision(pair.a, pair.b, pair.verdict, self._decisions)
        if not link.is_tradable or link.relation not in YES:
            return None
        said = link.decision
        who = f"approved by {said.who}" if said else f"matcher v{link.verdict.version}"
        ours = self._catalogue.instruments("kalshi", pair.a.market_id)
        theirs = self._catalogue.instruments("polymarket", pair.b.market_id)
        if not ours or not theirs:
            return None
        a, b = ours[0], theirs[0]
        if (a.instrument_id, b.instrument_id) in self._pin_pairs:
            return None  # what a person or a session said of the two counts
        name = f"{link.relation.value}:{a.instrument_id}:{b.instrument_id}"
        evidence = f"{who}, link {link.link}"
        return LinkFound(name, link.relation.value, evidence, a, b, when_of(pair.a, pair.b))

    def _pinned(self) -> list[LinkFound]:
        """Rows that somebody else says, as soon as both of their instruments are listed."""
        found = []
        for row in self._pins if self._pins_changed else ():
            a = self._pinned_one("kalshi", row.kalshi_ticker)
            b = self._pinned_one("polymarket", row.polymarket_token_id)
            if a is not None and b is not None:
                name = f"{row.relation}:{row.kalshi_ticker}:{row.polymarket_token_id}"
                read = (self._pin_terms.get(each.market_id) for each in (a, b))
                when = when_of(*(terms for terms in read if terms is not None))
                found.append(LinkFound(name, row.relation, row.evidence, a, b, when))
        self._pins_changed = False
        return found

    def _pinned_one(self, venue: str, instrument_id: str) -> Instrument | None:
        listed = self._catalogue.instruments(venue, self._pinned_in.get(instrument_id, ""))
        return next((i for i in listed if i.instrument_id == instrument_id), None)


def when_of(*both: Terms) -> When:
    """When it is about, by whichever of the two says so first."""
    return When(
        next((t.start.value for t in both if t.start.value), 0),
        next((t.window.value for t in both if t.window.value), 0),
        next((t.game_number.value for t in both if t.game_number.value), 0),
        any(t.domain.value is Domain.CRYPTO for t in both),
    )


def _key(league: str, sides: tuple[str, str]) -> tuple[str, ...]:
    return (league, *sorted(sides))
