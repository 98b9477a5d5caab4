"""Spelling, case, accents and order do not count; a shared word proves nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.matching.names import Naming, Same, code_fit, fold, keys, relation, words

C, P, G = Naming.COMPETITOR, Naming.PERSON, Naming.GROUP


@pytest.mark.parametrize(
    ("a", "b", "naming", "said"),
    [
        ("Elmer Moller", "elmer moeller", C, Same.EQUAL),
        ("Elmer Møller", "Elmer Moller", C, Same.EQUAL),
        ("Ugo Carabelli", "camilo ugo carabelli", C, Same.EQUAL),
        ("Damm Jr", "martin damm", C, Same.EQUAL),
        ("Иван Петров", "Ivan Petrov", C, Same.EQUAL),
        ("Xinyu Wang", "Xiyu Wang", C, Same.UNKNOWN),
        ("Rublev", "Ruud", C, Same.DIFFERENT),
        ("Zverev", "Zvereva", C, Same.UNKNOWN),
        ("Vitality", "Vitality.Bee", G, Same.UNKNOWN),
        ("Team Spirit", "spirit", G, Same.EQUAL),
        ("Arsenal FC", "Arsenal", G, Same.EQUAL),
        ("TheMongolz", "the mongolz", G, Same.EQUAL),
        ("Real Madrid", "Real Sociedad", G, Same.UNKNOWN),
        ("Ajax", "Porto", G, Same.DIFFERENT),
        ("Donald Trump", "Donald Trump Jr.", P, Same.DIFFERENT),
        ("Stephen A. Smith", "Stephen Smith", P, Same.EQUAL),
        ("JB Pritzker", "J.B. Pritzker", P, Same.EQUAL),
        ("LeBron James", "Lebron James", P, Same.EQUAL),
        ("Phil Murphy", "Chris Murphy", P, Same.DIFFERENT),
        ("Sarah Huckabee Sanders", "Sarah Sanders", P, Same.UNKNOWN),
        ("", "Ruud", C, Same.UNKNOWN),
    ],
)
def test_relations_of_names(a: str, b: str, naming: Naming, said: Same) -> None:
    assert relation(a, b, naming) is said
    assert relation(b, a, naming) is said


@pytest.mark.parametrize(
    ("code", "name", "fit"),
    [
        ("MED", "Medjedovic", 3), ("T1", "T1", 4), ("RCB", "Royal Challengers Bengaluru", 2),
        ("PBKS", "Punjab Kings", 1), ("PBKS", "Rajasthan Royals", 0), ("", "x", 0), ("X", "", 0),
    ],
)  # fmt: skip
def test_codes_fit_names(code: str, name: str, fit: int) -> None:
    assert code_fit(code, name) == fit


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_folding_is_idempotent_and_ignores_case_and_form(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))
    assert all(key.isascii() for key in keys(text))


@given(
    st.lists(st.sampled_from(["ana", "li", "wang", "ruud", "jr", "fc"]), min_size=1, max_size=4),
    st.sampled_from([C, P, G]),
    st.randoms(use_true_random=False),
)
def test_order_and_case_never_part_a_name(parts: list[str], naming: Naming, chance: object) -> None:
    shuffled = sorted(parts, key=lambda _: chance.random())  # type: ignore[attr-defined]
    said = relation(" ".join(parts), " ".join(shuffled).upper(), naming)
    assert said is Same.EQUAL
