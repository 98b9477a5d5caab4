"""Parts of Kalshi's bodies that the socket, the REST books and the catalogue read alike."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from arbees.errors import WireError
from arbees.markets.instrument import PriceBand
from arbees.messages.events import BookSide
from arbees.units import PRICE_MAX, parse_pips
from arbees.venues import parsing
from arbees.venues.kalshi.wire import Body, Levels

EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
BOOK_SIDES = {"bid": BookSide.BID, "ask": BookSide.ASK}
"""`taker_book_side`; anything else is a taker nobody named."""
CENT_RANGES = ({"start": "0.0000", "end": "1.0000", "step": "0.0100"},)
"""Where no `price_ranges` are said: whole cents are legal in every documented grid (4.1)."""


def side_of(
    levels: Levels | None, legacy: object, where: str, *, flip: bool
) -> tuple[tuple[int, int], ...]:
    """One side of a book; absent is empty. Raises WireError where only the removed integer-cent
    levels are there: that is a book we cannot read, not an empty one."""
    if levels is None and legacy:
        raise WireError("levels come in cents only", where)
    return parsing.levels_of(levels or (), where, flip=flip)


def payout_of(body: Body) -> int:
    """Pips a YES pays: the stated value, else by the result. Raises WireError if they differ."""
    by_result = {"yes": PRICE_MAX, "no": 0}.get(body.result or "")
    if not body.settlement_value:
        if by_result is None:
            raise WireError(f"result {body.result!r} without settlement_value", "determined")
        return by_result
    try:
        stated = parse_pips(body.settlement_value)
    except ValueError as error:
        raise WireError(str(error), "settlement_value") from error
    if by_result not in (None, stated):
        raise WireError(f"result {body.result!r} pays {body.settlement_value}", "settlement_value")
    return stated


def bands_of(ranges: Sequence[Mapping[str, str]]) -> tuple[PriceBand, ...]:
    """Price bands of `price_ranges`. Raises WireError on a missing or zero step."""
    bands = []
    for row in ranges:
        try:
            band = PriceBand(
                parse_pips(row["start"]), parse_pips(row["end"]), parse_pips(row["step"])
            )
        except (KeyError, ValueError) as error:
            raise WireError(f"price_ranges: {error}", "price_ranges") from error
        if band.step <= 0:
            raise WireError("price_ranges: a step of zero", "price_ranges")
        bands.append(band)
    return tuple(bands)


def time_ns(text: str) -> int:
    """ns UTC of an RFC 3339 string, exact to the microsecond; 0 for an empty one. Raises
    WireError on anything else, a time without its zone too."""
    if not text:
        return 0
    try:
        delta = datetime.fromisoformat(text) - EPOCH
    except (ValueError, TypeError) as error:
        raise WireError(f"not a time: {text!r}", "time") from error
    return ((delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds) * 1_000
