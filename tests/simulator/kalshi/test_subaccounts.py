"""Subaccounts hold cash of their own and trade for themselves."""

import pytest

from tests.simulator.kalshi.bench import FED, bench

pytestmark = pytest.mark.anyio
BASE = "/portfolio/subaccounts"


async def test_money_moves_and_orders_are_the_subaccounts_own() -> None:
    async with bench() as made:
        assert await made.ask("POST", BASE) == (201, {"subaccount_number": 1})
        poor = await made.order("bid", "0.5000", "1.00", subaccount=1)
        assert poor[1]["error"]["code"] == "insufficient_balance"
        move = {"from_subaccount": 0, "to_subaccount": 1, "amount_cents": 1000,
                "client_transfer_id": "t1"}  # fmt: skip
        assert (await made.ask("POST", f"{BASE}/transfer", move))[0] == 200
        rows = (await made.get(f"{BASE}/balances"))["subaccount_balances"]
        assert [row["balance"] for row in rows] == ["99990.0000", "10.0000"]
        assert (await made.get(f"{BASE}/transfers"))["transfers"][0]["transfer_id"] == "t1"
        status, order = await made.order("bid", "0.5000", "1.00", subaccount=1)
        assert status == 201
        assert (await made.get("/portfolio/orders?subaccount=0"))["orders"] == []
        assert (await made.get("/portfolio/balance?subaccount=1"))["balance"] < 1000
        value = await made.get("/portfolio/summary/total_resting_order_value")
        assert value["total_resting_order_value"] >= 50
        path = f"/portfolio/events/orders/{order['order_id']}"
        assert (await made.ask("DELETE", path))[0] == 404
        assert (await made.ask("DELETE", f"{path}?subaccount=1"))[0] == 200
        assert (await made.ask("DELETE", "/portfolio/events/orders?subaccount=1"))[0] == 204


@pytest.mark.parametrize(
    ("change", "code"),
    [({"to_subaccount": 5}, "invalid_order"), ({"amount_cents": 0}, "bad_request"),
     ({"amount_cents": 10**9}, "insufficient_balance"), ({"from_subaccount": "0"}, "bad_request")],
)  # fmt: skip
async def test_transfers_refused(change: dict[str, object], code: str) -> None:
    async with bench() as made:
        await made.ask("POST", BASE)
        move = {"from_subaccount": 0, "to_subaccount": 1, "amount_cents": 100} | change
        status, body = await made.ask("POST", f"{BASE}/transfer", move)
        assert (status, body.get("error", body)["code"]) == (400, code)


async def test_the_netting_flag_is_kept() -> None:
    async with bench() as made:
        asked = {"subaccount_number": 0, "enabled": True}
        assert (await made.ask("PUT", f"{BASE}/netting", asked))[0] == 200
        assert (await made.get(f"{BASE}/netting"))["netting_configs"][0]["enabled"] is True
        assert (await made.ask("PUT", f"{BASE}/netting", {"subaccount_number": 3}))[0] == 400
        assert (await made.order("bid", "0.5000", "1.00", ticker=FED))[0] == 201
