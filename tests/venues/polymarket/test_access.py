"""Access fails closed: only two plain answers, both recent, allow an order."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.messages.requests import Response
from arbees.units import NS_PER_S
from arbees.venues.polymarket import access
from arbees.venues.polymarket.access import AccessGate, Finding

PLACE = {"blocked": False, "ip": "203.0.113.42", "country": "CH", "region": "ZH"}
OPEN = Finding(None)


def answer(body: object, status: int = 200) -> Response:
    return Response(status, json.dumps(body).encode())


def test_the_two_answers_that_allow() -> None:
    place = access.read_place(answer(PLACE))
    account = access.read_account(answer({"closed_only": False}))
    assert (place, account) == (Finding(None, "203.0.113.42"), OPEN)
    gate = AccessGate()
    assert "not made yet" in (gate.refusal(5) or "")
    gate.record(place, account, 5)
    assert gate.refusal(6) is None
    assert gate.ip == "203.0.113.42"


def test_a_blocked_place_is_named() -> None:
    us = access.read_place(answer(PLACE | {"blocked": True, "country": "US", "region": "NY"}))
    assert us.refusal == "Polymarket does not serve US-NY: its geoblock check says so"
    bare = access.read_place(answer(PLACE | {"blocked": True, "country": "", "region": ""}))
    assert "an unnamed place" in (bare.refusal or "")
    held = access.read_account(answer({"closed_only": True}))
    assert "closed-only" in (held.refusal or "")


@pytest.mark.parametrize(
    "bad",
    [
        "timed out after 5 s",
        Response(200, b"<html>"),
        Response(200, b"{}"),
        Response(200, b'{"blocked":null,"ip":"","country":""}'),
        Response(200, b'{"blocked":"false","ip":"1","country":"CH","closed_only":"false"}'),
        Response(200, b'{"blocked":0,"ip":"1","country":"CH","closed_only":0}'),
        Response(403, b'{"blocked":false,"ip":"1","country":"CH","closed_only":false}'),
        Response(500, b""),
        Response(302, b""),
    ],
)
def test_everything_else_refuses(bad: Response | str) -> None:
    for read in (access.read_place, access.read_account):
        finding = read(bad)
        assert finding.refusal
        gate = AccessGate()
        gate.record(finding, OPEN, 1)
        assert gate.refusal(1) == finding.refusal
        gate.record(OPEN, finding, 1)
        assert gate.refusal(1) == finding.refusal


@given(st.integers(100, 599), st.binary(max_size=60))
def test_no_junk_ever_allows(status: int, body: bytes) -> None:
    assert access.read_place(Response(status, body)).refusal
    assert access.read_account(Response(status, body)).refusal


def test_answers_grow_old() -> None:
    gate = AccessGate(10)
    assert gate.is_due(0)
    gate.record(OPEN, OPEN, NS_PER_S)
    assert not gate.is_due(2 * NS_PER_S)
    assert gate.is_due(7 * NS_PER_S)
    assert gate.refusal(11 * NS_PER_S) is None
    assert "too old" in (gate.refusal(12 * NS_PER_S) or "")


@pytest.mark.parametrize(
    ("reason", "closes"), [("banned", True), ("geoblocked", True), ("balance", False)]
)
def test_a_refused_order_may_close_the_gate(reason: str, closes: bool) -> None:
    gate = AccessGate()
    gate.record(OPEN, OPEN, 1)
    gate.lost(reason, "says the venue")
    assert (gate.refusal(2) == "Polymarket refused an order: says the venue") is closes
    assert gate.is_due(2) is closes
    gate.record(OPEN, OPEN, 3)
    assert gate.refusal(4) is None


def test_requests() -> None:
    assert (access.geoblock().path, access.closed_only().path) == (
        "/api/geoblock", "/auth/ban-status/closed-only",
    )  # fmt: skip


def test_a_refusal_during_a_check_is_younger_than_its_answers() -> None:
    gate = AccessGate()
    losses = gate.losses
    gate.lost("geoblocked", "said by an order")
    gate.record(Finding(None), Finding(None), 10**9, losses)
    assert "said by an order" in (gate.refusal(10**9) or "")
    gate.record(Finding(None), Finding(None), 10**9, gate.losses)
    assert gate.refusal(10**9) is None


def test_a_clock_set_back_makes_the_checks_old() -> None:
    gate = AccessGate()
    gate.record(Finding(None), Finding(None), 10**15)
    assert gate.refusal(10**15) is None
    assert "too old" in (gate.refusal(10**15 - 3_600 * 10**9) or "")
    assert gate.is_due(10**15 - 3_600 * 10**9)
