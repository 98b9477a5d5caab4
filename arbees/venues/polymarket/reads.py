"""What can be read of an account and of a token: requests and decoders (polymarket.md 3, 7.5).

The one rule: what is not said is not assumed. A balance that is no integer of millionths is an
error, and an order that is not among the active ones is only "not active".
"""

from collections.abc import Mapping
from fractions import Fraction
from urllib.parse import quote, urlencode

import msgspec

from arbees.errors import WireError
from arbees.messages.requests import Request, RequestKind
from arbees.units import PRICE_MAX
from arbees.venues.parsing import decode_body
from arbees.venues.polymarket.clob import LAST_CURSOR, CompactMarket
from arbees.venues.polymarket.orders import TokenFacts, facts_of
from arbees.venues.polymarket.signing import SignatureType
from arbees.venues.polymarket.trades import Trade
from arbees.venues.polymarket.user import UserOrder

FIRST_CURSOR = "MA=="
BALANCE_MAX = 10**18


class OrdersPage(msgspec.Struct, frozen=True, gc=False):
    """GET /data/orders."""

    data: tuple[UserOrder, ...]
    next_cursor: str = LAST_CURSOR


class TradesPage(msgspec.Struct, frozen=True, gc=False):
    """GET /data/trades."""

    data: tuple[Trade, ...]
    next_cursor: str = LAST_CURSOR


class Balance(msgspec.Struct, frozen=True, gc=False):
    """Micro-dollars (or micro-shares) and, per spender, how much it may take of them."""

    balance: int
    allowances: Mapping[str, int]

    @property
    def spendable(self) -> int:
        """What every named spender may take; the balance where none is named."""
        return min((self.balance, *self.allowances.values()))


class _Balance(msgspec.Struct, frozen=True, gc=False):
    balance: str
    allowance: str | None = None
    allowances: dict[str, str] | None = None


class _NegRisk(msgspec.Struct, frozen=True, gc=False):
    neg_risk: bool


class _Version(msgspec.Struct, frozen=True, gc=False):
    version: int


def _get(path: str, bucket: str = "", **query: str | None) -> Request:
    said = {key: value for key, value in query.items() if value}
    text = f"{path}?{urlencode(said)}" if said else path
    return Request("GET", text, RequestKind.READ, bucket=bucket, is_idempotent=True)


def order(venue_id: str) -> Request:
    """An active order of ours."""
    return _get(f"/data/order/{quote(venue_id, safe='')}", "data")


def open_orders(market: str = "", asset_id: str = "", cursor: str = FIRST_CURSOR) -> Request:
    """A page of what rests."""
    return _get("/data/orders", "data", market=market, asset_id=asset_id, next_cursor=cursor)


def trades(
    market: str = "", asset_id: str = "", after_s: int = 0, trade_id: str = "",
    cursor: str = FIRST_CURSOR,
) -> Request:  # fmt: skip
    """A page of our trades, taker's and maker's, since `after_s` unix seconds."""
    after = str(after_s) if after_s else None
    return _get(
        "/data/trades", "data", id=trade_id, market=market, asset_id=asset_id, after=after,
        next_cursor=cursor,
    )  # fmt: skip


def balance(kind: SignatureType, token: str = "", *, is_position: bool = False) -> Request:
    """Collateral, or the shares of one token."""
    asset = "CONDITIONAL-V2" if is_position else "CONDITIONAL" if token else "COLLATERAL"
    return _get(
        "/balance-allowance", "balance", asset_type=asset, token_id=token,
        signature_type=str(int(kind)),
    )  # fmt: skip


def refresh_balance(kind: SignatureType, token: str = "") -> Request:
    """Asks the venue to look at the chain again: its answers are cached."""
    asset = "CONDITIONAL" if token else "COLLATERAL"
    return _get(
        "/balance-allowance/update", "balance_update", asset_type=asset, token_id=token,
        signature_type=str(int(kind)),
    )  # fmt: skip


def tick_size(token: str) -> Request:
    return _get("/tick-size", "tick_size", token_id=token)


def neg_risk(token: str) -> Request:
    return _get("/neg-risk", token_id=token)


def compact_market(condition_id: str) -> Request:
    """Tokens, tick, minimum, fee and delay of one condition."""
    return _get(f"/clob-markets/{quote(condition_id, safe='')}")


def server_time() -> Request:
    return _get("/time")


def version() -> Request:
    return _get("/version")


def rate_limit_tier() -> Request:
    return _get("/v1/user/rate-limit-tier")


def decode_order(body: bytes) -> UserOrder | None:
    """None where the venue says, in one of its ways, that no such order is active."""
    if body.strip() in (b"null", b"", b"{}", b'""'):
        return None
    return decode_body(body, UserOrder, "polymarket order")


def decode_orders(body: bytes) -> OrdersPage:
    return decode_body(body, OrdersPage, "polymarket open orders")


def decode_trades(body: bytes) -> TradesPage:
    return decode_body(body, TradesPage, "polymarket trades")


def decode_balance(body: bytes) -> Balance:
    """Integers of millionths; a decimal point would be another unit, and is an error."""
    where = "polymarket balance-allowance"
    said = decode_body(body, _Balance, where)
    allowed = {} if said.allowances is None else said.allowances
    if said.allowance is not None and not allowed:
        allowed = {"exchange": said.allowance}
    return Balance(
        _millionths(said.balance, f"{where} balance"),
        {key: min(_millionths(v, f"{where} {key}"), BALANCE_MAX) for key, v in allowed.items()},
    )


def _millionths(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 80):
        raise WireError(f"{text[:80]!r} is no integer of millionths", where)
    return int(text)


def decode_neg_risk(body: bytes) -> bool:
    return decode_body(body, _NegRisk, "polymarket neg-risk").neg_risk


def decode_version(body: bytes) -> int:
    return decode_body(body, _Version, "polymarket version").version


def decode_time(body: bytes) -> int:
    """Unix seconds: a bare number."""
    return decode_body(body, int, "polymarket time")


def facts_from(market: CompactMarket, version: str | None = None) -> dict[str, TokenFacts]:
    """Token -> what its orders depend on. Raises WireError naming what cannot be read."""
    where = f"polymarket market {market.c}"
    tick = Fraction(str(market.mts)) * PRICE_MAX
    if tick <= 0 or tick.denominator != 1 or PRICE_MAX % tick:
        raise WireError(f"a tick of {market.mts}", where)
    tokens = [token.t for token in market.t]
    if len(set(tokens)) != 2:
        raise WireError(f"{len(set(tokens))} tokens", where)
    return {
        token: facts_of(token, market.c, int(tick), is_neg_risk=market.nr, version=version)
        for token in tokens
    }
