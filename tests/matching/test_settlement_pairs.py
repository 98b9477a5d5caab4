"""Settlement verdicts on pairs written from the venues' documented rules, traps among them.

The labels were written before the matcher answered; `why` says which rule decides.
"""

from collections import Counter
from functools import cache
from pathlib import Path

import msgspec
import pytest

from arbees.matching.names import Same
from arbees.matching.records import KalshiRecord, PolymarketRecord
from arbees.matching.terms import Terms
from arbees.matching.verdicts import Verdict
from tests.matching.tables import MATCHER

FILE = Path(__file__).parent.parent / "fixtures" / "settlement_pairs.jsonl"
YES = ("same", "inverse")


class Pair(msgspec.Struct, frozen=True):
    id: str
    domain: str
    trap: bool
    a: msgspec.Raw
    b: msgspec.Raw
    identity: str
    answer: str
    why: str


@cache
def pairs() -> list[Pair]:
    return [msgspec.json.decode(line, type=Pair) for line in FILE.read_text("utf-8").splitlines()]


def terms(raw: msgspec.Raw) -> Terms:
    if msgspec.json.decode(raw)["venue"] == "kalshi":
        return MATCHER.of_kalshi(msgspec.json.decode(raw, type=KalshiRecord))
    return MATCHER.of_polymarket(msgspec.json.decode(raw, type=PolymarketRecord))


def verdict(pair: Pair) -> Verdict:
    return MATCHER.judge(terms(pair.a), terms(pair.b))


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair.id)
def test_the_verdict(pair: Pair) -> None:
    said = verdict(pair)
    shown = [(c.field, c.said.value, c.a, c.b) for c in said.checks if c.said is not Same.EQUAL]
    assert (said.identity.value, said.answer.value) == (pair.identity, pair.answer), (
        pair.why,
        said.deciding,
        shown,
    )


def test_no_wrong_yes_and_every_read_field_has_its_source() -> None:
    wrong = []
    for pair in pairs():
        said = verdict(pair)
        if said.answer.value in YES and said.answer.value != pair.answer:
            wrong.append(pair.id)
        for check in said.checks:
            assert not check.a or check.a_source, (pair.id, check)
            assert not check.b or check.b_source, (pair.id, check)
    assert not wrong


def test_the_set_is_large_broad_and_half_traps() -> None:
    domains = Counter(pair.domain for pair in pairs())
    assert len(pairs()) >= 150
    assert (
        set(domains) == {"sports", "crypto", "economics", "politics"}
        and min(domains.values()) >= 20
    )
    assert sum(pair.trap for pair in pairs()) >= len(pairs()) / 2
    assert sum(pair.answer in YES for pair in pairs()) >= 40
