"""The socket: subscriptions, numbering, books in both price modes, own messages, errors."""

from typing import Any

import pytest

from arbees.simulator.catalog import START_NS
from arbees.simulator.session import Line
from tests.simulator.kalshi.bench import CUT, FED, Bench, bench

pytestmark = pytest.mark.anyio


async def play(made: Bench, kind: str, **msg: Any) -> None:
    frame = {"type": kind, "sid": 1, "seq": 1, "msg": {"market_ticker": FED, **msg}}
    await made.venue.play(Line(START_NS, "kalshi", frame))


async def test_one_subscribed_per_channel_then_snapshots_and_signed_deltas() -> None:
    async with bench() as made:
        made.liquidity({47: 3}, {52: 2})
        async with made.socket("orderbook_delta", "trade", market_tickers=[FED, CUT]) as heard:
            book = await heard.next("orderbook_snapshot")
            assert (book["sid"], book["seq"]) == (1, 1)
            assert book["msg"]["yes_dollars_fp"] == [["0.4700", "3.00"]]
            assert book["msg"]["no_dollars_fp"] == [["0.4800", "2.00"]]
            await made.order("bid", "0.5200", "0.50", client_order_id="mine")
            delta = await heard.next("orderbook_delta")
            assert delta["seq"] == 2
            assert {k: delta["msg"][k] for k in ("side", "price_dollars", "delta_fp")} == {
                "side": "no", "price_dollars": "0.4800", "delta_fp": "-0.50",
            }  # fmt: skip
            assert delta["msg"]["client_order_id"] == "mine"
            trade = await heard.next("trade")
            assert (trade["sid"], trade["seq"]) == (2, 1)
            assert trade["msg"]["taker_book_side"] == "bid"
            assert made.venue.served == 5


async def test_yes_prices_and_absent_sides() -> None:
    async with bench() as made:
        made.liquidity({}, {52: 2})
        params: dict[str, Any] = {"market_ticker": FED, "use_yes_price": True}
        async with made.socket("orderbook_delta", **params) as heard:
            book = (await heard.next("orderbook_snapshot"))["msg"]
            assert book["no_dollars_fp"] == [["0.5200", "2.00"]]
            assert "yes_dollars_fp" not in book
            await made.order("ask", "0.5300", "1.00", other=True)
            delta = (await heard.next("orderbook_delta"))["msg"]
            assert (delta["side"], delta["price_dollars"]) == ("no", "0.5300")
            assert "client_order_id" not in delta


async def test_commands_and_their_errors() -> None:
    async with bench() as made:
        made.liquidity({47: 3}, {})
        made.liquidity({47: 3}, {}, CUT)
        async with made.socket("orderbook_delta", market_ticker=FED) as heard:
            await heard.next("orderbook_snapshot")
            await heard.command("update_subscription", sids=[1], action="add_markets",
                                market_tickers=[CUT])  # fmt: skip
            done = await heard.next("ok")
            assert (done["seq"], done["msg"]["market_tickers"]) == (2, [CUT, FED])
            assert (await heard.next("orderbook_snapshot"))["msg"]["market_ticker"] == CUT
            number = await heard.command("update_subscription", sid=1, action="get_snapshot",
                                         market_tickers=[FED])  # fmt: skip
            again = await heard.next("orderbook_snapshot")
            assert (again["id"], again["seq"]) == (number, 4)
            await heard.command("update_subscription", sid=1, action="delete_markets",
                                market_ticker=CUT)  # fmt: skip
            assert (await heard.next("ok"))["msg"]["market_tickers"] == [FED]
            await heard.command("subscribe", channels=["orderbook_delta"], market_ticker=CUT)
            assert (await heard.next("subscribed"))["msg"]["sid"] == 1
            await heard.command("list_subscriptions")
            assert (await heard.next("ok"))["msg"] == [{"channel": "orderbook_delta", "sid": 1}]
            for code, cmd, params in (
                (2, "subscribe", {}), (3, "subscribe", {"x": 1}), (5, "dance", {}),
                (8, "subscribe", {"channels": ["ticker_v2"]}),
                (14, "subscribe", {"channels": ["orderbook_delta"]}),
                (24, "subscribe", {"channels": ["cfbenchmarks_value"]}),
                (12, "update_subscription", {"sids": [1, 2]}),
                (7, "update_subscription", {"sid": 9}),
                (15, "update_subscription", {"sid": 1}),
                (14, "update_subscription", {"sid": 1, "action": "add_markets"}),
                (13, "update_subscription", {"sid": 1, "action": "x", "market_ticker": FED}),
                (4, "unsubscribe", {"y": 1}), (7, "unsubscribe", {"sids": [9]}),
            ):  # fmt: skip
                number = await heard.command(cmd, **params)
                error = await heard.next("error")
                assert (error["id"], error["msg"]["code"]) == (number, code), cmd
            await heard.command("unsubscribe", sids=[1])
            assert (await heard.next("unsubscribed"))["sid"] == 1
            await heard.socket.send_str("not json")
            assert (await heard.next("error"))["msg"]["code"] == 5


