"""Fed decisions and prints."""

import pytest

from arbees.matching.records import KalshiRecord, PolymarketRecord
from arbees.matching.terms import Terms
from tests.matching.tables import MATCHER


def k(ticker: str, **more: object) -> Terms:
    return MATCHER.of_kalshi(KalshiRecord(ticker=ticker, **more))  # type: ignore[arg-type]


def p(question: str, **more: object) -> Terms:
    return MATCHER.of_polymarket(PolymarketRecord(question=question, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("label", "question", "said"),
    [
        ("H25", "Fed increases interest rates by 25 bps after October 2026 meeting?", "same"),
        ("H25", "Fed increases interest rates by 25+ bps after October 2026 meeting?", "subset"),
        ("H26", "Fed increases interest rates by 50+ bps after October 2026 meeting?", "same"),
        ("C25", "Fed decreases interest rates by 25 bps after October 2026 meeting?", "same"),
        ("C26", "Fed decreases interest rates by 50+ bps after October 2026 meeting?", "same"),
        ("C25", "Fed decreases interest rates by 50+ bps after October 2026 meeting?", "disjoint"),
        ("H0", "No change in Fed interest rates after October 2026 meeting?", "same"),
        ("H0", "No change in Fed interest rates after December 2026 meeting?", "different"),
        ("H0", "Fed increases interest rates by 25 bps after October 2026 meeting?", "disjoint"),
        ("H7", "Fed increases interest rates by 25 bps after October 2026 meeting?", "unknown"),
        ("X", "No change in Fed interest rates after October 2026 meeting?", "unknown"),
    ],
)
def test_fed_buckets(label: str, question: str, said: str) -> None:
    verdict = MATCHER.judge(k(f"KXFEDDECISION-26OCT-{label}"), p(question))
    assert verdict.identity.value == said
    if said == "same":
        assert verdict.answer.value == "different" and verdict.deciding == ("rounding",)


def test_fed_groups_take_their_year_from_the_end_of_the_listing() -> None:
    group = p(
        "",
        event_title="Fed decision in October?",
        group_item_title="25 bps decrease",
        end_date="2026-10-28T00:00:00Z",
    )
    assert group.period.value == "2026-10"
    assert MATCHER.judge(k("KXFEDDECISION-26OCT-C25"), group).identity.value == "same"
    bare = p("", event_title="Fed decision in October?", group_item_title="No change")
    assert bare.period.value is None


@pytest.mark.parametrize(
    ("ticker", "question", "said"),
    [
        ("KXCPIYOY-26MAY-T4.1", "Will annual inflation be 4.2% or more in May 2026?", "same"),
        ("KXCPIYOY-26MAY-T4.1", "Will annual inflation be at least 4.1% in May 2026?", "subset"),
        ("KXCPIYOY-26MAY-T4.1", "Will annual inflation be 4.1% or less in May 2026?", "inverse"),
        ("KXCPIYOY-26MAY-T4.1", "Will annual inflation be 4.1% in May 2026?", "disjoint"),
        ("KXCPIYOY-26MAY-T4.1", "Will annual inflation be above 4.1% in June 2026?", "different"),
        (
            "KXCPIYOY-26MAY-T4.1",
            "Will annual core inflation be above 4.1% in May 2026?",
            "different",
        ),
        (
            "KXCPI-26MAY-T0.3",
            "Will monthly inflation increase by 0.4% or more in May 2026?",
            "same",
        ),
        ("KXCPI-26MAY-T0.3", "Will annual inflation be below 0.4% in May 2026?", "different"),
    ],
)
def test_prints_live_on_their_grid(ticker: str, question: str, said: str) -> None:
    assert MATCHER.judge(k(ticker), p(question)).identity.value == said


def test_a_release_date_is_no_period() -> None:
    claims = k("KXJOBLESSCLAIMS-26SEP24-T225000")
    assert claims.period.value is None and claims.interval.value is not None
    assert (
        k("KXFED-26SEP-T3.75", strike_type="greater", floor_strike=3.75).interval.value is not None
    )
    assert k("KXFED-26SEP").interval.value is None
    assert k("KXFED-26XXX-T3.75").period.value is None
