"""Composition: the only place that names concrete venues and turns settings into parts."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from arbees import __version__
from arbees.errors import ConfigError
from arbees.markets.instrument import Instrument
from arbees.messages import events as ev
from arbees.messages.records import (
    AnyRecord,
    CashSet,
    FillBooked,
    IntentMade,
    OrderClosed,
    OrdersVoided,
)
from arbees.pipeline.engine import Engine
from arbees.pipeline.holdings import Holdings
from arbees.pipeline.ledger import Ledger, Position, rebuild
from arbees.pipeline.runtime import Runtime
from arbees.pipeline.settings import EngineSettings, PaperSettings
from arbees.ports import Gateway, Journal, PaperGateway, Session, StoreOutbox, TradeLog
from arbees.venues.kalshi import catalog as kalshi_catalog
from arbees.venues.kalshi import fees as kalshi_fees
from arbees.venues.kalshi.indices import KalshiIndexSession
from arbees.venues.kalshi.private import KalshiPrivateSession
from arbees.venues.kalshi.rest import KalshiRestSession
from arbees.venues.kalshi.session import KalshiWsSession
from arbees.venues.paper.venue import PaperVenue
from arbees.venues.polymarket import catalog as polymarket_catalog
from arbees.venues.polymarket.session import PolymarketRestSession, PolymarketWsSession

VENUES = ("kalshi", "polymarket")
NETTING = frozenset({"kalshi"})
HEADER_FORMAT = 1


def make_session(opened: ev.ConnOpened) -> Session:
    """The protocol state of a new connection. Raises ConfigError for an unknown kind."""
    ids = dict(opened.instruments)
    match opened.venue, opened.kind:
        case "kalshi", "ws":
            session = KalshiWsSession(ids, use_yes_price=opened.uses_yes_price)
            session.subscribe_commands()  # the feed sends the same ones: their ids are used up
            return session
        case "kalshi", "index":
            return KalshiIndexSession()
        case "kalshi", "private":
            private = KalshiPrivateSession()
            private.subscribe_commands()  # as above: a later subscription has an id of its own
            return private
        case "kalshi", "rest":
            return KalshiRestSession(ids)
        case "polymarket", "ws":
            return PolymarketWsSession(ids)
        case "polymarket", "rest":
            return PolymarketRestSession(ids)
        case _:
            raise ConfigError(f"no session for {opened.venue} {opened.kind}")


def build_runtime(
    settings: EngineSettings,
    ledger: Ledger | None = None,
    *,
    paper: PaperSettings | None = None,
    gateway: Gateway | None = None,
    journal: Journal | None = None,
    tradelog: TradeLog | None = None,
    outbox: StoreOutbox | None = None,
) -> Runtime:
    """An engine in its shell. With `paper` and no `gateway`, orders go straight to paper."""
    engine = Engine(settings, ledger or Ledger())
    venue: PaperGateway | None = PaperVenue(paper, engine.market) if paper else None
    return Runtime(
        engine,
        make_session,
        journal=journal,
        tradelog=tradelog,
        outbox=outbox,
        gateway=gateway or venue,
        paper=venue,
    )


def open_accounts(ledger: Ledger, cash: Mapping[str, int], ts_ns: int) -> list[AnyRecord]:
    """Give a fresh ledger its opening cash by venue; the records that the log must hold of it.

    Before the journal's header is written: a replay starts from that ledger.
    """
    records: list[AnyRecord] = []
    for venue in VENUES:
        if venue not in ledger.cash:
            ledger.set_cash(venue, cash[venue])
            records.append(CashSet(venue, cash[venue], ts_ns))
    return records


def header(settings: EngineSettings, ledger: Ledger, kill_on: bool) -> dict[str, Any]:
    """The first record of a journal: configuration, code version, ledger and kill state."""
    return {
        "format": HEADER_FORMAT,
        "version": __version__,
        "settings": msgspec.to_builtins(settings),
        "ledger": ledger_records(ledger),
        "kill_on": kill_on,
    }


def ledger_records(ledger: Ledger) -> dict[str, Any]:
    """A ledger as plain data. Positions are keyed by venue and instrument."""
    return {
        "cash": dict(ledger.cash),
        "opening": dict(ledger.opening),
        "positions": [msgspec.to_builtins(p) for p in ledger.positions.values()],
        "realised": ledger.realised,
        "fees": ledger.fees,
        "day": ledger.day,
        "realised_today": ledger.realised_today,
        "pending": [msgspec.to_builtins(f) for f in ledger.pending.values()],
        "holdings": ledger.holdings.rows(),
    }


def ledger_from(data: dict[str, Any]) -> Ledger:
    """The inverse of `ledger_records`."""
    ledger = Ledger(dict(data["cash"]), dict(data["opening"]))
    for row in data["positions"]:
        held = msgspec.convert(row, Position)
        ledger.positions[(held.venue, held.instrument_id)] = held
    ledger.realised = data["realised"]
    ledger.fees = data["fees"]
    ledger.day = data["day"]
    ledger.realised_today = data["realised_today"]
    for row in data.get("pending", ()):
        fill = msgspec.convert(row, FillBooked)
        ledger.pending[fill.fill_id] = fill
    ledger.holdings = Holdings.from_rows(data.get("holdings", ()))
    return ledger


def runtime_from_header(head: dict[str, Any]) -> Runtime:
    """The runtime a journal was written by. Raises ConfigError on another format."""
    if head.get("format") != HEADER_FORMAT:
        raise ConfigError(f"journal format {head.get('format')!r}, this reads {HEADER_FORMAT}")
    settings = msgspec.convert(head["settings"], EngineSettings)
    runtime = build_runtime(settings, ledger_from(head["ledger"]))
    runtime.engine.risk_state.kill_on = bool(head["kill_on"])
    return runtime


def rebuild_ledger(records: list[Any]) -> Ledger:
    """The ledger of a trading log, with the venues' netting rules."""
    return rebuild(records, NETTING)


