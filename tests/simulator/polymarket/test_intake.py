"""Amounts to price and size, against the rounding vectors; shapes that are none."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.simulator.exchange.orders import Side
from arbees.simulator.polymarket.errors import Problem
from arbees.simulator.polymarket.intake import Submission, ask_of, parse
from arbees.simulator.polymarket.listing import Listing, listing_of
from arbees.units import parse_pips
from tests.simulator.polymarket.rig import Wallet, event, market, token_of

TABLE = [
    # (side, type, tick, price, makerAmount, takerAmount): the cases of polymarket.md 7.2
    ("BUY", "GTC", "0.01", "0.50", 50_000_000, 100_000_000),
    ("SELL", "GTC", "0.01", "0.56", 21_040_000, 11_782_400),
    ("BUY", "GTC", "0.01", "0.37", 12_332_100, 33_330_000),
    ("BUY", "GTC", "0.001", "0.123", 682_650, 5_550_000),
    ("SELL", "GTC", "0.0001", "0.0123", 7_770_000, 95_571),
    ("BUY", "GTC", "0.0025", "0.2025", 3_885_975, 19_190_000),
    ("BUY", "FOK", "0.01", "0.56", 100_000_000, 178_571_400),
    ("BUY", "FAK", "0.01", "0.33", 10_000_000, 30_303_000),
    ("SELL", "FAK", "0.01", "0.56", 21_040_000, 11_782_400),
    ("BUY", "FAK", "0.001", "0.123", 7_770_000, 63_170_730),
]


def listed(tick: str) -> Listing:
    raw = market("plain", orderPriceMinTickSize=float(tick))
    found = listing_of(raw, event("e", raw))
    assert found is not None
    return found


def sent(side: str, order_type: str, maker: int, taker: int) -> Submission:
    body = Wallet(7).order("plain", side, "0.5", "1", order_type=order_type)
    body["order"] |= {"makerAmount": str(maker), "takerAmount": str(taker)}
    return parse(body)


@pytest.mark.parametrize("row", TABLE)
def test_the_table_of_amounts_is_read_back(row: tuple[str, str, str, str, int, int]) -> None:
    side, order_type, tick, price, maker, taker = row
    ask = ask_of(sent(side, order_type, maker, taker), listed(tick), "0x1")
    assert ask.price == parse_pips(price)
    assert (ask.dollars, ask.size) == ((maker, taker) if side == "BUY" else (taker, maker))
    assert (ask.budget == maker) == (side == "BUY" and order_type != "GTC")


def test_the_vectors_are_all_in_the_table(test_data: Path) -> None:
    path = test_data / "signing" / "polymarket_vectors.json"
    for vector in json.loads(path.read_bytes())["amount_rounding"]:
        text = json.dumps(vector)
        assert any(str(row[4]) in text and str(row[5]) in text for row in TABLE), text


@given(
    st.sampled_from(["0.1", "0.01", "0.005", "0.0025", "0.001", "0.0001"]),
    st.integers(1, 9_999), st.integers(500, 10**7), st.sampled_from([Side.BUY, Side.SELL]),
)  # fmt: skip
def test_every_exact_order_is_read_as_it_was_meant(
    tick: str, steps: int, hundredths: int, side: Side
) -> None:
    step = parse_pips(tick)
    price = (steps % (10_000 // step - 1) + 1) * step
    size = hundredths * 10_000
    dollars = price * size // 10_000
    maker, taker = (dollars, size) if side is Side.BUY else (size, dollars)
    ask = ask_of(sent(side.value.upper(), "GTC", maker, taker), listed(tick), "0x1")
    assert (ask.price, ask.size, ask.side) == (price, size, side)


@pytest.mark.parametrize(
    "change",
    [{"salt": 1 << 53}, {"salt": True}, {"side": "buy"}, {"signatureType": 4},
     {"makerAmount": 5}, {"makerAmount": "-5"}, {"makerAmount": "٣"}, {"maker": "0x1"},
     {"metadata": "0x"}, {"signature": None}, {"tokenId": str(1 << 256)}],
)  # fmt: skip
def test_shapes_that_are_none(change: dict[str, Any]) -> None:
    body = Wallet(7).order("plain", "BUY", "0.5", "10")
    body["order"] |= change
    with pytest.raises(Problem, match="Invalid order payload"):
        parse(body)


@pytest.mark.parametrize(
    "body", [None, [], {}, {"order": None}, {"order": {}}, {"order": [1], "orderType": "GTC"}]
)
def test_bodies_that_are_none(body: Any) -> None:
    with pytest.raises(Problem, match="Invalid order payload"):
        parse(body)


def test_types_and_post_only_go_together() -> None:
    for change in ({"orderType": "IOC"}, {"postOnly": 1}, {"orderType": "FOK", "postOnly": True}):
        body = Wallet(7).order("plain", "BUY", "0.5", "10") | change
        with pytest.raises(Problem, match="Invalid order payload"):
            parse(body)
    zero = Wallet(7).order("plain", "BUY", "0.5", "10")
    zero["order"]["makerAmount"] = "0"
    with pytest.raises(Problem, match="Invalid order payload"):
        ask_of(parse(zero), listed("0.01"), "0x1")
    assert token_of("plain", 0) == parse(zero).token
