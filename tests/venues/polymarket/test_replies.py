"""Answers to orders: success alone proves nothing, and what may exist is never called refused."""

import json
from pathlib import Path

import pytest

from arbees.errors import OutcomeUnknown, VenueError, VenueRejected, VenueUnavailable
from arbees.messages.requests import Response
from arbees.venues.polymarket import replies
from arbees.venues.polymarket.replies import PlaceStatus

ID = "0x9f1d429298f285dd6b710f9837739d8e1231531711a8e0f832d238537feb0868"
GOOD = {
    "success": True, "errorMsg": "", "orderID": ID, "status": "matched", "makingAmount": "50",
    "takingAmount": "100", "tradeIDs": ["f50e8ab2"], "transactionsHashes": [],
}  # fmt: skip


def answer(status: int = 200, /, **more: object) -> Response:
    return Response(status, json.dumps(GOOD | more).encode())


def read(response: Response, *, rests: bool = False) -> replies.Placed:
    return replies.read_place(response, ID, "order 1-7-0", rests=rests)


def test_the_printed_answer() -> None:
    assert read(answer()) == replies.Placed(
        ID, PlaceStatus.MATCHED, 50_000_000, 100_000_000, ("f50e8ab2",)
    )
    live = read(answer(status="live", makingAmount="", takingAmount="", tradeIDs=None), rests=True)
    assert live == replies.Placed(ID, PlaceStatus.LIVE, 0, 0, ())
    assert read(answer(status="delayed")).status is PlaceStatus.DELAYED
    assert read(answer(orderID=ID.upper().replace("0X", "0x"))).venue_id == ID


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"success": False, "errorMsg": "not enough balance / allowance"}, "balance"),
        ({"success": True, "orderID": "", "errorMsg": "invalid nonce"}, "nonce"),
        ({"success": False, "orderID": None, "errorMsg": "Insufficient balance"}, "other"),
        ({"success": False}, "other"),
        ({"status": "unmatched"}, "no_match"),
    ],
)
def test_success_is_not_enough(said: dict[str, object], reason: str) -> None:
    with pytest.raises(VenueRejected, match="order 1-7-0") as caught:
        read(answer(**said))
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "said",
    [
        {"status": None}, {"status": "odd"}, {"orderID": None}, {"orderID": "0x12"},
        {"takingAmount": "1e3"}, {"makingAmount": "0.00000001"}, {"status": "unmatched"},
        {"errorMsg": "order 0x1 is invalid. Duplicated."},
    ],
)  # fmt: skip
def test_what_may_exist_is_unknown(said: dict[str, object]) -> None:
    with pytest.raises(OutcomeUnknown, match="order 1-7-0"):
        read(answer(**said), rests=True)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"orderID":"0x"}', b'{"success":1}'])
def test_an_unreadable_success_is_unknown(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown, match=r"order 1-7-0: unreadable"):
        read(Response(200, body))


def test_errors_by_status() -> None:
    with pytest.raises(OutcomeUnknown):
        read(Response(502, b"<html>"))
    with pytest.raises(VenueUnavailable):
        read(Response(425, b"{}"))
    with pytest.raises(VenueRejected):
        read(Response(400, b'{"error":"invalid nonce"}'))


def test_a_batch_is_answered_leg_by_leg() -> None:
    bad = GOOD | {"orderID": "", "errorMsg": "order 0x1 crosses the book"}
    body = json.dumps([GOOD, bad, GOOD | {"orderID": "0x77"}]).encode()
    orders = [(ID, "order a", False), ("0x66", "order b", False), ("0x66", "order c", False)]
    one, two, three = replies.read_batch(Response(200, body), orders)
    assert isinstance(one, replies.Placed)
    assert isinstance(two, VenueRejected)
    assert two.reason == "crosses_book"
    assert "order b" in str(two)
    assert isinstance(three, OutcomeUnknown)
    for strange in (b"[]", b"{}", b"<html>"):
        legs = replies.read_batch(Response(200, strange), orders)
        assert [type(leg) for leg in legs] == [OutcomeUnknown] * 3
    legs = replies.read_batch(Response(400, b'{"error":"invalid nonce"}'), orders)
    assert [type(leg) for leg in legs] == [VenueRejected] * 3
    assert all(isinstance(leg, VenueError) for leg in legs)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("order_response_ok", OutcomeUnknown),  # no status: it may rest, it may be matched
        ("order_response_failed", VenueRejected),
        ("order_response_error_500", OutcomeUnknown),
    ],
)
def test_captured_answers(test_data: Path, name: str, kind: type[VenueError]) -> None:
    body = (test_data / "captures" / "polymarket" / "clob" / f"{name}.json").read_bytes()
    with pytest.raises(kind):
        read(Response(500 if "500" in name else 200, body))


def test_cancels(test_data: Path) -> None:
    folder = test_data / "captures" / "polymarket" / "clob"
    good = replies.read_cancel(Response(200, (folder / "cancel_response_ok.json").read_bytes()), "")
    assert (len(good.canceled), good.not_canceled) == (1, {})
    many = (folder / "batch_cancel_response.json").read_bytes()
    both = replies.read_cancel(Response(200, many), "cancel")
    assert len(both.canceled) == 2
    assert set(both.not_canceled.values()) == {"already canceled or matched"}
    bad = (folder / "cancel_response_failed.json").read_bytes()
    assert replies.read_cancel(Response(200, bad), "cancel").canceled == ()
    null = replies.read_cancel(Response(200, b'{"canceled":null,"not_canceled":null}'), "cancel")
    assert null == replies.Cancelled()


def test_a_cancel_that_was_not_answered() -> None:
    for body in (b"{}", b"<html>", b"[]"):
        with pytest.raises(OutcomeUnknown, match="cancel all"):
            replies.read_cancel(Response(200, body), "cancel all")
    with pytest.raises(VenueUnavailable):
        replies.read_cancel(Response(502, b"<html>"), "cancel all")


def test_heartbeats() -> None:
    assert replies.read_heartbeat(Response(200, b'{"heartbeat_id":"u1"}')).heartbeat_id == "u1"
    wrong = b'{"error_msg":"Invalid Heartbeat ID","heartbeat_id":"u2"}'
    corrected = replies.read_heartbeat(Response(400, wrong))
    assert (corrected.heartbeat_id, corrected.is_expected) == ("u2", False)
    for status, body in ((200, b"{}"), (200, b'{"heartbeat_id":""}'), (500, b"<html>")):
        with pytest.raises(VenueUnavailable, match="heartbeat"):
            replies.read_heartbeat(Response(status, body))
    with pytest.raises(VenueRejected, match="heartbeat"):
        replies.read_heartbeat(Response(401, wrong))
