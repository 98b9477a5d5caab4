"""Request bodies and queries, read as strictly as the venue reads them (kalshi.md section 7.2).

One rule: money and counts are strings; a number there is the venue's flat 400 with Go's words.
"""

import json
from typing import Any

from aiohttp import web

from arbees.simulator.exchange.orders import SelfTrade, Terms, Tif
from arbees.simulator.kalshi.errors import Problem, bad_request, invalid_order, over_limit
from arbees.simulator.kalshi.shapes import buys
from arbees.units import NS_PER_S, PIPS_PER_DOLLAR, parse_pips, parse_qty

Body = dict[str, Any]
TIFS = {"good_till_canceled": Tif.GTC, "immediate_or_cancel": Tif.IOC, "fill_or_kill": Tif.FOK}
SELF_TRADES = {"taker_at_cross": SelfTrade.TAKER, "maker": SelfTrade.MAKER}
SUBACCOUNT_MAX = 63


async def body_of(request: web.Request) -> Body:
    """The JSON object of a request. Raises Problem."""
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError as error:
        raise bad_request("invalid character in JSON body") from error
    if not isinstance(body, dict):
        raise bad_request("json: cannot unmarshal array into Go value of type object")
    return body


def text(body: Body, name: str, struct: str, *, needed: bool = True) -> str:
    """A string field. Raises Problem: flat for a wrong type, invalid_order for a missing one."""
    value = body.get(name)
    if value is None and not needed:
        return ""
    if value is None:
        raise invalid_order(f"{name} is required")
    if not isinstance(value, str):
        kind = "bool" if isinstance(value, bool) else "number"
        kind = "object" if isinstance(value, (dict, list)) else kind
        raise bad_request(
            f"json: cannot unmarshal {kind} into Go struct field {struct}.{name} of type string"
        )
    return value


def flag(body: Body, name: str, struct: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise bad_request(
            f"json: cannot unmarshal string into Go struct field {struct}.{name} of type bool"
        )
    return value


def whole(body: Body, name: str, struct: str) -> int | None:
    value = body.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise bad_request(
            f"json: cannot unmarshal string into Go struct field {struct}.{name} of type int"
        )
    return value


def price(value: str) -> int:
    """Pips. Raises Problem invalid_price for anything that no grid has."""
    try:
        return parse_pips(value)
    except ValueError as error:
        raise Problem(400, "invalid_price") from error


def quantity(value: str) -> int:
    """Micro-contracts of up to two decimals, at least 0.01."""
    try:
        qty = parse_qty(value)
    except ValueError as error:
        raise Problem(400, "invalid_order_size") from error
    if qty <= 0 or qty % 10_000:
        raise Problem(400, "invalid_order_size")
    return qty


def account(user: str, number: int | None) -> str:
    if number is not None and not 0 <= number <= SUBACCOUNT_MAX:
        raise invalid_order("subaccount out of range")
    return f"{user}/{number or 0}"


def create(body: Body, user: str, now_ns: int) -> Terms:
    """Terms of a V2 order. Raises Problem."""
    struct = "CreateOrderV2Request"
    side = text(body, "side", struct)
    if side not in ("bid", "ask"):
        raise invalid_order("side must be bid or ask")
    outcome, verb = buys(side)
    tif = TIFS.get(text(body, "time_in_force", struct))
    stp = SELF_TRADES.get(text(body, "self_trade_prevention_type", struct))
    if tif is None or stp is None:
        raise invalid_order("time_in_force" if tif is None else "self_trade_prevention_type")
    yes = price(text(body, "price", struct))
    expires = whole(body, "expiration_time", struct)
    if expires is not None and expires * NS_PER_S <= now_ns:
        raise invalid_order("expiration_time is in the past")
    return Terms(
        account(user, whole(body, "subaccount", struct)), text(body, "ticker", struct), outcome,
        verb, yes if outcome == 0 else PIPS_PER_DOLLAR - yes,
        quantity(text(body, "count", struct)), tif,
        None if expires is None else expires * NS_PER_S,
        flag(body, "post_only", struct), flag(body, "reduce_only", struct), stp,
        tag=text(body, "client_order_id", struct, needed=False),
        cancel_on_pause=flag(body, "cancel_order_on_pause", struct),
        group=text(body, "order_group_id", struct, needed=False),
    )  # fmt: skip


def limit_of(request: web.Request, endpoint: str, most: int, default: int) -> int:
    """`limit`: above the maximum is refused, not clamped."""
    said = request.query.get("limit")
    if said is None:
        return default
    if not said.isdigit() or int(said) < 1:
        raise over_limit(endpoint, tag="gte")
    if int(said) > most:
        raise over_limit(endpoint)
    return int(said)


def page(request: web.Request, rows: list[Any], limit: int) -> tuple[list[Any], str]:
    """(rows, cursor); a cursor that nobody issued gives the first page, silently."""
    cursor = request.query.get("cursor", "")
    start = int(cursor[1:]) if cursor[:1] == "c" and cursor[1:].isdigit() else 0
    end = start + limit
    return rows[start:end], f"c{end}" if end < len(rows) else ""


def number_of(request: web.Request, name: str) -> int | None:
    said = request.query.get(name)
    if said is None or said == "":
        return None
    try:
        return int(said)
    except ValueError as error:
        raise over_limit("Query", name, "number") from error
