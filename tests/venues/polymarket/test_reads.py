"""Account reads: recorded bodies, and what is not said is not assumed."""

import json
from pathlib import Path

import pytest

from arbees.errors import WireError
from arbees.venues.polymarket import clob, reads
from arbees.venues.polymarket.orders import TokenFacts
from arbees.venues.polymarket.signing import Exchange, SignatureType
from tests.venues.polymarket.test_signing import TOKEN

OTHER = 52114319501245915516055106046884209969926127482827954674443846427813813222426


def capture(test_data: Path, name: str) -> bytes:
    return (test_data / "captures" / "polymarket" / "clob" / f"{name}.json").read_bytes()


def test_paths() -> None:
    assert reads.order("0x1/../a").path == "/data/order/0x1%2F..%2Fa"
    assert reads.open_orders("0xdd").path == "/data/orders?market=0xdd&next_cursor=MA%3D%3D"
    found = reads.trades("0xdd", "12", 1_700, "t 1", "x=")
    assert found.path == "/data/trades?id=t+1&market=0xdd&asset_id=12&after=1700&next_cursor=x%3D"
    assert found.sign_path == "/data/trades"
    assert found.bucket == "data"
    safe = SignatureType.GNOSIS_SAFE
    assert reads.balance(safe).path == "/balance-allowance?asset_type=COLLATERAL&signature_type=2"
    assert "asset_type=CONDITIONAL&token_id=12" in reads.balance(safe, "12").path
    assert "CONDITIONAL-V2" in reads.balance(safe, "12", is_position=True).path
    assert reads.refresh_balance(safe).bucket == "balance_update"
    assert "CONDITIONAL" in reads.refresh_balance(safe, "1").path
    assert reads.tick_size("1").path == "/tick-size?token_id=1"
    assert reads.neg_risk("1").path == "/neg-risk?token_id=1"
    assert reads.compact_market("0x1").path == "/clob-markets/0x1"
    assert (reads.server_time().path, reads.version().path) == ("/time", "/version")
    assert reads.rate_limit_tier().path == "/v1/user/rate-limit-tier"
    assert all(r.is_idempotent for r in (found, reads.version(), reads.order("x")))


def test_orders(test_data: Path) -> None:
    one = reads.decode_order(capture(test_data, "open_order"))
    assert one is not None
    assert (one.status, one.size_matched, one.original_size) == ("LIVE", "25.0000", "100.0000")
    page = reads.decode_orders(capture(test_data, "open_orders_page"))
    assert (len(page.data), page.next_cursor) == (2, "LTE=")
    assert reads.decode_order(capture(test_data, "open_order_sell_fok")) is not None


@pytest.mark.parametrize("body", [b"null", b"", b"{}", b'""', b" null\n"])
def test_an_order_that_is_not_active(body: bytes) -> None:
    assert reads.decode_order(body) is None


def test_trades(test_data: Path) -> None:
    page = reads.decode_trades(capture(test_data, "trades_page"))
    assert [(t.id, t.status) for t in page.data] == [("trade-0x001", "MINED")]
    one = json.loads(capture(test_data, "trade_report"))
    both = reads.decode_trades(json.dumps({"data": [one], "next_cursor": "MTA="}).encode())
    assert (both.next_cursor, len(both.data[0].maker_orders or ())) == ("MTA=", 2)


def test_balances(test_data: Path) -> None:
    found = reads.decode_balance(capture(test_data, "balance_allowance_collateral"))
    assert (found.balance, found.spendable) == (1_000_000_000, 1_000_000_000)
    said = {"balance": "5", "allowances": {"0xE1": "3", "0xe2": str(2**256 - 1)}}
    several = reads.decode_balance(json.dumps(said).encode())
    assert (several.spendable, several.allowances["0xe2"]) == (3, reads.BALANCE_MAX)
    assert reads.decode_balance(b'{"balance":"7"}').spendable == 7
    with pytest.raises(WireError, match=r"'250.500000' is no integer"):
        reads.decode_balance(capture(test_data, "balance_allowance_no_allowance"))


@pytest.mark.parametrize("text", ["", "-1", "1e3", "²", "9" * 81])
def test_odd_balances(text: str) -> None:
    with pytest.raises(WireError, match="balance"):
        reads.decode_balance(json.dumps({"balance": text}).encode())


def test_small_facts() -> None:
    assert reads.decode_neg_risk(b'{"neg_risk":true}')
    assert reads.decode_version(b'{"version":2}') == 2
    assert reads.decode_time(b"1763892000") == 1_763_892_000
    for decode in (
        reads.decode_neg_risk, reads.decode_version, reads.decode_time, reads.decode_orders,
        reads.decode_trades, reads.decode_order, reads.decode_balance,
    ):  # fmt: skip
        with pytest.raises(WireError, match="polymarket"):
            decode(b"<html>")


def compact(**more: object) -> clob.CompactMarket:
    said = {
        "c": "0xdd", "t": [{"t": str(TOKEN), "o": "Yes"}, {"t": str(OTHER), "o": "No"}],
        "mts": 0.001, "mos": 5,
    }  # fmt: skip
    return clob.decode_compact(json.dumps(said | more).encode())


def test_facts_of_a_market() -> None:
    found = reads.facts_from(compact())
    assert found[str(TOKEN)] == TokenFacts(TOKEN, "0xdd", 10, Exchange.STANDARD)
    assert found[str(OTHER)].token_id == OTHER
    assert reads.facts_from(compact(nr=True))[str(TOKEN)].exchange is Exchange.NEG_RISK
    assert reads.facts_from(compact(mts=0.0025))[str(TOKEN)].tick == 25


@pytest.mark.parametrize(
    "more",
    [
        {"mts": 0}, {"mts": -0.01}, {"mts": 0.003}, {"mts": 0.00012}, {"t": []},
        {"t": [{"t": "1", "o": "a"}, {"t": "1", "o": "b"}]},
        {"t": [{"t": "x", "o": "a"}, {"t": "y", "o": "b"}]},
    ],
)  # fmt: skip
def test_odd_markets(more: dict[str, object]) -> None:
    with pytest.raises(WireError):
        reads.facts_from(compact(**more))


def test_a_contradicted_version_is_not_signed() -> None:
    with pytest.raises(WireError, match="version"):
        reads.facts_from(compact(), "v2")
