"""Keys, cancels, what is open, trades and their life, heartbeats: over HTTP and user sockets."""

import base64
from typing import Any

import pytest

from arbees.simulator.polymarket.deals import Pace
from arbees.units import NS_PER_S
from tests.simulator.polymarket.rig import Rig, Wallet, condition, rig, token_of

pytestmark = pytest.mark.anyio


async def resting(at: Rig, wallet: Wallet, name: str = "plain", **more: Any) -> str:
    got, said = await at.place(wallet, name, "BUY", "0.40", "10", **more)
    assert got == 200, said
    return str(said["orderID"])


async def test_keys_are_made_and_checked() -> None:
    async with rig() as at:
        wallet = Wallet(7)
        assert (await at.clob.get("/auth/derive-api-key", headers=wallet.l1(at.clock.ns))).status
        await at.login(wallet)
        again = await at.clob.post("/auth/api-key", headers=wallet.l1(at.clock.ns))
        assert again.status == 400
        same = await at.clob.get("/auth/derive-api-key", headers=wallet.l1(at.clock.ns))
        assert await same.json() == wallet.creds
        assert base64.urlsafe_b64decode(wallet.creds["secret"])
        other = await at.clob.post("/auth/api-key", headers=wallet.l1(at.clock.ns, nonce=1))
        assert (await other.json())["apiKey"] != wallet.creds["apiKey"]
        forged = wallet.l1(at.clock.ns) | {"POLY_NONCE": "5"}
        said = await at.clob.post("/auth/api-key", headers=forged)
        assert (said.status, await said.json()) == (401, {"error": "Invalid L1 Request headers"})
        _, keys = await at.call(wallet, "GET", "/auth/api-keys")
        assert len(keys["apiKeys"]) == 2
        headers = wallet.l2(at.clock.ns, "GET", "/data/orders", b"")
        wrong: list[dict[str, str]] = [
            {}, headers | {"POLY_SIGNATURE": "x"}, headers | {"POLY_PASSPHRASE": "x"},
            headers | {"POLY_ADDRESS": "0x1"}, wallet.l2(at.clock.ns, "GET", "/data/trades", b""),
            wallet.l2(at.clock.ns - 61 * NS_PER_S, "GET", "/data/orders", b""),
        ]  # fmt: skip
        for bad in wrong:
            said = await at.clob.get("/data/orders", headers=bad)
            assert (said.status, await said.json()) == (
                401, {"error": "Unauthorized/Invalid api key"})  # fmt: skip
        assert (await at.clob.get("/data/orders?market=x", headers=headers)).status == 200
        assert await at.call(wallet, "DELETE", "/auth/api-key") == (200, "OK")
        assert (await at.call(wallet, "GET", "/auth/api-keys"))[0] == 401


async def test_the_body_is_signed_byte_for_byte() -> None:
    async with rig() as at:
        wallet = await at.login(Wallet(7))
        headers = wallet.l2(at.clock.ns, "POST", "/v1/heartbeats", b'{"heartbeat_id":""}')
        said = await at.clob.post("/v1/heartbeats", data=b'{"heartbeat_id": ""}', headers=headers)
        assert said.status == 401


async def test_clock_skew_is_a_401_until_the_venue_s_time_is_read() -> None:
    async with rig() as at:
        wallet = await at.login(Wallet(7))
        at.venue.faults.arm("clock_skew", "polymarket", count=-1, ms=120_000)
        assert (await at.call(wallet, "GET", "/data/orders"))[0] == 401
        now_s = await (await at.clob.get("/time")).json()
        headers = wallet.l2(now_s * NS_PER_S, "GET", "/data/orders", b"")
        assert (await at.clob.get("/data/orders", headers=headers)).status == 200


async def test_cancels_one_many_market_and_all() -> None:
    async with rig() as at:
        wallet, other = await at.login(Wallet(7)), await at.login(Wallet(8))
        ids = [await resting(at, wallet) for _ in range(3)]
        foreign = await resting(at, other)
        unknown = "0x" + "3" * 64
        gone = {"canceled": [ids[0]], "not_canceled": {}}
        assert await at.call(wallet, "DELETE", "/order", {"orderID": ids[0]}) == (200, gone)
        got, said = await at.call(wallet, "DELETE", "/orders", [ids[0], ids[1], unknown, foreign])
        assert (got, said["canceled"]) == (200, [ids[1]])
        assert said["not_canceled"] == dict.fromkeys(
            (ids[0], unknown, foreign), "already canceled or matched"
        )  # fmt: skip
        free = await resting(at, wallet, "free")
        body = {"market": condition("free"), "asset_id": token_of("free", 0)}
        _, said = await at.call(wallet, "DELETE", "/cancel-market-orders", body)
        assert said["canceled"] == [free]
        assert (await at.call(wallet, "DELETE", "/cancel-all"))[1]["canceled"] == [ids[2]]
        assert (await at.call(wallet, "DELETE", "/order", {"orderID": 5}))[0] == 400
        assert (await at.call(wallet, "DELETE", "/orders", ["x"] * 1001))[0] == 400
        assert [p.id for p in at.venue.desk.open_of(other.creds["apiKey"])] == [foreign]


