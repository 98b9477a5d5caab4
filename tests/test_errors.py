"""Errors: the tree says what a caller may conclude, and the facts stay attached."""

import pytest

from arbees import errors


@pytest.mark.parametrize(
    ("kind", "parent"),
    [
        (errors.ConfigError, errors.ArbeesError),
        (errors.WireError, errors.ArbeesError),
        (errors.JournalError, errors.ArbeesError),
        (errors.VenueError, errors.ArbeesError),
        (errors.VenueUnavailable, errors.VenueError),
        (errors.VenueThrottled, errors.VenueUnavailable),
        (errors.VenueRejected, errors.VenueError),
        (errors.OutcomeUnknown, errors.VenueError),
        (errors.InvariantError, errors.ArbeesError),
    ],
)
def test_tree(kind: type[Exception], parent: type[Exception]) -> None:
    assert issubclass(kind, parent)


def test_an_unknown_outcome_is_neither_a_refusal_nor_an_outage() -> None:
    assert not issubclass(errors.OutcomeUnknown, errors.VenueRejected | errors.VenueUnavailable)
    assert not issubclass(errors.InvariantError, errors.VenueError)


def test_wire_error_names_the_place() -> None:
    error = errors.WireError("size is no number", "msg.delta_fp")
    assert str(error) == "msg.delta_fp: size is no number"
    assert (error.what, error.where) == ("size is no number", "msg.delta_fp")
    assert str(errors.WireError("empty frame")) == "empty frame"


def test_unavailable_carries_when_to_come_back() -> None:
    assert errors.VenueUnavailable("503").retry_after_s is None
    throttled = errors.VenueThrottled("429", 1.5)
    assert (str(throttled), throttled.retry_after_s) == ("429", 1.5)


def test_rejected_carries_the_venues_reason() -> None:
    error = errors.VenueRejected("order refused", "insufficient_balance")
    assert (str(error), error.reason) == ("order refused", "insufficient_balance")
    bare = errors.VenueRejected("order refused")
    assert (bare.reason, bare.where) == ("", "")
    assert errors.VenueRejected("order refused", "invalid_price", "price").where == "price"
