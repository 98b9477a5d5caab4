"""Quotes of one question: a move's frames end in the book it announced, the offer last."""

from random import Random

from arbees.simulator.books import Book, Recorder
from arbees.simulator.catalog import QUESTIONS
from arbees.simulator.quotes import Group

OLD = Book({48: 100, 47: 100}, {53: 100})
NEW = Book({40: 100}, {44: 700, 53: 100})


def group() -> Group:
    return Group(Random(1), QUESTIONS[0], Recorder())


def test_the_offer_comes_last_and_the_bids_it_would_cross_are_gone() -> None:
    made = group()
    line = made.move(1, 0, OLD, NEW, "ask")
    said = [row["frame"]["msg"] for row in made.recorder.lines]
    assert line == len(said) - 1 == 3
    assert [m["side"] for m in said] == ["yes", "yes", "yes", "no"]
    assert (said[-1]["price_dollars"], said[-1]["delta_fp"]) == ("0.5600", "7.00")
    assert said[0]["price_dollars"] == "0.4000"


def test_a_move_at_the_condition_is_one_message_for_both_tokens() -> None:
    made = group()
    assert made.move(0, 1, OLD, NEW, "ask") == 0
    rows = made.recorder.lines[0]["frame"]["price_changes"]
    tokens = QUESTIONS[0].tokens
    offered = [r for r in rows if r["asset_id"] == tokens[1] and r["side"] == "SELL"]
    assert [(r["price"], r["size"], r["best_ask"]) for r in offered] == [("0.44", "7.00", "0.44")]
    assert {r["best_bid"] for r in rows if r["asset_id"] == tokens[0]} == {"0.56"}
    assert len(rows) == 8
