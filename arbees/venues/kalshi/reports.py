"""Reports: what the gateway heard, as frames of the private connection.

Answers to orders enter by the same inbox as the socket's messages, so that a replay hears them too
and one session judges both. The gateway only writes down; nothing is concluded here. Pure.
"""

from enum import StrEnum

import msgspec

from arbees.errors import ArbeesError, OutcomeUnknown, VenueRejected, VenueThrottled
from arbees.messages.requests import Response
from arbees.venues.kalshi.reads import RawFill, RawOrder


class Failure(StrEnum):
    """Why there is no answer to read."""

    NONE = ""
    REFUSED = "refused"
    """By us, before it left: the kill latch, a pause, a field rule."""
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


class Report(msgspec.Struct, frozen=True, gc=False, tag_field="type"):
    """Base. `order_id` is ours; `qty` what the order was sent for."""

    order_id: str
    qty: int
    ticker: str
    sent_ns: int


class SendReport(Report, frozen=True, gc=False, tag="arbees_sent"):
    """What became of a create."""

    status: int = 0
    body: str = ""
    failure: Failure = Failure.NONE
    text: str = ""


class CancelReport(Report, frozen=True, gc=False, tag="arbees_cancel"):
    """What became of a cancel."""

    status: int = 0
    body: str = ""
    failure: Failure = Failure.NONE
    text: str = ""


class LookupReport(Report, frozen=True, gc=False, tag="arbees_lookup"):
    """What the reads say of an order. `as_of_ns`: all that happened before is in them."""

    order: RawOrder | None
    fills: tuple[RawFill, ...]
    as_of_ns: int


AnyReport = SendReport | CancelReport | LookupReport
REPORT_PREFIX = "arbees_"
_decoder: msgspec.json.Decoder[AnyReport] = msgspec.json.Decoder(AnyReport)


About = tuple[str, int, str, int]
"""The fields of the base."""


def answered(about: About, response: Response) -> SendReport:
    return SendReport(*about, status=response.status, body=text_of(response))


def failed(about: About, error: ArbeesError) -> SendReport:
    """REFUSED and NOT_SENT: nothing left. The text of a refusal is its reason, in a word."""
    match error:
        case OutcomeUnknown():
            return SendReport(*about, failure=Failure.UNKNOWN, text=str(error))
        case VenueRejected():
            return SendReport(*about, failure=Failure.REFUSED, text=error.reason)
        case VenueThrottled():
            return SendReport(*about, failure=Failure.NOT_SENT, text="throttled")
        case _:
            return SendReport(*about, failure=Failure.NOT_SENT, text="unavailable")


def text_of(response: Response) -> str:
    return response.body.decode("utf-8", "replace")


def encode_report(report: AnyReport) -> bytes:
    return msgspec.json.encode(report)


def decode_report(data: bytes) -> AnyReport:
    """Raises msgspec's errors: these are our own bytes."""
    return _decoder.decode(data)
