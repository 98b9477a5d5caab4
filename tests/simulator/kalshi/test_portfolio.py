"""Private reads: fills, positions, settlements, balances, groups, the lagging view."""

import asyncio

import pytest

from tests.simulator.kalshi.bench import CUT, FED, GAME, bench

pytestmark = pytest.mark.anyio


async def test_fills_have_the_captured_keys() -> None:
    async with bench() as made:
        made.liquidity({47: 3}, {52: 3})
        _, order = await made.order("ask", "0.4700", "1.00")
        (fill,) = (await made.get("/portfolio/fills"))["fills"]
        assert set(fill) == {
            "action", "book_side", "count_fp", "created_time", "fee_cost", "fill_id", "is_taker",
            "market_ticker", "no_price_dollars", "order_id", "outcome_side", "side",
            "subaccount_number", "ticker", "trade_id", "ts", "yes_price_dollars",
        }  # fmt: skip
        assert (fill["side"], fill["yes_price_dollars"], fill["no_price_dollars"]) == (
            "no", "0.4700", "0.5300",
        )  # fmt: skip
        assert fill["order_id"] == order["order_id"]
        assert fill["fee_cost"] == "0.017500"
        assert (await made.get("/portfolio/fills?ticker=OTHER"))["fills"] == []
        assert (await made.get(f"/portfolio/fills?order_id={order['order_id']}"))["fills"]
        assert (await made.get("/portfolio/fills?max_ts=1"))["fills"] == []


async def test_order_pages_and_filters() -> None:
    async with bench() as made:
        for ticker in (FED, CUT, GAME):
            await made.order("bid", "0.1000", "1.00", ticker=ticker)
        first = await made.get("/portfolio/orders?limit=2")
        rest = await made.get(f"/portfolio/orders?limit=2&cursor={first['cursor']}")
        assert [o["ticker"] for o in first["orders"] + rest["orders"]] == [GAME, CUT, FED]
        assert rest["cursor"] == ""
        garbage = await made.get("/portfolio/orders?limit=2&cursor=junk")
        assert garbage["orders"] == first["orders"]
        event = "/portfolio/orders?event_ticker=KXFEDDECISION-26JAN"
        assert len((await made.get(event))["orders"]) == 2
        assert (await made.get("/portfolio/orders?status=executed"))["orders"] == []
        assert (await made.get("/portfolio/orders?exchange_index=2"))["orders"] == []
        assert (await made.ask("GET", "/portfolio/orders?limit=1001"))[1] == {
            "msg": "Parameter validation failed for GetOrders: Key: 'GetOrdersParams.Limit' "
            "Error:Field validation for 'Limit' failed on the 'lte' tag"
        }
        assert (await made.ask("GET", "/portfolio/orders?subaccount=x"))[0] == 400


async def test_positions_and_balance_follow_netting() -> None:
    async with bench() as made:
        made.liquidity({47: 9}, {52: 9})
        await made.order("bid", "0.5200", "3.00")
        assert (await made.get("/portfolio/balance"))["portfolio_value"] == 141
        await made.order("ask", "0.4700", "3.00")
        (row,) = (await made.get("/portfolio/positions"))["market_positions"]
        assert row["position_fp"] == "0.00"
        assert row["realized_pnl_dollars"] == "-0.150000"
        assert row["market_exposure_dollars"] == "0.000000"
        assert (await made.get("/portfolio/positions?count_filter=position"))[
            "market_positions"
        ] == []
        (event,) = (await made.get("/portfolio/positions"))["event_positions"]
        assert event["event_ticker"] == "KXFEDDECISION-26JAN"
        balance = await made.get("/portfolio/balance")
        assert balance["balance"] * 10_000 <= made.balance() < (balance["balance"] + 1) * 10_000


