"""Unread fields are unknown, on one side or both."""

from arbees.matching.checks import plain, shown
from arbees.matching.names import Same
from arbees.matching.terms import UNREAD, Competitor, Interval, Said


def test_unknown_is_not_equal() -> None:
    one, two = Said("a", "x"), Said("b", "y")
    assert plain("f", one, one).said is Same.EQUAL
    assert plain("f", one, two).said is Same.DIFFERENT
    assert plain("f", one, UNREAD).said is Same.UNKNOWN
    assert plain("f", UNREAD, UNREAD).said is Same.UNKNOWN


def test_values_are_shown_for_people() -> None:
    pair = (Competitor(name="A"), Competitor(entity="mlb:tb"))
    assert shown(pair) == "A / mlb:tb"
    assert shown(Interval(low=1)) == "1 False False"
    assert shown(None) == ""
