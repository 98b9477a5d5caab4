"""Orders of ours as requests to Polymarket: place, batch, cancel, heartbeat (polymarket.md 7).

The one rule: salt and timestamp come from the order's own name and time, so that the same intent
is the same order however often it is sent, and its id is known before any byte leaves.
"""

from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256

import msgspec

from arbees.errors import VenueRejected, WireError
from arbees.messages.commands import LegSide, PlaceOrder, TimeInForce
from arbees.messages.requests import Request, RequestKind
from arbees.units import NS_PER_MS
from arbees.venues.polymarket.amounts import Amounts, limit_amounts, market_buy, marketable_buy
from arbees.venues.polymarket.signing import Exchange, OrderSigner, OrderTerms, exchange_of

BATCH_MAX = 15
CANCEL_MAX = 1_000
"""The changelog of June 2026 says 1,000, newer documents 3,000: the smaller one (section 15)."""
GTD_LEAD_S = 180
"""Seconds a GTD order must at least live: the official client's bound, above the venue's 60."""
SALT_BITS = 52
"""A JSON integer that every reader keeps exact."""
ZERO = "0x" + 64 * "0"
ORDER_PATH, ORDERS_PATH = "/order", "/orders"
HEARTBEAT_PATH = "/v1/heartbeats"


class OrderType(StrEnum):
    """How long the venue keeps an order."""

    GTC = "GTC"
    GTD = "GTD"
    FOK = "FOK"
    FAK = "FAK"


TYPES = {
    TimeInForce.IOC: OrderType.FAK,
    TimeInForce.FOK: OrderType.FOK,
    TimeInForce.GTC: OrderType.GTC,
}
MARKETABLE = frozenset({OrderType.FOK, OrderType.FAK})


class TokenFacts(msgspec.Struct, frozen=True, gc=False):
    """What an order of one outcome token depends on. `tick` in pips; it changes while trading."""

    token_id: int
    condition_id: str
    tick: int
    exchange: Exchange


class OrderSpec(msgspec.Struct, frozen=True, gc=False):
    """One order as meant: `price` pips, `qty` micro-shares, `expiration_s` for GTD only; `spend`
    micro-dollars of a FOK or FAK BUY, 0: what `qty` costs at `price`."""

    order_id: str
    is_buy: bool
    price: int
    qty: int
    type: OrderType
    ts_ns: int
    is_post_only: bool = False
    expiration_s: int = 0
    spend: int = 0


class SignedOrder(msgspec.Struct, frozen=True, gc=False):
    """An order with its venue id; `body` is its part of a placement, ready to be sent."""

    order_id: str
    venue_id: str
    amounts: Amounts
    is_buy: bool
    type: OrderType
    body: bytes

    def __repr__(self) -> str:
        return f"SignedOrder({self.order_id} {self.venue_id})"


