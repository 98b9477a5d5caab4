"""The account's bodies: every recorded one to its exact facts, and no fact guessed."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.errors import WireError
from arbees.units import format_cash, format_pips, format_qty
from arbees.venues.kalshi import reads
from arbees.venues.kalshi.reads import FillFact, Holding, OrderState, RawFill, RawOrder
from tests.venues.kalshi.conftest import Captured

TENNIS = "KXWTACHALLENGERMATCH-26JUN11JIMLEP-LEP"
CONTRACT = 1_000_000
RESTING = "2597b999-f887-4195-8bac-c3f97a1f2021"


def test_orders(captured: Captured) -> None:
    resting = reads.decode_order(captured("orders/get_after_create"))
    assert resting == OrderState(
        RESTING, "4a75a66e-ca85-4187-93cd-aac5e01ad982", TENNIS, "resting", True, 100, CONTRACT,
        0, CONTRACT, 0, 0, 1_781_159_360_866_753_000,
    )  # fmt: skip
    assert not resting.is_over
    # The same order, asked for after its cancel was acknowledged: reads lag (kalshi.md 7.4).
    assert reads.decode_order(captured("orders/get_after_cancel")) == resting
    page = reads.decode_orders(captured("portfolio/orders_list"))
    assert page.cursor == ""
    taker = page.rows[0]
    assert (taker.status, taker.price, taker.paid, taker.fees) == (
        "executed", 9_900, 520_000, 17_500,
    )  # fmt: skip
    assert taker.is_over
    assert {row.status for row in page.rows} <= set(reads.STATUSES)


def test_fills_positions_and_settlements(captured: Captured) -> None:
    page = reads.decode_fills(captured("fills/after_taker"))
    assert page.rows[0] == FillFact(
        "f4a42159-b500-57c6-efa2-c31d94d916c1", "97ec18b7-10d3-4557-9de0-8598aad625f0", TENNIS,
        True, 5_200, CONTRACT, 17_500, True, 1_781_159_370_164_956_000,
    )  # fmt: skip
    assert page.rows[1].fee == 700
    held = reads.decode_positions(captured("portfolio/positions"))
    assert held.rows == (Holding(TENNIS, 3 * CONTRACT, 2_500_000, 18_900, 0),)
    assert reads.decode_settlements(captured("settlements/page")).rows == ()


def test_a_settlement() -> None:
    body = (
        b'{"cursor":"c","settlements":[{"ticker":"T","exchange_index":0,"market_result":"scalar",'
        b'"yes_count_fp":"3.00","yes_total_cost_dollars":"2.500000","no_count_fp":"0.00",'
        b'"no_total_cost_dollars":"0.000000","revenue":150,"settled_time":"2026-06-11T19:05:00Z",'
        b'"fee_cost":"0.018900","value":50}]}'
    )
    page = reads.decode_settlements(body)
    (row,) = page.rows
    assert (row.result, row.qty_yes, row.revenue, row.fees, row.value) == (
        "scalar", 3 * CONTRACT, 1_500_000, 18_900, 5_000,
    )  # fmt: skip
    with pytest.raises(WireError, match="value"):
        reads.decode_settlements(body.replace(b":50}", b":101}"))


def test_a_short_and_the_removed_key() -> None:
    short = (
        b'{"market_positions":[{"ticker":"T","position_fp":"-5.00",'
        b'"market_exposure_dollars":"2.150000"}]}'
    )
    assert reads.decode_positions(short).rows[0].qty == -5 * CONTRACT
    with pytest.raises(WireError):
        reads.decode_positions(short.replace(b"position_fp", b"position"))
    with pytest.raises(WireError):
        reads.decode_positions(b'{"positions":[]}')


def test_how_far_reads_have_come_and_the_queue() -> None:
    at = reads.decode_as_of(b'{"as_of_time":"2026-06-11T06:29:30.164956Z"}')
    assert at == 1_781_159_370_164_956_000
    assert reads.decode_queue(b'{"queue_position_fp":"12.50"}') == 12_500_000
    for bad in (b"{}", b'{"as_of_time":"now"}'):
        with pytest.raises(WireError):
            reads.decode_as_of(bad)


ORDER = RawOrder("o", "T", "resting", "bid", "0.5000", "0.00", "1.00", "1.00")
FILL = RawFill("o", "ask", "0.5000", "1.00", "0.01", "t", "", "T", ts_ms=5)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "perhaps"),
        ("book_side", "yes"),
        ("yes_price_dollars", "0.0000"),
        ("fill_count_fp", "-1.00"),
        ("remaining_count_fp", ""),
        ("taker_fees_dollars", "two"),
        ("last_update_time", "now"),
    ],
)
def test_an_odd_order_is_not_believed(field: str, value: str) -> None:
    with pytest.raises(WireError):
        reads.order_state(msgspec.structs.replace(ORDER, **{field: value}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("trade_id", ""),
        ("market_ticker", ""),
        ("count_fp", "0.00"),
        ("count_fp", "-1.00"),
        ("book_side", ""),
        ("yes_price_dollars", "1.0000"),
        ("fee_cost", ""),
    ],
)
def test_an_odd_fill_is_not_believed(field: str, value: str) -> None:
    with pytest.raises(WireError):
        reads.fill_fact(msgspec.structs.replace(FILL, **{field: value}))


def test_the_time_of_a_fill_is_the_best_that_is_said() -> None:
    assert reads.fill_fact(FILL).ts_ns == 5_000_000
    assert reads.fill_fact(msgspec.structs.replace(FILL, ts_ms=None, ts=7)).ts_ns == 7 * 10**9
    assert reads.fill_fact(msgspec.structs.replace(FILL, ts_ms=None)).ts_ns == 0


@given(st.integers(1, 9_999), st.integers(1, 10**9), st.integers(-(10**6), 10**9), st.booleans())
def test_fills_survive_the_round_trip(price: int, hundredths: int, fee: int, bid: bool) -> None:
    qty = hundredths * 10_000 % (10**14) or 10_000
    said = msgspec.structs.replace(
        FILL, book_side="bid" if bid else "ask", yes_price_dollars=format_pips(price),
        count_fp=format_qty(qty), fee_cost=format_cash(fee),
    )  # fmt: skip
    body = msgspec.json.encode({"fills": [said], "cursor": ""})
    (fact,) = reads.decode_fills(body).rows
    assert (fact.price, fact.qty, fact.fee, fact.is_bid) == (price, qty, fee, bid)


DECODERS: tuple[Callable[[bytes], Any], ...] = (
    reads.decode_orders, reads.decode_order, reads.decode_fills, reads.decode_positions,
    reads.decode_settlements, reads.decode_as_of, reads.decode_queue,
)  # fmt: skip


@given(st.binary(max_size=60))
def test_junk_is_only_ever_a_wire_error(body: bytes) -> None:
    for decode in DECODERS:
        with pytest.raises(WireError):
            decode(body)
