"""Crypto: instants, windows, strictness, sources; and no near-miss is ever the same."""

import itertools
from datetime import UTC, datetime

import pytest

from arbees.matching.crypto import bounds
from arbees.matching.records import KalshiRecord, PolymarketRecord
from arbees.matching.terms import Interval, Terms
from arbees.matching.verdicts import Answer
from tests.matching.tables import MATCHER

USD = 1_000_000


def k(ticker: str, **more: object) -> Terms:
    return MATCHER.of_kalshi(KalshiRecord(ticker=ticker, **more))  # type: ignore[arg-type]


def p(question: str, end: str = "2026-07-03", **more: object) -> Terms:
    record = PolymarketRecord(question=question, end_date=end, **more)  # type: ignore[arg-type]
    return MATCHER.of_polymarket(record)


def at(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp())  # type: ignore[misc, arg-type]


def test_a_ladder_rung() -> None:
    rung = k("KXBTCD-26SEP0413-T86799.99", close_time="2026-09-04T17:00:00Z")
    assert rung.start.value == at(2026, 9, 4, 17)
    assert rung.interval.value == Interval(86_800 * USD, True)
    assert rung.source.value == "cf benchmarks 60 s average"
    assert not rung.faults


def test_a_close_time_that_denies_the_ticker_is_a_fault() -> None:
    assert k("KXBTCD-26SEP0413-T86799.99", close_time="2026-09-04T18:00:00Z").faults == ("start",)
    assert k("KXBTCD-26SEP0499-T1").faults == ("start",)
    assert k("KXBTCD").faults == ("start",)


def test_strike_fields() -> None:
    assert bounds("between", 95_000, "95249.99") == Interval(
        95_000 * USD, True, 95_249_990_000, True
    )
    assert bounds("less", None, 5) == Interval(None, False, 5 * USD, False)
    assert bounds("less_or_equal", None, 5) == Interval(None, False, 5 * USD, True)
    assert bounds("between", 5, 4) is None
    assert bounds("greater", None, 4) is None and bounds("custom", 1, 2) is None
    assert k("KXBTC-26SEP0413-B95000").interval.value is None
    assert k("KXBTC-26SEP0413-T95000").interval.value is None


@pytest.mark.parametrize(
    ("question", "end", "window"),
    [
        ("Bitcoin Up or Down - May 10, 9AM ET", (2026, 5, 10, 14), 3600),
        ("Bitcoin Up or Down - August 16, 1:00AM-1:05AM ET", (2026, 8, 16, 5, 5), 300),
        ("Bitcoin Up or Down - May 10, 11:45PM-12:00AM ET", (2026, 5, 11, 4), 900),
        ("Bitcoin Up or Down on May 15?", (2026, 5, 15, 16), 86_400),
    ],
)
def test_windows(question: str, end: tuple[int, ...], window: int) -> None:
    said = p(question, "2026-05-20")
    assert (said.start.value, said.window.value) == (at(*end), window)
    assert p(question, "2026-05-20", outcome="Down").negated


def test_windows_by_slug() -> None:
    said = p("", slug="btc-updown-5m-1786856400", event_start_time="2026-08-16T05:00:00Z")
    assert (said.start.value, said.window.value) == (1_786_856_700, 300)
    assert said.source.value == "chainlink 60 s twap" and not said.faults
    stale = p("", slug="btc-updown-5m-1786856400", event_start_time="2026-08-16T05:05:00Z")
    assert stale.faults == ("start",)
    assert p("Bitcoin Up or Down - May 10, 19PM ET").faults == ("start",)


@pytest.mark.parametrize(
    ("question", "interval"),
    [
        ("Will the price of Bitcoin be above $62,000 on July 3?", Interval(62_000_010_000, True)),
        ("Will the price of Bitcoin be above 62k on July 3?", Interval(62_000_010_000, True)),
        ("Will the price of Bitcoin be less than $62,000 on July 3?",
         Interval(None, False, 62_000 * USD, False)),
        ("Will the price of Bitcoin be between $60,000 and $62,000 on July 3?",
         Interval(60_000 * USD, True, 62_000 * USD, False)),
    ],
)  # fmt: skip
def test_levels(question: str, interval: Interval) -> None:
    said = p(question)
    assert said.interval.value == interval and said.start.value == at(2026, 7, 3, 16)


def near_misses() -> list[tuple[Terms, Terms]]:
    """Same asset; another hour, strike, strictness or price source."""
    ours = [
        k(f"KXBTCD-26JUL03{hour:02d}-T{strike}", strike_type=kind, floor_strike=strike)
        for hour in (11, 12, 13)
        for strike in ("61999.99", "62000", "62500")
        for kind in ("greater", "greater_or_equal")
    ]
    theirs = [
        p(f"Will the price of Bitcoin be {how} $62,000 on July {day}{hour}?")
        for how in ("above", "at least", "below")
        for day in (2, 3)
        for hour in ("", ", 12PM ET", ", 1PM ET")
    ]
    return list(itertools.product(ours, theirs))


def test_no_near_miss_is_the_same() -> None:
    pairs = near_misses()
    answers = {MATCHER.judge(a, b).identity for a, b in pairs}
    assert len(pairs) == 324 and not answers & {Answer.SAME, Answer.INVERSE}


def test_fifteen_minutes_at_two_venues_read_two_sources() -> None:
    ours = k("KXBTC15M-26SEP261900-00")
    start = at(2026, 9, 26, 22, 45)
    theirs = p("", slug=f"btc-updown-15m-{start}")
    assert ours.start.value == theirs.start.value
    verdict = MATCHER.judge(ours, theirs)
    assert verdict.identity is Answer.DIFFERENT and verdict.deciding == ("source",)
    assert MATCHER.judge(theirs, theirs).identity is Answer.SAME
