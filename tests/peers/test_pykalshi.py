"""pykalshi trades on the simulated Kalshi: its signing, parsing and transport are its own.

Overridden, and nothing else (`OVERRIDES`): where REST is, by its own parameter, and where the
socket is, by the one attribute it keeps that in.
"""

import ast
import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pykalshi import KalshiClient
from pykalshi.enums import Action, BookSide, OrderStatus, Side, TimeInForce
from pykalshi.exceptions import (
    AuthenticationError,
    InsufficientFundsError,
    KalshiAPIError,
    OrderRejectedError,
    ResourceNotFoundError,
)  # fmt: skip
from pykalshi.feed import OrderbookDeltaMessage, OrderbookSnapshotMessage
from pykalshi.orderbook import OrderbookManager

from tests.peers.served import simulator, tell

FED = "KXFEDDECISION-26JAN-H0"
OVERRIDES = {"api_base": "where REST is (parameter)", "Feed._ws_url": "where the socket is"}
WAIT_S = 10


@pytest.fixture(scope="module")
def said() -> Iterator[dict[str, Any]]:
    with simulator() as endpoints:
        for side, price, count in (("bid", "0.4700", "30.00"), ("ask", "0.5200", "30.00")):
            body = {"action": "liquidity", "ticker": FED, "side": side, "price": price}
            tell(endpoints, "/control/kalshi", {**body, "count": count})
        yield endpoints


