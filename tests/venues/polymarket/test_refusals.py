"""Every error that the reference lists has a case here; a new row without one fails."""

import re
from pathlib import Path

import pytest

from arbees.errors import (
    OutcomeUnknown,
    VenueError,
    VenueRejected,
    VenueThrottled,
    VenueUnavailable,
)
from arbees.messages.requests import Response
from arbees.venues.polymarket.refusals import TEXTS, Conclusion, judge, judge_text

R, U, X = VenueRejected, VenueUnavailable, OutcomeUnknown
POST_ONLY = (
    '{"error":"post-only mode: only post-only orders and cancels are allowed",'
    '"code":"post_only_mode","retry_after_seconds":79}'
)
CASES: dict[str, tuple[int, type[VenueError], str, str]] = {
    "Invalid order payload": (400, R, "payload", "order"),
    "the order owner has to be the owner of the API KEY": (400, R, "owner", "owner"),
    "the order signer address has to be the address of the API KEY": (
        400, R, "signer", "order.signer",
    ),
    "'{a}' address banned": (400, R, "banned", "account"),
    "'{a}' address in closed only mode": (400, R, "closed_only", "account"),
    "Too many orders in payload: {N}, max allowed: {M}": (400, R, "batch_too_large", "orders"),
    "invalid post-only order: order crosses book": (400, R, "post_only_crosses", "postOnly"),
    "order {id} is invalid. Price ({p}) breaks minimum tick size rule: {t}": (
        400, R, "tick", "price",
    ),
    "order {id} is invalid. Size ({s}) lower than the minimum: {m}": (400, R, "size_min", "size"),
    "order {id} is invalid. Duplicated.": (400, X, "duplicated", "order"),
    "order {id} crosses the book": (400, R, "crosses_book", "price"),
    "not enough balance / allowance": (400, R, "balance", "balance / allowance"),
    "… allowance is not enough": (400, R, "balance", "balance / allowance"),
    "invalid nonce": (400, R, "nonce", "nonce"),
    "invalid expiration": (400, R, "expiration", "expiration"),
    "order canceled in the CTF exchange contract": (400, R, "canceled_on_chain", "order"),
    "order match delayed due to market conditions": (400, X, "delayed", "order"),
    "order couldn't be fully filled. FOK orders are fully filled or killed.": (
        400, R, "fok_not_filled", "order",
    ),
    "no orders found to match with FAK order. FAK orders are partially filled or killed if no "
    "match is found.": (400, R, "fak_no_match", "order"),
    "the market is not yet ready to process new orders": (400, U, "market_not_ready", "market"),
    "order_version_mismatch": (400, R, "order_version", "signing domain"),
    "order timed out": (500, U, "timed_out", "order"),
    "there are no matching orders": (500, R, "no_match", "order"),
    "the trade contains rounding issues": (500, R, "rounding", "makerAmount, takerAmount"),
    "Trading is currently disabled. Check polymarket.com for updates": (
        503, U, "trading_disabled", "exchange",
    ),
}  # fmt: skip
"""Row of section 7.4 -> (status, exception, reason, what it is about)."""
BESIDES: dict[str, tuple[int, type[VenueError], str, str]] = {
    "Trading is in cancel-only mode": (503, U, "cancel_only", "exchange"),
    "post-only mode: only post-only orders and cancels are allowed": (
        503, U, "post_only_mode", "exchange",
    ),
    "Trading restricted in your region": (403, R, "geoblocked", "region"),
    "Unauthorized/Invalid api key": (401, R, "unauthorized", "POLY_* headers (L2)"),
    "Invalid L1 Request headers": (401, R, "unauthorized", "POLY_* headers (L1)"),
    "who knows": (401, R, "unauthorized", "POLY_* headers (L2)"),
    "no reason": (403, R, "forbidden", "region or account"),
    "slow down": (429, VenueThrottled, "throttled", "rate limit"),
    "matching engine restarting": (425, U, "engine_restart", "exchange"),
    "invalid amounts": (400, R, "amounts", "makerAmount, takerAmount"),
    "invalid amount for a marketable BUY order ($0.5), min size: $1": (
        400, R, "notional_min", "makerAmount",
    ),
    "Invalid token id": (400, R, "token", "token_id"),
    "Invalid payload": (400, R, "payload", "body"),
    "Invalid side": (400, R, "side", "side"),
    "Invalid market": (400, R, "market", "market"),
    "No orderbook exists for the requested token id": (404, R, "no_book", "token_id"),
    "market not found": (404, R, "market", "market"),
    "fee rate not found for market": (404, R, "fee_rate", "market"),
    "context canceled": (400, R, "other", "request"),
    "Invalid Heartbeat ID": (400, R, "heartbeat_id", "heartbeat_id"),
}  # fmt: skip
"""What other sections list, and what a status says by itself."""


