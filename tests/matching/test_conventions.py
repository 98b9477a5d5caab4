"""The table of settlement conventions."""

from arbees.matching.conventions import DECISIVE, Conventions, decisive_fields
from arbees.matching.terms import SETTLEMENT_FIELDS, Measure
from tests.matching.tables import of_kalshi

RULES = """
[[rule]]
venue = "kalshi"
scope = "nfl"
measure = "moneyline"
field = "tie"
value = "half each"
source = "kalshi.md 14.3"
read = "2026-11-26"
since = "2026-01-01"
[[rule]]
venue = "kalshi"
scope = "@sports"
measure = "*"
field = "tie"
value = "general"
source = "x"
read = "2026-11-26"
until = "2026-06-01"
[[basis]]
field = "tie"
one = "half each"
two = "loses"
dollars = 0.5
why = "test"
"""


def test_the_most_exact_row_of_the_day_wins() -> None:
    table = Conventions(RULES)
    nfl, nba = of_kalshi("KXNFLGAME-26SEP14DENKC-KC"), of_kalshi("KXNBAGAME-26SEP14DENPHI-DEN")
    assert table.filled(nfl, "2026-05-01").tie.value == "half each"
    assert table.filled(nfl, "2025-05-01").tie.value == "general"
    assert table.filled(nba, "2026-05-01").tie.value == "general"
    assert table.filled(nba, "2026-06-01").tie.value is None
    assert table.filled(nfl, "2026-05-01").tie.source.startswith("convention:nfl/tie")


def test_every_measure_knows_its_decisive_fields() -> None:
    for fields in DECISIVE.values():
        assert set(fields) <= set(SETTLEMENT_FIELDS)
    assert tuple(decisive_fields(of_kalshi("KXELONMARS-99"))) == SETTLEMENT_FIELDS
    assert DECISIVE[Measure.MONEYLINE][0] == "tie"
