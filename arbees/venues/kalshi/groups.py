"""Order groups: a limit on what matches in 15 s, which cancels all it holds (kalshi.md 7.7). Pure.

When the limit is hit the group's orders are cancelled and it takes no more until it is reset.
"""

from urllib.parse import quote

import msgspec

from arbees.errors import VenueRejected
from arbees.messages.requests import Request, RequestKind
from arbees.units import QTY_GRAIN, QTY_MAX, format_qty
from arbees.venues.kalshi.orders import API, Route
from arbees.venues.parsing import decode_body

GROUPS = f"{API}/portfolio/order_groups"
COST = 10


class GroupMade(msgspec.Struct, frozen=True, gc=False):
    """The answer to a create."""

    order_group_id: str
    subaccount: int | None = None
    exchange_index: int | None = None


class Group(msgspec.Struct, frozen=True, gc=False):
    """One group as listed; fields that are not documented in full are optional."""

    id: str = ""
    order_group_id: str = ""
    contracts_limit_fp: str | None = None
    is_auto_cancel_enabled: bool | None = None
    exchange_index: int | None = None


class GroupList(msgspec.Struct, frozen=True, gc=False):
    """GET /portfolio/order_groups."""

    order_groups: tuple[Group, ...] | None = None


def create_group(limit: int, route: Route = Route()) -> Request:
    """A group that lets `limit` micro-contracts match in any 15 s."""
    said = {"contracts_limit_fp": _limit(limit)} | {
        key: value
        for key, value in (
            ("subaccount", route.subaccount), ("exchange_index", route.exchange_index),
        )
        if value is not None
    }  # fmt: skip
    return _write("POST", f"{GROUPS}/create", msgspec.json.encode(said))


def list_groups() -> Request:
    return Request("GET", GROUPS, RequestKind.READ, cost=COST, is_idempotent=True)


def get_group(group_id: str) -> Request:
    return Request("GET", _path(group_id), RequestKind.READ, cost=COST, is_idempotent=True)


def delete_group(group_id: str) -> Request:
    return _write("DELETE", _path(group_id), b"")


def reset_group(group_id: str) -> Request:
    """Let a group that was hit take orders again."""
    return _write("PUT", f"{_path(group_id)}/reset", b"{}")


def trigger_group(group_id: str) -> Request:
    """Cancel all orders of a group now: a cancel, so it is never starved by orders."""
    path = f"{_path(group_id)}/trigger"
    return Request("PUT", path, RequestKind.CANCEL, b"{}", cost=COST, is_idempotent=True)


def limit_group(group_id: str, limit: int) -> Request:
    """Change the limit; it may be hit at once."""
    body = msgspec.json.encode({"contracts_limit_fp": _limit(limit)})
    return _write("PUT", f"{_path(group_id)}/limit", body)


def decode_group_made(body: bytes) -> GroupMade:
    return decode_body(body, GroupMade, "kalshi order group")


def decode_groups(body: bytes) -> tuple[Group, ...]:
    return decode_body(body, GroupList, "kalshi order groups").order_groups or ()


def _limit(limit: int) -> str:
    if not QTY_GRAIN <= limit <= QTY_MAX or limit % QTY_GRAIN:
        text = f"kalshi order group: limit {format_qty(limit)} is no size in hundredths"
        raise VenueRejected(text, "invalid_order", "contracts_limit_fp")
    return format_qty(limit)


def _path(group_id: str) -> str:
    if not group_id:
        raise VenueRejected("kalshi: an order group without id", "not_found", "order_group_id")
    return f"{GROUPS}/{quote(group_id, safe='')}"


def _write(method: str, path: str, body: bytes) -> Request:
    """Everything but a create leaves the same state when done twice."""
    is_idempotent = not path.endswith("/create")
    return Request(method, path, RequestKind.WRITE, body, cost=COST, is_idempotent=is_idempotent)
