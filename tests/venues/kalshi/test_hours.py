"""Hours: Eastern time by rule, the Thursday pause, schedule and status."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.errors import WireError
from arbees.messages.requests import RequestKind
from arbees.units import NS_PER_S
from arbees.venues.kalshi import hours
from arbees.venues.kalshi.hours import TradingHours, decode_schedule, eastern, in_thursday_pause
from arbees.venues.kalshi.rest import decode_exchange_status

READ, ORDER, CANCEL, WRITE = RequestKind


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * NS_PER_S


@given(st.datetimes(datetime(2008, 1, 1), datetime(2037, 12, 31)))
def test_eastern_time_agrees_with_the_zone_data(moment: datetime) -> None:
    try:
        zone = ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError:
        pytest.skip("no time zone data on this machine")
    utc = moment.replace(tzinfo=UTC, microsecond=0)
    assert eastern(int(utc.timestamp()) * NS_PER_S) == utc.astimezone(zone).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("text", "is_paused"),
    [
        ("2026-11-26T07:59:59+00:00", False),
        ("2026-11-26T08:00:00+00:00", True),
        ("2026-11-26T09:59:59+00:00", True),
        ("2026-11-26T10:00:00+00:00", False),
        ("2026-07-02T07:00:00+00:00", True),
        ("2026-07-02T09:00:00+00:00", False),
        ("2026-11-25T08:30:00+00:00", False),
    ],
)
def test_the_thursday_pause_in_winter_and_summer(text: str, is_paused: bool) -> None:
    assert in_thursday_pause(ns(text)) is is_paused
    said = TradingHours()
    assert said.refusal(ORDER, 0, ns(text)) == ("thursday_pause" if is_paused else None)
    assert said.refusal(WRITE, 0, ns(text)) == ("thursday_pause" if is_paused else None)
    assert said.refusal(CANCEL, 0, ns(text)) is None
    assert said.refusal(READ, 0, ns(text)) is None


NOON = ns("2026-11-25T17:00:00+00:00")


def status(**said: object) -> TradingHours:
    body = {"exchange_active": True, "trading_active": True} | said
    found = TradingHours()
    found.status = decode_exchange_status(json.dumps(body).encode())
    return found


def test_the_status_stops_orders_and_an_exchange_pause_also_cancels() -> None:
    assert status().refusal(ORDER, 0, NOON) is None
    paused = status(trading_active=False)
    assert paused.refusal(ORDER, 0, NOON) == "trading_paused"
    assert paused.refusal(CANCEL, 0, NOON) is None
    off = status(exchange_active=False)
    assert off.refusal(CANCEL, 0, NOON) == off.refusal(ORDER, 0, NOON) == "exchange_paused"
    assert off.refusal(READ, 0, NOON) is None


def test_each_shard_has_a_status_of_its_own() -> None:
    shard = {"exchange_index": 2, "exchange_active": True, "trading_active": False}
    said = status(exchange_index_statuses=[shard])
    assert said.refusal(ORDER, 2, NOON) == "trading_paused"
    assert said.refusal(ORDER, 0, NOON) is None
    assert said.refusal(ORDER, None, NOON) is None


DAY = [{"open_time": "00:00", "close_time": "00:00"}]
THURSDAY = [
    {"open_time": "00:00", "close_time": "03:00"},
    {"open_time": "05:00", "close_time": "00:00"},
]


def schedule(windows: list[dict[str, str]], **more: object) -> bytes:
    week: dict[str, object] = {**dict.fromkeys(hours.DAYS, DAY), "thursday": THURSDAY}
    week |= {"start_time": "2026-01-01T00:00:00Z", "end_time": ""} | more
    return json.dumps(
        {"schedule": {"standard_hours": [week], "maintenance_windows": windows}}
    ).encode()


def test_the_published_hours_and_windows() -> None:
    window = {
        "start_datetime": "2026-11-25T16:00:00Z", "end_datetime": "2026-11-25T18:00:00Z",
    }  # fmt: skip
    said = TradingHours()
    said.schedule = decode_schedule(schedule([window]))
    assert said.refusal(ORDER, 0, NOON) == "outside_hours"
    assert said.refusal(ORDER, 0, NOON + 3_600 * NS_PER_S) is None
    assert said.refusal(ORDER, 0, ns("2026-11-26T13:00:00+00:00")) is None
    said.schedule = decode_schedule(schedule([], wednesday=[]))
    assert said.refusal(ORDER, 0, NOON) == "outside_hours"
    before = ns("2025-06-04T17:00:00+00:00")
    assert said.refusal(ORDER, 0, before) is None
    midnight = ns("2026-11-27T04:59:00+00:00")
    assert hours.is_scheduled(said.schedule, midnight)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        schedule([], monday=[{"open_time": "noon", "close_time": "00:00"}]),
        schedule([], monday=[{"open_time": "09:00"}]),
        schedule([], start_time="soon"),
        schedule([{"start_datetime": "soon", "end_datetime": "later"}]),
    ],
)
def test_hours_that_cannot_be_read_are_not_open(body: bytes) -> None:
    with pytest.raises(WireError):
        decode_schedule(body)


def test_requests() -> None:
    assert hours.status_request().path.endswith("/exchange/status")
    assert hours.schedule_request().path.endswith("/exchange/schedule")
    assert eastern(NOON) + timedelta(hours=5) == datetime(2026, 11, 25, 17)


@pytest.mark.parametrize(
    ("text", "utc"),
    [("2026-07-01T12:00:00", "2026-07-01T16:00:00Z"), ("2026-12-01T12:00:00",
      "2026-12-01T17:00:00Z"), ("2026-12-01T12:00:00Z", "2026-12-01T12:00:00Z")],
)  # fmt: skip
def test_a_time_without_a_zone_is_new_yorks(text: str, utc: str) -> None:
    assert hours._stated_ns(text) == ns(utc.replace("Z", "+00:00"))
