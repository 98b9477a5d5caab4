"""Signatures are recomputed: both algorithms pass, everything else gets its own 401."""

from typing import Any

import pytest

from arbees.simulator.kalshi.keys import Issued, issue
from tests.simulator.kalshi.bench import REST, WS, Bench, bench, headers, sign

pytestmark = pytest.mark.anyio
PATH = f"{REST}/portfolio/balance"


async def said(made: Bench, given: dict[str, str], query: str = "") -> tuple[int, Any]:
    response = await made.http.get(PATH + query, headers=given)
    return response.status, (await response.json()).get("error")


async def test_both_key_kinds_and_a_query_that_is_not_signed() -> None:
    async with bench() as made:
        for key in (made.venue.key, made.venue.rsa_key):
            good = headers(key, "GET", PATH)
            assert (await said(made, good))[0] == 200
            assert (await said(made, good, "?subaccount=0"))[0] == 200
        assert made.venue.rsa_key.pem.startswith("-----BEGIN RSA PRIVATE KEY")
        assert made.venue.key.pem.startswith("-----BEGIN PRIVATE KEY")


async def test_the_four_bodies_of_401() -> None:
    async with bench() as made:
        key = made.venue.rsa_key
        good = headers(key, "GET", PATH)
        missing = {k: v for k, v in good.items() if not k.endswith("SIGNATURE")}
        assert await said(made, missing) == (401, {
            "code": "signature_is_missing_from_headers",
            "message": "signature is missing from headers",
        })  # fmt: skip
        wrong = good | {"KALSHI-ACCESS-SIGNATURE": sign(key, "x")}
        stranger, _ = issue("ed25519")
        for given, details in (
            (wrong, "INCORRECT_API_KEY_SIGNATURE"),
            (good | {"KALSHI-ACCESS-SIGNATURE": "!"}, "INCORRECT_API_KEY_SIGNATURE"),
            (headers(key, "POST", PATH), "INCORRECT_API_KEY_SIGNATURE"),
            (headers(key, "GET", "/portfolio/balance"), "INCORRECT_API_KEY_SIGNATURE"),
            (headers(Issued(key.id, made.venue.key.pem), "GET", PATH),
             "INCORRECT_API_KEY_SIGNATURE"),
            (headers(stranger, "GET", PATH), "NOT_FOUND"),
        ):  # fmt: skip
            code = "authentication_error"
            assert await said(made, given) == (
                401, {"code": code, "message": code, "details": details}
            )  # fmt: skip
        for late in (30_000, -60_000):
            status, error = await said(made, headers(key, "GET", PATH, late_ms=late))
            assert (status, error["code"]) == (401, "header_timestamp_expired")
        assert (await said(made, headers(key, "GET", PATH, late_ms=8_000)))[0] == 200


async def test_a_skewed_clock_of_the_venue() -> None:
    async with bench() as made:
        made.venue.desk.faults.arm("clock_skew", "kalshi", ms=60_000)
        good = headers(made.venue.key, "GET", PATH)
        assert (await said(made, good))[1]["code"] == "header_timestamp_expired"
        assert (await said(made, good))[0] == 200


async def test_no_socket_without_a_signature() -> None:
    async with bench() as made:
        response = await made.http.get(WS)
        assert response.status == 401
        assert (await response.json())["error"]["code"] == "token_authentication_failure"
        status, _ = await made.ask("GET", "/markets")
        assert status == 200
        assert (await made.http.get(f"{REST}/markets")).status == 200


async def test_a_key_without_the_write_scope() -> None:
    async with bench() as made:
        key = made.venue.read_key
        assert (await made.ask("GET", "/portfolio/balance", key=key))[0] == 200
        status, body = await made.ask("DELETE", "/portfolio/events/orders", key=key)
        assert (status, body["error"]["details"]) == (403, "missing scope: write")