class _Order(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    salt: int
    maker: str
    signer: str
    token_id: str
    maker_amount: str
    taker_amount: str
    side: str
    expiration: str
    signature_type: int
    timestamp: str
    metadata: str
    builder: str
    signature: str


class _Post(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    order: _Order
    owner: str
    order_type: OrderType
    defer_exec: bool
    post_only: bool


_encode = msgspec.json.Encoder().encode


def facts_of(
    token: str, condition_id: str, tick: int, *, is_neg_risk: bool, version: str | None = None
) -> TokenFacts:
    """Raises WireError if the token is no number, or contradicts the version said."""
    if not (token.isascii() and token.isdigit() and len(token) <= 78 and int(token) < 1 << 256):
        raise WireError(f"token {token!r} is no 256-bit number", "token_id")
    number = int(token)
    return TokenFacts(number, condition_id, tick, exchange_of(version, is_neg_risk, number))


def salt_of(order_id: str) -> int:
    """Never zero, below 2**53, and the same for the same order."""
    digest = sha256(b"arbees order " + order_id.encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - SALT_BITS) or 1


def spec_of(command: PlaceOrder) -> OrderSpec:
    """A leg buys or sells its own token: tokens have no NO side here."""
    if command.side is not LegSide.YES:
        raise VenueRejected(
            f"polymarket order {command.order_id}: side NO; buy the complement token instead",
            "side",
        )
    return OrderSpec(
        command.order_id, not command.is_sell, command.price_limit, command.qty, TYPES[command.tif],
        command.ts_ns, spend=command.spend,
    )  # fmt: skip


def amounts_of(spec: OrderSpec, tick: int) -> Amounts:
    """Raises VenueRejected, naming the order, where the venue would refuse price or size."""
    try:
        if spec.is_buy and spec.type in MARKETABLE:
            if spec.spend:
                return market_buy(spec.price, spec.spend, tick)
            return marketable_buy(spec.price, spec.qty, tick)
        return limit_amounts(spec.is_buy, spec.price, spec.qty, tick)
    except ValueError as error:
        raise VenueRejected(f"polymarket order {spec.order_id}: {error}", "amounts") from error


def terms_of(spec: OrderSpec, facts: TokenFacts) -> OrderTerms:
    """What will be signed. Its digest is the venue's order id."""
    amounts = amounts_of(spec, facts.tick)
    return OrderTerms(
        salt_of(spec.order_id), facts.token_id, amounts.maker, amounts.taker,
        0 if spec.is_buy else 1, spec.ts_ns // NS_PER_MS,
    )  # fmt: skip


def sign_order(spec: OrderSpec, facts: TokenFacts, signer: OrderSigner, owner: str) -> SignedOrder:
    """`owner` is the API key that places it. Raises VenueRejected if it cannot be expressed."""
    if spec.is_post_only and spec.type in MARKETABLE:
        raise VenueRejected(
            f"polymarket order {spec.order_id}: post-only goes with GTC and GTD", "post_only"
        )
    if (spec.type is OrderType.GTD) != (spec.expiration_s > 0):
        raise VenueRejected(
            f"polymarket order {spec.order_id}: an expiration goes with GTD, and only there",
            "expiration",
        )
    terms = terms_of(spec, facts)
    venue_id, signature = signer.sign(facts.exchange, terms)
    order = _Order(
        terms.salt, signer.maker, signer.signer, str(terms.token_id), str(terms.maker_amount),
        str(terms.taker_amount), "BUY" if spec.is_buy else "SELL", str(spec.expiration_s),
        int(signer.kind), str(terms.timestamp_ms), ZERO, ZERO, signature,
    )  # fmt: skip
    body = _encode(_Post(order, owner, spec.type, False, spec.is_post_only))
    amounts = Amounts(terms.maker_amount, terms.taker_amount)
    return SignedOrder(spec.order_id, venue_id, amounts, spec.is_buy, spec.type, body)


def place(order: SignedOrder) -> Request:
    """POST /order. Idempotent: the venue knows the same order as a duplicate (7.3)."""
    return Request(
        "POST", ORDER_PATH, RequestKind.ORDER, order.body, bucket="order", is_idempotent=True
    )


def place_batch(orders: Sequence[SignedOrder]) -> Request:
    """POST /orders, 1 to 15, answered in the same order."""
    if not 1 <= len(orders) <= BATCH_MAX:
        raise ValueError(f"a batch holds 1 to {BATCH_MAX} orders, not {len(orders)}")
    body = b"[" + b",".join(order.body for order in orders) + b"]"
    return Request(
        "POST", ORDERS_PATH, RequestKind.ORDER, body, cost=len(orders), bucket="orders",
        is_idempotent=True,
    )  # fmt: skip


def cancel(venue_id: str) -> Request:
    """DELETE /order."""
    body = _encode({"orderID": venue_id})
    return Request(
        "DELETE", ORDER_PATH, RequestKind.CANCEL, body, bucket="order", is_idempotent=True
    )


def cancel_many(venue_ids: Sequence[str]) -> Request:
    """DELETE /orders, at most CANCEL_MAX ids."""
    if not 1 <= len(venue_ids) <= CANCEL_MAX:
        raise ValueError(f"1 to {CANCEL_MAX} ids can be cancelled at once, not {len(venue_ids)}")
    return Request(
        "DELETE", ORDERS_PATH, RequestKind.CANCEL, _encode(list(venue_ids)),
        cost=len(venue_ids), bucket="orders", is_idempotent=True,
    )  # fmt: skip


def cancel_all(resting: int = 0) -> Request:
    """DELETE /cancel-all; it costs one and one for each of the `resting` orders (section 10)."""
    return Request(
        "DELETE", "/cancel-all", RequestKind.CANCEL, cost=1 + resting, bucket="cancel_all",
        is_idempotent=True,
    )  # fmt: skip


def cancel_market(facts: TokenFacts, resting: int = 0) -> Request:
    """DELETE /cancel-market-orders: every order of ours of one outcome token."""
    body = _encode({"market": facts.condition_id, "asset_id": str(facts.token_id)})
    return Request(
        "DELETE", "/cancel-market-orders", RequestKind.CANCEL, body, cost=1 + resting,
        bucket="cancel_market", is_idempotent=True,
    )  # fmt: skip


def heartbeat(last_id: str) -> Request:
    """POST /v1/heartbeats: the first ("") opts in; then without one within ten seconds the venue
    cancels every order of this API key (7.5)."""
    return Request(
        "POST", HEARTBEAT_PATH, RequestKind.WRITE, _encode({"heartbeat_id": last_id}),
        bucket="heartbeat", is_idempotent=True,
    )  # fmt: skip
