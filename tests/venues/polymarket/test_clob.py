"""CLOB market bodies: what is not said is not assumed, and who won is never guessed."""

import json
from typing import Any

import pytest

from arbees.errors import WireError
from arbees.markets.instrument import FeeRounding
from arbees.venues.polymarket import clob

COMPACT = {
    "c": "0x202a", "t": [{"t": "8997", "o": "FaZe"}, {"t": "9051", "o": "illwill"}],
    "mts": 0.001, "mos": 5, "mbf": 1000, "tbf": 1000, "fd": {"r": 0.05, "e": 1, "to": True},
    "ao": True, "cbos": True, "sd": 3, "gst": "2026-04-05T15:10:00Z",
}  # fmt: skip


def compact(**more: Any) -> clob.CompactMarket:
    return clob.decode_compact(json.dumps(COMPACT | more).encode())


def test_compact_parameters_as_the_reference_prints_them() -> None:
    market = compact()
    assert [token.o for token in market.t] == ["FaZe", "illwill"]
    assert (market.mts, market.sd, market.nr, market.cbos) == (0.001, 3, False, True)
    term = clob.compact_fee(market)
    assert (term.taker_rate, term.maker_rate, term.rounding) == (
        50_000, 0, FeeRounding.POLYMARKET,
    )  # fmt: skip
    assert clob.compact_fee(compact(fd={"r": 0.05, "e": 1, "to": False})).maker_rate == 50_000
    assert not clob.compact_fee(compact(fd={"r": 0.05, "e": 0.5, "to": True})).is_known
    assert not clob.compact_fee(compact(fd={"r": 1e-9, "e": 1, "to": True})).is_known
    assert not clob.compact_fee(compact(fd={"r": 1.5, "e": 1, "to": True})).is_known
    assert not clob.compact_fee(compact(fd={"r": 0.05, "e": 1e300, "to": True})).is_known
    free = clob.compact_fee(compact(fd=None))
    assert (free.taker_rate, free.is_known) == (0, True)


def full(*winners: bool, **more: Any) -> clob.ClobMarket:
    tokens = [
        {"token_id": str(n), "outcome": "?", "price": 0, "winner": won}
        for n, won in enumerate(winners)
    ]
    said = {
        "condition_id": "0x", "question": "?", "tokens": tokens, "minimum_tick_size": 0.01,
        "minimum_order_size": 5, "enable_order_book": True, "accepting_orders": True,
        "closed": True,
    }  # fmt: skip
    return clob.decode_market(json.dumps(said | more).encode())


@pytest.mark.parametrize(
    ("market", "paid"),
    [
        (full(True, False), (("0", 10_000), ("1", 0))),
        (full(False, True), (("0", 0), ("1", 10_000))),
        (full(False, False, is_50_50_outcome=True), (("0", 5_000), ("1", 5_000))),
        (full(True, False, closed=False), ()),
        (full(False, False), ()),
        (full(True, True), ()),
        (full(True, False, is_50_50_outcome=True), ()),
        (full(True), ()),
    ],
)
def test_a_result_is_one_winner_or_two_halves(
    market: clob.ClobMarket, paid: tuple[tuple[str, int], ...]
) -> None:
    assert clob.payouts_of(market) == paid


def test_a_closed_market_that_accepts_orders_is_not_tradable() -> None:
    assert not full(True, False).is_tradable
    assert full(False, False, closed=False).is_tradable
    assert not full(False, False, closed=False, enable_order_book=False).is_tradable
    assert not full(False, False, closed=False, accepting_orders=False).is_tradable


@pytest.mark.parametrize(("said", "pips"), [("0.1", 1_000), ("0.001", 10), ("0.0001", 1)])
def test_ticks_are_pips(said: str, pips: int) -> None:
    assert clob.decode_tick_size(f'{{"minimum_tick_size":{said}}}'.encode()) == pips


@pytest.mark.parametrize("said", ["0", "-0.01", "0.003", "0.00001", "2", '"0.01"'])
def test_an_odd_tick_is_an_error(said: str) -> None:
    with pytest.raises(WireError, match="tick"):
        clob.decode_tick_size(f'{{"minimum_tick_size":{said}}}'.encode())


@pytest.mark.parametrize("body", [b"{}", b'{"error":"market not found"}', b"<html>", b"[]"])
def test_error_bodies_are_refused(body: bytes) -> None:
    for decode in (
        clob.decode_compact, clob.decode_market, clob.decode_page, clob.decode_tick_size,
    ):  # fmt: skip
        with pytest.raises(WireError, match="polymarket"):
            decode(body)
