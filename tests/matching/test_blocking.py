"""The index finds every pair that the verdict would accept, and compares few others."""

from pathlib import Path

from arbees.app.links import rows_of
from arbees.matching.blocking import BLOCK_MAX, Index, block_keys
from arbees.matching.evaluate import YES, terms_of
from tests.matching.tables import MATCHER, of_kalshi, of_polymarket


def test_no_labelled_yes_is_lost(test_data: Path) -> None:
    files = sorted((test_data / "matcher" / "dev").glob("*.jsonl"))
    kept = 0
    for row in rows_of(files):
        a, b = terms_of(row.a, MATCHER), terms_of(row.b, MATCHER)
        if MATCHER.judge(a, b).identity in YES:
            kept += 1
            assert set(block_keys(a)) & set(block_keys(b)), row.id
    assert kept > 400


def test_candidates_come_once_and_leave_when_dropped() -> None:
    index = Index()
    slug = "atp-moller-basilashvili-2026-05-05"
    game = of_polymarket(slug, "Elmer Moller vs. Nikoloz Basilashvili", outcome_index=0)
    at = index.add(game)
    index.add(of_polymarket("atp-rublev-ruud-2026-05-05", "Rublev vs. Ruud", outcome_index=0))
    asked = of_kalshi("KXATPMATCH-26MAY04MOLBAS-MOL", "Moller vs Basilashvili")
    assert list(index.candidates(asked)) == [game] and len(index) == 2
    index.drop(at)
    assert list(index.candidates(asked)) == []


def test_what_cannot_be_equal_has_no_key() -> None:
    assert not block_keys(of_polymarket("", "Will it happen by ___?"))
    assert not block_keys(of_kalshi("KXBTCD-26SEP0499-T1"))
    assert not block_keys(of_kalshi("KXMLBHR-26JUN111310AZMIA-AZKMARTE4-2"))
    assert not block_keys(of_kalshi("KXNBA-26"))
    assert not block_keys(of_kalshi("KXGDP-26JUL30-T2.5"))


def test_a_crowded_key_is_left_out_and_named() -> None:
    index = Index()
    claim = of_polymarket("", "Will X do it?")
    for _ in range(BLOCK_MAX + 1):
        index.add(claim)
    assert list(index.candidates(claim)) == []
    assert list(index.crowded().values()) == [BLOCK_MAX + 1]