async def test_private_channels_are_private() -> None:
    async with bench() as made:
        made.liquidity({}, {52: 9})
        channels = ("fill", "user_orders", "market_positions", "ticker")
        async with (
            made.socket(*channels) as mine,
            made.socket(*channels, key=made.venue.other_key) as theirs,
        ):
            await made.order("bid", "0.5200", "1.00", client_order_id="x")
            fill = await mine.next("fill")
            assert "seq" not in fill
            assert (fill["msg"]["client_order_id"], fill["msg"]["fee_cost"]) == ("x", "0.017500")
            assert fill["msg"]["post_position_fp"] == "1.00"
            order = (await mine.next("user_order"))["msg"]
            assert (order["status"], order["last_update_reason"]) == ("executed", "Trade")
            place = (await mine.next("market_position"))["msg"]
            assert (place["position_fp"], place["position_cost_dollars"]) == ("1.00", "0.5200")
            ticker = await theirs.next("ticker")
            assert ticker["msg"]["price_dollars"] == "0.5200"
            assert theirs.skipped == []


async def test_a_recorded_delta_passes_unchanged_and_tells_only_what_shows() -> None:
    async with (
        bench() as made,
        made.socket("orderbook_delta", "trade", market_ticker=FED) as heard,
    ):
        await play(made, "orderbook_snapshot", yes_dollars_fp=[["0.4700", "10.00"]])
        await heard.next("orderbook_snapshot")
        body = {"side": "yes", "price_dollars": "0.4700", "delta_fp": "-3.00", "ts_ms": 7,
                "market_id": "recorded"}  # fmt: skip
        await play(made, "orderbook_delta", **body)
        assert (await heard.next("orderbook_delta"))["msg"] == {"market_ticker": FED, **body}
        await made.order("ask", "0.4700", "5.00")
        assert (await heard.next("orderbook_delta"))["msg"]["delta_fp"] == "-5.00"
        await play(made, "orderbook_delta", **body | {"delta_fp": "-1.00"})
        # the level is 6 again, of which 2 were still shown
        assert (await heard.next("orderbook_delta"))["msg"]["delta_fp"] == "4.00"
        _, rest = await made.order("bid", "0.4800", "1.00")
        trade = {"yes_price_dollars": "0.4600", "count_fp": "2.00", "taker_side": "no"}
        await play(made, "trade", **trade)
        await heard.next("trade")
        assert (await heard.next("trade"))["msg"]["yes_price_dollars"] == "0.4600"
        assert made.venue.desk.exchange.orders[rest["order_id"]].filled == 1_000_000
        await made.venue.play(Line(START_NS, "kalshi", None))
        assert made.venue.publisher.snapshot(FED, False) is None


async def test_overflow_is_terminal() -> None:
    async with bench() as made:
        made.liquidity({47: 3}, {})
        async with made.socket("orderbook_delta", "trade", market_ticker=FED) as heard:
            await heard.next("orderbook_snapshot")
            made.venue.desk.faults.arm("overflow", "kalshi")
            error = await heard.next("error")
            assert (error["sid"], error["msg"]["code"]) == (1, 25)
            await made.order("ask", "0.4700", "1.00")
            await heard.next("trade")
            assert heard.skipped == []


async def test_index_values() -> None:
    async with bench() as made:
        made.venue.life.index("BRTI", "87000.12")
        async with made.socket("cfbenchmarks_value", index_ids=["BRTI"]) as heard:
            assert (await heard.next("cfbenchmarks_value"))["msg"]["value"] == "87000.12"
            control = {"action": "index", "index": "BRTI", "value": "87001.00"}
            await made.http.post("/control/kalshi", json=control)
            value = await heard.next("cfbenchmarks_value")
            assert (value["seq"], value["msg"]["value"]) == (2, "87001.00")
