"""The desk: every refusal of polymarket.md 7.4, and what becomes of orders that are let in."""

import dataclasses
from typing import Any

import pytest

from arbees.simulator.polymarket.eip712 import LEGACY, Domain, domain_of
from arbees.simulator.polymarket.errors import TEXTS
from arbees.units import NS_PER_S
from tests.simulator.polymarket.rig import (
    START_NS,
    Rig,
    Wallet,
    condition,
    rig,
    token_of,
)  # fmt: skip

pytestmark = pytest.mark.anyio
BIDS, ASKS = {"0.40": "50", "0.45": "100"}, {"0.60": "50", "0.55": "100", "0.50": "20"}


async def ready(at: Rig, name: str = "plain", kind: int = 0) -> Wallet:
    """A wallet with a key, before a recorded book."""
    wallet = await at.login(Wallet(7, kind))
    await at.book(name, BIDS, ASKS)
    return wallet


Row = tuple[str, int, dict[str, Any]]
NAMED: dict[str, Row] = {
    "price_off_tick": (
        "order {id} is invalid. Price (0.505) breaks minimum tick size rule: 0.01", 400,
        {"price": "0.505", "size": "10"}),
    "price_at_one": (
        "order {id} is invalid. Price (1) breaks minimum tick size rule: 0.01", 400,
        {"price": "1", "size": "10"}),
    "too_small": (
        "order {id} is invalid. Size (4.99) lower than the minimum: 5", 400,
        {"price": "0.30", "size": "4.99"}),
    "post_only": ("invalid post-only order: order crosses book", 400,
                  {"price": "0.50", "size": "10", "post_only": True}),
    "fok": ("order couldn't be fully filled. FOK orders are fully filled or killed.", 400,
            {"price": "0.50", "size": "100", "order_type": "FOK"}),
    "fak": (TEXTS["fak"][1], 400, {"price": "0.49", "size": "100", "order_type": "FAK"}),
    "below_a_dollar": (
        "invalid amount for a marketable BUY order ($0.5), min size: $1", 400,
        {"price": "0.50", "size": "1", "order_type": "FAK"}),
    "too_fine_dollars": (
        "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 "
        "decimals, taker amount a max of 4 decimals", 400,
        {"price": "0.50", "size": "33.33", "order_type": "FAK"}),
    "balance": ("not enough balance / allowance", 400, {"price": "0.40", "size": "30000"}),
    "expiration_too_soon": (
        "invalid expiration", 400,
        {"price": "0.40", "size": "10", "order_type": "GTD",
         "expiration": START_NS // NS_PER_S + 59}),
    "expiration_unasked": (
        "invalid expiration", 400, {"price": "0.40", "size": "10", "expiration": 9_999_999_999}),
    "wrong_domain": ("order_version_mismatch", 400,
                     {"price": "0.40", "size": "10", "domain": Domain("1", LEGACY)}),
    "wrong_contract": (
        "invalid signature", 400,
        {"price": "0.40", "size": "10",
         "domain": domain_of(neg_risk=True, protocol_v2=False)}),
    "changed_after_signing": (
        "invalid signature", 400, {"price": "0.40", "size": "10", "takerAmount": "11000000"}),
    "unsigned": ("Invalid order payload", 400,
                 {"price": "0.40", "size": "10", "signature": "0xzz"}),
    "salt_as_text": ("Invalid order payload", 400, {"price": "0.40", "size": "10", "salt": "5"}),
    "unknown_token": ("Invalid token id", 400, {"price": "0.40", "size": "10", "tokenId": "12"}),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
async def test_every_refusal_has_its_text(name: str) -> None:
    text, status, order = NAMED[name]
    async with rig() as at:
        wallet = await ready(at)
        body = wallet.order("plain", "BUY", order.pop("price"), order.pop("size"), **order)
        got, said = await at.call(wallet, "POST", "/order", body)
        order_id = next((w for w in said["error"].split() if w.startswith("0x")), "")
        assert (got, said) == (status, {"error": text.replace("{id}", order_id)})
        assert at.venue.desk.open_of(wallet.creds["apiKey"]) == []


INSIDE = ("nonce", "canceled_on_chain", "match_delayed", "timed_out", "no_match", "rounding",
          "not_ready")  # fmt: skip


@pytest.mark.parametrize("row", INSIDE)
async def test_what_only_the_inside_can_cause_is_a_fault(row: str) -> None:
    async with rig() as at:
        wallet = await ready(at)
        at.venue.faults.arm("refusal", "polymarket", row=row)
        got, said = await at.place(wallet, "plain", "BUY", "0.40", "10")
        assert (got, said["error"]) == TEXTS[row]
        assert (await at.place(wallet, "plain", "BUY", "0.40", "10"))[0] == 200


async def test_refusals_that_need_two_or_a_state_of_the_venue() -> None:
    async with rig() as at:
        wallet, other = await ready(at), await at.login(Wallet(8))
        order = wallet.order("plain", "BUY", "0.40", "10")
        assert (await at.call(wallet, "POST", "/order", order))[0] == 200
        _, said = await at.call(wallet, "POST", "/order", order)
        assert said["error"].endswith("is invalid. Duplicated.")
        _, said = await at.call(other, "POST", "/order", order)
        assert said["error"] == TEXTS["owner"][1]
        _, said = await at.call(other, "POST", "/order", {**order, "owner": other.creds["apiKey"]})
        assert said["error"] == TEXTS["signer"][1]
        batch = [wallet.order("plain", "BUY", "0.30", "10") for _ in range(16)]
        _, said = await at.call(wallet, "POST", "/orders", batch)
        assert said["error"] == "Too many orders in payload: 16, max allowed: 15"
        await at.do("allow", wallet=wallet.address, amount=1)
        _, said = await at.place(wallet, "plain", "BUY", "0.40", "10")
        assert "allowance is not enough" in said["error"]
        await at.do("close_only", wallet=other.address)
        _, said = await at.place(other, "plain", "BUY", "0.40", "10")
        assert said["error"] == f"'{other.address}' address in closed only mode"
        assert await at.call(other, "GET", "/auth/ban-status/closed-only") == (
            200, {"closed_only": True})  # fmt: skip
        await at.do("ban", wallet=other.address)
        _, said = await at.place(other, "plain", "SELL", "0.40", "10")
        assert said["error"] == f"'{other.address}' address banned"


async def test_the_venue_s_states_refuse_with_their_codes() -> None:
    async with rig() as at:
        wallet = await ready(at)
        arm = at.venue.faults.arm
        arm("geoblock", "polymarket", count=-1)
        assert (await at.place(wallet, "plain", "BUY", "0.40", "10"))[0] == 403
        said = await (await at.gamma.get("/api/geoblock")).json()
        assert (said["blocked"], said["country"]) == (True, "US")
        at.venue.faults.clear()
        for text, more in (("disabled", {}), ("cancel_only", {"cancel_only": 1})):
            arm("pause", "polymarket", ms=1_000, **more)
            got, body = await at.place(wallet, "plain", "BUY", "0.40", "10")
            assert (got, body["error"]) == TEXTS[text]
            await at.pass_time(1)
        _, resting = await at.place(wallet, "plain", "BUY", "0.40", "10")
        arm("engine_restart", "polymarket")
        got, _ = await at.place(wallet, "plain", "BUY", "0.40", "10")
        assert got == 425
        gone = {"orderID": resting["orderID"]}
        assert (await at.call(wallet, "DELETE", "/order", gone))[0] == 425
        await at.pass_time(5)
        got, body = await at.place(wallet, "plain", "BUY", "0.40", "10")
        assert (got, body["code"], body["retry_after_seconds"]) == (503, "post_only_mode", 120)
        got, body = await at.place(wallet, "plain", "BUY", "0.50", "10", post_only=True)
        assert (got, body["error"].split(" ", 2)[2]) == (400, "crosses the book")
        assert (await at.place(wallet, "plain", "BUY", "0.40", "10", post_only=True))[0] == 200
        assert (await at.call(wallet, "DELETE", "/order", gone))[1]["canceled"]
        await at.pass_time(120)
        assert (await at.place(wallet, "plain", "BUY", "0.40", "10"))[0] == 200


async def test_a_buy_walks_the_book_and_pays_the_makers_prices() -> None:
    async with rig() as at:
        wallet = await ready(at)
        _, said = await at.place(wallet, "plain", "BUY", "0.55", "50")
        assert said["status"] == "matched"
        assert (said["makingAmount"], said["takingAmount"]) == ("26.5", "50")
        assert len(said["tradeIDs"]) == 2 and said["transactionsHashes"] == []
        # 20 * .05 * .25 + 30 * .05 * .2475, rounded to five decimals
        _, balance = await at.call(
            wallet, "GET", "/balance-allowance", asset_type="COLLATERAL", signature_type="0"
        )
        assert int(balance["balance"]) == 10_000_000_000 - 26_500_000 - 250_000 - 371_250
        total = at.venue.board.exchange.accounts.total()
        assert total == 10_000_000_000


async def test_a_market_buy_spends_its_dollars_on_more_shares_when_they_are_cheaper() -> None:
    async with rig() as at:
        wallet = await ready(at)
        _, said = await at.place(
            wallet, "plain", "BUY", "0.55", "18.1818", order_type="FOK", dollars="10"
        )
        assert (said["makingAmount"], said["takingAmount"]) == ("10", "20")


async def test_shares_cannot_be_sold_before_they_are_mined() -> None:
    async with rig() as at:
        wallet = await ready(at)
        await at.place(wallet, "plain", "BUY", "0.50", "20")
        got, said = await at.place(wallet, "plain", "SELL", "0.45", "20")
        assert (got, said["error"]) == (400, "not enough balance / allowance")
        await at.pass_time(2)
        _, said = await at.place(wallet, "plain", "SELL", "0.45", "20")
        assert (said["makingAmount"], said["takingAmount"]) == ("20", "9")


async def test_two_buyers_of_opposite_outcomes_mint() -> None:
    async with rig() as at:
        yes, no = await at.login(Wallet(7)), await at.login(Wallet(8))
        await at.place(yes, "plain", "BUY", "0.60", "10")
        async with at.user_socket(yes) as socket:
            _, said = await at.place(no, "plain", "BUY", "0.45", "10", outcome=1)
            assert (said["makingAmount"], said["takingAmount"]) == ("4", "10")
            trade = next(m for m in await at.heard(socket) if m["event_type"] == "trade")
        assert (trade["trader_side"], trade["asset_id"]) == ("MAKER", token_of("plain", 1))
        assert (trade["price"], trade["side"], trade["outcome"]) == ("0.4", "BUY", "No")
        leg = trade["maker_orders"][0]
        assert (leg["asset_id"], leg["price"]) == (token_of("plain", 0), "0.6")
        assert (leg["owner"], leg["matched_amount"]) == (yes.creds["apiKey"], "10")


async def test_sports_takers_wait_and_makers_may_go() -> None:
    async with rig() as at:
        taker, maker = await at.login(Wallet(7)), await at.login(Wallet(8))
        _, made = await at.place(maker, "game", "BUY", "0.50", "10", outcome=1)
        async with at.user_socket(taker) as socket:
            _, said = await at.place(taker, "game", "BUY", "0.50", "10")
            assert (said["status"], said["makingAmount"]) == ("delayed", "")
            first = await at.heard(socket)
            assert [(m["type"], m["status"]) for m in first] == [("PLACEMENT", "DELAYED")]
            _, kept = await at.call(taker, "DELETE", "/order", {"orderID": said["orderID"]})
            assert list(kept["not_canceled"]) == [said["orderID"]]
            await at.call(maker, "DELETE", "/order", {"orderID": made["orderID"]})
            await at.pass_time(3)
            assert await at.heard(socket) == []
            _, resting = await at.call(taker, "GET", f"/data/order/{said['orderID']}")
            assert (resting["status"], resting["size_matched"]) == ("LIVE", "0")


async def test_a_delayed_kill_is_told_with_its_reason() -> None:
    async with rig() as at:
        wallet = await ready(at, "game")
        async with at.user_socket(wallet) as socket:
            _, said = await at.place(
                wallet, "game", "BUY", "0.50", "20", order_type="FOK", dollars="10"
            )
            assert said["status"] == "delayed"
            await at.book("game", BIDS, {"0.60": "50"})
            await at.pass_time(3)
            last = (await at.heard(socket))[-1]
            assert (last["type"], last["size_matched"]) == ("CANCELLATION", "")
            assert last["status"] == f"CANCELED_{TEXTS['fok'][1]}"


async def test_gtd_dies_a_minute_before_it_says() -> None:
    async with rig() as at:
        wallet = await ready(at)
        async with at.user_socket(wallet) as socket:
            end = START_NS // NS_PER_S + 180
            await at.place(wallet, "plain", "BUY", "0.40", "10", order_type="GTD", expiration=end)
            await at.pass_time(119)
            assert [m["type"] for m in await at.heard(socket)] == ["PLACEMENT"]
            await at.pass_time(1)
            assert [m["status"] for m in await at.heard(socket)] == ["CANCELED_EXPIRED_ORDER"]


async def test_half_is_filled_and_the_rest_cancelled() -> None:
    async with rig() as at:
        wallet = await ready(at)
        at.venue.faults.arm("partial_then_cancel", "polymarket")
        async with at.user_socket(wallet) as socket:
            _, said = await at.place(wallet, "plain", "BUY", "0.55", "100")
            assert (said["status"], said["takingAmount"]) == ("matched", "50")
            last = (await at.heard(socket))[-1]
            assert (last["type"], last["original_size"]) == ("CANCELLATION", "100")
            assert last["size_matched"] == "50"


async def test_all_signature_kinds_trade_and_a_wallet_has_one_holder() -> None:
    async with rig() as at:
        await at.book("plain", BIDS, ASKS)
        for kind, funder in ((1, "0x" + "11" * 20), (2, "0x" + "22" * 20), (3, "0x" + "33" * 20)):
            wallet = await at.login(Wallet(10 + kind, kind, funder))
            got, said = await at.place(wallet, "plain", "BUY", "0.40", "10")
            assert got == 200, said
        thief = await at.login(Wallet(99, 2, "0x" + "22" * 20))
        _, said = await at.place(thief, "plain", "BUY", "0.40", "10")
        assert said["error"] == TEXTS["signer"][1]
        body = thief.order("plain", "BUY", "0.40", "10")
        body["order"]["signatureType"] = 3
        _, said = await at.call(thief, "POST", "/order", body)
        assert said["error"] in (TEXTS["signature"][1], TEXTS["signer"][1])


async def test_every_domain_trades() -> None:
    async with rig() as at:
        wallet = await at.login(Wallet(7))
        for name, price in (("plain", "0.40"), ("neg0", "0.405"), ("protocol", "0.40")):
            got, said = await at.place(wallet, name, "BUY", price, "10")
            assert (got, said.get("status")) == (200, "live"), said


async def test_orders_of_the_old_struct_are_told_the_version() -> None:
    async with rig() as at:
        wallet = await ready(at)
        body = wallet.order("plain", "BUY", "0.40", "10")
        del body["order"]["timestamp"]
        body["order"] |= {"nonce": "0", "feeRateBps": "0", "taker": "0x" + "0" * 40}
        assert (await at.call(wallet, "POST", "/order", body))[1] == {
            "error": "order_version_mismatch"}  # fmt: skip


async def test_crypto_takers_are_answered_late() -> None:
    async with rig(speed=50.0) as at:
        wallet = await ready(at, "crypto")
        _, said = await at.place(wallet, "crypto", "BUY", "0.50", "10")
        assert said["status"] == "matched"
        assert dataclasses.asdict(at.venue.desk.deals.pace)["mined_ns"] == NS_PER_S // 25


async def test_a_hydrating_or_resolved_market_takes_no_orders() -> None:
    async with rig() as at:
        wallet = await ready(at)
        await at.do("hydrate", market=condition("plain"))
        _, said = await at.place(wallet, "plain", "BUY", "0.40", "10")
        assert said["error"] == TEXTS["not_ready"][1]
        await at.do("hydrate", market=condition("plain"), done=True)
        assert (await at.place(wallet, "plain", "BUY", "0.40", "10"))[0] == 200
        await at.do("settle", market=condition("free"), payout=5_000)
        got, said = await at.place(wallet, "free", "BUY", "0.40", "10")
        assert (got, said["error"]) == TEXTS["no_book"]
