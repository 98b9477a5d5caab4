"""Kalshi markets that are no games, and absurd ones."""

from hypothesis import given
from hypothesis import strategies as st

from arbees.matching import kalshi
from arbees.matching.records import KalshiRecord
from arbees.matching.terms import Domain, Measure
from tests.matching.tables import DIRECTORY, of_kalshi

TEXT = st.text(max_size=30) | st.sampled_from(
    ["KXBTCD-26SEP0413-T86799.99", "KXNBA-26-DET", "", "-", "KXFED--"]
)


def test_a_title_that_denies_its_series_is_a_fault() -> None:
    assert of_kalshi("KXNBA-26-DET", "Will Detroit win the 2026 Stanley Cup?").faults == ("scope",)
    assert of_kalshi("KXNBA-26-DET", "Will Detroit win the 2027 NBA Finals?").faults == ("period",)
    assert of_kalshi("KXNBA-26-DET", "Will the Boston Celtics win the 2026 NBA Finals?").faults == (
        "subject",
    )


def test_champions_nominees_and_words() -> None:
    fifa = of_kalshi("KXMENWORLDCUP-26-UZB", "Will Uzbekistan win the 2026 Men's World Cup?")
    assert fifa.subject.value is not None and fifa.subject.value.entity == "fifwc:uzb"
    nominee = of_kalshi("KXPRESNOMD-28-RW", "", yes_sub_title="Raphael Warnock")
    assert nominee.domain.value is Domain.POLITICS
    assert nominee.subject.value is not None and nominee.subject.value.name == "Raphael Warnock"
    mars = of_kalshi("KXELONMARS-99", "Will Elon Musk visit Mars before Aug 1, 2099?")
    assert mars.measure.value is Measure.CLAIM
    denied = of_kalshi("KXPRESNOMD-28-RW", "Republican Presidential Nominee 2028")
    assert denied.faults == ("scope",)


@given(TEXT, TEXT, TEXT, TEXT, st.one_of(st.none(), st.floats(), TEXT))
def test_no_record_raises(
    ticker: str, title: str, label: str, close: str, strike: str | float | None
) -> None:
    record = KalshiRecord(
        ticker=ticker, title=title, yes_sub_title=label, close_time=close, floor_strike=strike
    )
    assert kalshi.read(record, DIRECTORY).venue == "kalshi"
