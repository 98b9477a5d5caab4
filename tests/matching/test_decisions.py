"""Decisions hold for the terms they were made on, and for no others."""

import msgspec

from arbees.matching.decisions import Choice, decided, link_id, with_decision
from arbees.matching.terms import Said
from arbees.matching.verdicts import Answer, judge
from tests.matching.tables import of_kalshi, of_polymarket

A = of_kalshi("KXNBAGAME-26JAN09MILLAL-MIL")
B = of_polymarket("nba-mil-lal-2026-01-09", "Bucks vs. Lakers", outcome="Bucks", market_id="7")
VERDICT = judge(A, B)
YES = decided(Choice.APPROVE, Answer.SAME, A, B, "owner", "2026-01-08T00:00:00Z", "read the rules")
NO = decided(Choice.VETO, Answer.UNKNOWN, A, B, "owner", "2026-01-08T01:00:00Z")


def test_an_approved_unknown_may_be_traded_and_a_veto_ends_it() -> None:
    assert not with_decision(A, B, VERDICT, []).is_tradable
    approved = with_decision(A, B, VERDICT, [YES])
    assert approved.is_tradable and approved.relation is Answer.SAME
    vetoed = with_decision(A, B, VERDICT, [YES, NO])
    assert not vetoed.is_tradable and vetoed.relation is Answer.UNKNOWN


def test_decisions_fall_away_when_terms_change() -> None:
    changed = msgspec.structs.replace(B, rules_print="new text")
    assert with_decision(A, changed, VERDICT, [YES]).decision is None
    later = msgspec.structs.replace(A, date=Said("2026-01-10", "kalshi.ticker"))
    assert with_decision(later, B, VERDICT, [YES]).decision is None


def test_ids_tell_outcomes_apart_and_outlive_terms() -> None:
    other = of_polymarket(
        "nba-mil-lal-2026-01-09", "Bucks vs. Lakers", outcome="Lakers", market_id="7"
    )
    assert link_id(A, B) != link_id(A, other)
    assert link_id(A, B) == link_id(A, msgspec.structs.replace(B, rules_print="x"))
