"""The order endpoints: bodies of success, every refusal of kalshi.md section 8, and the books."""

from typing import Any

import pytest

from tests.simulator.kalshi.bench import BTC, CUT, FED, Bench, bench

pytestmark = pytest.mark.anyio
ORDERS = "/portfolio/events/orders"
IOC = "immediate_or_cancel"
FOK = "fill_or_kill"


def code(answer: tuple[int, Any]) -> tuple[int, str, str]:
    status, body = answer
    error = body.get("error", body)
    return status, error["code"], error.get("details", "")


async def test_a_bid_at_99_is_filled_at_the_resting_price() -> None:
    async with bench() as made:
        made.liquidity({47: 3}, {52: 3})
        status, body = await made.order("bid", "0.9900", "1.00", time_in_force=IOC)
        assert status == 201
        ids = ("order_id", "client_order_id", "ts_ms")
        assert {k: v for k, v in body.items() if k not in ids} == {
            "average_fee_paid": "0.0175", "average_fill_price": "0.5200",
            "fill_count": "1.00", "remaining_count": "0.00",
        }  # fmt: skip
        assert made.balance() == 100_000_000_000 - 537_500
        order = (await made.get(f"/portfolio/orders/{body['order_id']}"))["order"]
        assert order["yes_price_dollars"] == "0.9900"
        assert order["taker_fill_cost_dollars"] == "0.520000"
        assert order["taker_fees_dollars"] == "0.017500"
        assert order["status"] == "executed"


async def test_resting_cancel_and_the_second_cancel() -> None:
    async with bench() as made:
        status, body = await made.order("ask", "0.6000", "2.50")
        assert status == 201
        assert "average_fill_price" not in body
        assert body["remaining_count"] == "2.50"
        where = f"{ORDERS}/{body['order_id']}"
        status, gone = await made.ask("DELETE", where)
        assert (status, gone["reduced_by"]) == (200, "2.50")
        assert code(await made.ask("DELETE", where)) == (404, "not_found", "")
        assert code(await made.ask("DELETE", f"{ORDERS}/nobody")) == (404, "not_found", "")
        order = (await made.get(f"/portfolio/orders/{body['order_id']}"))["order"]
        assert (order["status"], order["remaining_count_fp"]) == ("canceled", "0.00")
        assert (order["side"], order["book_side"]) == ("no", "ask")
        assert (order["no_price_dollars"], order["yes_price_dollars"]) == ("0.4000", "0.6000")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"price": "0.5050"}, (400, "invalid_price", "")),
        ({"price": "1.0000"}, (400, "invalid_price", "")),
        ({"price": "0.0000"}, (400, "invalid_price", "")),
        ({"price": "abc"}, (400, "invalid_price", "")),
        ({"count": "0.00"}, (400, "invalid_order_size", "")),
        ({"count": "1.001"}, (400, "invalid_order_size", "")),
        ({"count": "999999.00"}, (400, "insufficient_balance", "")),
        ({"price": "0.5200", "post_only": True}, (400, "invalid_order", "post only cross")),
        ({"reduce_only": True}, (400, "invalid_order", "reduce only")),
        ({"ticker": "KXNONE"}, (404, "market_not_found", "")),
        ({"exchange_index": 2}, (404, "market_not_found", "")),
        ({"side": "yes"}, (400, "invalid_order", "side must be bid or ask")),
        ({"time_in_force": "gtc"}, (400, "invalid_order", "time_in_force")),
        ({"time_in_force": None}, (400, "invalid_order", "time_in_force is required")),
        ({"self_trade_prevention_type": None},
         (400, "invalid_order", "self_trade_prevention_type is required")),
        ({"expiration_time": 1}, (400, "invalid_order", "expiration_time is in the past")),
        ({"expiration_time": 1_900_000_000, "time_in_force": IOC},
         (400, "invalid_order", "expiration time")),
        ({"order_group_id": "none"}, (400, "invalid_order", "order group not found")),
        ({"subaccount": 64}, (400, "invalid_order", "subaccount out of range")),
        ({"count": "9.00", "time_in_force": FOK},
         (409, "fill_or_kill_insufficient_resting_volume", "")),
    ],
)  # fmt: skip
async def test_refusals(change: dict[str, Any], expected: tuple[int, str, str]) -> None:
    async with bench() as made:
        made.liquidity({47: 3}, {52: 3})
        asked = {"side": "bid", "price": "0.5300", "count": "1.00"} | change
        assert code(await made.order(**asked)) == expected