def filled(row: str) -> str:
    """A row with its placeholders as the venue would fill them."""
    return re.sub(r"\{\w+\}", "0x12", row)


def answer(status: int, text: str) -> Response:
    body = POST_ONLY if text.startswith("post-only mode") else f'{{"error":"{text}"}}'
    return Response(status, body.encode())


@pytest.mark.parametrize(("row", "case"), [*CASES.items(), *BESIDES.items()])
def test_every_error(row: str, case: tuple[int, type[VenueError], str, str]) -> None:
    status, kind, reason, about = case
    verdict = judge(answer(status, filled(row)), may_exist=True)
    error = verdict.error("order 1-7-0")
    assert (type(error), verdict.reason, verdict.about) == (kind, reason, about)
    shown = str(error)
    assert shown.startswith(f"polymarket order 1-7-0: {about}: ")
    assert shown.endswith(f"(HTTP {status})")
    if isinstance(error, VenueRejected):
        assert (error.reason, error.where) == (reason, about)


def rows_of(text: str) -> list[str]:
    section = text[text.index("### 7.4") : text.index("### 7.5")]
    section = section[: section.index("```json")]
    quoted = re.findall(r"`([^`]+)`", section)
    skip = {'{"error":"…"}', "Retry-After: 1"}
    return [row for row in quoted if row not in skip]


def test_no_row_of_the_reference_lacks_a_case(test_data: Path) -> None:
    reference = test_data.parent / "reference" / "polymarket.md"
    if not reference.exists():
        pytest.skip(f"no reference at {reference}")
    rows = rows_of(reference.read_text())
    assert len(rows) >= 25
    assert set(rows) == set(CASES)


def test_every_pattern_is_reached_by_a_case() -> None:
    """A pattern that another one always catches first would never speak."""
    said = [filled(row) for row in (*CASES, *BESIDES)]
    reached = set()
    for text in said:
        for number, row in enumerate(TEXTS):
            if re.search(row[0], text, re.IGNORECASE):
                reached.add(number)
                break
    assert reached == set(range(len(TEXTS)))


def test_how_long_to_wait() -> None:
    assert judge(answer(503, "post-only mode"), may_exist=True).retry_after_s == 79
    assert judge(answer(425, "restarting"), may_exist=True).retry_after_s == 1
    headers = (("retry-after", "7"),)
    slow = judge(Response(429, b"<html>", headers), may_exist=True)
    assert (slow.retry_after_s, slow.conclusion) == (7, Conclusion.THROTTLED)
    error = slow.error("x")
    assert isinstance(error, VenueThrottled)
    assert error.retry_after_s == 7
    dated = Response(429, b"", (("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"),))
    assert judge(dated, may_exist=True).retry_after_s is None


@pytest.mark.parametrize("status", [500, 502, 504, 520, 408, 301])
@pytest.mark.parametrize("body", [b"<html>oops</html>", b'{"error":"Internal server error"}', b""])
def test_an_unknown_answer_to_an_order_proves_nothing(status: int, body: bytes) -> None:
    assert judge(Response(status, body), may_exist=True).conclusion is Conclusion.UNKNOWN
    assert judge(Response(status, body), may_exist=False).conclusion is Conclusion.UNAVAILABLE


@pytest.mark.parametrize("status", [400, 404, 405, 422])
def test_an_unknown_refusal_is_a_refusal(status: int) -> None:
    verdict = judge(Response(status, b"<html>"), may_exist=True)
    assert (verdict.conclusion, verdict.reason) == (Conclusion.REJECTED, "other")
    assert "no JSON: '<html>'" in str(verdict.error("x"))


def test_throttled_by_any_words() -> None:
    verdict = judge(answer(429, "not enough balance / allowance"), may_exist=True)
    assert verdict.conclusion is Conclusion.THROTTLED


def test_long_and_strange_words_are_cut() -> None:
    verdict = judge(Response(400, b"\xff" * 10_000), may_exist=True)
    assert len(verdict.text) < 300
    assert judge_text("never heard of", 400) is None
