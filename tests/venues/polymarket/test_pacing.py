"""Pacing: never faster than the venue says, and cancels never behind orders."""

from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbees.messages.requests import Request, RequestKind, Response
from arbees.units import NS_PER_MS, NS_PER_S
from arbees.venues.polymarket import orders
from arbees.venues.polymarket.pacing import CANCEL_SHARE, CLOB_TOTAL, TIERS, Bucket, Pacer, Window

ORDER = Request("POST", "/order", RequestKind.ORDER, bucket="order")
READ = Request("GET", "/data/orders", RequestKind.READ, bucket="data")
CANCEL = orders.cancel("0x1")
START = 1_000 * NS_PER_S


def admitted(pacer: Pacer, request: Request, now_ns: int, tries: int) -> int:
    return sum(pacer.take(request, now_ns) == 0 for _ in range(tries))


def test_the_burst_and_then_the_rate() -> None:
    pacer = Pacer()
    assert admitted(pacer, ORDER, START, 100) == 60
    wait = pacer.take(ORDER, START)
    assert wait == NS_PER_S // 40
    assert pacer.take(ORDER, START + wait) == 0
    assert admitted(pacer, ORDER, START + 2 * NS_PER_S, 100) == 60


def test_cancels_have_a_budget_of_their_own() -> None:
    pacer = Pacer()
    admitted(pacer, ORDER, START, 100)
    assert admitted(pacer, CANCEL, START, 200) == 120


def test_batches_are_admitted_whole_or_not() -> None:
    pacer = Pacer()
    batch = Request("POST", "/orders", RequestKind.ORDER, cost=15, bucket="orders")
    assert admitted(pacer, batch, START, 10) == 4
    assert pacer.take(batch, START) == 15 * NS_PER_S // 40
    everything = orders.cancel_all(500)
    # More than the burst ever holds: it goes when the bucket is full, and leaves a debt.
    assert pacer.take(everything, START) == 0
    assert pacer.take(CANCEL, START) > 4 * NS_PER_S


@pytest.mark.parametrize("tier", TIERS)
def test_tiers(tier: str) -> None:
    pacer = Pacer(tier)
    rate, burst, _, cancel_burst = TIERS[tier]
    assert admitted(pacer, ORDER, START, 2_000) == burst
    assert admitted(pacer, CANCEL, START, 2_000) == cancel_burst
    assert pacer.take(ORDER, START) == -(-NS_PER_S // rate)


def test_an_unknown_tier_is_the_lowest() -> None:
    assert admitted(Pacer("secret"), ORDER, START, 100) == 60


def test_what_answers_say() -> None:
    pacer = Pacer()
    headers = (("poly-ratelimit-tier", "Gold"), ("poly-ratelimit-warning", "near"))
    pacer.heard(ORDER, Response(200, b"", headers), START)
    assert (pacer.tier, pacer.last_warning) == ("gold", "near")
    assert admitted(pacer, ORDER, START, 2_000) == 600
    pacer.heard(ORDER, Response(200, b"", headers), START)  # the same tier empties nothing anew
    assert pacer.take(ORDER, START) > 0
    fresh = Pacer()
    fresh.heard(ORDER, Response(429, b""), START)
    assert fresh.throttled == 1
    assert fresh.take(ORDER, START) == NS_PER_S // 40
    fresh.heard(READ, Response(429, b""), START)
    assert fresh.take(READ, START) == 0


def test_groups() -> None:
    pacer = Pacer()
    assert admitted(pacer, READ, START, 600) == 500
    assert pacer.take(READ, START) > 9 * NS_PER_S
    keys = Request("POST", "/auth/api-key", RequestKind.WRITE, bucket="api_key")
    assert admitted(pacer, keys, START, 200) == 100
    free = Request("GET", "/time", RequestKind.READ)
    assert admitted(pacer, free, START, 20_000) == CLOB_TOTAL - CANCEL_SHARE - 600
    assert pacer.take(CANCEL, START) == 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 2_000), min_size=1, max_size=200), st.integers(1, 20))
def test_no_window_ever_holds_more(gaps_ms: list[int], limit: int) -> None:
    window = Window(limit, 10 * NS_PER_S)
    now, taken = START, []
    for gap in gaps_ms:
        now += gap * NS_PER_MS
        wait = window.wait_ns(0, now)
        assert wait >= 0
        if wait == 0:
            window.take(now)
            taken.append(now)
        else:
            assert deepcopy(window).wait_ns(0, now + wait) == 0
    for moment in taken:
        assert sum(moment - 10 * NS_PER_S < t <= moment for t in taken) <= limit


def test_a_clock_that_goes_back_gives_nothing() -> None:
    bucket = Bucket(40, 60)
    assert bucket.wait_ns(60, START) == 0
    bucket.empty(START)
    bucket.empty(START - NS_PER_S)
    assert bucket.wait_ns(1, START - NS_PER_S) > 0
