"""When Kalshi trades (kalshi.md sections 5.8 and 11): the Thursday pause, schedule, status.

In a trading pause cancels pass and orders do not; in an exchange pause nothing does. Eastern time
is computed here by the rule of 2007, so that no time zone data must be installed. Pure.
"""

from datetime import UTC, datetime, timedelta

import msgspec

from arbees.errors import WireError
from arbees.messages.requests import Request, RequestKind
from arbees.units import NS_PER_S
from arbees.venues.kalshi.orders import API
from arbees.venues.kalshi.read import time_ns
from arbees.venues.kalshi.rest import ExchangeStatus
from arbees.venues.parsing import decode_body

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
THURSDAY = 3
PAUSE_FROM, PAUSE_TO = 3 * 60, 5 * 60
"""Minutes of a Thursday, Eastern time."""
DAY_MINUTES = 1_440
MINUTE_NS = 60 * NS_PER_S


class Span(msgspec.Struct, frozen=True, gc=False):
    """A session of a day; a close at 00:00 is the end of the day."""

    open_time: str
    close_time: str


class WeekHours(msgspec.Struct, frozen=True, gc=False):
    """Weekly hours, Eastern time, in force from `start_time` to `end_time`."""

    start_time: str = ""
    end_time: str = ""
    monday: tuple[Span, ...] = ()
    tuesday: tuple[Span, ...] = ()
    wednesday: tuple[Span, ...] = ()
    thursday: tuple[Span, ...] = ()
    friday: tuple[Span, ...] = ()
    saturday: tuple[Span, ...] = ()
    sunday: tuple[Span, ...] = ()


class Window(msgspec.Struct, frozen=True, gc=False):
    """Announced maintenance."""

    start_datetime: str
    end_datetime: str


class Schedule(msgspec.Struct, frozen=True, gc=False):
    """GET /exchange/schedule, inner."""

    standard_hours: tuple[WeekHours, ...] = ()
    maintenance_windows: tuple[Window, ...] = ()


class ScheduleBody(msgspec.Struct, frozen=True, gc=False):
    """GET /exchange/schedule."""

    schedule: Schedule


def status_request() -> Request:
    return Request("GET", f"{API}/exchange/status", RequestKind.READ, cost=10, is_idempotent=True)


def schedule_request() -> Request:
    return Request("GET", f"{API}/exchange/schedule", RequestKind.READ, cost=10, is_idempotent=True)


def decode_schedule(body: bytes) -> Schedule:
    """Raises WireError on hours that cannot be read: a closed time must not look open."""
    found = decode_body(body, ScheduleBody, "kalshi schedule").schedule
    for week in found.standard_hours:
        _stated_ns(week.start_time), _stated_ns(week.end_time)
        for day in DAYS:
            for span in getattr(week, day):
                _minutes(span.open_time), _minutes(span.close_time)
    for window in found.maintenance_windows:
        _stated_ns(window.start_datetime), _stated_ns(window.end_datetime)
    return found


def eastern(now_ns: int) -> datetime:
    """Wall time in New York: UTC-4 from the second Sunday of March to the first of November,
    each at 02:00, else UTC-5."""
    utc = datetime.fromtimestamp(now_ns // NS_PER_S, UTC).replace(tzinfo=None)
    starts = _sunday(utc.year, 3, 2) + timedelta(hours=7)
    ends = _sunday(utc.year, 11, 1) + timedelta(hours=6)
    return utc - timedelta(hours=4 if starts <= utc < ends else 5)


def _sunday(year: int, month: int, number: int) -> datetime:
    first = datetime(year, month, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (number - 1))


def in_thursday_pause(now_ns: int) -> bool:
    """Thursday 03:00 to 05:00 Eastern."""
    local = eastern(now_ns)
    minutes = local.hour * 60 + local.minute
    return local.weekday() == THURSDAY and PAUSE_FROM <= minutes < PAUSE_TO


def is_scheduled(schedule: Schedule, now_ns: int) -> bool:
    """Whether the published hours say that it trades now. No hours in force say nothing."""
    for window in schedule.maintenance_windows:
        if _stated_ns(window.start_datetime) <= now_ns < _stated_ns(window.end_datetime):
            return False
    local = eastern(now_ns)
    minutes = local.hour * 60 + local.minute
    weeks = [week for week in schedule.standard_hours if _in_force(week, now_ns)]
    if not weeks:
        return True
    spans = (span for week in weeks for span in getattr(week, DAYS[local.weekday()]))
    return any(
        _minutes(span.open_time) <= minutes < (_minutes(span.close_time) or DAY_MINUTES)
        for span in spans
    )


def _stated_ns(text: str) -> int:
    """ns UTC; a time without its zone is New York's, as the schedule's hours are (5.8)."""
    try:
        return time_ns(text)
    except WireError:
        clock = time_ns(f"{text}+00:00")
    wanted = datetime.fromtimestamp(clock // NS_PER_S, UTC).replace(tzinfo=None)
    summer = clock + 4 * 60 * MINUTE_NS
    return summer if eastern(summer) == wanted else summer + 60 * MINUTE_NS


def _in_force(week: WeekHours, now_ns: int) -> bool:
    starts, ends = _stated_ns(week.start_time), _stated_ns(week.end_time)
    return starts <= now_ns and (ends == 0 or now_ns < ends)


def _minutes(text: str) -> int:
    """Minutes of "HH:MM". Raises WireError on anything else."""
    return time_ns(f"1970-01-01T{text}+00:00") // (60 * NS_PER_S)


class TradingHours:
    """What is known of the venue's hours; asked before each write."""

    def __init__(self) -> None:
        self.status: ExchangeStatus | None = None
        self.schedule: Schedule | None = None
        self._minute = -1
        self._read: Schedule | None = None
        self._paused: str | None = None

    def refusal(self, kind: RequestKind, shard: int | None, now_ns: int) -> str | None:
        """Why this request would be refused now, in a word, or None. Reads always pass, cancels
        in all but an exchange pause."""
        if kind is RequestKind.READ:
            return None
        active, trading = self._stated(shard)
        if not active:
            return "exchange_paused"
        if kind is RequestKind.CANCEL:
            return None
        if not trading:
            return "trading_paused"
        if now_ns // MINUTE_NS != self._minute or self.schedule is not self._read:
            self._paused = self._by_the_clock(now_ns)
            self._minute, self._read = now_ns // MINUTE_NS, self.schedule
        return self._paused

    def _by_the_clock(self, now_ns: int) -> str | None:
        """Hours begin and end on whole minutes, so it is enough to ask once in each."""
        if in_thursday_pause(now_ns):
            return "thursday_pause"
        if self.schedule is not None and not is_scheduled(self.schedule, now_ns):
            return "outside_hours"
        return None

    def _stated(self, shard: int | None) -> tuple[bool, bool]:
        """(exchange active, trading active) of the shard; the exchange's word counts for all."""
        said = self.status
        if said is None:
            return True, True
        for one in said.exchange_index_statuses:
            if one.exchange_index == shard:
                return (
                    said.exchange_active and one.exchange_active,
                    said.trading_active and one.trading_active,
                )
        return said.exchange_active, said.trading_active
