"""Both sockets as clients see them: dumps, changes, flags, faults, and who hears what."""

import json
from typing import Any

import aiohttp
import pytest

from tests.simulator.polymarket.rig import Rig, Wallet, condition, event, market, rig, token_of

pytestmark = pytest.mark.anyio
BIDS, ASKS = {"0.45": "100"}, {"0.55": "100"}
YES, NO = token_of("plain", 0), token_of("plain", 1)


async def watching(at: Rig, *tokens: str, **more: Any) -> aiohttp.ClientWebSocketResponse:
    socket: aiohttp.ClientWebSocketResponse = await at.clob.ws_connect("/ws/market")
    await socket.send_json({"type": "market", "assets_ids": list(tokens), **more})
    return socket


async def test_the_dump_is_an_array_with_the_best_last() -> None:
    async with rig() as at:
        await at.book("plain", {"0.40": "5", "0.45": "100"}, {"0.60": "7", "0.55": "100"})
        socket = await watching(at, YES, NO)
        dump = json.loads(await socket.receive_str())
        assert [b["asset_id"] for b in dump] == [YES]
        assert [row["price"] for row in dump[0]["bids"]] == ["0.40", "0.45"]
        assert [row["price"] for row in dump[0]["asks"]] == ["0.60", "0.55"]
        await socket.send_json({"operation": "subscribe", "assets_ids": [YES]})
        assert await at.heard(socket) == []
        await socket.send_json({"operation": "unsubscribe", "assets_ids": [YES]})
        assert await at.heard(socket) == []
        await at.book("plain", BIDS, ASKS)
        assert await at.heard(socket) == []
        quiet = await watching(at, YES, initial_dump=False)
        assert await at.heard(quiet) == []


async def test_an_order_shows_on_both_tokens() -> None:
    async with rig() as at:
        await at.book("plain", BIDS, ASKS)
        wallet = await at.login(Wallet(7))
        socket = await watching(at, NO)
        assert await at.heard(socket) == []
        await at.place(wallet, "plain", "BUY", "0.46", "10")
        (change,) = await at.heard(socket)
        rows = {row["asset_id"]: row for row in change["price_changes"]}
        assert (rows[YES]["price"], rows[YES]["side"], rows[YES]["size"]) == ("0.46", "BUY", "10")
        assert (rows[NO]["price"], rows[NO]["side"], rows[NO]["size"]) == ("0.54", "SELL", "10")
        assert (rows[NO]["best_bid"], rows[NO]["best_ask"]) == ("0.45", "0.54")
        await at.call(wallet, "DELETE", "/cancel-all")
        (change,) = await at.heard(socket)
        assert {row["size"] for row in change["price_changes"]} == {"0"}


async def test_a_trade_is_printed_and_the_book_comes_again() -> None:
    async with rig() as at:
        await at.book("plain", BIDS, {"0.55": "20"})
        wallet = await at.login(Wallet(7))
        socket = await watching(at, YES, custom_feature_enabled=True)
        await at.heard(socket)
        await at.place(wallet, "plain", "BUY", "0.55", "20")
        said = {m["event_type"]: m for m in await at.heard(socket)}
        assert list(said) == ["last_trade_price", "price_change", "best_bid_ask", "book"]
        assert (said["last_trade_price"]["side"], said["last_trade_price"]["size"]) == ("BUY", "20")
        assert (said["best_bid_ask"]["best_ask"], said["best_bid_ask"]["spread"]) == ("", "")
        assert said["book"]["asks"] == []


async def test_the_flag_decides_what_is_told_of_markets() -> None:
    async with rig() as at:
        plain, custom = (
            await watching(at, YES),
            await watching(at, YES, custom_feature_enabled=True),
        )
        await at.heard(custom)
        await at.do("list", event=event("late-event", market("late")), hydrating=True)
        (new,) = await at.heard(custom)
        assert (new["event_type"], new["outcomes"]) == ("new_market", ["Yes", "No"])
        assert new["clob_token_ids"] == [token_of("late", 0), token_of("late", 1)]
        await at.do("settle", market=condition("free"), payout=10_000)
        assert await at.heard(custom) == []
        await at.do("settle", market=condition("plain"), payout=0)
        (done,) = await at.heard(custom)
        assert (done["winning_asset_id"], done["winning_outcome"]) == (NO, "No")
        assert await at.heard(plain) == []


