"""polymarket-client trades on the simulated Polymarket: its signing, parsing and transport are its
own.

Overridden, and nothing else (`OVERRIDES`): the addresses in its environment, which is its own class
made by its own function; the chain, contracts and all else are those of production.
"""

import ast
import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from polymarket import AsyncPublicClient, AsyncSecureClient
from polymarket._internal.environment import PRODUCTION_CONFIG, with_environment_config
from polymarket._internal.wallet import derive_beacon_deposit_wallet_address
from polymarket.environments import PRODUCTION, Environment
from polymarket.errors import RequestRejectedError
from polymarket.streams import MarketSpec, UserSpec

from tests.peers.served import simulator, tell

OVERRIDES = {
    "clob_url": "clob", "gamma_url": "gamma", "clob_market_ws_url": "polymarket_ws",
    "clob_user_ws_url": "polymarket_user_ws", "relayer_url": "clob",
}  # fmt: skip
KEYS = ["0x" + f"{number:064x}" for number in range(101, 110)]
HEARD_S = 10


@pytest.fixture(scope="module")
def said() -> Iterator[dict[str, Any]]:
    with simulator() as endpoints:
        yield endpoints


@pytest.fixture(scope="module")
def environment(said: dict[str, Any]) -> Environment:
    urls = {name: said[key] for name, key in OVERRIDES.items()}
    return with_environment_config(PRODUCTION, config=replace(PRODUCTION_CONFIG, **urls))


def test_nothing_else_of_it_is_touched() -> None:
    """Read from this very file: no attribute is assigned on anything, and nothing is patched."""
    tree = ast.parse(Path(__file__).read_text())
    targets = [t for node in ast.walk(tree) if isinstance(node, ast.Assign) for t in node.targets]
    assert not any(isinstance(target, ast.Attribute) for target in targets)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert names.isdisjoint({"monkeypatch", "setattr", "mock", "patch"})
    assert len(OVERRIDES) == 5


async def market_of(client: Any, slug: str) -> tuple[str, str, str]:
    """(condition, first token, second token) from the catalogue."""
    market = await client.get_market(slug=slug)
    return market.condition_id, market.outcomes.yes.token_id, market.outcomes.no.token_id


async def stocked(said: dict[str, Any], client: Any, slug: str) -> tuple[str, str, str]:
    """The same, with a book of known depth."""
    found = await market_of(client, slug)
    book = {"bids": [["0.40", "50"], ["0.45", "100"]], "asks": [["0.60", "50"], ["0.55", "100"]]}
    tell(said, "/control/polymarket", {"do": "liquidity", "market": found[0], **book})
    return found


async def heard(handle: Any, wanted: int) -> list[Any]:
    """The next events of a subscription."""
    events = []
    async with asyncio.timeout(HEARD_S):
        async for event in handle:
            events.append(event)
            if len(events) == wanted:
                break
    return events


def test_catalogue_book_and_prices(said: dict[str, Any], environment: Environment) -> None:
    async def go() -> None:
        async with AsyncPublicClient(environment=environment) as client:
            pages = [page async for page in client.list_events(page_size=2)]
            assert sum(len(page.items) for page in pages) == 6
            condition, yes, no = await stocked(said, client, "kxfeddecision-26jan-h0")
            book = await client.get_order_book(asset_id=yes)
            assert (book.bids[-1].price, book.asks[-1].price) == (Decimal("0.45"), Decimal("0.55"))
            assert book.condition_id == condition
            books = await client.get_order_books(asset_ids=[yes, no])
            assert books[1].asks[-1].price == Decimal("0.55")
            assert await client.get_midpoint(asset_id=yes) == Decimal("0.5")
            assert await client.get_spread(asset_id=no) == Decimal("0.1")
            assert await client.get_price(asset_id=yes, side="BUY") == Decimal("0.55")
            assert await client.get_last_trade_price(asset_id=no) is None

    asyncio.run(go())


def test_keys_place_fill_settle(said: dict[str, Any], environment: Environment) -> None:
    async def go() -> None:
        wallet = {"private_key": KEYS[0], "wallet": address_of(KEYS[0])}
        async with await AsyncSecureClient.create(**wallet, environment=environment) as client:
            assert len(await client.fetch_api_keys()) == 1
            assert not await client.get_closed_only_mode()
            condition, yes, _ = await stocked(said, client, "kxcpiyoy-26jan-t2.8")
            before = (await client.get_balance_allowance(asset_type="COLLATERAL")).balance
            user = await client.subscribe(UserSpec(markets=[condition]))
            taken = await client.place_limit_order(asset_id=yes, price="0.60", size=120, side="BUY")
            assert taken.ok and taken.status == "matched"
            assert (taken.making_amount, taken.taking_amount) == (Decimal(67), Decimal(120))
            hashes = await client.wait_for_order_fill_settlement(taken)
            assert len(hashes) == len(taken.trade_ids) == 2
            after = (await client.get_balance_allowance(asset_type="COLLATERAL")).balance
            # 100 * .05 * .2475 + 20 * .05 * .24
            assert before - after == 67_000_000 + 1_237_500 + 240_000
            shares = await client.get_balance_allowance(asset_type="CONDITIONAL", asset_id=yes)
            assert shares.balance == 120_000_000
            events = await heard(user, 8)
            kinds = [(e.type, e.payload.status) for e in events]
            assert kinds[0] == ("order", "LIVE") or kinds[0] == ("order", "MATCHED")
            trades = [e.payload for e in events if e.type == "trade"]
            assert {t.status for t in trades} == {"MATCHED", "MINED", "CONFIRMED"}
            listed = [t async for page in client.list_account_trades() for t in page.items]
            assert sum(t.size for t in listed) == Decimal(120)
            await user.close()

    asyncio.run(go())


