"""Sans-I/O protocol state of Kalshi's private connection: our fills, orders, positions and groups.

Socket messages and the gateway's reports (reports.py) come the same way. Only orders whose client
id is ours become events; what other hands do on the account is seen in the positions. Pure.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from arbees.errors import ArbeesError, OutcomeUnknown, VenueRejected, WireError
from arbees.messages import events as ev
from arbees.messages.requests import RequestKind, Response
from arbees.units import NS_PER_MS
from arbees.venues.kalshi import replies
from arbees.venues.kalshi.orders import order_id_of
from arbees.venues.kalshi.reads import RawFill, RawOrder, fill_fact, order_state
from arbees.venues.kalshi.reports import (
    REPORT_PREFIX,
    CancelReport,
    Failure,
    LookupReport,
    SendReport,
    decode_report,
)
from arbees.venues.kalshi.tracker import Progress, Tracker
from arbees.venues.parsing import UNREADABLE, drain, qty_of

CHANNELS = ("fill", "user_orders", "market_positions", "order_group_updates")
UNAUTHORISED = 401
"""Whose signature is refused, his order was not read."""
TERMINAL_ERRORS = frozenset({10, 25})
REFUSED_ERRORS = frozenset({1, 18, 27})
"""Unable to process, timed out, too many requests: the command was not carried out."""
AGAIN_MAX = 5
"""Then the connection says nothing of ours, and look-ups find everything, slower."""
Events = list[ev.EngineEvent]


class Head(msgspec.Struct, frozen=True, gc=False):
    """The envelope; the body is read by the type."""

    type: str
    sid: int | None = None
    seq: int | None = None
    msg: msgspec.Raw = msgspec.Raw(b"null")


class PositionMessage(msgspec.Struct, frozen=True, gc=False):
    """`market_position`."""

    market_ticker: str
    position_fp: str


class GroupMessage(msgspec.Struct, frozen=True, gc=False):
    """`order_group_updates`."""

    event_type: str
    order_group_id: str
    contracts_limit_fp: str | None = None
    ts_ms: int = 0


class ErrorMessage(msgspec.Struct, frozen=True, gc=False):
    """An `error`."""

    code: int | None = None
    msg: str = ""


_head = msgspec.json.Decoder(Head)


class KalshiPrivateSession:
    """One per connection. The gateway asks `progress` what is still to be found out."""

    def __init__(self) -> None:
        self.tracker = Tracker()
        self.strangers = 0
        self.unknown = 0
        self.gaps = 0
        self._seq: dict[int, int] = {}
        self._out: list[bytes] = []
        self._command_id = 0
        self._again = 0
        self._readers: dict[str, Callable[[bytes], Events]] = {
            "fill": self._fill,
            "user_order": self._user_order,
            "market_position": self._position,
            "order_group_updates": self._group,
            "error": self._error,
        }

    def subscribe_commands(self) -> list[bytes]:
        """All private channels, of every market."""
        self._command_id += 1
        params = {"channels": list(CHANNELS)}
        said = {"id": self._command_id, "cmd": "subscribe", "params": params}
        return [msgspec.json.encode(said)]

    def outgoing(self) -> list[bytes]:
        return drain(self._out)

    def progress(self, order_id: str) -> Progress:
        return self.tracker.progress(order_id)

    def receive(self, data: bytes) -> Sequence[ev.EngineEvent]:
        """Events of one message. Raises WireError if it cannot be read; every open order is then
        looked up, because it may have been about any of them."""
        try:
            head = _head.decode(data)
            if head.type.startswith(REPORT_PREFIX):
                return self._report(data)
            self._count(head)
            reader = self._readers.get(head.type)
            if reader is None:
                self.unknown += head.type not in ("subscribed", "ok", "unsubscribed")
                return ()
            return reader(bytes(head.msg))
        except UNREADABLE as error:
            self.tracker.doubt_all()
            raise WireError(str(error), "kalshi private frame") from error
        except WireError:
            self.tracker.doubt_all()
            raise

    def _count(self, head: Head) -> None:
        """Groups are sequenced; what was missed of them may have cancelled orders."""
        if head.sid is None or head.seq is None:
            return
        last = self._seq.get(head.sid)
        self._seq[head.sid] = head.seq
        if last is not None and head.seq != last + 1:
            self.gaps += 1
            self.tracker.doubt_all()

    def _fill(self, body: bytes) -> Events:
        raw = msgspec.json.decode(body, type=RawFill)
        order_id = order_id_of(raw.client_order_id) or self.tracker.ours(raw.order_id)
        if order_id is None:
            self.strangers += 1
            return []
        return self.tracker.fill(order_id, fill_fact(raw))

    def _user_order(self, body: bytes) -> Events:
        raw = msgspec.json.decode(body, type=RawOrder)
        order_id = order_id_of(raw.client_order_id) or self.tracker.ours(raw.order_id)
        if order_id is None:
            self.strangers += 1
            return []
        state = order_state(raw)
        return self.tracker.state(order_id, state, raw.last_update_reason, state.updated_ns)

    def _position(self, body: bytes) -> Events:
        said = msgspec.json.decode(body, type=PositionMessage)
        qty = qty_of(said.position_fp, "position_fp")
        return [ev.PositionSeen("kalshi", said.market_ticker, qty, 0)]

    def _group(self, body: bytes) -> Events:
        said = msgspec.json.decode(body, type=GroupMessage)
        ts_ns = said.ts_ms * NS_PER_MS
        return [ev.OrderGroupSeen("kalshi", said.order_group_id, said.event_type, ts_ns)]

    def _error(self, body: bytes) -> Events:
        """Codes 10 and 25 end a subscription: subscribe again, and look everything up. So do those
        by which a subscription was not taken, but not for ever."""
        code = msgspec.json.decode(body, type=ErrorMessage).code
        is_refused = code in REFUSED_ERRORS and self._again < AGAIN_MAX
        self._again += is_refused
        if code in TERMINAL_ERRORS or is_refused:
            self.tracker.doubt_all()
            self._seq.clear()
            self._out.extend(self.subscribe_commands())
        return []

    def _report(self, data: bytes) -> Events:
        report = decode_report(data)
        match report:
            case SendReport():
                return self._sent(report)
            case CancelReport():
                return self._cancel(report)
            case LookupReport():
                return self._lookup(report)

    def _sent(self, report: SendReport) -> Events:
        tracker, order_id = self.tracker, report.order_id
        if report.failure in (Failure.REFUSED, Failure.NOT_SENT):
            return tracker.rejected(order_id, report.text or report.failure.value, report.sent_ns)
        if report.failure is Failure.UNKNOWN:
            return tracker.unknown(order_id, report.text, report.sent_ns)
        response = Response(report.status, report.body.encode())
        try:
            made = replies.decode_created(response, f"order {order_id} ({report.ticker})")
        except VenueRejected as error:
            return tracker.rejected(order_id, error.reason, report.sent_ns)
        except OutcomeUnknown as error:
            return tracker.unknown(order_id, str(error), report.sent_ns)
        except ArbeesError as error:
            if report.status == UNAUTHORISED:
                return tracker.rejected(order_id, "header_timestamp_expired", report.sent_ns)
            # Throttled or not served after the bytes left: most likely nothing was done, and a
            # look-up is cheaper than being wrong about it (kalshi.md 7.2).
            return tracker.unknown(order_id, str(error), report.sent_ns)
        ts_ns = made.ts_ms * NS_PER_MS
        return tracker.created(order_id, made.order_id, made.qty_filled, made.is_over, ts_ns)

    def _cancel(self, report: CancelReport) -> Events:
        """Whatever a cancel meets that is no success, the order is looked up."""
        response = Response(report.status, report.body.encode())
        try:
            if report.failure is not Failure.NONE:
                raise OutcomeUnknown(report.text)
            replies.decode_changed(response, RequestKind.CANCEL, f"cancel {report.order_id}")
        except ArbeesError:
            self.tracker.gone(report.order_id)
        else:
            self.tracker.cancelled(report.order_id)
        return []

    def _lookup(self, report: LookupReport) -> Events:
        tracker, order_id = self.tracker, report.order_id
        if report.order is None:
            return tracker.absent(order_id, report.sent_ns, report.as_of_ns)
        events: Events = []
        for raw in report.fills:  # before the order itself: whatever it says, these were made
            if raw.order_id == report.order.order_id:
                events += tracker.fill(order_id, fill_fact(raw))
        state = order_state(report.order)
        reason: Any = report.order.last_update_reason
        return events + tracker.state(order_id, state, reason, report.as_of_ns)
