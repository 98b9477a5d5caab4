"""Reading and aligning the two sides of a contest."""

import pytest

from arbees.matching import contests
from arbees.matching.contests import Alignment, align, find, names_in, pair_of
from arbees.matching.names import Naming, Same
from arbees.matching.terms import Competitor
from tests.matching.tables import DIRECTORY

MLB = DIRECTORY.teams("mlb")


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Game 2: Boston at Buffalo", ("Boston", "Buffalo")),
        ("M80 vs. Legacy: Map 2", ("M80", "Legacy")),
        ("LCK 2026: Gen.G vs. OKSavingsBank BRION Map 2", ("Gen.G", "OKSavingsBank BRION")),
        ("Elmer Moller vs Nikoloz Basilashvili: Set 2 Winner",
         ("Elmer Moller", "Nikoloz Basilashvili")),
        ("hamad medjedovic vs. nuno borges 2026-04-16", ("hamad medjedovic", "nuno borges")),
        ("Houston at Pittsburgh Winner?", ("Houston", "Pittsburgh")),
        ("Will Varvara Lepchenko win the Jimenez Kasintseva vs Lepchenko: Round Of 16 match?",
         ("Jimenez Kasintseva", "Lepchenko")),
        ("Panthers vs. Cardinals: O/U 32.5", ("Panthers", "Cardinals")),
        ("Counter-Strike: paiN vs FaZe (BO3) - IEM Atlanta Group A", ("paiN", "FaZe")),
        ("Bitcoin Up or Down", None), ("a vs b vs c", None), (" vs ", None), ("", None),
    ],
)  # fmt: skip
def test_names_of_titles(title: str, names: tuple[str, str] | None) -> None:
    assert names_in(title) == names


def test_names_follow_the_order_of_the_codes() -> None:
    found = pair_of("ipl", ("Mumbai Indians", "Lucknow Super Giants"), ("LSG", "MI"), None)
    assert found.sides is not None
    assert [side.name for side in found.sides] == ["Lucknow Super Giants", "Mumbai Indians"]


def test_a_code_and_a_name_of_different_teams_is_a_fault() -> None:
    good = pair_of("mlb", ("Boston", "Tampa Bay"), ("BOS", "TB"), MLB)
    bad = pair_of("mlb", ("Boston", "Toronto"), ("BOS", "TB"), MLB)
    same = pair_of("mlb", None, ("BOS", "BOS"), MLB)
    assert good.faults == ()
    assert bad.faults == ("competitors",) and same.faults == ("competitors",)
    assert pair_of("mlb", None, ("", ""), MLB).sides is None


def sides(one: str, two: str) -> tuple[Competitor, Competitor]:
    return Competitor(name=one), Competitor(name=two)


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        (("Rublev", "Ruud"), ("andrey rublev", "casper ruud"), Alignment.STRAIGHT),
        (("Ruud", "Rublev"), ("andrey rublev", "casper ruud"), Alignment.CROSSED),
        (("Ruud", "Sinner"), ("andrey rublev", "casper ruud"), Alignment.DIFFERENT),
        (("Xinyu Wang", "Eala"), ("xiyu wang", "alexandra eala"), Alignment.UNKNOWN),
        (("Cerundolo", "Cerundolo"), ("j cerundolo", "f cerundolo"), Alignment.UNKNOWN),
    ],
)
def test_both_sides_must_match(a: tuple[str, str], b: tuple[str, str], said: Alignment) -> None:
    assert align(sides(*a), sides(*b), Naming.COMPETITOR) is said


def test_comparing_by_code() -> None:
    coded = Competitor(code="MUS")
    assert (
        contests.compare(coded, Competitor(name="lorenzo musetti"), Naming.COMPETITOR) is Same.EQUAL
    )
    assert (
        contests.compare(coded, Competitor(name="flavio cobolli"), Naming.COMPETITOR)
        is Same.UNKNOWN
    )
    assert contests.compare(coded, Competitor(code="mus"), Naming.COMPETITOR) is Same.EQUAL
    assert contests.compare(coded, Competitor(code="COB"), Naming.COMPETITOR) is Same.UNKNOWN
    known = Competitor(entity="mlb:nyy")
    assert contests.compare(known, Competitor(entity="mlb:nym"), Naming.GROUP) is Same.DIFFERENT


def test_a_label_finds_one_side_or_none() -> None:
    pair = pair_of("mlb", ("Boston", "Tampa Bay"), ("BOS", "TB"), MLB).sides
    assert pair is not None
    assert [find(pair, label, "mlb", MLB) for label in ("Rays", "bos", "Yankees")] == [1, 0, None]
    players = sides("mirra andreeva", "erika andreeva")
    assert find(players, "Andreeva", "wta", None) is None
    assert find(players, "Mirra Andreeva", "wta", None) == 0
