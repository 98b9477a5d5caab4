"""Junk in bodies, queries and commands is answered, never a fault of the venue."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbees.simulator.kalshi import parse
from arbees.simulator.kalshi.errors import Problem
from arbees.simulator.kalshi.hub import Connection, Hub
from tests.simulator.kalshi.bench import bench

FIELDS = ("ticker", "side", "count", "price", "time_in_force", "self_trade_prevention_type",
          "client_order_id", "expiration_time", "post_only", "reduce_only", "subaccount",
          "order_group_id", "cancel_order_on_pause")  # fmt: skip
GOOD = {"ticker": "T", "side": "bid", "count": "1.00", "price": "0.5000",
        "time_in_force": "fill_or_kill", "self_trade_prevention_type": "maker"}  # fmt: skip
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(["bid", "0.5000", "1.00", "-1", "1e3", "\u0661"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), junk, max_size=4))
def test_a_create_is_terms_or_a_problem(change: dict[str, Any]) -> None:
    try:
        terms = parse.create(GOOD | change, "u", 0)
    except Problem as problem:
        assert 400 <= problem.status < 500
    else:
        assert terms.qty > 0
        assert 0 <= terms.price <= 10_000


class Silent:
    """A wire that nothing is sent through."""


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["subscribe", "update_subscription", "unsubscribe", "list_subscriptions", "x"]),
    st.dictionaries(
        st.sampled_from(["channels", "market_tickers", "market_ticker", "sids", "sid", "action",
                         "index_ids"]),
        junk | st.just(["orderbook_delta"]) | st.just([1]) | st.just("add_markets"),
    ) | junk,
)  # fmt: skip
def test_a_command_is_always_answered(cmd: str, params: Any) -> None:
    hub = Hub(lambda ticker, use_yes: None, lambda ticker: None)
    connection = Connection(Silent(), "u")  # type: ignore[arg-type]
    hub.command(connection, {"id": 1, "cmd": "subscribe",
                             "params": {"channels": ["ticker"]}})  # fmt: skip
    connection.pending.clear()
    hub.command(connection, {"id": 2, "cmd": cmd, "params": params})
    assert all(json.loads(text)["type"] for text, _ in connection.pending)


@pytest.mark.anyio
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"5", b'{"orders": 5}', b'{"orders": [5]}'])
@pytest.mark.parametrize("path", ["", "/batched", "/x/amend", "/x/decrease"])
async def test_no_body_breaks_the_venue(body: bytes, path: str) -> None:
    async with bench() as made:
        where = f"/portfolio/events/orders{path}"
        assert 400 <= await made.raw("POST", where, body) < 500
