"""The index finds every pair that the verdict would accept, and compares few others."""

from pathlib import Path

from arbees.app.links import rows_of
from arbees.matching.blocking import block_keys
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


def test_what_cannot_be_equal_has_no_key() -> None:
    assert not block_keys(of_polymarket("", "Will it happen by ___?"))
    assert not block_keys(of_kalshi("KXBTCD-26SEP0499-T1"))
    assert not block_keys(of_kalshi("KXMLBHR-26JUN111310AZMIA-AZKMARTE4-2"))
    assert not block_keys(of_kalshi("KXNBA-26"))
    assert not block_keys(of_kalshi("KXGDP-26JUL30-T2.5"))
