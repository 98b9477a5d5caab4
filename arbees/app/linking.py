"""A listing -> links and sets, with the decisions that people stored about them."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from arbees.app.discovery.catalogue import FILE, read_catalogue
from arbees.app.links import load_matcher
from arbees.app.listings import Listing, read_listing
from arbees.errors import ConfigError
from arbees.matching.decisions import (
    Choice,
    Decision,
    Link,
    decided,
    link_id,
    with_decision,
)
from arbees.matching.exhaustive import Proof, prove
from arbees.matching.pairing import YES, Keep, Pairing
from arbees.matching.terms import Terms
from arbees.matching.verdicts import Answer, Verdict

STORED = "links.jsonl"


class Set(msgspec.Struct, frozen=True):
    """One event's outcomes and whether exactly one of them pays."""

    venue: str
    event: str
    title: str
    size: int
    proof: Proof


class Linked(msgspec.Struct, frozen=True):
    """Everything the matcher says about a listing."""

    links: tuple[Link, ...]
    sets: tuple[Set, ...]
    read: dict[str, int]
    dropped: dict[str, int]


def linked(source: Path | None, home: Path) -> Linked:
    """Reads a folder of listings, else the catalogue of the last run; judges its pairs and proves
    its sets. Raises ConfigError."""
    return link(_listing(source, home), stored(home))


def _listing(source: Path | None, home: Path) -> Listing:
    return read_catalogue(home / FILE) if source is None else read_listing(source)


def link(listing: Listing, decisions: Iterable[Decision]) -> Linked:
    """Every pair that shares a key and is one identity; every event of two or more outcomes."""
    matcher, known = load_matcher(), list(decisions)
    pairing, sets, read = Pairing(matcher.judge, keeping(known)), [], {"kalshi": 0, "polymarket": 0}
    for event in listing.kalshi:
        outcomes = [matcher.of_kalshi(record) for record in event.markets]
        read["kalshi"] += len(outcomes)
        for terms in outcomes:
            pairing.put(terms)
        sets.append(_set("kalshi", event.event, event.title, outcomes, False))
    for offered in listing.polymarket:
        outcomes = [matcher.of_polymarket(record) for record in offered.markets]
        read["polymarket"] += len(outcomes)
        for terms in outcomes:
            pairing.put(terms)
        title, event_id = offered.title.strip(), offered.event
        sets.append(_set("polymarket", event_id, title, outcomes, offered.is_augmented))
    judged = (with_decision(p.a, p.b, p.verdict, known) for p in pairing.pairs())
    links = [found for found in judged if found.verdict.identity in YES or found.decision]
    kept = tuple(each for each in sets if each.size > 1)
    return Linked(tuple(links), kept, read, listing.dropped)


def keeping(decisions: Iterable[Decision]) -> Keep:
    """Pairs that are one identity, and pairs that a person spoke about."""
    spoken = {each.link for each in decisions}

    def keep(a: Terms, b: Terms, verdict: Verdict) -> bool:
        return verdict.identity in YES or (bool(spoken) and link_id(a, b) in spoken)

    return keep


def _set(venue: str, event: str, title: str, outcomes: list[Terms], is_augmented: bool) -> Set:
    proof = prove(outcomes, load_matcher().directory, is_augmented)
    return Set(venue, event, title, len(outcomes), proof)


def stored(home: Path) -> list[Decision]:
    """Every decision ever stored, in order. Raises ConfigError naming a line that is none."""
    path = home / STORED
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(msgspec.json.decode(line, type=Decision))
        except msgspec.DecodeError as error:
            raise ConfigError(f"{path} line {number}: not a decision ({error})") from error
    return found


def decide(
    link_: Link, choice: Choice, relation: Answer, who: str, when: str, note: str, home: Path
) -> Decision:
    """Appends a decision, on disk before it is said to be stored. Raises ConfigError."""
    if choice is Choice.APPROVE and relation not in YES:
        raise ConfigError(
            f"{link_.link}: the machine sees no identity here; say --as same or --as inverse"
        )
    decision = decided(choice, relation, link_.a, link_.b, who, when, note)
    home.mkdir(parents=True, exist_ok=True)
    with (home / STORED).open("ab") as file:
        file.write(msgspec.json.encode(decision) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return decision


def find(linked: Linked, wanted: str) -> Link:
    """The link whose id starts so. Raises ConfigError when none or several do."""
    hits = [each for each in linked.links if each.link.startswith(wanted)]
    if len(hits) != 1:
        what = "no link" if not hits else f"{len(hits)} links"
        raise ConfigError(f"{wanted}: {what} of that id; see arbees links list")
    return hits[0]


def why(source: Path | None, home: Path, a: str, b: str) -> Link:
    """The link of two markets named by ticker, condition id or slug, whatever its verdict."""
    listing, matcher = _listing(source, home), load_matcher()
    one = [r for e in listing.kalshi for r in e.markets if r.ticker == a]
    two = [r for e in listing.polymarket for r in e.markets if b in (r.market_id, r.slug)]
    if not one or not two:
        missing = a if not one else b
        where = home / FILE if source is None else source
        raise ConfigError(f"{missing}: not in {where}; give a Kalshi ticker, then a condition id")
    left, right = matcher.of_kalshi(one[0]), matcher.of_polymarket(two[0])
    return with_decision(left, right, matcher.judge(left, right), stored(home))
