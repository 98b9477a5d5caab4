"""Pairs made to be taken for riskless that do not pay the same, and the pairs they were made from.

Each near miss changes what one side's words, slug, strike or clock say, so that somebody else is
paid in some case. A yes here is money lost; the pairs they come from must stay a yes, or the
guards would be worth nothing.
"""

from functools import cache
from pathlib import Path

import msgspec
import pytest

from arbees.matching.records import KalshiRecord, PolymarketRecord
from tests.matching.tables import MATCHER

FILE = Path(__file__).parent.parent / "fixtures" / "near_misses.jsonl"


class Case(msgspec.Struct, frozen=True):
    id: str
    why: str
    riskless: bool
    a: msgspec.Raw
    b: msgspec.Raw


@cache
def cases() -> list[Case]:
    return [msgspec.json.decode(line, type=Case) for line in FILE.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_only_what_pays_the_same_is_riskless(case: Case) -> None:
    ours = MATCHER.of_kalshi(msgspec.json.decode(case.a, type=KalshiRecord))
    theirs = MATCHER.of_polymarket(msgspec.json.decode(case.b, type=PolymarketRecord))
    said = MATCHER.judge(ours, theirs)
    assert said.is_riskless is case.riskless, (case.why, said.answer, said.deciding)


def test_there_are_many_of_them() -> None:
    assert len([case for case in cases() if not case.riskless]) >= 68
    assert len([case for case in cases() if case.riskless]) >= 18