@pytest.fixture(scope="module")
def client(said: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> KalshiClient:
    path = tmp_path_factory.mktemp("keys") / "rsa.pem"
    path.write_text(said["credentials"]["kalshi_rsa_private_key_pem"])
    path.chmod(0o600)
    return KalshiClient(
        said["credentials"]["kalshi_rsa_key_id"], str(path), api_base=said["kalshi_rest"]
    )


def test_nothing_else_of_it_is_touched() -> None:
    """Read from this very file: the attributes assigned on anything, and no patching."""
    tree = ast.parse(Path(__file__).read_text())
    targets = [t for node in ast.walk(tree) if isinstance(node, ast.Assign) for t in node.targets]
    assert {t.attr for t in targets if isinstance(t, ast.Attribute)} == {"_ws_url"}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert names.isdisjoint({"monkeypatch", "setattr", "mock", "patch"})
    assert len(OVERRIDES) == 2


def test_catalogue_and_book(client: KalshiClient) -> None:
    markets = client.get_markets(limit=3, fetch_all=True)
    assert len(markets) == 7
    market = client.get_market(FED)
    assert market.yes_bid_dollars == "0.4700"
    assert market.price_level_structure == "linear_cent"
    book = market.get_orderbook()
    assert (book.best_yes_bid, book.best_yes_ask) == ("0.4700", "0.5200")
    event = client.get_event("KXFEDDECISION-26JAN", with_nested_markets=True)
    assert event.series_ticker == "KXFEDDECISION"
    assert client.get_series("KXFEDDECISION").ticker == "KXFEDDECISION"
    assert client.exchange.is_trading()
    assert client.exchange.get_schedule()["standard_hours"]


def test_place_fill_positions_and_money(client: KalshiClient) -> None:
    before = client.portfolio.get_balance().balance
    order = client.portfolio.place_order(
        FED, Action.BUY, Side.YES, "2.00", yes_price_dollars="0.5200",
        time_in_force=TimeInForce.IOC,
    )  # fmt: skip
    assert (order.status, order.fill_count_fp) == (OrderStatus.EXECUTED, "2.00")
    fills = client.portfolio.get_fills(order_id=order.order_id)
    assert [(f.count_fp, f.yes_price_dollars, f.book_side) for f in fills] == [
        ("2.00", "0.5200", BookSide.BID)
    ]
    assert fills[0].fee_cost_dollars == "0.035000"
    assert client.portfolio.get_balance().balance == before - 108
    positions = client.portfolio.get_positions(ticker=FED)
    assert [p.position_fp for p in positions] == ["2.00"]
    no = client.portfolio.place_order(
        FED, Action.BUY, Side.NO, "2.00", no_price_dollars="0.5300", time_in_force=TimeInForce.FOK
    )
    assert no.status is OrderStatus.EXECUTED
    assert client.portfolio.get_positions(ticker=FED)[0].position_fp == "0.00"
    assert len(client.get_trades(ticker=FED)) == 2


def test_rest_amend_decrease_cancel(client: KalshiClient) -> None:
    order = client.portfolio.place_order(
        FED, book_side=BookSide.BID, count_fp="5.00", price_dollars="0.4000", post_only=True
    )
    assert order.status is OrderStatus.RESTING
    assert client.portfolio.get_queue_position(order.order_id).queue_position_fp == "0.00"
    client.portfolio.amend_order(order.order_id, yes_price_dollars="0.4100")
    client.portfolio.decrease_order(order.order_id, "2.00")
    read = client.portfolio.get_order(order.order_id)
    assert (read.yes_price_dollars, read.remaining_count_fp) == ("0.4100", "3.00")
    listed = client.portfolio.get_orders(status=OrderStatus.RESTING, fetch_all=True)
    assert [o.order_id for o in listed] == [order.order_id]
    client.portfolio.cancel_order(order.order_id)
    assert client.portfolio.get_order(order.order_id).status is OrderStatus.CANCELED
    with pytest.raises(ResourceNotFoundError):
        client.portfolio.cancel_order(order.order_id)


def test_batches_and_groups(client: KalshiClient) -> None:
    row = {"ticker": FED, "action": "buy", "side": "yes", "count_fp": "1.00"}
    group = client.portfolio.create_order_group("10.00")
    made = client.portfolio.batch_place_orders([
        {**row, "yes_price_dollars": "0.3000", "order_group_id": group.id},
        {**row, "yes_price_dollars": "0.3100", "order_group_id": group.id},
    ])  # fmt: skip
    assert [o.status for o in made] == [OrderStatus.RESTING] * 2
    assert len(client.portfolio.get_order_group(group.id).orders or []) == 2
    client.portfolio.batch_cancel_orders([o.order_id for o in made])
    assert client.portfolio.get_orders(status=OrderStatus.RESTING) == []


def test_refusals_arrive_as_its_own_exceptions(client: KalshiClient, tmp_path: Path) -> None:
    place = client.portfolio.place_order
    with pytest.raises(OrderRejectedError):
        place(FED, book_side=BookSide.BID, count_fp="1.00", price_dollars="0.5050")
    with pytest.raises(InsufficientFundsError):
        place(FED, book_side=BookSide.BID, count_fp="900000.00", price_dollars="0.5000")
    twice: dict[str, Any] = {"count_fp": "1.00", "price_dollars": "0.2000"}
    order = place(FED, book_side=BookSide.BID, client_order_id="once", **twice)
    with pytest.raises(KalshiAPIError) as duplicate:
        place(FED, book_side=BookSide.BID, client_order_id="once", **twice)
    assert duplicate.value.status_code == 409
    client.portfolio.cancel_order(order.order_id)
    stranger = tmp_path / "rsa.pem"
    stranger.write_bytes(_fresh_rsa())
    wrong = KalshiClient(client.api_key_id, str(stranger), api_base=client.api_base)
    with pytest.raises(AuthenticationError):
        wrong.portfolio.get_balance()


def _fresh_rsa() -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def test_socket_book_orders_and_fills(client: KalshiClient, said: dict[str, Any]) -> None:
    feed = client.feed()
    feed._ws_url = said["kalshi_ws"]
    heard: dict[str, queue.Queue[Any]] = {}
    for channel in ("orderbook_delta", "fill", "user_orders", "trade", "market_positions"):
        heard[channel] = queue.Queue()
        feed.on(channel, heard[channel].put)
        feed.subscribe(channel, market_ticker=FED)
    book = OrderbookManager(FED)
    with feed:
        snapshot = heard["orderbook_delta"].get(timeout=WAIT_S)
        assert isinstance(snapshot, OrderbookSnapshotMessage)
        book.apply_snapshot(snapshot.yes_dollars, snapshot.no_dollars)
        order = client.portfolio.place_order(
            FED, book_side=BookSide.BID, count_fp="3.00", price_dollars="0.5200",
            client_order_id="heard", time_in_force=TimeInForce.IOC,
        )  # fmt: skip
        delta = heard["orderbook_delta"].get(timeout=WAIT_S)
        assert isinstance(delta, OrderbookDeltaMessage)
        assert delta.client_order_id == "heard"
        book.apply_delta(delta.side, delta.price_dollars, delta.delta_fp)
        fill = heard["fill"].get(timeout=WAIT_S)
        assert (fill.order_id, fill.client_order_id, fill.count_fp) == (
            order.order_id, "heard", "3.00",
        )  # fmt: skip
        assert heard["user_orders"].get(timeout=WAIT_S).status == "executed"
        assert heard["trade"].get(timeout=WAIT_S).taker_book_side == "bid"
        assert heard["market_positions"].get(timeout=WAIT_S).position_fp == "3.00"
    live = client.get_market(FED).get_orderbook()
    assert (book.best_bid, book.best_ask) == (live.best_yes_bid, live.best_yes_ask)


def test_it_reconnects_after_1006(client: KalshiClient, said: dict[str, Any]) -> None:
    feed = client.feed()
    feed._ws_url = said["kalshi_ws"]
    snapshots: queue.Queue[Any] = queue.Queue()
    feed.on("orderbook_delta", snapshots.put)
    feed.subscribe("orderbook_delta", market_ticker=FED)
    with feed:
        assert isinstance(snapshots.get(timeout=WAIT_S), OrderbookSnapshotMessage)
        tell(said, "/control/faults", {"name": "disconnect", "venue": "kalshi"})
        client.portfolio.place_order(
            FED, book_side=BookSide.ASK, count_fp="3.00", price_dollars="0.4700",
            time_in_force=TimeInForce.IOC,
        )  # fmt: skip
        assert isinstance(snapshots.get(timeout=WAIT_S), OrderbookSnapshotMessage)
        assert feed.reconnect_count == 1
