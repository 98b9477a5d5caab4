"""Every error the reference lists becomes the class that says what may be concluded.

The table below is checked against kalshi.md itself: a row without a case fails.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.errors import (
    ArbeesError,
    OutcomeUnknown,
    VenueRejected,
    VenueThrottled,
    VenueUnavailable,
)
from arbees.messages.requests import RequestKind, Response
from arbees.venues.kalshi import replies
from arbees.venues.kalshi.replies import Changed, Created, error_of, error_said

READ, ORDER, CANCEL = RequestKind.READ, RequestKind.ORDER, RequestKind.CANCEL
CONTRACT = 1_000_000
FOK = "fill_or_kill_insufficient_resting_volume"
GO = "json: cannot unmarshal number into Go struct field CreateOrderV2Request.count of type string"
SIGNATURE, KEY = "KALSHI-ACCESS-SIGNATURE", "KALSHI-ACCESS-KEY"
Case = tuple[type[ArbeesError], str]
"""The class, and the field or thing it is about."""

CASES: dict[tuple[str, str], Case] = {
    ("400", "invalid_price"): (VenueRejected, "price"),
    ("400", "invalid_order"): (VenueRejected, "post_only"),
    ("400", "insufficient_balance"): (VenueRejected, "balance"),
    ("400", "bad_request"): (VenueRejected, "count"),
    ("400", "invalid_order_size"): (VenueRejected, "count"),
    ("400", "available_balance_too_low"): (VenueRejected, "balance"),
    ("400", "order_id_and_client_order_id_mismatch"): (VenueRejected, "order_id"),
    ("400", "order_side_mismatch"): (VenueRejected, "side"),
    ("400", "order_ticker_mismatch"): (VenueRejected, "ticker"),
    ("400/404", "market_not_found"): (VenueRejected, "ticker"),
    ("401", "authentication_error"): (VenueRejected, SIGNATURE),
    ("401", "signature_is_missing_from_headers"): (VenueRejected, SIGNATURE),
    ("401", "header_timestamp_expired"): (VenueUnavailable, ""),
    ("401", "token_authentication_failure"): (VenueRejected, KEY),
    ("403", ""): (VenueRejected, KEY),
    ("404", "not_found"): (VenueRejected, "order_id"),
    ("409", "order_already_exists"): (OutcomeUnknown, ""),
    ("409", FOK): (VenueRejected, "count"),
    ("410", "deprecated_v1_order_endpoint"): (VenueRejected, "path"),
    ("429", "too_many_requests"): (VenueThrottled, ""),
    ("5xx", ""): (OutcomeUnknown, ""),
    ("engine", "MARKET_INACTIVE"): (VenueRejected, "ticker"),
    ("engine", "INVALID_PRICE"): (VenueRejected, "price"),
    ("engine", "MARKET_NOT_FOUND"): (VenueRejected, "ticker"),
    ("engine", "ORDER_ALREADY_EXISTS"): (OutcomeUnknown, ""),
    ("engine", "EXCHANGE_UNAVAILABLE"): (VenueUnavailable, ""),
    ("engine", "INTERNAL_ERROR"): (OutcomeUnknown, ""),
    ("engine", "POST_ONLY_CROSS"): (VenueRejected, "post_only"),
    ("engine", "market_inactive"): (VenueRejected, "ticker"),
    ("engine", "market_closed"): (VenueRejected, "ticker"),
    ("engine", "market_settled"): (VenueRejected, "ticker"),
}
DETAILS = {"invalid_order": "post only cross", "bad_request": GO}


def shapes(code: str) -> list[bytes]:
    """The same error in each shape that the wire has (section 8)."""
    said = {"code": code, "message": code.replace("_", " "), "details": DETAILS.get(code, "")}
    nested = {"error": said}
    found: list[Any] = [nested, said, {"error": said | {"service": "exchange"}}]
    if not DETAILS.get(code):
        found.append({"error": code.replace("_", " ")})
    return [json.dumps(body).encode() for body in found]


def statuses(text: str) -> list[int]:
    if text == "5xx":
        return [500, 502, 503, 504]
    return [400, 409] if text == "engine" else [int(part) for part in text.split("/")]


@pytest.mark.parametrize(("status", "code"), CASES)
def test_each_error_has_its_class_and_names_what_it_is_about(status: str, code: str) -> None:
    kind, where = CASES[(status, code)]
    bodies = shapes(code) if code else [b"", b"<html>502</html>", b'{"msg":"no"}', b'{"error":{}}']
    for number in statuses(status):
        for body in bodies:
            error = error_of(number, error_said(body), ORDER, "order arbees-1 (KXA)")
            assert type(error) is kind, body
            assert "order arbees-1 (KXA)" in str(error)
            if isinstance(error, VenueRejected):
                assert error.where == where
                assert error.reason == (code.lower() or f"http_{number}")


def test_no_row_of_the_reference_is_without_a_case(test_data: Path) -> None:
    reference = test_data.parent / "reference" / "kalshi.md"
    if not reference.is_file():
        pytest.skip(f"no reference at {reference}")
    text = reference.read_text()
    errors = text[text.index("\n## 8. Errors") : text.index("\n## 9. Fees")]
    rows = re.findall(r"^\| (\d\d\d(?:/\d\d\d)?|5xx) \| (.+?) \|", errors, re.MULTILINE)
    assert len(rows) >= 13
    wanted: set[tuple[str, str]] = set()
    for status, said in rows:
        codes = re.findall(r"`([a-z_0-9]+)`", said)
        if "§3" in said:
            auth = text[text.index("\n## 3. Auth") : text.index("\n## 4. ")]
            codes = re.findall(r'"code":"([a-z_]+)"', auth)
            codes += re.findall(r"HTTP 401 with code `([a-z_]+)`", auth)
            assert len(codes) >= 4
        wanted |= {(status, code) for code in codes or [""]}
    below = errors[errors.index("Market closed/paused") : errors.index("429 bodies")]
    wanted |= {("engine", code) for code in re.findall(r"`([A-Za-z]+_[A-Za-z_]+)`", below)}
    assert wanted == set(CASES)


def test_the_recorded_errors(test_data: Path) -> None:
    root = test_data / "captures"
    seen = 0
    for row in json.loads((root / "index.json").read_text()):
        if not row["file"].startswith("kalshi/") or (row.get("status") or 0) < 400:
            continue
        seen += 1
        kind = {"POST": ORDER, "DELETE": CANCEL}.get(row["method"], READ)
        body = (root / row["file"]).read_bytes()
        error = error_of(row["status"], error_said(body), kind, row["path"])
        expected: type[ArbeesError] = VenueRejected
        if "skew" in row["file"]:
            expected = VenueUnavailable
        elif "client" in row["file"]:
            expected = OutcomeUnknown
        assert type(error) is expected, row["file"]
        assert not isinstance(error, VenueRejected) or error.where, row["file"]
    assert seen >= 15


def test_auth_details_say_which_header() -> None:
    unknown = b'{"error":{"code":"authentication_error","details":"NOT_FOUND"}}'
    error = error_of(401, error_said(unknown), READ, "balance")
    assert isinstance(error, VenueRejected)
    assert error.where == KEY
    flat = b"{\"msg\":\"Key: 'GetMarketsParams.Limit' Error:Field validation for 'Limit' failed\"}"
    error = error_of(400, error_said(flat), READ, "markets")
    assert isinstance(error, VenueRejected)
    assert error.where == "Limit"


def test_a_read_that_fails_changed_nothing() -> None:
    for status in (500, 502, 503, 504):
        assert type(error_of(status, replies.Said(), READ, "x")) is VenueUnavailable
    assert type(error_of(302, replies.Said(), READ, "x")) is VenueRejected
    for status in (302, 408, 500):
        assert type(error_of(status, replies.Said(), CANCEL, "x")) is OutcomeUnknown


TAKER = (
    b'{"average_fee_paid":"0.0175","average_fill_price":"0.5200","client_order_id":"c",'
    b'"fill_count":"1.00","order_id":"o","remaining_count":"0.00","ts_ms":1781159370164}'
)


def test_created() -> None:
    assert replies.decode_created(Response(201, TAKER), "x") == Created(
        "o", "c", CONTRACT, 0, 1_781_159_370_164, 520_000, 17_500
    )
    resting = b'{"fill_count":"0.00","order_id":"o","remaining_count":"1.00","ts_ms":1}'
    made = replies.decode_created(Response(201, resting), "x")
    assert (made.is_over, made.qty_left, made.average_price) == (False, CONTRACT, None)
    odd = TAKER.replace(b'"0.0175"', b'"about 2c"')
    assert replies.decode_created(Response(201, odd), "x").average_fee is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"order_id":""}',
        TAKER.replace(b'"1.00"', b'"-1.00"'),
        TAKER.replace(b'"1.00"', b'"100000001"'),
        TAKER.replace(b'"fill_count"', b'"fill_count_fp"'),
        TAKER.replace(b'"0.00"', b"0"),
    ],
)
def test_a_success_that_cannot_be_read_is_an_unknown_outcome(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown, match="order arbees-1"):
        replies.decode_created(Response(201, body), "order arbees-1")


def test_a_success_that_carries_an_error_is_that_error() -> None:
    body = b'{"order_id":null,"error":{"code":"insufficient_balance","message":"m"}}'
    with pytest.raises(VenueRejected) as caught:
        replies.decode_created(Response(201, body), "x")
    assert caught.value.reason == "insufficient_balance"
    with pytest.raises(VenueRejected):
        replies.decode_created(Response(201, b'{"code":"invalid_price"}'), "x")


def test_changed() -> None:
    cancelled = b'{"order_id":"o","reduced_by":"1.00","ts_ms":5}'
    assert replies.decode_changed(Response(200, cancelled), CANCEL, "x") == Changed(
        "o", None, 5, CONTRACT
    )
    amended = b'{"order_id":"o","remaining_count":"2.00","fill_count":null,"ts_ms":5}'
    said = replies.decode_changed(Response(200, amended), ORDER, "x")
    assert (said.qty_reduced, said.qty_left, said.qty_filled) == (None, 2 * CONTRACT, None)
    with pytest.raises(VenueRejected):
        replies.decode_changed(Response(404, b'{"error":{"code":"not_found"}}'), CANCEL, "x")


def test_each_order_of_a_batch_has_its_own_result() -> None:
    items = [json.loads(TAKER), {"error": {"code": "order_already_exists", "message": "m"}}]
    body = json.dumps({"orders": [*items, {"error": {"code": "invalid_price"}}]}).encode()
    made, twice, bad = replies.decode_created_batch(Response(201, body), ("a", "b", "c"))
    assert isinstance(made, Created)
    assert isinstance(twice, OutcomeUnknown)
    assert "b: HTTP 400" in str(twice)
    assert isinstance(bad, VenueRejected)
    gone = (
        b'{"orders":[{"order_id":"o","reduced_by":"1.00","ts_ms":1},'
        b'{"error":{"code":"not_found"}}]}'
    )
    first, second = replies.decode_cancelled_batch(Response(200, gone), ("a", "b"))
    assert isinstance(first, Changed)
    assert isinstance(second, VenueRejected)
    for broken in (b"{}", b"<", b'{"orders":[]}'):
        with pytest.raises(OutcomeUnknown):
            replies.decode_created_batch(Response(201, broken), ("a",))


@given(
    st.integers(200, 599), st.binary(max_size=80) | st.from_regex(rb'\{"(error|code)":.{0,40}\}')
)
def test_junk_is_always_one_of_ours(status: int, body: bytes) -> None:
    for read in (
        lambda: replies.decode_created(Response(status, body), "x"),
        lambda: replies.decode_created_batch(Response(status, body), ("x",)),
        lambda: replies.decode_changed(Response(status, body), CANCEL, "x"),
    ):
        try:
            read()
        except (VenueRejected, VenueUnavailable, OutcomeUnknown) as error:
            assert str(error).isprintable()
