"""What happens on the chain and at the venue: resolutions, starts, splits, conversions."""

import pytest

from tests.simulator.polymarket.rig import Rig, Wallet, condition, rig

pytestmark = pytest.mark.anyio
START = 10_000_000_000


def cash(at: Rig, wallet: Wallet) -> int:
    return at.venue.board.exchange.accounts.balance(wallet.maker.lower())


def held(at: Rig, wallet: Wallet, name: str) -> list[int]:
    return list(at.venue.board.exchange.holding(wallet.maker.lower(), condition(name)).qty)


@pytest.mark.parametrize(("payout", "paid"), [(10_000, 10_000_000), (0, 0), (5_000, 5_000_000)])
async def test_resolution_pays_and_cancels(payout: int, paid: int) -> None:
    async with rig() as at:
        yes, no = await at.login(Wallet(7)), await at.login(Wallet(8))
        await at.place(yes, "free", "BUY", "0.60", "10")
        await at.place(no, "free", "BUY", "0.40", "10", outcome=1)
        await at.place(yes, "free", "BUY", "0.10", "10")
        async with at.user_socket(yes) as socket:
            got, said = await at.do("settle", market=condition("free"), payout=payout)
            status = [m["status"] for m in await at.heard(socket)]
        assert (got, status) == (200, ["CANCELED_MARKET_RESOLVED"])
        assert said["paid"].get(yes.maker.lower(), 0) == paid
        assert cash(at, yes) == START - 6_000_000 + paid
        assert cash(at, no) == START - 4_000_000 + 10_000_000 - paid
        assert held(at, yes, "free") == [0, 0]
        assert at.venue.board.exchange.accounts.total() == 2 * START


async def test_the_book_is_wiped_when_the_game_starts() -> None:
    async with rig() as at:
        wallet = await at.login(Wallet(7))
        await at.place(wallet, "game", "BUY", "0.40", "10")
        await at.place(wallet, "free", "BUY", "0.40", "10")
        async with at.user_socket(wallet) as socket:
            await at.pass_time(1)
            assert await at.heard(socket) == []
            await at.pass_time(1_798_761_600 - at.clock.ns / 10**9)
            (said,) = await at.heard(socket)
            assert (said["type"], said["status"]) == ("CANCELLATION", "INVALID")
        assert [p.listing.condition for p in at.venue.desk.open_of(wallet.creds["apiKey"])] == [
            condition("free")]  # fmt: skip
        await at.place(wallet, "game", "BUY", "0.40", "10")
        await at.pass_time(60)
        assert len(at.venue.desk.open_of(wallet.creds["apiKey"])) == 2
        assert (await at.do("start", market=condition("game")))[1] == {"canceled": 1}


async def test_sellers_of_both_outcomes_merge() -> None:
    async with rig() as at:
        one, two = await at.login(Wallet(7)), await at.login(Wallet(8))
        for wallet in (one, two):
            await at.do("fund", wallet=wallet.maker, cash="10000")
            got, _ = await at.do("split", market=condition("free"), wallet=wallet.maker, qty="10")
            assert got == 200
        await at.place(one, "free", "SELL", "0.60", "10")
        _, said = await at.place(two, "free", "SELL", "0.40", "10", outcome=1)
        assert (said["status"], said["takingAmount"]) == ("matched", "4")
        assert (cash(at, one), cash(at, two)) == (START - 4_000_000, START - 6_000_000)
        assert (held(at, one, "free"), held(at, two, "free")) == (
            [0, 10_000_000], [10_000_000, 0])  # fmt: skip
        await at.do("split", market=condition("free"), wallet=one.maker, qty="1")
        await at.do("merge", market=condition("free"), wallet=one.maker, qty="1")
        assert (await at.do("merge", market=condition("free"), wallet=one.maker, qty="1"))[0] == 400
        assert at.venue.board.exchange.accounts.total() == 2 * START


async def test_no_converts_to_yes_of_the_others_and_never_back() -> None:
    async with rig() as at:
        wallet = await at.login(Wallet(7))
        await at.do("fund", wallet=wallet.maker, cash="10000")
        for i in (0, 1):
            await at.do("split", market=condition(f"neg{i}"), wallet=wallet.maker, qty="10")
        before = cash(at, wallet)
        give = [condition("neg0"), condition("neg1")]
        _, said = await at.do("convert", wallet=wallet.maker, markets=give, qty="10")
        assert said == {"cash": 10_000_000} and cash(at, wallet) == before + 10_000_000
        assert [held(at, wallet, f"neg{i}") for i in range(3)] == [
            [10_000_000, 0], [10_000_000, 0], [10_000_000, 0]]  # fmt: skip
        for wrong in (give, [condition("plain")]):
            assert (await at.do("convert", wallet=wallet.maker, markets=wrong, qty="1"))[0] == 400
        for i in range(3):
            await at.do("settle", market=condition(f"neg{i}"), payout=10_000 if i == 2 else 0)
        assert cash(at, wallet) == START and at.venue.board.exchange.accounts.total() == START


@pytest.mark.parametrize(
    "body",
    [{"do": "nothing"}, {}, {"do": "settle", "market": "0x1", "payout": 1},
     {"do": "settle", "market": condition("plain"), "payout": 10_001},
     {"do": "tick", "market": condition("plain"), "tick": "0.02"}],
)  # fmt: skip
async def test_nonsense_is_named(body: dict[str, object]) -> None:
    async with rig() as at:
        said = await at.clob.post("/control/polymarket", json=body)
        assert said.status == 400 and "error" in await said.json()
