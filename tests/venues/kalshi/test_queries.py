"""Reads of the account: paths, filters, and which of them come first."""

from arbees.messages.requests import RequestKind
from arbees.venues.kalshi import queries
from arbees.venues.kalshi.pacing import LOOKUP

API = "/trade-api/v2"


def test_paths_and_filters() -> None:
    assert queries.orders_request(ticker="K-T1.5", min_ts=5, is_lookup=True).path == (
        f"{API}/portfolio/orders?ticker=K-T1.5&min_ts=5&limit=1000"
    )
    assert queries.orders_request(status="resting", cursor="a=b").path.endswith(
        "status=resting&limit=1000&cursor=a%3Db"
    )
    assert queries.order_request("a/b").path == f"{API}/portfolio/orders/a%2Fb"
    assert queries.queue_request("a").path == f"{API}/portfolio/orders/a/queue_position"
    assert queries.fills_request(order_id="o", exchange_index=0).path == (
        f"{API}/portfolio/fills?order_id=o&limit=1000&exchange_index=0"
    )
    assert queries.positions_request(subaccount=0).path == (
        f"{API}/portfolio/positions?count_filter=position&limit=1000&subaccount=0"
    )
    assert queries.settlements_request(min_ts=7).path.endswith("settlements?limit=200&min_ts=7")
    assert queries.as_of_request().path == f"{API}/exchange/user_data_timestamp"
    assert queries.limits_request().path == f"{API}/account/limits"
    assert queries.costs_request().path == f"{API}/account/endpoint_costs"


def test_what_finds_out_about_an_order_comes_first() -> None:
    first = (
        queries.order_request("o"), queries.fills_request(order_id="o"), queries.as_of_request(),
        queries.orders_request(is_lookup=True),
    )  # fmt: skip
    assert {r.bucket for r in first} == {LOOKUP}
    others = (queries.orders_request(), queries.fills_request(), queries.positions_request())
    assert {r.bucket for r in others} == {""}
    for request in (*first, *others):
        assert (request.kind, request.is_idempotent) == (RequestKind.READ, True)