async def test_a_tick_changes_under_way() -> None:
    async with rig() as at:
        await at.book("plain", BIDS, ASKS)
        wallet = await at.login(Wallet(7))
        socket = await watching(at, YES)
        await at.heard(socket)
        assert (await at.place(wallet, "plain", "BUY", "0.455", "10"))[0] == 400
        at.venue.faults.arm("tick_change", "polymarket", match=condition("plain"))
        await at.pass_time(0)
        (change,) = await at.heard(socket)
        assert (change["old_tick_size"], change["new_tick_size"]) == ("0.01", "0.001")
        assert (await at.place(wallet, "plain", "BUY", "0.455", "10"))[0] == 200
        assert await (await at.clob.get("/tick-size", params={"token_id": YES})).json() == {
            "minimum_tick_size": 0.001}  # fmt: skip


@pytest.mark.parametrize("name", ["freeze_market", "gap"])
async def test_a_silent_market_still_answers_pings(name: str) -> None:
    async with rig() as at:
        socket = await watching(at, YES, token_of("free", 0))
        await at.heard(socket)
        at.venue.faults.arm(name, "polymarket", match=condition("plain"))
        await at.book("plain", BIDS, ASKS)
        assert await at.heard(socket) == []
        await at.book("free", BIDS, ASKS)
        assert [m["market"] for m in await at.heard(socket)] == [condition("free")]


async def test_a_frozen_socket_says_nothing_more_and_stays_open() -> None:
    async with rig() as at:
        socket = await watching(at, YES)
        await at.heard(socket)
        served = at.venue.served
        at.venue.faults.arm("freeze_socket", "polymarket")
        for _ in range(2):
            await at.book("plain", BIDS, ASKS)
        assert (at.venue.served, socket.closed) == (served, False)


async def test_a_cut_socket_hears_no_close_frame() -> None:
    async with rig() as at:
        socket = await watching(at, YES)
        await at.heard(socket)
        at.venue.faults.arm("disconnect", "polymarket")
        await at.book("plain", BIDS, ASKS)
        said = await socket.receive()
        assert said.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        assert socket.close_code in (None, 1006)


@pytest.mark.parametrize("auth", [None, {}, {"apiKey": "x", "secret": "y", "passphrase": "z"}])
async def test_wrong_credentials_close_the_user_socket(auth: Any) -> None:
    async with rig() as at, at.clob.ws_connect("/ws/user") as socket:
        await socket.send_json({"type": "user", "auth": auth})
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_users_hear_their_own_orders_in_the_markets_they_named() -> None:
    async with rig() as at:
        mine, other = await at.login(Wallet(7)), await at.login(Wallet(8))
        async with at.user_socket(mine, [condition("plain")]) as socket:
            await at.place(mine, "free", "BUY", "0.40", "10")
            await at.place(other, "plain", "BUY", "0.40", "10")
            assert await at.heard(socket) == []
            await socket.send_json({"operation": "subscribe", "markets": [condition("free")]})
            await at.heard(socket)
            await at.place(mine, "free", "BUY", "0.41", "10")
            (said,) = await at.heard(socket)
            assert (said["type"], said["status"], said["price"]) == ("PLACEMENT", "LIVE", "0.41")
            assert (said["created_at"], len(said["timestamp"])) == (str(at.clock.ns // 10**9), 13)
            await socket.send_json({"operation": "unsubscribe", "markets": [condition("free")]})
            await at.heard(socket)
            await at.place(mine, "free", "BUY", "0.42", "10")
            assert await at.heard(socket) == []
            await socket.send_str("not json")
            assert await at.heard(socket) == []
