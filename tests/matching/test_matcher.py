"""Structure, then prose, then conventions."""

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
