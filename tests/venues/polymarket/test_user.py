"""The user socket: recorded frames, and doubt that is said."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.errors import WireError
from arbees.messages import events as ev
from arbees.venues.polymarket.amounts import Amounts
from arbees.venues.polymarket.life import OrderLives
from arbees.venues.polymarket.orders import OrderType, SignedOrder
from arbees.venues.polymarket.user import PolymarketUserSession, UserOrder, end_of
from tests.venues.polymarket.test_auth import KEYS
from tests.venues.polymarket.test_life import FREE

SHARE = 1_000_000


def session(
    *venue_ids: str, qty: int = 5, kind: OrderType = OrderType.GTC
) -> PolymarketUserSession:
    lives = OrderLives(lambda token, ts: FREE)
    for venue_id in venue_ids:
        amounts = Amounts(qty * SHARE, qty * SHARE)
        lives.add(SignedOrder(f"our-{venue_id[:4]}", venue_id, amounts, True, kind, b""), "2174", 0)
    return PolymarketUserSession(lives, KEYS)


def capture(test_data: Path, name: str) -> bytes:
    return (test_data / "captures" / "polymarket" / "ws_user" / f"{name}.json").read_bytes()


def test_the_first_frame_says_who_we_are_and_repr_does_not() -> None:
    plain = session()
    said = json.loads(plain.subscribe_commands()[0])
    assert said == {"type": "user", "auth": KEYS.subscription()}
    some = PolymarketUserSession(plain.lives, KEYS, ["0xdd22"])
    assert json.loads(some.subscribe_commands()[0])["markets"] == ["0xdd22"]
    assert not [s for s in KEYS.secrets() if s in repr(some)]
    assert some.outgoing() == []
    assert some.needs_reading


def test_a_life_in_captures(test_data: Path) -> None:
    placement = capture(test_data, "order_placement_py")
    order_id = json.loads(placement)["id"]
    user = session(order_id)
    assert user.receive(placement) == []
    cancel = json.loads(placement) | {"type": "CANCELLATION", "status": "CANCELED"}
    assert user.receive(json.dumps([cancel]).encode()) == [
        ev.OrderAnswer("our-0x0f", ev.OrderStatus.DONE, "canceled", 1_725_842_520_990_000_000)
    ]
    taken = capture(test_data, "user_trade2_py")
    taker = session(json.loads(taken)["taker_order_id"], kind=OrderType.FAK)
    fill, progress = taker.receive(taken)
    assert isinstance(fill, ev.FillReport)
    assert (fill.price, fill.qty, fill.fee) == (5_200, 5 * SHARE, 0)
    assert isinstance(progress, ev.FillProgress)
    assert progress.stage is ev.TradeStage.MATCHED


def test_a_makers_capture(test_data: Path) -> None:
    frame = capture(test_data, "user_trade1_py")
    maker = json.loads(frame)["maker_orders"][0]
    user = session(maker["order_id"], qty=10)
    fill, progress = user.receive(frame)
    assert isinstance(fill, ev.FillReport)
    assert (fill.price, fill.qty) == (4_820, 10 * SHARE)
    assert isinstance(progress, ev.FillProgress)


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("order_fok_killed", "fok_not_filled"),
        ("order_venue_cancel", "venue_cancel"),
        ("order_cancellation", "canceled"),
        ("order_cancel_py", "canceled"),
        ("order_matched", "filled"),
        ("order_update", None),
        ("order_placement", None),
        ("order", None),
    ],
)
def test_how_captured_orders_end(test_data: Path, name: str, end: str | None) -> None:
    order = msgspec.json.decode(capture(test_data, name), type=UserOrder)
    assert end_of(order) == end
    user = session(order.id, qty=1_000)
    events = user.receive(capture(test_data, name))
    is_told = end is not None and name != "order_fok_killed"  # its size_matched is ""
    live_fill = name in ("order_matched", "order_cancel_py")  # matched shares not yet reported
    assert len(events) == (1 if is_told and not live_fill else 0)
    assert user.unreadable == 0


@pytest.mark.parametrize(
    ("status", "end"),
    [
        ("CANCELED_EXPIRED_ORDER", "expired_order"),
        ("CANCELED_MARKET_RESOLVED", "market_resolved"),
        ("CANCELED_NOT_ENOUGH_BALANCE", "not_enough_balance"),
        ("CANCELED", "canceled"),
        ("INVALID", "venue_cancel"),
        ("UNMATCHED", "canceled"),
        ("LIVE", None),
        ("DELAYED", None),
    ],
)
def test_ends_by_prefix(status: str, end: str | None) -> None:
    assert end_of(UserOrder("x", status)) == end


def test_doubt_is_counted_and_said() -> None:
    user = session("0xaa")
    user.needs_reading = False
    assert user.receive(b"PONG") == ()
    assert user.receive(b'{"event_type":"news"}') == []
    assert (user.unknown, user.needs_reading) == (1, False)
    mixed = b'[{"event_type":"order","id":7},{"event_type":"trade","id":"t"}]'
    assert user.receive(mixed) == []
    assert (user.unreadable, user.needs_reading) == (2, True)
    assert user.last_error
    bad = b'{"event_type":"order","id":"0xaa","status":"LIVE","size_matched":"lots"}'
    assert user.receive(bad) == []
    assert user.unreadable == 3
    foreign = b'{"event_type":"order","id":"0xbb","status":"LIVE"}'
    assert user.receive(foreign) == []
    assert user.lives.foreign == 1


@given(st.binary(max_size=80))
def test_only_wire_errors_come_out(data: bytes) -> None:
    user = session("0xaa")
    try:
        user.receive(data)
    except WireError:
        assert user.needs_reading
