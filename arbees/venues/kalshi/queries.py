"""Requests that read our account: orders, fills, positions, settlements, limits (kalshi.md 7.1).

Reads that find out about an order are marked as look-ups, so that no other read starves them. Pure.
"""

from urllib.parse import quote, urlencode

from arbees.messages.requests import Request, RequestKind
from arbees.venues.kalshi.orders import API
from arbees.venues.kalshi.pacing import LOOKUP

PAGE_MAX = 1_000


def _get(path: str, said: dict[str, object], cost: int = 10, bucket: str = "") -> Request:
    query = urlencode({key: value for key, value in said.items() if value not in (None, "")})
    whole = f"{API}{path}{'?' + query if query else ''}"
    return Request("GET", whole, RequestKind.READ, cost=cost, bucket=bucket, is_idempotent=True)


def orders_request(
    *,
    ticker: str = "",
    status: str = "",
    min_ts: int | None = None,
    cursor: str = "",
    exchange_index: int | None = None,
    is_lookup: bool = False,
) -> Request:
    """A page of orders. There is no filter by client id: a look-up reads the market's newest."""
    said: dict[str, object] = {
        "ticker": ticker, "status": status, "min_ts": min_ts, "limit": PAGE_MAX,
        "cursor": cursor, "exchange_index": exchange_index,
    }  # fmt: skip
    return _get("/portfolio/orders", said, bucket=LOOKUP if is_lookup else "")


def order_request(order_id: str) -> Request:
    return _get(f"/portfolio/orders/{quote(order_id, safe='')}", {}, cost=2, bucket=LOOKUP)


def queue_request(order_id: str) -> Request:
    """How many contracts are ahead of an order."""
    return _get(f"/portfolio/orders/{quote(order_id, safe='')}/queue_position", {})


def fills_request(
    *,
    order_id: str = "",
    ticker: str = "",
    min_ts: int | None = None,
    cursor: str = "",
    exchange_index: int | None = None,
) -> Request:
    """A page of fills, of one order where it is named."""
    said: dict[str, object] = {
        "order_id": order_id, "ticker": ticker, "min_ts": min_ts, "limit": PAGE_MAX,
        "cursor": cursor, "exchange_index": exchange_index,
    }  # fmt: skip
    return _get("/portfolio/fills", said, bucket=LOOKUP if order_id else "")


def positions_request(cursor: str = "", subaccount: int | None = None) -> Request:
    """Positions that are not zero, of subaccount 0 unless another is named."""
    said: dict[str, object] = {
        "count_filter": "position", "limit": PAGE_MAX, "cursor": cursor, "subaccount": subaccount
    }  # fmt: skip
    return _get("/portfolio/positions", said)


def settlements_request(cursor: str = "", min_ts: int | None = None) -> Request:
    return _get("/portfolio/settlements", {"limit": 200, "cursor": cursor, "min_ts": min_ts})


def as_of_request() -> Request:
    """How far the reads have come."""
    return _get("/exchange/user_data_timestamp", {}, bucket=LOOKUP)


def limits_request() -> Request:
    return _get("/account/limits", {})


def costs_request() -> Request:
    """Readable without keys."""
    return _get("/account/endpoint_costs", {})
