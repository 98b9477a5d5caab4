"""Terms remember where they were read, and their fingerprint follows their meaning."""

import msgspec

from arbees.matching.terms import UNREAD, Said, Terms, fingerprint, text_print
from tests.matching.tables import of_kalshi


def test_the_fingerprint_follows_value_and_rules() -> None:
    terms = of_kalshi("KXNBA-26-DET")
    assert fingerprint(terms) == fingerprint(of_kalshi("KXNBA-26-DET"))
    for change in ({"negated": True}, {"rules_print": "x"}, {"period": Said("2027", "x")}):
        assert fingerprint(msgspec.structs.replace(terms, **change)) != fingerprint(terms)


def test_text_prints_ignore_white_space_only() -> None:
    assert text_print("a  b\n") == text_print("a b") != text_print("a c")
    assert text_print("") == ""


def test_every_field_starts_unread() -> None:
    terms = Terms(market_id="m", venue="v")
    assert all(
        getattr(terms, name) is UNREAD
        for name in ("domain", "measure", "scope", "subject", "interval", "tie", "source")
    )
