"""The venue whole: recordings with our orders laid over them, and a campaign that must add up."""

import json
from collections import defaultdict
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from arbees.simulator.polymarket.deals import Pace
from arbees.simulator.polymarket.errors import Problem
from arbees.simulator.polymarket.news import UserNews
from arbees.simulator.polymarket.venue import Polymarket
from arbees.simulator.session import Line, load_session
from arbees.units import MICRO, NS_PER_S
from tests.simulator.polymarket.rig import Clock, Rig, Wallet, condition, rig, token_of

pytestmark = pytest.mark.anyio
YES, NO = token_of("plain", 0), token_of("plain", 1)
WALLETS = 4
ROUNDS = 400


def change(at: Rig, *rows: tuple[str, str, str, str]) -> Line:
    """A recorded price_change of (token, side, price, size) rows."""
    frame = {
        "event_type": "price_change", "market": condition("plain"), "timestamp": "1790000000500",
        "price_changes": [
            {"asset_id": t, "side": s, "price": p, "size": q, "hash": "", "best_bid": "",
             "best_ask": ""} for t, s, p, q in rows
        ],
    }  # fmt: skip
    return Line(at.clock.ns, "polymarket", frame)


async def test_recorded_frames_pass_untouched_until_somebody_trades() -> None:
    async with rig() as at, at.clob.ws_connect("/ws/market") as socket:
        await socket.send_json({"type": "market", "assets_ids": [YES]})
        await at.heard(socket)
        await at.book("plain", {"0.450": "100.00"}, {"0.55": "100"})
        line = change(at, (YES, "SELL", "0.55", "40"), (NO, "BUY", "0.45", "40"))
        await at.venue.play(line)
        book, passed = await at.heard(socket)
        assert passed == line.frame and book["bids"] == [{"price": "0.450", "size": "100.00"}]
        wallet = await at.login(Wallet(7))
        await at.place(wallet, "plain", "BUY", "0.55", "40")
        await at.heard(socket)
        await at.venue.play(change(at, (YES, "SELL", "0.55", "40"), (NO, "BUY", "0.45", "40")))
        assert await at.heard(socket) == []
        await at.venue.play(change(at, (NO, "BUY", "0.45", "70")))
        (said,) = await at.heard(socket)
        rows = {row["asset_id"]: (row["price"], row["size"]) for row in said["price_changes"]}
        assert rows == {YES: ("0.55", "70"), NO: ("0.45", "70")}


async def test_a_resting_order_is_filled_by_what_was_recorded() -> None:
    async with rig() as at:
        await at.book("plain", {"0.40": "10"}, {"0.55": "100"})
        wallet = await at.login(Wallet(7))
        async with at.user_socket(wallet) as user:
            await at.place(wallet, "plain", "BUY", "0.50", "20")
            await at.venue.play(change(at, (YES, "SELL", "0.49", "5")))
            printed = {
                "event_type": "last_trade_price", "asset_id": YES, "market": condition("plain"),
                "price": "0.50", "size": "7", "side": "SELL", "timestamp": "1790000000600",
                "fee_rate_bps": "0",
            }  # fmt: skip
            await at.venue.play(Line(at.clock.ns, "polymarket", printed))
            said = await at.heard(user)
        trades = [m for m in said if m["event_type"] == "trade"]
        assert [(t["trader_side"], t["maker_orders"][0]["matched_amount"]) for t in trades] == [
            ("MAKER", "5"), ("MAKER", "7")]  # fmt: skip
        assert [m["size_matched"] for m in said if m["event_type"] == "order"] == ["0", "5", "12"]


async def test_a_gap_voids_recorded_depth_and_keeps_our_orders() -> None:
    async with rig() as at:
        await at.book("plain", {"0.45": "100"}, {"0.55": "100"})
        await at.book("free", {"0.45": "100"}, {"0.55": "100"})
        wallet = await at.login(Wallet(7))
        await at.place(wallet, "plain", "BUY", "0.40", "10")
        await at.venue.play(Line(at.clock.ns, "polymarket", None))
        said = await at.clob.get("/book", params={"token_id": YES})
        assert (await said.json())["bids"] == [{"price": "0.4", "size": "10"}]
        gone = await at.clob.get("/book", params={"token_id": token_of("free", 0)})
        assert gone.status == 404


@pytest.mark.parametrize("session", ["nba_mvp_dec", "nba_games_feb"])
async def test_recordings_play_the_same_with_and_without_the_exchange(
    test_data: Path, session: str
) -> None:
    """Adopted from the first frame on, the exchange shows the books that the recording has."""
    loaded = load_session(test_data / "sessions" / session)
    lines = [line for line in loaded.lines if line.venue == "polymarket"][:4_000]
    clock = Clock()
    plain, adopted = (
        Polymarket(loaded.catalog["polymarket"]["gamma_events"], now_ns=clock.now_ns)
        for _ in range(2)
    )
    for listing in adopted.board.by_condition.values():
        adopted.board.adopt(listing, clock.ns)
    for line in lines:
        await plain.play(line)
        await adopted.play(line)
    compared = 0
    for listing in plain.board.by_condition.values():
        token = listing.tokens[0]
        if token in plain.board.tape.books:
            compared += 1
            assert _exact(adopted.board.sides(token)) == _exact(plain.board.sides(token))
    assert compared > 0


def _exact(sides: tuple[list[dict[str, str]], list[dict[str, str]]]) -> list[Any]:
    return [[(Decimal(r["price"]), Decimal(r["size"])) for r in side] for side in sides]


