"""Sets are refused until they are proved."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.matching.exhaustive import Proof, prove
from arbees.matching.records import KalshiRecord, PolymarketRecord
from arbees.matching.terms import Interval, Said, Terms
from tests.matching.tables import DIRECTORY, MATCHER


def k(ticker: str, **more: object) -> Terms:
    return MATCHER.of_kalshi(KalshiRecord(ticker=ticker, **more))  # type: ignore[arg-type]


def proof(*outcomes: Terms) -> Proof:
    return prove(outcomes, DIRECTORY)


EXACT = [k(f"KXFEDDECISION-26OCT-{label}") for label in ("C26", "C25", "H0", "H25", "H26")]
FED = [msgspec.structs.replace(t, rounding=Said("up to 25 bp", "t")) for t in EXACT]


def test_fed_buckets_partition_the_line() -> None:
    assert proof(*FED).is_exhaustive
    for left_out in range(len(FED)):
        rest = FED[:left_out] + FED[left_out + 1 :]
        refused = proof(*rest)
        assert not refused.is_exhaustive
        assert any(word in refused.reasons[0] for word in ("nothing", "gap"))
    assert "two outcomes overlap" in proof(*FED, FED[2]).reasons


def test_a_move_of_ten_points_pays_nobody_where_sizes_are_exact() -> None:
    assert proof(*EXACT).reasons[0].startswith("a value between two buckets pays nobody")
    unread = [msgspec.structs.replace(t, rounding=Said(None, "")) for t in EXACT]
    assert proof(*unread).reasons == ("how a value between two buckets is rounded is unread",)


def test_open_and_closed_edges() -> None:
    def set_of(*intervals: Interval) -> Proof:
        return proof(*(msgspec.structs.replace(FED[0], interval=Said(i, "t")) for i in intervals))

    low = Interval(None, False, 5, False)
    assert set_of(low, Interval(5, True)).is_exhaustive
    assert set_of(low, Interval(5, False)).reasons == ("5e-06 belongs to none",)
    assert set_of(Interval(None, False, 5, True), Interval(5, True)).reasons == (
        "5e-06 belongs to two outcomes",
    )


def test_ladders_are_no_sets() -> None:
    rungs = [k(f"KXBTCD-26JUL0312-T{strike}") for strike in ("61999.99", "62499.99")]
    assert "two outcomes overlap" in proof(*rungs).reasons


def test_both_sides_of_a_game_and_the_draw() -> None:
    nfl = [k(f"KXNFLGAME-26SEP24ATLGB-{side}") for side in ("ATL", "GB")]
    assert proof(*nfl).is_exhaustive
    untied = [msgspec.structs.replace(t, tie=Said("loses", "t")) for t in nfl]
    assert proof(*untied).reasons == ("tie may pay less than one in all",)
    epl = [k(f"KXEPLGAME-26MAR01ARSCHE-{side}") for side in ("ARS", "CHE", "TIE")]
    assert proof(*epl).is_exhaustive
    assert proof(*epl[:2]).reasons == ("left out: draw",)
    assert "two outcomes name one side" in proof(nfl[0], nfl[0]).reasons


def test_winners_need_a_closed_list_and_a_cancellation_rule() -> None:
    teams = list(DIRECTORY.leagues["nba"].league.teams)
    nba = [k(f"KXNBA-26-{team.codes[0].upper()}") for team in teams]
    assert proof(*nba).reasons == ("a cancelled contest may pay nobody",)
    told = [msgspec.structs.replace(t, cancellation=Said("half each", "t")) for t in nba]
    assert proof(*told).is_exhaustive
    assert proof(*told[1:]).reasons == ("left out: 1 of 30, e.g. nba:atl",)
    assert "one winner is listed twice" in proof(*told, told[0]).reasons
    assert not prove(told, DIRECTORY, is_augmented=True).is_exhaustive


def test_people_are_never_a_closed_list() -> None:
    def nominee(who: str) -> Terms:
        question = f"Will {who} win the 2028 Democratic presidential nomination?"
        return MATCHER.of_polymarket(PolymarketRecord(question=question))

    refused = proof(nominee("Wes Moore"), nominee("Josh Shapiro"))
    assert any("nobody lists all" in reason for reason in refused.reasons)
    assert any(
        "names nobody" in r for r in proof(nominee("Person A"), nominee("Mark Kelly")).reasons
    )
    twice = proof(nominee("Sarah Sanders Jr."), nominee("Sarah Lee Sanders Jr."))
    assert any("perhaps one person" in reason for reason in twice.reasons)
    assert (
        "one winner is listed twice" in proof(nominee("Mark Kelly"), nominee("mark kelly")).reasons
    )


NO_SIDE = msgspec.structs.replace(FED[1], negated=True)
FAULTY = msgspec.structs.replace(FED[1], faults=("start",))
WORDS = [k("KXELONMARS-99", title="A?"), k("KXELONMARS-98", title="B?")]


@pytest.mark.parametrize(
    ("outcomes", "reason"),
    [
        (FED[:1], "one outcome is no set"),
        ([FED[0], k("KXFEDDECISION-26DEC-H0")], "outcomes differ in period"),
        ([FED[0], NO_SIDE], "a NO side is no member of a set"),
        ([FED[0], FAULTY], "a field is contradictory: start"),
        (WORDS, "only words describe the outcomes"),
    ],
)
def test_refusals_name_their_reason(outcomes: list[Terms], reason: str) -> None:
    assert reason in prove(outcomes, DIRECTORY).reasons


@given(st.permutations(FED))
def test_order_proves_nothing(shuffled: list[Terms]) -> None:
    assert proof(*shuffled).is_exhaustive