def fills_at(records: Sequence[Any], venue: str) -> int:
    """Fills of a trading log at one venue."""
    return sum(1 for r in records if isinstance(r, FillBooked) and r.venue == venue)


def orders_in_flight(records: Sequence[Any]) -> tuple[str, ...]:
    """Orders of a trading log that have no end in it."""
    open_ids: dict[str, None] = {}
    for record in records:
        if isinstance(record, IntentMade):
            open_ids.update(dict.fromkeys(leg.order_id for leg in record.legs))
        elif isinstance(record, OrderClosed):
            open_ids.pop(record.order_id, None)
        elif isinstance(record, OrdersVoided):
            for order_id in record.order_ids:
                open_ids.pop(order_id, None)
    return tuple(open_ids)


def instruments_from_catalog(catalog: dict[str, Any]) -> list[Instrument]:
    """Instruments of a session's catalog.json, Kalshi first."""
    kalshi = catalog["kalshi"]
    gamma = catalog["polymarket"]["gamma_events"]
    return instruments_from_bodies(
        [json.dumps({"events": kalshi["events"], "cursor": ""}).encode()],
        json.dumps({"series": kalshi["series"]}).encode(),
        b'{"series_fee_change_arr":[]}',
        [json.dumps({"events": gamma, "next_cursor": None}).encode()],
    )


def instruments_from_bodies(
    events: list[bytes],
    series: bytes,
    fee_changes: bytes,
    gamma: list[bytes],
    event_fee_changes: Sequence[bytes] = (),
) -> list[Instrument]:
    """Instruments of both venues from REST bodies; Kalshi gets the first indices."""
    pages = [kalshi_fees.decode_event_fee_changes(body) for body in event_fee_changes]
    parsed = [e for body in events for e in kalshi_catalog.decode_events(body).events]
    found, _ = kalshi_catalog.instruments_from(
        parsed,
        kalshi_catalog.decode_series_list(series),
        kalshi_fees.decode_fee_changes(fee_changes),
        0,
        [change for page in pages for change in page.event_fee_changes or ()],
    )
    tokens = [e for body in gamma for e in polymarket_catalog.decode_events(body)]
    more, _ = polymarket_catalog.instruments_from(tokens, len(found))
    return [*found, *more]


def links_from_pairs(
    pairs: Sequence[dict[str, str]], instruments: Sequence[Instrument]
) -> list[ev.LinkSpec]:
    """Links of a session's `pairs` rows. Rows about unknown instruments are left out, and of two
    rows about one pair the first counts."""
    ix = {(i.venue, i.instrument_id): i.ix for i in instruments}
    links, seen = [], set()
    for row in pairs:
        a = ix.get(("kalshi", row["kalshi_ticker"]))
        b = ix.get(("polymarket", row["polymarket_token_id"]))
        if a is not None and b is not None and (a, b) not in seen:
            seen.add((a, b))
            name = f"{row['relation']}:{row['kalshi_ticker']}:{row['polymarket_token_id']}"
            evidence = row.get("evidence", "session pairs")
            links.append(ev.LinkSpec(name, a, b, row["relation"], evidence))
    return links


def conn_opened(runtime: Runtime, venue: str, conn_id: int, generation: int) -> ev.ConnOpened:
    """A recorded connection: every linked instrument of the venue, NO-side prices as recorded."""
    instruments = tuple(
        (i.instrument_id, i.ix) for i in runtime.engine.instruments if i.venue == venue
    )
    return ev.ConnOpened(
        conn_id, venue, "ws", generation, venue == "kalshi", instruments, uses_yes_price=False
    )


def summary(runtime: Runtime) -> dict[str, Any]:
    """The final object of run and replay."""
    engine = runtime.engine
    return {
        "frames": runtime.frames,
        "events": engine.events,
        "wire_errors": runtime.wire_errors,
        "opportunities": engine.opportunities,
        "intents": engine.intents,
        "approved": engine.approved,
        "refused": engine.funnel.reasons(),
        "funnel": engine.funnel.table(),
        "orders": engine.orders.sent,
        "fills": engine.fills,
        "pnl_micro": pnl_micro(engine),
        "realised_micro": engine.ledger.realised,
        "fees_micro": engine.ledger.fees,
        "cash_micro": dict(engine.ledger.cash),
        "positions": [
            {"venue": p.venue, "instrument": p.instrument_id, "qty": p.qty, "cost": p.cost}
            for p in engine.ledger.positions.values()
        ],
        "latency_us": runtime.latency.summary(),
        "digest": runtime.digest.hexdigest(),
    }


def pnl_micro(engine: Engine) -> int:
    """Realised result plus what open positions would fetch now at the best price of a valid
    book; a position without one counts at cost."""
    total = engine.ledger.realised
    by_id = {(i.venue, i.instrument_id): i.ix for i in engine.instruments}
    for key, held in engine.ledger.positions.items():
        ix = by_id.get(key)
        price = None if ix is None else engine.books.best(ix, 0 if held.qty > 0 else 1)
        if price is not None:
            is_no = held.nets and held.qty < 0
            worth = -held.qty * (10_000 - price) if is_no else held.qty * price
            total += worth // 10_000 - held.cost
    return total