async def test_reads_lag_behind_the_matching() -> None:
    async with bench(read_lag_ms=60) as made:
        made.liquidity({}, {52: 9})
        _, body = await made.order("bid", "0.5000", "1.00")
        path = f"/portfolio/orders/{body['order_id']}"
        assert (await made.ask("GET", path))[0] == 404
        await asyncio.sleep(0.07)
        await made.ask("DELETE", f"/portfolio/events/orders/{body['order_id']}")
        assert (await made.get(path))["order"]["status"] == "resting"
        await made.order("bid", "0.5200", "1.00")
        assert (await made.get("/portfolio/fills"))["fills"] == []
        await asyncio.sleep(0.07)
        assert (await made.get(path))["order"]["status"] == "canceled"
        assert len((await made.get("/portfolio/fills"))["fills"]) == 1
        assert (await made.ask("GET", path, key=made.venue.other_key))[0] == 404


async def test_queue_positions_count_contracts_ahead() -> None:
    async with bench() as made:
        made.liquidity({50: 7}, {})
        await made.order("bid", "0.5000", "2.00", other=True)
        _, body = await made.order("bid", "0.5000", "1.00")
        path = f"/portfolio/orders/{body['order_id']}/queue_position"
        assert await made.get(path) == {"queue_position_fp": "9.00"}
        listed = await made.get(f"/portfolio/orders/queue_positions?market_tickers={FED}")
        assert [row["queue_position_fp"] for row in listed["queue_positions"]] == ["9.00"]
        assert (await made.ask("GET", "/portfolio/orders/x/queue_position"))[0] == 404


async def test_an_order_group_stops_at_its_limit() -> None:
    async with bench() as made:
        made.liquidity({}, {52: 9})
        create = {"contracts_limit_fp": "3.00"}
        status, group = await made.ask("POST", "/portfolio/order_groups/create", create)
        assert status == 201
        mine = {"order_group_id": group["order_group_id"]}
        where = f"/portfolio/order_groups/{group['order_group_id']}"
        async with made.socket("order_group_updates") as heard:
            _, rest = await made.order("bid", "0.4000", "5.00", **mine)
            assert (await made.get(where))["orders"] == [rest["order_id"]]
            await made.order("bid", "0.5200", "2.00", **mine)
            await made.order("bid", "0.5200", "1.00", **mine)
            update = await heard.next("order_group_updates")
            assert (update["seq"], update["msg"]["event_type"]) == (1, "triggered")
            assert made.venue.desk.exchange.resting() == []
            refused = await made.order("bid", "0.4000", "1.00", **mine)
            assert refused[1]["error"]["details"] == "order group triggered"
            for call, body in (("reset", None), ("limit", {"contracts_limit": 5})):
                assert (await made.ask("PUT", f"{where}/{call}", body))[0] == 200
            assert (await made.order("bid", "0.4000", "1.00", **mine))[0] == 201
            assert (await made.ask("PUT", f"{where}/trigger"))[0] == 200
            assert made.venue.desk.exchange.resting() == []
            listed = (await made.get("/portfolio/order_groups"))["order_groups"]
            assert listed[0]["contracts_limit_fp"] == "5.00"
            assert (await made.ask("DELETE", where))[0] == 200
            assert (await made.ask("GET", where))[0] == 404
        assert (await made.ask("POST", "/portfolio/order_groups/create", {}))[0] == 400


async def test_a_group_counts_fifteen_seconds() -> None:
    async with bench() as made:
        made.liquidity({}, {52: 9})
        _, group = await made.ask("POST", "/portfolio/order_groups/create", {"contracts_limit": 3})
        for _ in range(3):
            await made.order("bid", "0.5200", "2.00", order_group_id=group["order_group_id"])
            made.tick(16)
        assert made.venue.publisher.groups.groups[group["order_group_id"]].triggered is False


async def test_limits_and_costs() -> None:
    async with bench() as made:
        assert (await made.get("/account/limits"))["usage_tier"] == "prestige"
        costs = await made.get("/account/endpoint_costs")
        assert costs["default_cost"] == 10
        assert {
            "method": "GET",
            "path": "/trade-api/v2/portfolio/orders/:order_id",
            "cost": 2,
        } in costs["endpoint_costs"]