async def test_a_batch_answers_leg_by_leg() -> None:
    async with rig() as at:
        wallet = await at.login(Wallet(7))
        legs = [wallet.order("plain", "BUY", price, "10") for price in ("0.40", "0.405", "0.41")]
        got, said = await at.call(wallet, "POST", "/orders", legs)
        assert got == 200
        assert [leg["status"] for leg in said] == ["live", "", "live"]
        assert (said[1]["success"], said[1]["orderID"]) == (True, "")
        assert "breaks minimum tick size rule" in said[1]["errorMsg"]
        at.venue.faults.arm("geoblock", "polymarket", count=-1)
        assert (await at.call(wallet, "POST", "/orders", legs))[0] == 403


async def test_what_is_open_is_listed_and_filtered() -> None:
    async with rig() as at:
        wallet = await at.login(Wallet(7))
        plain, free = await resting(at, wallet), await resting(at, wallet, "free")
        _, page = await at.call(wallet, "GET", "/data/orders")
        assert [row["id"] for row in page["data"]] == [plain, free]
        assert page["next_cursor"] == "LTE="
        row = page["data"][0]
        assert (row["original_size"], row["size_matched"], row["price"]) == ("10", "0", "0.4")
        for query in ({"market": condition("free")}, {"asset_id": token_of("free", 0)},
                      {"id": free}):  # fmt: skip
            _, page = await at.call(wallet, "GET", "/data/orders", **query)
            assert [row["id"] for row in page["data"]] == [free]
        await at.call(wallet, "DELETE", "/order", {"orderID": free})
        assert (await at.call(wallet, "GET", f"/data/order/{free}"))[0] == 404


STEPS = [("MATCHED", 0.0), ("MINED", 2.0), ("CONFIRMED", 2.0)]


async def test_a_trade_lives_through_its_steps_on_both_sides() -> None:
    async with rig() as at:
        taker, maker = await at.login(Wallet(7)), await at.login(Wallet(8))
        await resting(at, maker, outcome=1)
        async with at.user_socket(taker) as mine, at.user_socket(maker) as theirs:
            _, said = await at.place(taker, "plain", "BUY", "0.60", "10")
            for status, wait in STEPS:
                await at.pass_time(wait)
                for socket, side in ((mine, "TAKER"), (theirs, "MAKER")):
                    trades = [m for m in await at.heard(socket) if m["event_type"] == "trade"]
                    assert [(t["status"], t["trader_side"]) for t in trades] == [(status, side)]
                    assert trades[0]["id"] == said["tradeIDs"][0]
                    assert bool(trades[0]["transaction_hash"]) == (status != "MATCHED")
        _, page = await at.call(taker, "GET", "/data/trades", id=said["tradeIDs"][0])
        assert [row["status"] for row in page["data"]] == ["CONFIRMED"]
        _, page = await at.call(maker, "GET", "/data/trades", maker_address=maker.address)
        assert [row["trader_side"] for row in page["data"]] == ["MAKER"]
        stamp = int(page["data"][0]["match_time"])
        for query in ({"after": str(stamp + 1)}, {"before": str(stamp - 1)}, {"id": "x"}):
            assert (await at.call(taker, "GET", "/data/trades", **query))[1]["data"] == []


async def test_a_failed_trade_gives_everything_back() -> None:
    async with rig(pace=Pace(NS_PER_S, NS_PER_S, NS_PER_S)) as at:
        wallet = await at.login(Wallet(7))
        await at.book("plain", {}, {"0.50": "100"})
        before = at.venue.board.exchange.accounts.total()
        at.venue.faults.arm("failed_settlement", "polymarket")
        async with at.user_socket(wallet) as socket:
            await at.place(wallet, "plain", "BUY", "0.50", "20")
            for _ in range(3):
                await at.pass_time(1)
            said = [m["status"] for m in await at.heard(socket) if m["event_type"] == "trade"]
        assert said == ["MATCHED", "RETRYING", "FAILED"]
        query = {"signature_type": "0", "asset_type": "COLLATERAL"}
        _, body = await at.call(wallet, "GET", "/balance-allowance", **query)
        assert body["balance"] == "10000000000"
        query = {"asset_type": "CONDITIONAL", "token_id": token_of("plain", 0)}
        assert (await at.call(wallet, "GET", "/balance-allowance", **query))[1]["balance"] == "0"
        assert at.venue.board.exchange.accounts.total() == before + 10_000_000_000


