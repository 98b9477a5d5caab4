"""Calls: signed over what is sent, at the venue's pace, and refusing to guess."""

import json

import pytest

from arbees.errors import ConfigError, VenueRejected, VenueThrottled, VenueUnavailable, WireError
from arbees.messages.requests import Response
from arbees.venues.polymarket import access, orders, reads
from arbees.venues.polymarket.calls import Calls, ask, obtain_keys
from arbees.venues.polymarket.pacing import Pacer
from arbees.venues.polymarket.signing import OrderSigner
from tests.venues.polymarket.scripted import Reply, Sent, Transport, VirtualClock, good
from tests.venues.polymarket.test_auth import KEYS, PHRASE, SECRET
from tests.venues.polymarket.test_signing import KEY, OWNER

pytestmark = pytest.mark.anyio


def calls(*replies: Reply, is_signed: bool = True) -> tuple[Calls, Transport, VirtualClock]:
    left = list(replies)
    transport = Transport(lambda s: left.pop(0) if len(left) > 1 else left[0])
    clock = VirtualClock()
    keys = KEYS if is_signed else None
    return Calls(transport, "clob.test", clock, Pacer(), keys), transport, clock


async def test_the_signature_is_over_the_very_bytes() -> None:
    made, transport, clock = calls(good({"canceled": [], "not_canceled": {}}))
    request = orders.cancel("0x0e")
    await made.call(request)
    (sent,) = transport.sent
    wanted = dict(KEYS.headers(clock.now_ns() // 10**9, request))
    assert {k: v for k, v in sent.headers.items() if k.startswith("POLY")} == wanted
    assert sent.body == request.body
    assert not [s for s in KEYS.secrets() if s in repr(made)]


async def test_without_keys_nothing_is_signed() -> None:
    made, transport, _ = calls(good(True), is_signed=False)
    await made.call(reads.server_time())
    assert not [name for name in transport.sent[0].headers if name.startswith("POLY")]


async def test_calls_wait_for_the_pace() -> None:
    made, transport, clock = calls(good({}))
    start = clock.ns
    for _ in range(501):
        await made.call(reads.open_orders())
    assert len(transport.sent) == 501
    assert 10 <= (clock.ns - start) / 1e9 < 11
    made.pacer.take(orders.cancel_all(5_000), clock.now_ns())  # a debt of a minute
    with pytest.raises(VenueThrottled, match="our own pace"):
        await made.call(orders.cancel("0x1"))


async def test_a_429_is_heard() -> None:
    made, _, _ = calls(Response(429, b"", (("retry-after", "2"),)))
    with pytest.raises(VenueThrottled) as caught:
        await made.read(reads.version(), reads.decode_version)
    assert caught.value.retry_after_s == 2
    assert made.pacer.throttled == 1


async def test_pages_are_followed_to_their_end() -> None:
    row = {"id": "0x1", "status": "LIVE"}
    made, transport, _ = calls(
        good({"data": [row], "next_cursor": "MTA="}), good({"data": [row], "next_cursor": "LTE="})
    )
    assert len([order async for order in made.open_orders()]) == 2
    assert "next_cursor=MTA%3D" in transport.sent[1].path
    made, transport, _ = calls(good({"data": [], "next_cursor": "MA=="}))
    assert [t async for t in made.trades(5)] == []  # a cursor that does not move ends it
    assert len(transport.sent) == 1


async def test_pages_without_an_end_are_an_error() -> None:
    count = [0]

    def endless(sent: Sent) -> Reply:
        count[0] += 1
        return good({"data": [], "next_cursor": f"c{count[0]}"})

    for name in ("trades", "open_orders"):
        made = Calls(Transport(endless), "x", VirtualClock(), Pacer(), KEYS)
        pages = made.trades(5) if name == "trades" else made.open_orders()
        with pytest.raises(WireError, match="more than 200 pages"):
            async for _ in pages:
                pass


async def test_an_order_that_is_not_active() -> None:
    assert await calls(Response(404, b""))[0].order("0x1") is None
    assert await calls(good(None))[0].order("0x1") is None
    with pytest.raises(VenueUnavailable, match="order 0x1"):
        await calls(Response(500, b""))[0].order("0x1")
    found = await calls(good({"id": "0x1", "status": "LIVE"}))[0].order("0x1")
    assert found is not None
    assert found.status == "LIVE"


@pytest.mark.parametrize("off", [-6, 7])
async def test_a_wrong_clock_is_refused(off: int) -> None:
    made, _, clock = calls(good(0))
    made, _, clock = calls(good(clock.ns // 10**9 - off))
    with pytest.raises(ConfigError, match="clock is"):
        await made.check_clock()


@pytest.mark.parametrize("off", [-5, 0, 6])
async def test_a_clock_near_enough(off: int) -> None:
    _, _, clock = calls(good(0))
    made, _, _ = calls(good(clock.ns // 10**9 - off))
    assert await made.check_clock() == pytest.approx(off)


async def test_access_checks_refuse_when_they_cannot_be_made() -> None:
    assert (await calls(good({"closed_only": False}))[0].account()).refusal is None
    assert "closed-only" in ((await calls(good({"closed_only": True}))[0].account()).refusal or "")
    lost = await calls(VenueUnavailable("down"))[0].account()
    assert lost.refusal == "the closed-only check was not answered: down"
    place = {"blocked": True, "ip": "203.0.113.42", "country": "US", "region": "NY"}
    website, _, _ = calls(good(place), is_signed=False)
    finding = await ask(website, access.geoblock(), access.read_place)
    assert "US-NY" in (finding.refusal or "")


KEY_BODY = {"apiKey": "b349", "secret": SECRET, "passphrase": PHRASE}


async def test_keys_are_derived_else_created() -> None:
    signer = OrderSigner(KEY)
    made, transport, _ = calls(good(KEY_BODY), is_signed=False)
    keys = await obtain_keys(made, signer, 7)
    assert (keys.address, keys.api_key) == (OWNER, "b349")
    assert transport.paths() == ["GET /auth/derive-api-key"]
    assert transport.sent[0].headers["POLY_NONCE"] == "0"
    made, transport, _ = calls(good({"error": "none"}, 400), good(KEY_BODY), is_signed=False)
    await obtain_keys(made, signer, 7)
    assert transport.paths()[1] == "POST /auth/api-key"


async def test_no_keys_are_an_error_that_shows_no_body() -> None:
    signer = OrderSigner(KEY)
    with pytest.raises(VenueRejected, match="L1"):
        await obtain_keys(calls(good({"error": "Invalid L1 Request headers"}, 401))[0], signer, 7)
    with pytest.raises(VenueUnavailable, match="neither"):
        await obtain_keys(calls(good({"error": "x"}, 400))[0], signer, 7)
    odd = json.dumps({"apiKey": 7, "secret": SECRET, "passphrase": PHRASE}).encode()
    with pytest.raises(WireError) as caught:
        await obtain_keys(calls(Response(200, odd))[0], signer, 7)
    assert SECRET not in str(caught.value)
