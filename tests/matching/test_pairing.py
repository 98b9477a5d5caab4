"""The order in which markets come, change and go never shows in the pairs that hold."""

from itertools import islice

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from arbees.matching.pairing import Pairing, PairKey
from arbees.matching.terms import Terms
from benchmarks.matching import games, kalshi_records, outcomes
from tests.matching.tables import MATCHER

KALSHI = [
    MATCHER.of_kalshi(record)
    for game in islice(games(MATCHER.directory, 1), 3)
    for record in kalshi_records(game)
]
POLYMARKET = [MATCHER.of_polymarket(r) for r in islice(outcomes(MATCHER.directory), 36)]
MARKETS = [*KALSHI, *POLYMARKET]


def changed(terms: Terms, number: int) -> Terms:
    """The same market with the terms of another one of its venue."""
    pool = KALSHI if terms.venue == "kalshi" else POLYMARKET
    return msgspec.structs.replace(pool[number % len(pool)], market_id=terms.market_id)


def batch(held: dict[tuple[str, str], Terms]) -> dict[PairKey, str]:
    """What comparing everything with everything says."""
    ours = [t for (venue, _), t in held.items() if venue == "kalshi"]
    theirs = [t for (venue, _), t in held.items() if venue != "kalshi"]
    judged = {(a.market_id, b.market_id): MATCHER.judge(a, b) for a in ours for b in theirs}
    return {
        key: verdict.identity.value
        for key, verdict in judged.items()
        if verdict.identity.value in ("same", "inverse")
    }


def now(pairing: Pairing) -> dict[PairKey, str]:
    return {pair.key: pair.verdict.identity.value for pair in pairing.pairs()}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "change", "drop", "take"]),
        st.integers(0, len(MARKETS) - 1),
        st.integers(0, 60),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_any_order_of_changes_gives_the_pairs_of_the_batch(
    steps: list[tuple[str, int, int]],
) -> None:
    pairing, told = Pairing(MATCHER.judge), set[PairKey]()
    held: dict[tuple[str, str], Terms] = {}
    for what, number, other in [*steps, ("take", 0, 0)]:
        terms = MARKETS[number]
        key = (terms.venue, terms.market_id)
        if what == "take":
            changes = pairing.take()
            told |= {pair.key for pair in changes.found}
            assert set(changes.gone) <= told
            told -= set(changes.gone)
        elif what == "drop":
            assert pairing.drop(*key) == (held.pop(key, None) is not None)
        else:
            terms = changed(terms, other) if what == "change" else terms
            pairing.put(terms)
            held[key] = terms
    assert now(pairing) == batch(held)
    assert told == set(now(pairing))
    assert len(pairing) == len(held)


def filled(most: int = 4_000) -> Pairing:
    pairing = Pairing(MATCHER.judge, most=most)
    for terms in MARKETS:
        pairing.put(terms)
    return pairing


def test_there_is_something_to_find() -> None:
    pairing = filled()
    assert len(now(pairing)) > 15 and pairing.judged < len(KALSHI) * len(POLYMARKET) / 4


def test_the_same_terms_again_are_no_news() -> None:
    pairing = filled()
    assert pairing.take().found and not pairing.put(MARKETS[0])
    assert pairing.take() == pairing.take()
    assert not pairing.drop("kalshi", "KXNEVER-26")


def test_a_pair_that_came_and_went_between_two_looks_is_no_news() -> None:
    pairing = filled()
    key = pairing.take().found[0].key
    fresh = Pairing(MATCHER.judge)
    for terms in MARKETS:
        fresh.put(terms)
    fresh.drop("kalshi", key[0])
    changes = fresh.take()
    assert not changes.gone and key not in {pair.key for pair in changes.found}
    assert fresh.get(*key) is None and pairing.get(*key) is not None


def test_a_crowded_key_says_nothing_whenever_it_became_crowded() -> None:
    claim = MATCHER.of_polymarket(msgspec.structs.replace(next(outcomes(MATCHER.directory)),
                                  question="Will X do it?", event_title="", sports_market_type="",
                                  slug="", outcomes=("Yes", "No"), outcome="Yes"))  # fmt: skip
    asked = msgspec.structs.replace(claim, market_id="KXDO-26", venue="kalshi")
    pairing = Pairing(MATCHER.judge, most=2)
    pairing.put(asked)
    for number in range(2):
        pairing.put(msgspec.structs.replace(claim, market_id=f"0x{number}"))
    assert len(now(pairing)) == 2 and len(pairing.take().found) == 2
    pairing.put(msgspec.structs.replace(claim, market_id="0x2"))
    assert now(pairing) == {} and len(pairing.take().gone) == 2 and len(pairing.crowded) == 1


def test_a_mind_that_changes_is_heard() -> None:
    wanted: set[PairKey] = set()
    pairing = Pairing(MATCHER.judge, lambda a, b, _: (a.market_id, b.market_id) in wanted)
    for terms in MARKETS:
        pairing.put(terms)
    assert now(pairing) == {}
    wanted.add(next(iter(now(filled()))))
    for _ in pairing.rejudge():
        pass
    assert set(now(pairing)) == wanted
    wanted.clear()
    for _ in pairing.rejudge():
        pass
    assert now(pairing) == {} and pairing.take().gone == ()