class Follower:
    """What one user can know from the socket alone: shares and cash, fees apart."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.shares: dict[str, int] = defaultdict(int)
        self.cash = 0
        self._trades: dict[str, Any] = {}

    def hear(self, said: dict[str, Any]) -> None:
        if said["event_type"] != "trade":
            return
        first = said["id"] not in self._trades
        failed = said["status"] == "FAILED"
        self._trades[said["id"]] = said
        if first or failed:
            self._book(said, -1 if failed else 1)

    def _book(self, said: dict[str, Any], sign: int) -> None:
        legs = [leg for leg in said["maker_orders"] if leg["owner"] == self.key]
        if said["trader_side"] == "TAKER":
            self._move(said["asset_id"], said["side"], said["size"], said["price"], sign)
        for leg in legs:
            self._move(leg["asset_id"], leg["side"], leg["matched_amount"], leg["price"], sign)

    def _move(self, token: str, side: str, size: str, price: str, sign: int) -> None:
        buys = sign if side == "BUY" else -sign
        self.shares[token] += buys * int(Decimal(size) * MICRO)
        self.cash -= buys * int(Decimal(size) * Decimal(price) * MICRO)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_campaign_adds_up(seed: int) -> None:
    """Four wallets trade at random under faults; every user's socket tells exactly what it owns."""
    rng, pace = Random(seed), Pace(NS_PER_S, NS_PER_S, NS_PER_S)
    async with rig(pace=pace, seed=seed) as at:
        at.venue.faults.draw(seed, 0.05, ["failed_settlement", "partial_then_cancel", "delayed"])
        wallets = [await at.login(Wallet(20 + i)) for i in range(WALLETS)]
        followers = [Follower(wallet.creds["apiKey"]) for wallet in wallets]
        for _ in range(ROUNDS):
            await _something(rng, at, wallets)
            _listen(at, followers)
            _check_money(at, len(wallets))
        await _settle_down(at, followers)
        deals = at.venue.desk.deals.all.values()
        assert {deal.status for deal in deals} == {"CONFIRMED", "FAILED"} and len(deals) > 30
        for wallet, follower in zip(wallets, followers, strict=True):
            _compare(at, wallet, follower)


async def _something(rng: Random, at: Rig, wallets: list[Wallet]) -> None:
    """One move, straight at the desk: the HTTP way is tested elsewhere."""
    wallet, desk = rng.choice(wallets), at.venue.desk
    owner = at.venue.keys.derive(wallet.address, 0)
    at.clock.ns += rng.randrange(NS_PER_S)
    desk.timers.advance(at.clock.ns)
    if rng.random() < 0.1:
        desk.cancel([p.id for p in desk.open_of(owner.key)], owner, at.clock.ns)
        return
    side = rng.choice(["BUY", "BUY", "SELL"])
    price = f"0.{rng.randrange(40, 61)}"
    if side == "BUY" and rng.random() < 0.4:
        body = _market_buy(wallet, rng, price)
    else:
        body = wallet.order(
            rng.choice(["plain", "free"]), side, price, f"{rng.randrange(5, 40)}",
            outcome=rng.randrange(2), order_type=rng.choice(["GTC", "GTC", "GTC", "FAK"]),
        )  # fmt: skip
    with suppress(Problem):
        entry = desk.admit(body, owner, at.clock.ns)
        wait_ns = desk.delay_of(entry)
        if wait_ns:
            desk.delay(entry, wait_ns, at.clock.ns)
        else:
            desk.execute(entry, at.clock.ns)


def _market_buy(wallet: Wallet, rng: Random, price: str) -> dict[str, Any]:
    dollars = rng.randrange(2, 9)
    shares = (Decimal(dollars) / Decimal(price)).quantize(Decimal("0.0001"))
    return wallet.order(
        "plain", "BUY", price, str(shares), order_type=rng.choice(["FAK", "FOK"]),
        dollars=str(dollars), outcome=rng.randrange(2),
    )  # fmt: skip


def _check_money(at: Rig, wallets: int) -> None:
    accounts = at.venue.board.exchange.accounts
    funded = sum(1 for account, _ in accounts.cash if account)
    assert accounts.total() == funded * 10_000 * MICRO
    assert funded <= wallets


async def _settle_down(at: Rig, followers: list[Follower]) -> None:
    for _ in range(10):
        at.clock.ns += NS_PER_S
        at.venue.desk.timers.advance(at.clock.ns)
    _listen(at, followers)


def _listen(at: Rig, followers: list[Follower]) -> None:
    """What would have gone out on the user sockets, as text and back."""
    for news in at.venue.outbox.taken():
        for follower in followers:
            if isinstance(news, UserNews) and news.key == follower.key:
                follower.hear(json.loads(json.dumps(news.body)))


def _compare(at: Rig, wallet: Wallet, follower: Follower) -> None:
    accounts = at.venue.board.exchange.accounts
    account = wallet.maker.lower()
    fees = 0
    for name in ("plain", "free"):
        holding = accounts.holding(account, condition(name))
        fees += holding.fees
        assert holding.unsettled == [0, 0]
        for outcome in (0, 1):
            assert follower.shares[token_of(name, outcome)] == holding.qty[outcome]
    if (account, 0) in accounts.cash:  # a wallet that never got an order in was never funded
        rounding = accounts.balance(account) - (10_000 * MICRO + follower.cash - fees)
        assert abs(rounding) < ROUNDS
