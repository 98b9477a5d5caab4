"""Parts of Kalshi's bodies that the socket, the REST books and the catalogue read alike."""

from collections.abc import Mapping, Sequence

from arbees.errors import WireError
from arbees.markets.instrument import PriceBand
from arbees.units import PRICE_MAX, parse_pips
from arbees.venues.kalshi.wire import Body, Levels
from arbees.venues.parsing import price_of, qty_of


def hint_of(text: str | None) -> int | None:
    """Best price of a ticker; the empty-side sentinels 0 and 1 are None."""
    if not text:
        return None
    try:
        price = parse_pips(text)
    except ValueError as error:
        raise WireError(str(error), "ticker") from error
    return price if 0 < price < PRICE_MAX else None


def levels_of(levels: Levels | None, where: str, *, flip: bool) -> tuple[tuple[int, int], ...]:
    found = []
    for text, size in levels or ():
        price, qty = price_of(text, where), qty_of(size, where)
        if qty < 0:
            raise WireError(f"size {size!r} is negative", where)
        if qty:
            found.append((PRICE_MAX - price if flip else price, qty))
    return tuple(found)


def payout_of(body: Body) -> int:
    """Pips a YES pays: the stated value, else by the result."""
    if body.settlement_value:
        try:
            return parse_pips(body.settlement_value)
        except ValueError as error:
            raise WireError(str(error), "settlement_value") from error
    if body.result in ("yes", "no"):
        return PRICE_MAX if body.result == "yes" else 0
    raise WireError(f"result {body.result!r} without settlement_value", "determined")


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
