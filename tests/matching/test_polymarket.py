"""Polymarket's records as listed: hydration, NO sides, junk."""

from hypothesis import given
from hypothesis import strategies as st

from arbees.matching import polymarket
from arbees.matching.records import PolymarketRecord
from tests.matching.tables import DIRECTORY, identity, of_polymarket

TEXT = st.text(max_size=30) | st.sampled_from(
    [
        "nfl-car-ari-2026-08-06",
        "epl-ars-che-2026-03-01-draw",
        "A vs. B",
        "Yes",
        "No",
        "spreads",
        "totals",
        "12",
    ]
)
PISTONS = "Will the Detroit Pistons win the 2026 NBA Finals?"


def test_a_hydrating_market_is_unknown_with_the_field_named() -> None:
    whole = of_polymarket("", PISTONS, outcomes=("Yes", "No"), token_ids=("1", "2"))
    hydrating = of_polymarket("", PISTONS, outcomes=("Yes", "No"), token_ids=("1",))
    assert hydrating.faults == ("market_id",)
    assert identity(whole, whole) == "same" and identity(whole, hydrating) == "unknown"


def test_a_stale_token_mapping_is_unknown_with_the_field_named() -> None:
    yes_no, tokens = ("Yes", "No"), ("1", "2")
    good = of_polymarket("", PISTONS, outcomes=yes_no, token_ids=tokens, clob_token_ids=tokens)
    stale = of_polymarket("", PISTONS, outcomes=yes_no, token_ids=tokens, clob_token_ids=("2", "1"))
    twice = of_polymarket("", PISTONS, outcomes=yes_no, token_ids=("1", "1"))
    assert (good.faults, stale.faults, twice.faults) == ((), ("token_ids",), ("token_ids",))
    assert identity(good, stale) == "unknown"


def test_no_is_the_other_side() -> None:
    assert of_polymarket("", PISTONS, outcome="No").negated
    assert of_polymarket("", PISTONS, outcome_index=1).negated
    assert not of_polymarket("", PISTONS, outcome="Yes").negated


@given(TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, st.one_of(st.none(), st.floats(), TEXT))
def test_no_record_raises(
    slug: str,
    question: str,
    title: str,
    outcome: str,
    kind: str,
    start: str,
    line: str | float | None,
) -> None:
    record = PolymarketRecord(
        slug=slug,
        question=question,
        event_title=title,
        outcome=outcome,
        sports_market_type=kind,
        game_start_time=start,
        line=line,
        outcomes=(outcome, title),
    )
    assert polymarket.read(record, DIRECTORY).venue == "polymarket"
