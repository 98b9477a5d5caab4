"""From the bytes of POST /order to what is asked for: shape, signature, amounts.

One rule: nothing here looks at a book or a balance; what passes is well formed and truly signed.
"""

from dataclasses import dataclass
from typing import Any

from arbees.simulator.exchange.orders import Side
from arbees.simulator.polymarket.eip712 import OrderFields, legacy_domain, order_signer, raw
from arbees.simulator.polymarket.errors import problem
from arbees.simulator.polymarket.keys import Credentials
from arbees.simulator.polymarket.listing import PRICE_DECIMALS, Listing, grain_of
from arbees.simulator.polymarket.orders import Ask
from arbees.simulator.polymarket.shapes import amount, price_text
from arbees.units import MICRO, PIPS_PER_DOLLAR, QTY_GRAIN, QTY_MAX, div_floor

TYPES = ("GTC", "GTD", "FOK", "FAK")
UINT_MAX = 1 << 256
SALT_MAX = 1 << 53
GTD_LEAD_S = 60
LEGACY_KEYS = ("nonce", "feeRateBps", "taker")
SIDES = {"BUY": 0, "SELL": 1}


@dataclass(frozen=True, slots=True)
class Submission:
    """One order as sent, well formed; nothing about it is checked yet."""

    fields: OrderFields
    signature: bytes
    owner: str
    order_type: str
    post_only: bool
    expiration: int

    @property
    def token(self) -> str:
        return str(self.fields.token)


def _number(text: Any, most: int = UINT_MAX) -> int:
    """An unsigned integer in a string. Raises ValueError."""
    if not isinstance(text, str) or not (text.isascii() and text.isdecimal()):
        raise ValueError(f"not a number in a string: {text!r}")
    if int(text) >= most:
        raise ValueError(f"out of range: {text}")
    return int(text)


def parse(body: Any) -> Submission:
    """Raises Problem: `Invalid order payload`, or the version of an order of the old struct."""
    try:
        order = body["order"]
        legacy = any(key in order for key in LEGACY_KEYS) and "timestamp" not in order
        if legacy:
            raise problem("version")
        return _submission(body, order)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise problem("payload") from None


def _submission(body: dict[str, Any], order: dict[str, Any]) -> Submission:
    salt, kind = order["salt"], order["signatureType"]
    if type(salt) is not int or not 0 <= salt < SALT_MAX or type(kind) is not int:
        raise ValueError("salt and signatureType are JSON integers")
    order_type, post_only = body["orderType"], body.get("postOnly", False)
    if order_type not in TYPES or type(post_only) is not bool or not 0 <= kind <= 3:
        raise ValueError("orderType, postOnly or signatureType")
    if post_only and order_type not in ("GTC", "GTD"):
        raise ValueError("post only is for orders that rest")
    for key in ("maker", "signer"):
        raw(order[key], 20)
    fields = OrderFields(
        salt, order["maker"], order["signer"], _number(order["tokenId"]),
        _number(order["makerAmount"]), _number(order["takerAmount"]), SIDES[order["side"]],
        kind, _number(order["timestamp"]), order["metadata"], order["builder"],
    )  # fmt: skip
    fields.struct_hash()
    signature = bytes.fromhex(order["signature"].removeprefix("0x"))
    owner = str(body["owner"])
    expiration = _number(order.get("expiration", "0"))
    return Submission(fields, signature, owner, order_type, post_only, expiration)


def check_signer(sent: Submission, listing: Listing, owner: Credentials) -> str:
    """The order's id. Raises Problem when it is not what the key's own wallet signed."""
    fields = sent.fields
    if sent.owner != owner.key:
        raise problem("owner")
    signer = order_signer(fields, listing.domain, sent.signature)
    if signer != owner.address:
        old = legacy_domain(neg_risk=listing.neg_risk)
        if order_signer(fields, old, sent.signature) == owner.address:
            raise problem("version")
        if fields.signature_type != 3 and fields.signer.lower() != owner.address.lower():
            raise problem("signer")
        raise problem("signature")
    direct = fields.signer.lower() == owner.address.lower()
    own_wallet = fields.maker.lower() == fields.signer.lower()
    fits = {0: direct and own_wallet, 3: own_wallet}.get(fields.signature_type, direct)
    if not fits:
        raise problem("signer")
    return "0x" + fields.digest(listing.domain).hex()


def check_times(sent: Submission, now_s: int) -> None:
    """GTD lives a minute less than it says, so it must say more; others must not say."""
    if sent.order_type == "GTD":
        if sent.expiration < now_s + GTD_LEAD_S:
            raise problem("expiration")
    elif sent.expiration != 0:
        raise problem("expiration")
    if sent.fields.timestamp == 0:
        raise problem("nonce")


def ask_of(sent: Submission, listing: Listing, order_id: str) -> Ask:
    """Price, size and money of the signed amounts. Raises Problem."""
    fields = sent.fields
    side = Side.BUY if fields.side == 0 else Side.SELL
    dollars, size = fields.maker_amount, fields.taker_amount
    if side is Side.SELL:
        dollars, size = size, dollars
    if not (0 < size <= QTY_MAX and 0 < dollars <= QTY_MAX):
        raise problem("payload")
    price = _price(listing, order_id, dollars, size)
    ask = Ask(
        listing.tokens.index(sent.token), side, price, size, dollars, sent.order_type,
        sent.post_only, sent.expiration,
    )  # fmt: skip
    _check_decimals(ask, listing)
    if not ask.is_market and size < listing.least:
        raise problem("size", id=order_id, size=amount(size), least=amount(listing.least))
    return ask


def _price(listing: Listing, order_id: str, dollars: int, size: int) -> int:
    """The price that the amounts stand for; rounding of amounts is the SDKs' (section 7.2)."""
    step = int(10 ** (4 - PRICE_DECIMALS[listing.tick]))
    twice = 2 * dollars * PIPS_PER_DOLLAR + step * size
    price = div_floor(twice, 2 * step * size) * step
    off = abs(dollars * PIPS_PER_DOLLAR - price * size) > PIPS_PER_DOLLAR * grain_of(listing.tick)
    if off or not listing.market.allows(price):
        exact = amount(div_floor(dollars * MICRO, size)) if off else price_text(price)
        tick = price_text(listing.tick)
        raise problem("tick", id=order_id, price=exact, tick=tick)
    return price


def _check_decimals(ask: Ask, listing: Listing) -> None:
    """Two decimals of shares; of a market BUY two of dollars, and the tick's own of shares."""
    grain = grain_of(listing.tick)
    if ask.budget is not None:
        fits = ask.dollars % QTY_GRAIN == 0 and ask.size % grain == 0
    else:
        fits = ask.size % QTY_GRAIN == 0 and ask.dollars % grain == 0
    if not fits:
        raise problem("amounts", decimals=listing.amount_decimals)
