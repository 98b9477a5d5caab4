"""Every row of the reference's error table is said by the simulator, in one of its three shapes."""

import re
from pathlib import Path

import pytest

from arbees.simulator.exchange.events import Refusal, Refused
from arbees.simulator.kalshi.errors import Problem, over_limit, problem, too_many

SAID_ELSEWHERE = {
    "invalid_price": "test_trading", "invalid_order": "test_trading",
    "insufficient_balance": "test_trading", "bad_request": "test_trading",
    "invalid_order_size": "test_trading", "market_not_found": "test_trading",
    "order_id_and_client_order_id_mismatch": "test_trading",
    "order_side_mismatch": "test_trading", "order_ticker_mismatch": "test_trading",
    "not_found": "test_trading", "order_already_exists": "test_trading",
    "fill_or_kill_insufficient_resting_volume": "test_trading",
    "deprecated_v1_order_endpoint": "test_trading", "too_many_requests": "test_limits",
}  # fmt: skip
NEVER = {"available_balance_too_low": "observed as insufficient_balance (kalshi.md section 17)"}


def test_every_refusal_has_its_words() -> None:
    for reason in Refusal:
        found = problem(Refused(reason, "why"))
        assert 400 <= found.status < 600
        assert found.code
    assert problem(Refused(Refusal.INVALID_TERMS, "budget")).details == "budget"


def test_the_shapes() -> None:
    nested = Problem(400, "invalid_order", details="post only cross")
    assert nested.body() == {
        "error": {
            "code": "invalid_order", "message": "invalid order", "details": "post only cross",
        }
    }  # fmt: skip
    assert list(over_limit("GetMarkets").body()) == ["msg"]
    assert too_many(1).body()["error"]["code"] == "too_many_requests"
    assert too_many(2).body() == {"error": "too many requests"}
    assert Problem(400, "x", shape="flat").body() == {"code": "x", "message": "x"}


def test_every_row_of_the_reference_has_a_case(test_data: Path) -> None:
    reference = test_data.parent / "reference" / "kalshi.md"
    if not reference.exists():
        pytest.skip(f"no reference at {reference}")
    table = reference.read_text().partition("## 8. Errors")[2].partition("## 9. Fees")[0]
    rows = [line for line in table.splitlines() if re.match(r"\| \d", line)]
    codes = {code for row in rows for code in re.findall(r"`([a-z0-9_]+)`", row.split("|")[2])}
    assert len(codes) > 12
    here = Path(__file__).parent
    for code in codes:
        if code not in NEVER:
            assert code in (here / f"{SAID_ELSEWHERE[code]}.py").read_text(), code
