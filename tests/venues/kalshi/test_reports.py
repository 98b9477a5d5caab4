"""Reports survive the way through a frame, and say in a word why nothing was sent."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbees.errors import (
    OutcomeUnknown,
    VenueError,
    VenueRejected,
    VenueThrottled,
    VenueUnavailable,
)
from arbees.messages.requests import Response
from arbees.venues.kalshi import reports
from arbees.venues.kalshi.reports import Failure
from tests.messages.samples import strategy

ABOUT = ("e-1-0", 1_000_000, "T", 5)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=40)
@given(st.one_of([strategy(kind) for kind in (reports.SendReport, reports.CancelReport)]))
def test_round_trip(report: reports.AnyReport) -> None:
    data = reports.encode_report(report)
    assert reports.decode_report(data) == report
    assert b'"type":"arbees_' in data


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=20)
@given(strategy(reports.LookupReport))
def test_look_ups_round_trip(report: reports.AnyReport) -> None:
    assert reports.decode_report(reports.encode_report(report)) == report


@pytest.mark.parametrize(
    ("error", "failure", "text"),
    [
        (OutcomeUnknown("lost"), Failure.UNKNOWN, "lost"),
        (VenueRejected("long words", "killed"), Failure.REFUSED, "killed"),
        (VenueThrottled("429"), Failure.NOT_SENT, "throttled"),
        (VenueUnavailable("down"), Failure.NOT_SENT, "unavailable"),
    ],
)
def test_failures(error: VenueError, failure: Failure, text: str) -> None:
    report = reports.failed(ABOUT, error)
    assert (report.failure, report.text, report.order_id) == (failure, text, "e-1-0")


def test_answers_keep_their_bytes_as_text() -> None:
    report = reports.answered(ABOUT, Response(502, b"<html>\xff"))
    assert (report.status, report.body) == (502, "<html>\ufffd")
