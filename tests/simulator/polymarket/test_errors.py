"""Every row of polymarket.md 7.4 stands in the simulator, word for word, and has a case."""

import re
from pathlib import Path
from typing import Any

import pytest

from arbees.simulator.polymarket.errors import (
    TEXTS,
    post_only_mode,
    problem,
    restarting,
    throttled,
    wrong_heartbeat,
)  # fmt: skip
from tests.simulator.polymarket import test_account, test_desk

ROWS = {
    "Invalid order payload": test_desk.NAMED["unsigned"],
    "the order owner has to be the owner of the API KEY": "refusals_that_need_two",
    "the order signer address has to be the address of the API KEY": "refusals_that_need_two",
    "'{address}' address banned": "refusals_that_need_two",
    "'{address}' address in closed only mode": "refusals_that_need_two",
    "Too many orders in payload: {count}, max allowed: {most}": "refusals_that_need_two",
    "invalid post-only order: order crosses book": test_desk.NAMED["post_only"],
    "order {id} is invalid. Price ({price}) breaks minimum tick size rule: {tick}":
        test_desk.NAMED["price_off_tick"],
    "order {id} is invalid. Size ({size}) lower than the minimum: {least}":
        test_desk.NAMED["too_small"],
    "order {id} is invalid. Duplicated.": "refusals_that_need_two",
    "order {id} crosses the book": "states_refuse",
    "not enough balance / allowance": test_desk.NAMED["balance"],
    "invalid nonce": "only_the_inside",
    "invalid expiration": test_desk.NAMED["expiration_too_soon"],
    "order canceled in the CTF exchange contract": "only_the_inside",
    "order match delayed due to market conditions": "only_the_inside",
    "order couldn't be fully filled. FOK orders are fully filled or killed.":
        test_desk.NAMED["fok"],
    "no orders found to match with FAK order. FAK orders are partially filled or killed if no "
    "match is found.": test_desk.NAMED["fak"],
    "the market is not yet ready to process new orders": "only_the_inside",
    "order_version_mismatch": test_desk.NAMED["wrong_domain"],
    "order timed out": "only_the_inside",
    "there are no matching orders": "only_the_inside",
    "the trade contains rounding issues": "only_the_inside",
    "Unauthorized/Invalid api key": "keys_are_made_and_checked",
    "Invalid L1 Request headers": "keys_are_made_and_checked",
    "Trading is currently disabled. Check polymarket.com for updates": "states_refuse",
}  # fmt: skip


@pytest.mark.parametrize("text", ROWS)
def test_every_row_has_its_text_and_its_case(text: str) -> None:
    assert text in [found for _, found in TEXTS.values()]
    case: Any = ROWS[text]
    if isinstance(case, str):
        names = [*dir(test_desk), *dir(test_account)]
        assert any(case in name for name in names), case
    else:
        assert case[0].split("(")[0] == text.split("(")[0]


def test_the_inside_rows_are_all_asked_for() -> None:
    inside = [text for text, case in ROWS.items() if case == "only_the_inside"]
    assert sorted(inside) == sorted(TEXTS[name][1] for name in test_desk.INSIDE)


def test_answers_that_carry_more_than_a_text() -> None:
    assert restarting().headers == {"Retry-After": "1"} and restarting().status == 425
    assert throttled(3).headers == {"Retry-After": "3"} and throttled().status == 429
    body = post_only_mode(79).body
    assert (body["code"], body["retry_after_seconds"]) == ("post_only_mode", 79)
    assert wrong_heartbeat("x").body == {"error_msg": "Invalid Heartbeat ID", "heartbeat_id": "x"}
    assert problem("banned", address="0x1").text == "'0x1' address banned"


def test_no_row_of_the_reference_is_missing(test_data: Path) -> None:
    """Read from the reference itself where it lies beside the data."""
    path = test_data.parent / "reference" / "polymarket.md"
    if not path.exists():
        pytest.skip(f"no reference at {path}")
    text = path.read_text()
    section = text[text.index("### 7.4") : text.index("### 7.5")].partition("```")[0]
    rows = [row for row in re.findall(r"`([^`]+)`", section) if " " in row or "_mismatch" in row]
    rows = [row for row in rows if not row.startswith(("HTTP", "… ", "Retry", "Polymarket"))]
    known = [_bare(found) for _, found in TEXTS.values()]
    for row in rows:
        if not row.startswith('{"error"'):  # the body of HTTP 400, and of post-only mode
            assert _bare(row) in known, row
    assert len(rows) > 20


def _bare(text: str) -> str:
    """Without what is filled in."""
    return re.sub(r"\{[^}]*\}", "{}", text)
