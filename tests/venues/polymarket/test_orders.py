"""Encoding: the same intent is the same order, and its bytes are the official client's."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.errors import VenueRejected, WireError
from arbees.messages.commands import LegSide, PlaceOrder, TimeInForce
from arbees.messages.requests import RequestKind
from arbees.venues.polymarket import orders
from arbees.venues.polymarket.amounts import Amounts
from arbees.venues.polymarket.orders import OrderSpec, OrderType, TokenFacts
from arbees.venues.polymarket.signing import Exchange, OrderSigner, SignatureType
from tests.venues.polymarket.test_signing import KEY, OWNER, POSITION, TOKEN, WALLET, vectors

SIGNER = OrderSigner(KEY)
OWNER_KEY = "00000000-0000-0000-0000-000000000000"
FACTS = TokenFacts(TOKEN, "0xdd22", 100, Exchange.STANDARD)
TS_NS = 1_710_000_000_000_000_000
COMMAND = PlaceOrder(
    "1-7-0", "1-7", 3, "polymarket", str(TOKEN), LegSide.YES, 5_000, 100_000_000,
    TimeInForce.IOC, TS_NS,
)  # fmt: skip


def signed(spec: OrderSpec, facts: TokenFacts = FACTS) -> orders.SignedOrder:
    return orders.sign_order(spec, facts, SIGNER, OWNER_KEY)


def body_of(order: orders.SignedOrder) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(order.body)
    return found


@pytest.mark.parametrize(
    "name",
    [
        "order_v2_standard_exchange", "order_v2_negrisk_exchange_sell",
        "order_v3_exchange_v2_protocol_position",
        "order_v2_deposit_wallet_poly1271_amoy_sdk_test",
    ],
)  # fmt: skip
def test_bodies_as_the_official_client_posts_them(
    test_data: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    vector = vectors(test_data)[name]
    said, wanted = vector["typed_data"]["message"], vector["post_order_body"]
    kind = SignatureType(said["signatureType"])
    chain = vector["typed_data"]["domain"]["chainId"]
    signer = OrderSigner(KEY, kind, said["maker"] if kind else "", chain)
    is_neg_risk = "negrisk" in name
    facts = orders.facts_of(str(said["tokenId"]), "0x1", 100, is_neg_risk=is_neg_risk)
    if said["tokenId"] == 1234:  # an invented id that passes the position test (7.1)
        facts = TokenFacts(1234, "0x1", 100, Exchange.STANDARD)
    is_buy = said["side"] == 0
    shares, dollars = said["takerAmount"], said["makerAmount"]
    if not is_buy:
        shares, dollars = dollars, shares
    spec = OrderSpec(
        "x", is_buy, dollars * 10_000 // shares, shares, OrderType.GTC,
        said["timestamp"] * 1_000_000,
    )  # fmt: skip
    if dollars > shares:  # the wallet's vector pays two dollars a share: only its bytes count
        monkeypatch.setattr(orders, "amounts_of", lambda *_: Amounts(dollars, shares))
    monkeypatch.setattr(orders, "salt_of", lambda _: said["salt"])
    made = orders.sign_order(spec, facts, signer, OWNER_KEY)
    assert made.venue_id == vector["order_hash"]
    assert body_of(made) == wanted


def test_a_resend_is_the_same_order() -> None:
    spec = orders.spec_of(COMMAND)
    first, again = signed(spec), signed(orders.spec_of(COMMAND))
    assert first == again
    assert first.venue_id == SIGNER.order_id(Exchange.STANDARD, orders.terms_of(spec, FACTS))
    other = signed(OrderSpec("1-7-1", True, 5_000, 100_000_000, OrderType.FAK, TS_NS))
    assert other.venue_id != first.venue_id
    assert "signature" not in repr(first)


def test_a_leg_of_ours_on_the_wire() -> None:
    made = signed(orders.spec_of(COMMAND))
    said = body_of(made)
    assert said["order"]["timestamp"] == "1710000000000"
    assert (said["order"]["makerAmount"], said["order"]["takerAmount"]) == ("50000000", "100000000")
    assert isinstance(said["order"]["salt"], int)
    assert (said["orderType"], said["owner"]) == ("FAK", OWNER_KEY)
    assert (said["order"]["side"], said["order"]["expiration"]) == ("BUY", "0")
    assert (said["order"]["maker"], said["order"]["signer"]) == (OWNER, OWNER)
    assert said["postOnly"] is said["deferExec"] is False
    assert b" " not in made.body


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_salts_are_exact_in_json_and_follow_the_name(one: str, other: str) -> None:
    salt = orders.salt_of(one)
    assert 0 < salt < 1 << 53
    assert salt == orders.salt_of(one)
    assert (one == other) == (salt == orders.salt_of(other))


def test_a_market_buy_is_in_cents_and_a_limit_is_not() -> None:
    odd = OrderSpec("a", True, 3_700, 33_330_000, OrderType.GTC, TS_NS)
    assert signed(odd).amounts == (12_332_100, 33_330_000)
    fak = OrderSpec("a", True, 3_700, 33_330_000, OrderType.FAK, TS_NS)
    made = signed(fak).amounts
    assert made.maker == 12_330_000
    assert made.taker <= 33_330_000
    sale = OrderSpec("a", False, 3_700, 33_330_000, OrderType.FAK, TS_NS)
    assert signed(sale).amounts == (33_330_000, 12_332_100)
    assert body_of(signed(sale))["order"]["side"] == "SELL"


def test_the_cash_of_a_command_is_what_the_order_states() -> None:
    command = msgspec.structs.replace(COMMAND, spend=21_000_000, price_limit=5_500)
    made = signed(orders.spec_of(command)).amounts
    assert (made.maker, made.taker) == (21_000_000, 38_181_800)
    resting = msgspec.structs.replace(command, tif=TimeInForce.GTC)
    assert signed(orders.spec_of(resting)).amounts == (55_000_000, 100_000_000)


def test_a_sale_gives_shares_for_what_they_are_worth() -> None:
    command = msgspec.structs.replace(COMMAND, is_sell=True, price_limit=5_500, qty=40_909_000)
    made = signed(orders.spec_of(command))
    assert (made.amounts.maker, made.amounts.taker) == (40_900_000, 22_495_000)
    assert body_of(made)["order"]["side"] == "SELL"


def test_a_no_side_is_refused() -> None:
    command = PlaceOrder(
        "1-7-0", "1-7", 3, "polymarket", str(TOKEN), LegSide.NO, 5_000, 10**6,
        TimeInForce.FOK, TS_NS,
    )  # fmt: skip
    with pytest.raises(VenueRejected, match=r"1-7-0.*complement") as caught:
        orders.spec_of(command)
    assert caught.value.reason == "side"


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (OrderSpec("o", True, 5_050, 10**6, OrderType.FAK, 0), "amounts"),
        (OrderSpec("o", True, 5_000, 9_999, OrderType.GTC, 0), "amounts"),
        (OrderSpec("o", False, 10_000, 10**6, OrderType.FOK, 0), "amounts"),
        (OrderSpec("o", True, 5_000, 10**6, OrderType.FOK, 0, is_post_only=True), "post_only"),
        (OrderSpec("o", True, 5_000, 10**6, OrderType.GTD, 0), "expiration"),
        (OrderSpec("o", True, 5_000, 10**6, OrderType.GTC, 0, expiration_s=9), "expiration"),
    ],
)
def test_what_cannot_be_said_is_refused_with_the_order_named(spec: OrderSpec, reason: str) -> None:
    with pytest.raises(VenueRejected, match="order o") as caught:
        signed(spec)
    assert caught.value.reason == reason


def test_a_dated_order_and_a_post_only_one() -> None:
    dated = OrderSpec("o", True, 5_000, 10**6, OrderType.GTD, 0, True, 1_800_000_000)
    said = body_of(signed(dated))
    assert (said["order"]["expiration"], said["postOnly"]) == ("1800000000", True)
    plain = OrderSpec("o", True, 5_000, 10**6, OrderType.GTC, 0)
    # The expiration travels, but is not signed (7.1).
    assert signed(dated).venue_id == signed(plain).venue_id


def test_facts_choose_the_domain() -> None:
    assert orders.facts_of(str(TOKEN), "c", 10, is_neg_risk=True).exchange is Exchange.NEG_RISK
    position = orders.facts_of(str(POSITION), "c", 10, is_neg_risk=True, version="v2")
    assert position.exchange is Exchange.PROTOCOL_V2
    for token in ("", "0x12", "-1", "²", "9" * 79, str(1 << 256)):
        with pytest.raises(WireError, match="token_id"):
            orders.facts_of(token, "c", 10, is_neg_risk=False)


def test_requests() -> None:
    one, two = (
        signed(OrderSpec(name, True, 5_000, 10**6, OrderType.FAK, 0)) for name in ("a", "b")
    )
    placed = orders.place(one)
    assert (placed.method, placed.path, placed.kind) == ("POST", "/order", RequestKind.ORDER)
    batch = orders.place_batch([one, two])
    assert json.loads(batch.body) == [body_of(one), body_of(two)]
    assert (batch.path, batch.cost) == ("/orders", 2)
    gone = orders.cancel("0x0e")
    assert (gone.method, gone.path, gone.body) == ("DELETE", "/order", b'{"orderID":"0x0e"}')
    many = orders.cancel_many(["0x1", "0x2"])
    assert (many.path, many.body, many.cost) == ("/orders", b'["0x1","0x2"]', 2)
    every = orders.cancel_all(3)
    assert (every.path, every.body, every.cost) == ("/cancel-all", b"", 4)
    market = orders.cancel_market(FACTS)
    assert json.loads(market.body) == {"market": "0xdd22", "asset_id": str(TOKEN)}
    beat = orders.heartbeat("")
    assert (beat.path, beat.body) == ("/v1/heartbeats", b'{"heartbeat_id":""}')
    kinds = {r.kind for r in (gone, many, every, market)}
    assert kinds == {RequestKind.CANCEL}


@pytest.mark.parametrize("count", [0, 16])
def test_batches_are_bounded(count: int) -> None:
    one = signed(OrderSpec("a", True, 5_000, 10**6, OrderType.FAK, 0))
    with pytest.raises(ValueError, match="1 to 15"):
        orders.place_batch([one] * count)
    with pytest.raises(ValueError, match="1 to 1000"):
        orders.cancel_many(["0x"] * (count and 1_001))


def test_a_wallets_order_names_the_wallet() -> None:
    signer = OrderSigner(KEY, SignatureType.GNOSIS_SAFE, WALLET)
    spec = OrderSpec("a", True, 5_000, 10**6, OrderType.FAK, 0)
    said = body_of(orders.sign_order(spec, FACTS, signer, OWNER_KEY))["order"]
    assert (said["maker"], said["signer"], said["signatureType"]) == (WALLET, OWNER, 2)
