"""Kalshi's fee fields: types, multipliers, overrides; what cannot be read is unknown."""

from typing import Any

import pytest

from arbees.errors import WireError
from arbees.markets.instrument import FeeOverride
from arbees.venues.kalshi.fees import (
    decode_event_fee_changes,
    decode_fee_changes,
    event_schedule,
    fee_term,
    override_of,
    series_terms,
)


@pytest.mark.parametrize(
    ("fee_type", "multiplier", "taker", "maker"),
    [
        ("quadratic", 1, 70_000, 0),
        ("quadratic", 0.5, 35_000, 0),
        ("quadratic", 0, 0, 0),
        ("quadratic_with_maker_fees", 1, 70_000, 17_500),
        ("quadratic_with_maker_fees", 0.5, 35_000, 8_750),
        ("quadratic_with_combo_maker_fees", 1, 70_000, 35_000),
        ("quadratic_with_maker_fees", 0.0001, 7, 2),
    ],
)
def test_known_types(fee_type: str, multiplier: float, taker: int, maker: int) -> None:
    term = fee_term(fee_type, multiplier, 9)
    assert (term.from_ns, term.taker_rate, term.maker_rate, term.is_known) == (
        9, taker, maker, True,
    )  # fmt: skip
    assert term.balance_step == 100


@pytest.mark.parametrize(
    ("fee_type", "multiplier"),
    [
        ("flat", 1),
        ("", 1),
        ("quadratic", None),
        ("quadratic", -1),
        ("quadratic", 1e-7),
        ("quadratic", 2**63),
    ],
)
def test_what_cannot_be_read_is_unknown(fee_type: str, multiplier: float | None) -> None:
    assert not fee_term(fee_type, multiplier, 0).is_known


@pytest.mark.parametrize(
    ("fee_type", "multiplier", "expected"),
    [
        ("quadratic", 1, FeeOverride(3, 70_000, 0)),
        (None, 0.5, FeeOverride(3, 35_000, None)),
        ("quadratic_with_maker_fees", None, FeeOverride(3, None, 250_000)),
        (None, None, FeeOverride(3, None, None)),
        ("flat", 1, FeeOverride(3, None, None, is_known=False)),
        ("quadratic", "lots", FeeOverride(3, None, None, is_known=False)),
        ("quadratic", True, FeeOverride(3, None, None, is_known=False)),
        ("quadratic", [1], FeeOverride(3, None, None, is_known=False)),
        (7, 1, FeeOverride(3, None, None, is_known=False)),
    ],
)
def test_overrides(fee_type: Any, multiplier: Any, expected: FeeOverride) -> None:
    assert override_of(fee_type, multiplier, 3) == expected


def test_error_bodies_are_no_empty_list_of_changes() -> None:
    for body in (b"{}", b'{"msg":"no"}', b'{"error":"too many requests"}', b"<html>"):
        with pytest.raises(WireError, match="fee changes"):
            decode_fee_changes(body)
        with pytest.raises(WireError, match="event fee changes"):
            decode_event_fee_changes(body)
    assert decode_fee_changes(b'{"series_fee_change_arr":null}') == ()


def test_the_index_series_left_the_half_rate_in_july_2026() -> None:
    """kalshi.md section 9.1: KXINX and its siblings, quadratic x 1 from 2026-07-03."""
    body = b'{"series_fee_change_arr":[{"id":"1","series_ticker":"KXINX","fee_type":"quadratic",'
    body += b'"fee_multiplier":1,"scheduled_ts":"2026-07-03T00:00:00Z"}]}'
    changes = decode_fee_changes(body)
    terms = series_terms("KXINX", "quadratic", 0.5, changes)
    assert [t.taker_rate for t in terms] == [35_000, 70_000]
    assert series_terms("KXBTC", "quadratic", 1, changes)[1:] == ()


def test_a_baseball_event_pays_half_before_the_first_pitch() -> None:
    """kalshi.md section 9.1: series M = 0.5, an override to 1 scheduled at first pitch."""
    body = b'{"event_fee_changes":[{"id":"1","event_ticker":"G","series_ticker":"KXMLBGAME",'
    body += b'"fee_type_override":null,"fee_multiplier_override":1,'
    body += b'"scheduled_ts":"1970-01-01T00:00:10Z"}],"cursor":""}'
    changes = decode_event_fee_changes(body).event_fee_changes or ()
    terms = series_terms("KXMLBGAME", "quadratic_with_maker_fees", 0.5, ())
    schedule = event_schedule(terms, "G", None, None, changes)
    pitch = 10 * 10**9
    assert schedule.starts_after(0) == [pitch]
    rates = [(schedule.at(t).taker_rate, schedule.at(t).maker_rate) for t in (pitch - 1, pitch)]
    assert rates == [(35_000, 8_750), (70_000, 17_500)]
    other = event_schedule(terms, "H", "quadratic", None, changes)
    assert (other.at(pitch).taker_rate, other.at(pitch).maker_rate) == (35_000, 0)
