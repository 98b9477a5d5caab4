"""CLOB market data: the shapes of polymarket.md 3, numbers and strings apart."""

import json
from pathlib import Path
from typing import Any

import pytest

from arbees.simulator.polymarket.shapes import hashed
from tests.simulator.polymarket.rig import Rig, Wallet, condition, rig, token_of

pytestmark = pytest.mark.anyio
YES, NO = token_of("plain", 0), token_of("plain", 1)


async def get(at: Rig, path: str, **query: str) -> tuple[int, Any]:
    said = await at.clob.get(path, params=query)
    return said.status, await said.json()


async def post(at: Rig, path: str, body: Any) -> tuple[int, Any]:
    said = await at.clob.post(path, json=body)
    return said.status, await said.json()


async def stocked(at: Rig) -> None:
    """Owned by the exchange, so that both tokens have a book."""
    rows = {"bids": [["0.40", "50"], ["0.45", "100"]], "asks": [["0.60", "50.5"], ["0.54", "9"]]}
    assert (await at.do("liquidity", market=condition("plain"), **rows))[0] == 200


async def test_small_answers() -> None:
    async with rig() as at:
        assert await get(at, "/ok") == (200, "OK")
        assert await get(at, "/time") == (200, at.clock.ns // 10**9)
        assert await get(at, "/version") == (200, {"version": 2})
        assert await get(at, "/neg-risk", token_id=token_of("neg0", 0)) == (200, {"neg_risk": True})
        assert await get(at, "/fee-rate", token_id=YES) == (200, {"base_fee": 1000})
        assert await get(at, "/fee-rate", token_id=token_of("free", 0)) == (200, {"base_fee": 0})
        assert (await get(at, f"/markets-by-token/{NO}"))[1]["condition_id"] == condition("plain")


async def test_books_mirror_each_other_and_carry_their_hash() -> None:
    async with rig() as at:
        await stocked(at)
        _, yes = await get(at, "/book", token_id=YES)
        _, books = await post(at, "/books", [{"token_id": NO}, {"token_id": "77"}])
        (no,) = books
        assert yes["bids"] == [{"price": "0.4", "size": "50"}, {"price": "0.45", "size": "100"}]
        assert yes["asks"] == [{"price": "0.6", "size": "50.5"}, {"price": "0.54", "size": "9"}]
        assert no["bids"] == [{"price": "0.4", "size": "50.5"}, {"price": "0.46", "size": "9"}]
        assert (yes["min_order_size"], yes["tick_size"], yes["last_trade_price"]) == (
            "5",
            "0.01",
            "",
        )
        assert yes["neg_risk"] is False and yes["hash"] == hashed(yes)


def test_the_book_hash_is_the_venue_s(test_data: Path) -> None:
    path = test_data / "signing" / "polymarket_vectors.json"
    vector = json.loads(path.read_bytes())["book_hash_sha1"]
    assert hashed(json.loads(vector["serialized"])) == vector["sha1"]


async def test_prices_midpoints_spreads() -> None:
    async with rig() as at:
        await stocked(at)
        assert await get(at, "/price", token_id=YES, side="BUY") == (200, {"price": "0.54"})
        assert await get(at, "/price", token_id=YES, side="SELL") == (200, {"price": "0.45"})
        asked = [{"token_id": YES, "side": "BUY"}, {"token_id": YES, "side": "SELL"}]
        assert (await post(at, "/prices", asked))[1] == {YES: {"BUY": "0.54", "SELL": "0.45"}}
        assert await get(at, "/midpoint", token_id=YES) == (200, {"mid": "0.495"})
        assert (await post(at, "/midpoints", [{"token_id": NO}]))[1] == {NO: "0.505"}
        assert await get(at, "/spread", token_id=YES) == (200, {"spread": "0.09"})
        assert (await post(at, "/spreads", [{"token_id": YES}]))[1] == {YES: "0.09"}


async def test_last_trades_know_their_taker() -> None:
    async with rig() as at:
        await stocked(at)
        assert (await get(at, "/last-trade-price", token_id=YES))[1]["side"] == ""
        assert (await post(at, "/last-trades-prices", [{"token_id": YES}]))[1] == []
        await at.place(await at.login(Wallet(7)), "plain", "BUY", "0.54", "9")
        last = {"price": "0.54", "side": "BUY"}
        assert (await get(at, "/last-trade-price", token_id=YES))[1] == last
        assert (await post(at, "/last-trades-prices", [{"token_id": YES}]))[1] == [
            {"token_id": YES, **last}]  # fmt: skip
        assert (await get(at, "/book", token_id=YES))[1]["last_trade_price"] == "0.54"


async def test_parameters_leave_out_what_is_not() -> None:
    async with rig() as at:
        _, plain = await get(at, f"/clob-markets/{condition('plain')}")
        assert plain["fd"] == {"r": 0.05, "e": 1, "to": True} and plain["mts"] == 0.01
        assert {"nr", "cbos", "itode", "sd", "gst"}.isdisjoint(plain)
        _, free = await get(at, f"/clob-markets/{condition('free')}")
        assert "fd" not in free
        _, game = await get(at, f"/clob-markets/{condition('game')}")
        assert (game["cbos"], game["sd"], game["gst"]) == (True, 3, "2027-01-01 00:00:00+00")
        assert (await get(at, f"/clob-markets/{condition('neg1')}"))[1]["nr"] is True
        assert (await get(at, f"/clob-markets/{condition('crypto')}"))[1]["itode"] is True


async def test_market_objects_before_and_after_a_split() -> None:
    async with rig() as at:
        path = f"/markets/{condition('plain')}"
        _, before = await get(at, path)
        assert (before["closed"], before["is_50_50_outcome"]) == (False, False)
        await at.do("settle", market=condition("plain"), payout=5_000)
        _, after = await get(at, path)
        assert (after["active"], after["closed"], after["enable_order_book"]) == (True, True, False)
        assert after["is_50_50_outcome"] and [t["price"] for t in after["tokens"]] == [0.5, 0.5]
        assert not any(token["winner"] for token in after["tokens"])
        assert (await get(at, "/book", token_id=YES))[0] == 404
        _, page = await get(at, "/markets", next_cursor="MA==")
        assert (page["count"], page["next_cursor"]) == (len(page["data"]), "LTE=")


async def test_refusals_of_market_data() -> None:
    async with rig() as at:
        await stocked(at)
        no_book = "No orderbook exists for the requested token id"
        assert await get(at, "/book", token_id="x") == (400, {"error": "Invalid token id"})
        assert await get(at, "/book", token_id="12") == (404, {"error": no_book})
        assert await get(at, "/price", token_id=YES, side="x") == (400, {"error": "Invalid side"})
        assert await post(at, "/books", {"a": 1}) == (400, {"error": "Invalid payload"})
        many = [{"token_id": YES}] * 501
        assert (await post(at, "/books", many))[0] == 400
        assert await get(at, "/tick-size", token_id="12") == (404, {"error": "market not found"})
        assert (await get(at, "/fee-rate", token_id="12"))[0] == 404
        assert (await get(at, "/clob-markets/0x1"))[0] == 404
        assert (await get(at, "/midpoint", token_id=token_of("free", 0)))[0] == 404
        await at.do("hydrate", market=condition("plain"))
        assert (await get(at, f"/markets/{condition('plain')}"))[0] == 404
        at.venue.faults.arm("html", "polymarket", status=503)
        page = await at.clob.get("/time")
        assert (page.status, page.content_type) == (503, "text/html")
        at.venue.faults.arm("server_error", "polymarket")
        assert await get(at, "/time") == (500, {"error": "Internal server error"})
        at.venue.faults.arm("maintenance", "polymarket")
        assert (await get(at, "/time"))[0] == 503