def test_rest_list_cancel(said: dict[str, Any], environment: Environment) -> None:
    async def go() -> None:
        wallet = {"private_key": KEYS[1], "wallet": address_of(KEYS[1])}
        async with await AsyncSecureClient.create(**wallet, environment=environment) as client:
            condition, yes, no = await stocked(said, client, "govpartywi-26-d")
            market = await client.subscribe(MarketSpec(asset_ids=[yes]))
            assert (await heard(market, 1))[0].type == "book"
            price = {"price": "0.42", "size": 10, "side": "BUY"}
            first = await client.place_limit_order(asset_id=yes, post_only=True, **price)
            assert first.ok and first.status == "live"
            change = (await heard(market, 1))[0]
            assert change.type == "price_change"
            assert {row.size for row in change.payload.price_changes} == {Decimal(10)}
            later = int(time.time()) + 600
            second = await client.place_limit_order(asset_id=no, expiration=later, **price)
            assert second.ok
            open_now = [o async for page in client.list_open_orders() for o in page.items]
            assert {o.id for o in open_now} == {first.order_id, second.order_id}
            assert (await client.get_order(order_id=first.order_id)).size_matched == 0
            gone = await client.cancel_order(order_id=first.order_id)
            assert gone.canceled == (first.order_id,)
            again = await client.cancel_orders(order_ids=[first.order_id, "0x" + "1" * 64])
            assert len(again.not_canceled) == 2
            assert (await client.cancel_market_orders(market=condition)).canceled == (
                second.order_id,)  # fmt: skip
            assert (await client.cancel_all()).canceled == ()
            beat = await client.send_order_heartbeat()
            assert await client.send_order_heartbeat(heartbeat_id=beat.heartbeat_id)
            await market.close()

    asyncio.run(go())


def test_market_orders_batches_and_refusals(said: dict[str, Any], environment: Environment) -> None:
    async def go() -> None:
        wallet = {"private_key": KEYS[2], "wallet": address_of(KEYS[2])}
        async with await AsyncSecureClient.create(**wallet, environment=environment) as client:
            _, yes, _ = await stocked(said, client, "kxfeddecision-26jan-c25")
            spent = await client.place_market_order(
                asset_id=yes, side="BUY", amount=11, order_type="FOK"
            )
            assert spent.ok and spent.making_amount == Decimal(11)
            assert spent.taking_amount == Decimal(20)
            await client.wait_for_order_fill_settlement(spent)
            sold = await client.place_market_order(asset_id=yes, side="SELL", shares=20)
            assert sold.ok and sold.taking_amount == Decimal(9)
            legs = [
                await client.create_limit_order(asset_id=yes, price=price, size=size, side="BUY")
                for price, size in (("0.30", 10), ("0.31", 50_000))
            ]
            answers = await client.post_orders(legs)
            assert [answer.ok for answer in answers] == [True, False]
            assert answers[1].code == "not_enough_balance"
            with pytest.raises(RequestRejectedError, match="crosses book"):
                await client.place_limit_order(
                    asset_id=yes, price="0.60", size=10, side="BUY", post_only=True
                )

    asyncio.run(go())


def test_a_deposit_wallet_signs_for_its_owner(
    said: dict[str, Any], environment: Environment
) -> None:
    """Signature type 3: the contract wallet is maker and signer, its owner's key signs inside."""

    async def go() -> None:
        owner = address_of(KEYS[3])
        wallet = derive_beacon_deposit_wallet_address(owner, PRODUCTION_CONFIG.wallet_derivation)
        made = AsyncSecureClient.create(
            private_key=KEYS[3], wallet=wallet, environment=environment
        )  # fmt: skip
        async with await made as client:
            assert client.wallet_type == "DEPOSIT_WALLET"
            _, yes, _ = await stocked(said, client, "kxbtc15m-26jan010000-00")
            taken = await client.place_limit_order(asset_id=yes, price="0.55", size=10, side="BUY")
            assert taken.ok and taken.status == "matched"

    asyncio.run(go())


def address_of(key: str) -> str:
    from eth_account import Account

    return str(Account.from_key(key).address)
