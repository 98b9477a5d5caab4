"""Pages of listings -> events with their markets, each read as the matcher and as the engine reads
it.

The one rule: a market that one of the two cannot read is left out and counted, and never takes
the rest of its page with it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from arbees.app.listings import kalshi_event, polymarket_event
from arbees.errors import WireError
from arbees.markets.instrument import Instrument
from arbees.matching.records import KalshiRecord, PolymarketRecord
from arbees.venues.kalshi import catalog as kalshi
from arbees.venues.kalshi.fees import EventFeeChange, FeeChange
from arbees.venues.parsing import UNREADABLE
from arbees.venues.polymarket import catalog as polymarket

INDEX = re.compile(r"\[[^]]*]")
Record = KalshiRecord | PolymarketRecord


class ListedMarket(msgspec.Struct, frozen=True):
    """A market that may be traded: what it says, and its instruments (one at Kalshi, one per
    outcome at Polymarket, the record's outcome first)."""

    market_id: str
    record: Record
    instruments: tuple[Instrument, ...]


class ListedEvent(msgspec.Struct, frozen=True):
    """An event as listed. `is_whole` is what the venue says of its outcomes: at Kalshi that they
    exclude each other, at Polymarket that more may be added (`augmented`). `left_out` are the ids
    of markets that are listed and may not be traded."""

    venue: str
    event: str
    title: str
    flag: bool
    markets: tuple[ListedMarket, ...]
    left_out: tuple[str, ...]
    others: tuple[Instrument, ...] = ()
    """Instruments of what is left out, where they can be read: they may be held."""


class KalshiFees(msgspec.Struct):
    """What Kalshi charges, by series and by event."""

    series: dict[str, kalshi.Series] = {}
    changes: dict[str, list[FeeChange]] = {}
    event_changes: dict[str, list[EventFeeChange]] = {}

    def learn(self, series: Iterable[kalshi.Series]) -> None:
        """Series as listed now."""
        self.series.update((each.ticker, each) for each in series)

    def replace(self, changes: Iterable[FeeChange], events: Iterable[EventFeeChange]) -> set[str]:
        """Scheduled changes as listed now; the series and events whose changes are others."""
        by_series: dict[str, list[FeeChange]] = {}
        for change in changes:
            by_series.setdefault(change.series_ticker, []).append(change)
        by_event: dict[str, list[EventFeeChange]] = {}
        for each in events:
            by_event.setdefault(each.event_ticker, []).append(each)
        news = _unlike(self.changes, by_series) | _unlike(self.event_changes, by_event)
        self.changes, self.event_changes = by_series, by_event
        return news


def _unlike(old: Mapping[str, object], new: Mapping[str, object]) -> set[str]:
    return {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}


def kalshi_page(body: bytes, fees: KalshiFees, dropped: Counter[str]) -> Iterator[ListedEvent]:
    """Events of a page of `GET /events` or of `GET /events/{ticker}`. Raises WireError."""
    for event in _objects(body, "kalshi events", "events", "event"):
        try:
            typed = msgspec.convert(event, kalshi.KalshiEvent)
        except UNREADABLE as error:
            dropped[f"kalshi: unreadable ({_where(error)})"] += _size(event)
            continue
        series = fees.series.get(typed.series_ticker)
        found, unfit = kalshi.instruments_from(
            [typed],
            [series] if series else [],
            fees.changes.get(typed.series_ticker, ()),
            0,
            fees.event_changes.get(typed.event_ticker, ()),
        )
        read = kalshi_event(event, dropped)
        by_id = {instrument.market_id: (instrument,) for instrument in found}
        records = {record.ticker: record for record in read.markets}
        yield _listed("kalshi", read.event, read.title, read.is_exclusive, records, by_id,
                      {m.ticker for m in typed.markets or ()}, unfit, dropped)  # fmt: skip


def polymarket_page(body: bytes, dropped: Counter[str]) -> Iterator[ListedEvent]:
    """Events of a keyset page, of a bare list or one by itself. Raises WireError."""
    for event in _objects(body, "polymarket events", "events"):
        try:
            typed = msgspec.convert(event, polymarket.GammaEvent)
        except UNREADABLE as error:
            dropped[f"polymarket: unreadable ({_where(error)})"] += _size(event)
            continue
        found, unfit = polymarket.instruments_from([typed], 0)
        by_id: dict[str, tuple[Instrument, ...]] = {}
        for instrument in found:
            by_id[instrument.market_id] = (*by_id.get(instrument.market_id, ()), instrument)
        read = polymarket_event(event, dropped)
        records = {record.market_id: record for record in read.markets}
        conditions = {market.id: market.condition_id for market in typed.markets or ()}
        unfit = [(conditions.get(name, name), why) for name, why in unfit]
        names = {market.condition_id for market in typed.markets or ()}
        yield _listed("polymarket", read.event, read.title.strip(), read.is_augmented, records,
                      by_id, names, unfit, dropped)  # fmt: skip


def _listed(
    venue: str, event: str, title: str, flag: bool, records: Mapping[str, Record],
    instruments: Mapping[str, tuple[Instrument, ...]], listed: set[str],
    unfit: Iterable[tuple[str, str]], dropped: Counter[str],
) -> ListedEvent:  # fmt: skip
    fit = records.keys() & instruments.keys()
    for market_id in records.keys() - fit:
        reason = next((why for name, why in unfit if name == market_id), "not tradable")
        dropped[f"{venue}: {reason}"] += 1
    markets = tuple(
        ListedMarket(name, record, _first_first(record, instruments[name]))
        for name, record in records.items()
        if name in fit
    )
    others = tuple(i for name, found in instruments.items() if name not in fit for i in found)
    left_out = tuple(sorted(listed - fit - {""}))
    return ListedEvent(venue, event, title, flag, markets, left_out, others)


def _first_first(record: Record, found: tuple[Instrument, ...]) -> tuple[Instrument, ...]:
    """The record's own outcome leads."""
    if isinstance(record, KalshiRecord) or not record.token_ids:
        return found
    own = record.token_ids[0]
    return tuple(sorted(found, key=lambda instrument: instrument.instrument_id != own))


def _objects(body: bytes, where: str, many: str, one: str = "") -> list[dict[str, Any]]:
    """The objects of a page; of a single one too, with markets that stand beside it."""
    try:
        said = msgspec.json.decode(body)
    except UNREADABLE as error:
        raise WireError(str(error), where) from error
    if isinstance(said, dict) and isinstance(said.get(one), dict):
        said = [said[one] | ({"markets": said["markets"]} if "markets" in said else {})]
    elif isinstance(said, dict) and isinstance(said.get(many), list):
        said = said[many]
    elif isinstance(said, dict) and "id" in said and not one:
        said = [said]
    if not isinstance(said, list):
        raise WireError(f"no {many} in it", where)
    return [each for each in said if isinstance(each, dict)]


def _where(error: Exception) -> str:
    """The path that msgspec names, without the numbers in it."""
    return INDEX.sub("", str(error).rpartition("`$")[2].rstrip("`")) or "no object"


def _size(event: Mapping[str, Any]) -> int:
    markets = event.get("markets")
    return len(markets) if isinstance(markets, list) else 1


def series_of(body: bytes) -> set[str]:
    """The series that a page of Kalshi's events names. Raises WireError."""
    events = _objects(body, "kalshi events", "events", "event")
    return {event["series_ticker"] for event in events if event.get("series_ticker")}


def created_of(body: bytes) -> str:
    """The oldest creation date of a page of Polymarket's events; empty where none is said."""
    events = _objects(body, "polymarket events", "events")
    return min((str(event.get("creationDate") or "") for event in events), default="")


def event_ids_of(body: bytes) -> list[str]:
    """The events that a page of Polymarket's markets names. Raises WireError."""
    named = [m.events[0].id for m in polymarket.decode_markets(body) if m.events]
    return sorted(set(named))


def cursor_of(body: bytes) -> str:
    """Where the next page begins; empty at the end. Raises WireError."""
    try:
        said = msgspec.json.decode(body, type=_Cursor)
    except UNREADABLE as error:
        raise WireError(str(error), "cursor") from error
    return said.cursor or said.next_cursor or ""


class _Cursor(msgspec.Struct):
    cursor: str | None = None
    next_cursor: str | None = None
