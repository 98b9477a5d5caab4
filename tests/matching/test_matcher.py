"""Structure, then prose, then conventions."""

from hypothesis import given
from hypothesis import strategies as st

from arbees.matching.matcher import day_of
from arbees.matching.records import KalshiRecord, PolymarketRecord
from tests.matching.tables import MATCHER, of_kalshi

TIE = "If the game ends in a tie, the market resolves to No."


def test_prose_wins_over_the_table() -> None:
    ticker = "KXNFLGAME-26SEP14DENKC-KC"
    silent = MATCHER.of_kalshi(KalshiRecord(ticker=ticker))
    told = MATCHER.of_kalshi(KalshiRecord(ticker=ticker, rules_primary=TIE))
    assert (silent.tie.value, told.tie.value) == ("half each", "loses")
    assert silent.tie.source.startswith("convention:nfl/tie")
    assert told.tie.source == "kalshi.rules" and told.rules_print


def test_every_settlement_field_says_where_it_was_read() -> None:
    terms = MATCHER.of_polymarket(
        PolymarketRecord(
            slug="nfl-den-kc-2026-09-14", question="Broncos vs. Chiefs", outcome_index=0
        )
    )
    for field in ("tie", "overtime", "postponement", "cancellation"):
        assert getattr(terms, field).source


def test_the_day_of_terms() -> None:
    assert day_of(of_kalshi("KXNFLGAME-26SEP14DENKC-KC")) == "2026-09-14"
    assert day_of(of_kalshi("KXBTC15M-26SEP261900-00")) == "2026-09-26"
    assert day_of(of_kalshi("KXNBA-26-DET")) == ""


ABSURD = st.text(max_size=20) | st.sampled_from(
    [
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-02-30", "btc-updown-5m-99999999999",
        "KXBTCD-99DEC3124-T1e400", "KXBTC15M-26SEP269999-00", "KXFEDDECISION-26OCT-H999",
        "KXMLBGAME-26APR141940TBCWSG1-TB", "HOUSE--", "SENATETX--R",
        "Bitcoin Up or Down - May 40, 9AM ET",
        "Will the price of Bitcoin be above $1e999 on July 3?", "-inf", "NaN", "Yes", "No", "-1.5",
        "Will annual inflation be -0% in May 2026?", "If tied, 50-50, and if tied, resolves to No",
    ]
)  # fmt: skip


@given(st.lists(ABSURD, min_size=12, max_size=12))
def test_absurd_records_raise_nothing_and_link_to_nothing_else(said: list[str]) -> None:
    ours = KalshiRecord(
        ticker=said[0], title=said[1], yes_sub_title=said[2], close_time=said[3],
        floor_strike=said[4], strike_type="greater", rules_primary=said[5], milestone_start=said[3],
    )  # fmt: skip
    theirs = PolymarketRecord(
        slug=said[6], question=said[7], outcome=said[8], end_date=said[3], line=said[4],
        game_start_time=said[9], event_start_time=said[9], description=said[5],
        group_item_title=said[10], event_title=said[11],
    )  # fmt: skip
    verdict = MATCHER.judge(MATCHER.of_kalshi(ours), MATCHER.of_polymarket(theirs))
    assert not verdict.is_riskless
    assert verdict.deciding or verdict.identity.value in ("same", "inverse")
