"""Verdicts: unknown is not equal, and nothing untold may be called riskless."""

import msgspec

from arbees.matching.terms import SETTLEMENT_FIELDS, Said, Terms
from arbees.matching.verdicts import Answer, judge, swapped
from tests.matching.tables import of_kalshi, of_polymarket

A = of_kalshi("KXNBAGAME-26JAN09MILLAL-MIL")
B = of_polymarket("nba-mil-lal-2026-01-09", "Bucks vs. Lakers", outcome="Bucks")


def told(terms: Terms, **other: str) -> Terms:
    """The terms with every settlement field said."""
    values = {name: Said(other.get(name, "rule"), "test") for name in SETTLEMENT_FIELDS}
    return msgspec.structs.replace(terms, **values)


def test_identity_alone_is_not_riskless() -> None:
    verdict = judge(A, B)
    assert verdict.identity is Answer.SAME and verdict.answer is Answer.UNKNOWN
    assert not verdict.is_riskless and "tie" in verdict.deciding


def test_every_decisive_field_equal_is_riskless() -> None:
    verdict = judge(told(A), told(B))
    assert verdict.answer is Answer.SAME and verdict.is_riskless
    other = of_polymarket("nba-mil-lal-2026-01-09", "Bucks vs. Lakers", outcome="Lakers")
    assert judge(told(A), told(other)).answer is Answer.INVERSE


def test_one_field_that_differs_decides() -> None:
    verdict = judge(told(A), told(B, postponement="other"))
    assert verdict.answer is Answer.DIFFERENT and verdict.deciding == ("postponement",)
    assert verdict.basis_risk > 0 and not verdict.is_riskless


def test_swapping_mirrors_the_verdict() -> None:
    assert swapped(judge(told(A), told(B))).answer is judge(told(B), told(A)).answer
    spread = of_kalshi("KXNFLSPREAD-26SEP27KCMIA-KC4")
    wider = of_kalshi("KXNFLSPREAD-26SEP27KCMIA-KC7")
    assert judge(spread, wider).answer is Answer.SUPERSET
    assert swapped(judge(spread, wider)).answer is judge(wider, spread).answer is Answer.SUBSET