async def test_numbers_are_refused_in_gos_words() -> None:
    async with bench() as made:
        body = {"ticker": FED, "side": "bid", "count": 1, "price": "0.5000",
                "time_in_force": IOC, "self_trade_prevention_type": "maker"}  # fmt: skip
        assert await made.ask("POST", ORDERS, body) == (400, {
            "code": "bad_request", "message": "bad request",
            "details": "json: cannot unmarshal number into Go struct field "
                       "CreateOrderV2Request.count of type string",
        })  # fmt: skip
        flag = body | {"count": "1.00", "post_only": "yes"}
        assert code(await made.ask("POST", ORDERS, flag))[1] == "bad_request"
        number = body | {"count": "1.00", "subaccount": "0"}
        assert code(await made.ask("POST", ORDERS, number))[1] == "bad_request"


async def test_a_client_order_id_is_burnt_for_ever() -> None:
    async with bench() as made:
        twice: dict[str, Any] = {"client_order_id": "mine"}
        killed = await made.order("bid", "0.5300", "1.00", time_in_force=FOK, **twice)
        assert killed[0] == 409
        assert code(await made.order("bid", "0.5300", "1.00", **twice)) == (
            409, "order_already_exists", "",
        )  # fmt: skip


async def test_a_self_cross_is_201_with_nothing() -> None:
    async with bench() as made:
        _, rest = await made.order("ask", "0.5000", "2.00")
        status, body = await made.order("bid", "0.5500", "1.00")
        assert (status, body["fill_count"], body["remaining_count"]) == (201, "0.00", "0.00")
        assert (await made.get(f"/portfolio/orders/{rest['order_id']}"))["order"][
            "status"
        ] == "resting"
        stp: dict[str, Any] = {"self_trade_prevention_type": "maker"}
        status, body = await made.order("bid", "0.5500", "1.00", **stp)
        assert body["remaining_count"] == "1.00"


async def test_two_users_meet_and_both_books_add_up() -> None:
    async with bench() as made:
        await made.order("ask", "0.5500", "4.00", other=True)
        status, body = await made.order("bid", "0.6000", "3.00")
        assert (status, body["average_fill_price"]) == (201, "0.5500")
        positions = (await made.get("/portfolio/positions"))["market_positions"]
        assert [(p["ticker"], p["position_fp"]) for p in positions] == [(FED, "3.00")]
        _, theirs = await made.ask("GET", "/portfolio/positions", key=made.venue.other_key)
        assert theirs["market_positions"][0]["position_fp"] == "-3.00"
        assert theirs["market_positions"][0]["market_exposure_dollars"] == "1.350000"


async def test_amend_and_decrease() -> None:
    async with bench() as made:
        made.liquidity({}, {55: 2})
        _, body = await made.order("bid", "0.5000", "5.00", client_order_id="a")
        where = f"{ORDERS}/{body['order_id']}"
        asked = {"ticker": FED, "side": "bid", "price": "0.5500", "count": "5.00"}
        for change, name in (
            ({"ticker": CUT}, "order_ticker_mismatch"), ({"side": "ask"}, "order_side_mismatch"),
            ({"client_order_id": "b"}, "order_id_and_client_order_id_mismatch"),
            ({"price": "0.5550"}, "invalid_price"), ({"count": "0.00"}, "invalid_order_size"),
        ):  # fmt: skip
            assert code(await made.ask("POST", f"{where}/amend", asked | change))[:2] == (400, name)
        status, done = await made.ask("POST", f"{where}/amend", asked)
        assert (status, done["fill_count"], done["remaining_count"]) == (200, "2.00", "3.00")
        status, done = await made.ask("POST", f"{where}/decrease", {"reduce_by": "1.00"})
        assert (status, done["remaining_count"]) == (200, "2.00")
        status, done = await made.ask("POST", f"{where}/decrease", {"reduce_to": "0.50"})
        assert done["remaining_count"] == "0.50"
        assert code(await made.ask("POST", f"{where}/decrease", {}))[:2] == (400, "invalid_order")
        await made.ask("POST", f"{where}/decrease", {"reduce_to": "0"})
        assert code(await made.ask("POST", f"{where}/amend", asked))[:2] == (404, "not_found")