async def test_a_retried_trade_is_mined_under_another_hash() -> None:
    async with rig(pace=Pace(NS_PER_S, NS_PER_S, NS_PER_S)) as at:
        wallet = await at.login(Wallet(7))
        await at.book("plain", {}, {"0.50": "100"})
        at.venue.faults.arm("failed_settlement", "polymarket", retry=1)
        async with at.user_socket(wallet) as socket:
            await at.place(wallet, "plain", "BUY", "0.50", "20")
            for _ in range(3):
                await at.pass_time(1)
            said = [m for m in await at.heard(socket) if m["event_type"] == "trade"]
        assert [m["status"] for m in said] == ["MATCHED", "RETRYING", "MINED", "CONFIRMED"]
        assert len({m["transaction_hash"] for m in said}) == 3


async def test_a_missed_heartbeat_cancels_everything_of_that_key() -> None:
    async with rig() as at:
        wallet, other = await at.login(Wallet(7)), await at.login(Wallet(8))
        await resting(at, wallet)
        await resting(at, other)
        await at.pass_time(60)
        _, first = await at.call(wallet, "POST", "/v1/heartbeats", {"heartbeat_id": ""})
        await at.pass_time(9)
        got, wrong = await at.call(wallet, "POST", "/v1/heartbeats", {"heartbeat_id": ""})
        assert (got, wrong["heartbeat_id"]) == (400, first["heartbeat_id"])
        got, _ = await at.call(wallet, "POST", "/v1/heartbeats", first)
        assert got == 200
        await at.pass_time(9)
        assert len(at.venue.desk.open_of(wallet.creds["apiKey"])) == 1
        async with at.user_socket(wallet) as socket:
            await at.pass_time(1)
            assert [m["type"] for m in await at.heard(socket)] == ["CANCELLATION"]
        assert at.venue.desk.open_of(wallet.creds["apiKey"]) == []
        assert len(at.venue.desk.open_of(other.creds["apiKey"])) == 1
        assert (await at.call(wallet, "POST", "/v1/heartbeats", {"heartbeat_id": ""}))[0] == 200


async def test_a_lost_answer_leaves_the_order_live_and_a_resend_says_so() -> None:
    async with rig() as at:
        wallet = await at.login(Wallet(7))
        order = wallet.order("plain", "BUY", "0.40", "10")
        at.venue.faults.arm("lost_ack", "polymarket", match="POST /order")
        with pytest.raises(Exception, match="disconnect"):
            await at.call(wallet, "POST", "/order", order)
        (placed,) = at.venue.desk.open_of(wallet.creds["apiKey"])
        got, said = await at.call(wallet, "POST", "/order", order)
        assert (got, said["error"]) == (400, f"order {placed.id} is invalid. Duplicated.")


async def test_buckets_warn_and_refuse_when_they_are_enforced() -> None:
    async with rig() as at:
        wallet = await at.login(Wallet(7))
        body = wallet.order("plain", "BUY", "0.40", "10")
        data = wallet.l2(at.clock.ns, "DELETE", "/cancel-all", b"")
        said = await at.clob.delete("/cancel-all", headers=data)
        assert said.headers["Poly-RateLimit-Remaining"] == "119"
        assert said.headers["Poly-RateLimit-Tier"] == "standard"
        at.venue.limits.enforce = True
        wanted = [await at.call(wallet, "POST", "/orders", [body] * 15) for _ in range(5)]
        assert [got for got, _ in wanted] == [200, 200, 200, 200, 429]
        at.venue.faults.arm("throttle", "polymarket", retry_after=2)
        refused = await at.clob.get("/time")
        assert (refused.status, refused.headers["Retry-After"]) == (429, "2")
        assert (await at.call(wallet, "GET", "/v1/user/rate-limit-tier"))[1] == {"tier": "standard"}
        assert (await at.call(wallet, "GET", "/notifications"))[1] == []
        assert (await at.call(wallet, "GET", "/balance-allowance/update"))[0] == 200