async def test_batches_carry_their_errors_inline() -> None:
    async with bench() as made:
        order = {"ticker": FED, "side": "bid", "count": "1.00", "price": "0.5000",
                 "time_in_force": "good_till_canceled",
                 "self_trade_prevention_type": "maker"}  # fmt: skip
        rows = {"orders": [order, order | {"price": "0.5050"}]}
        status, body = await made.ask("POST", f"{ORDERS}/batched", rows)
        assert status == 201
        good, bad = body["orders"]
        assert (good["error"], good["remaining_count"]) == (None, "1.00")
        assert (bad["order_id"], bad["error"]["code"]) == (None, "invalid_price")
        gone = {"orders": [{"order_id": good["order_id"]}, {"order_id": "x"}]}
        status, body = await made.ask("DELETE", f"{ORDERS}/batched", gone)
        assert [row["error"] and row["error"]["code"] for row in body["orders"]] == [
            None, "not_found",
        ]  # fmt: skip
        assert code(await made.ask("POST", f"{ORDERS}/batched", {}))[1] == "bad_request"


async def test_cancel_all_also_takes_what_arrives_within_a_minute() -> None:
    async with bench() as made:
        await made.order("bid", "0.5000", "1.00")
        await made.order("bid", "0.5000", "1.00", other=True)
        assert await made.ask("DELETE", ORDERS) == (204, None)
        _, late = await made.order("bid", "0.5000", "1.00")
        made.tick(61)
        await made.order("bid", "0.5000", "1.00")
        orders = (await made.get("/portfolio/orders"))["orders"]
        assert [o["status"] for o in orders] == ["resting", "canceled", "canceled"]
        assert orders[1]["order_id"] == late["order_id"]
        assert len(made.venue.desk.exchange.resting("counterparty/0")) == 1


async def shard_two(made: Bench) -> None:
    body = {"source": "event_contract", "destination": "event_contract", "amount": 500_000,
            "source_exchange_shard": 0, "destination_exchange_shard": 2}  # fmt: skip
    assert (await made.ask("POST", "/portfolio/intra_exchange_instance_transfer", body))[0] == 200


async def test_shards_hold_their_own_cash() -> None:
    async with bench() as made:
        poor = await made.order("bid", "0.5000", "1.00", ticker=BTC)
        assert code(poor) == (400, "insufficient_balance", "")
        await shard_two(made)
        assert made.balance(shard=2) == 50_000_000
        status, body = await made.order("bid", "0.5000", "1.00", ticker=BTC, exchange_index=2)
        assert status == 201
        where = f"{ORDERS}/{body['order_id']}"
        assert code(await made.ask("DELETE", where)) == (404, "not_found", "")
        assert (await made.ask("DELETE", f"{where}?market_ticker={BTC}"))[0] == 200
        balance = await made.get("/portfolio/balance")
        assert [row["balance"] for row in balance["balance_breakdown"]] == ["99950.0000", "50.0000"]
        assert (await made.get("/portfolio/balance?exchange_index=2"))["balance"] == 5000
        moved = (await made.get("/portfolio/intra_exchange_instance_transfers"))["transfers"]
        assert moved[0]["amount"] == 500_000
        wrong = {"amount": 10**12, "source_exchange_shard": 0, "destination_exchange_shard": 1}
        path = "/portfolio/intra_exchange_instance_transfer"
        assert code(await made.ask("POST", path, wrong))[1] == "insufficient_balance"
        assert code(await made.ask("POST", path, {}))[1] == "bad_request"


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", ""), ("POST", "/batched"), ("DELETE", "/batched"), ("DELETE", "/x"),
     ("POST", "/x/amend"), ("POST", "/x/decrease")],
)  # fmt: skip
async def test_the_old_endpoints_are_gone(method: str, path: str) -> None:
    async with bench() as made:
        answer = await made.ask(method, f"/portfolio/orders{path}", {})
        assert code(answer) == (410, "deprecated_v1_order_endpoint", "")


async def test_partial_then_cancel_and_a_lost_answer() -> None:
    async with bench() as made:
        made.venue.desk.faults.arm("partial_then_cancel", "kalshi", ms=1)
        async with made.socket("user_orders") as heard:
            await made.order("bid", "0.5000", "4.00")
            states: list[tuple[str, str, str | None]] = []
            while not states or states[-1][0] == "resting":
                msg = (await heard.next("user_order"))["msg"]
                states.append((msg["status"], msg["fill_count_fp"], msg.get("last_update_reason")))
            assert states == [
                ("resting", "0.00", None), ("resting", "2.00", "Trade"),
                ("canceled", "2.00", "HaltCancel"),
            ]  # fmt: skip
