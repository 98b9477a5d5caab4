"""What the fuzzer attacks: each codec with whole bodies of its own to break.

The bodies are made here and by the simulator's generator; none are recordings.
"""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from arbees.app import compose
from arbees.app.config import Settings
from arbees.app.engine_settings import engine_settings
from arbees.messages import events as ev
from arbees.messages.frames import Frame
from arbees.pipeline.ledger import Ledger
from arbees.pipeline.runtime import Runtime
from arbees.simulator.generate import generate
from arbees.venues.kalshi import catalog, fees, rest
from arbees.venues.kalshi.rest import KalshiRestSession
from arbees.venues.kalshi.session import KalshiWsSession
from arbees.venues.polymarket import catalog as gamma
from arbees.venues.polymarket import clob
from arbees.venues.polymarket.session import PolymarketRestSession, PolymarketWsSession
from benchmarks import fuzz_kalshi, fuzz_polymarket

FOREVER = 10**12


@dataclass(frozen=True)
class Target:
    """`fresh` makes a receiver; one is used for `lives` bodies."""

    name: str
    fresh: Callable[[], Callable[[bytes], object]]
    bodies: list[bytes]
    lives: int = FOREVER

    @property
    def has_refusals(self) -> bool:
        """Whether whole bodies are among them that the decoder rightly refuses."""
        return any(body in fuzz_polymarket.REFUSED for body in self.bodies)


def _pure(name: str, decode: Callable[[bytes], object], *bodies: object) -> Target:
    texts = [json.dumps(b).encode() if not isinstance(b, bytes) else b for b in bodies]
    return Target(name, lambda: decode, texts)


@functools.cache
def _session() -> tuple[dict[str, Any], dict[str, list[bytes]]]:
    """(catalogue, frames by venue) of a short synthetic session."""
    made, lines, _ = generate(3, duration_s=60.0, plants=10)
    frames: dict[str, list[bytes]] = {"kalshi": [], "polymarket": []}
    for line in lines:
        frames[line["venue"]].append(json.dumps(line["frame"], separators=(",", ":")).encode())
    return made, frames


def _kalshi_more() -> list[bytes]:
    ticker = _session()[0]["pairs"][0]["kalshi_ticker"]
    said: list[dict[str, Any]] = [
        {"type": "subscribed", "id": 1, "msg": {"channel": "orderbook_delta", "sid": 1}},
        {"type": "error", "id": 2, "msg": {"code": 8, "msg": "Unknown channel name"}},
        {"type": "unsubscribed", "sid": 1, "seq": 3},
        {"type": "ticker", "sid": 2, "msg": {
            "market_ticker": ticker, "price_dollars": "0.4500", "yes_bid_dollars": "0.4400",
            "yes_ask_dollars": "0.4600", "volume_fp": "10.00", "ts": 1, "ts_ms": 1_000}},
        {"type": "trade", "sid": 3, "msg": {
            "trade_id": "t", "market_ticker": ticker, "yes_price_dollars": "0.4500",
            "no_price_dollars": "0.5500", "count_fp": "3.00", "taker_side": "yes", "ts": 1,
            "ts_ms": 1_000}},
        *({"type": "market_lifecycle_v2", "sid": 4, "msg": {
            "event_type": kind, "market_ticker": ticker, "open_ts": 1, "close_ts": 2,
            "result": "yes",
            "determination_ts": 3, "settled_ts": 4, "settlement_value": "1.0000",
            "is_deactivated": False}}
          for kind in ("created", "activated", "deactivated", "close_date_updated", "determined",
                       "settled", "price_level_structure_updated")),
        {"type": "event_fee_update", "sid": 4, "msg": {
            "event_ticker": ticker.rsplit("-", 1)[0], "fee_type_override": "quadratic",
            "fee_multiplier_override": 0.5}},
    ]  # fmt: skip
    return [json.dumps(row).encode() for row in said]


def _polymarket_more() -> list[bytes]:
    made = _session()[0]
    token, market = (
        made["pairs"][0]["polymarket_token_id"], made["pairs"][0]["polymarket_condition_id"],
    )  # fmt: skip
    head = {"market": market, "asset_id": token, "timestamp": "1767226192557"}
    said: list[Any] = [
        {**head, "event_type": "last_trade_price", "price": "0.45", "size": "10", "side": "BUY",
         "fee_rate_bps": "0"},
        {**head, "event_type": "tick_size_change", "old_tick_size": "0.01",
         "new_tick_size": "0.001"},
        {**head, "event_type": "best_bid_ask", "best_bid": "0.44", "best_ask": "0.46"},
        {**head, "event_type": "new_market", "assets_ids": [token], "id": "1", "question": "q"},
        {**head, "event_type": "market_resolved", "assets_ids": [token], "winning_asset_id": token,
         "winning_outcome": "Yes"},
        {**head, "event_type": "price_change",
         "changes": [{"price": "0.4", "side": "BUY", "size": "10"}]},
        [{**head, "event_type": "book", "bids": [], "asks": [{"price": "0.5", "size": "1"}]}],
    ]  # fmt: skip
    return [json.dumps(row).encode() for row in said]


def _markets() -> tuple[dict[str, int], dict[str, int]]:
    pairs = _session()[0]["pairs"]
    tickers = {name: ix for ix, name in enumerate({p["kalshi_ticker"]: 0 for p in pairs})}
    tokens = {name: ix for ix, name in enumerate({p["polymarket_token_id"]: 0 for p in pairs})}
    return tickers, tokens


def _runtime() -> Callable[[bytes], object]:
    """A whole runtime behind both sockets. It keeps WireErrors to itself and counts them."""
    from arbees.pipeline.engine import Engine

    made, _ = _session()
    runtime: Runtime = compose.build_runtime(engine_settings(Settings(), "fuzz"), Ledger())
    assert isinstance(runtime.engine, Engine)
    kalshi, polymarket = made["kalshi"], made["polymarket"]
    events = json.dumps({"events": kalshi["events"], "cursor": ""}).encode()
    series = json.dumps({"series": kalshi.get("series", [])}).encode()
    changes = json.dumps({"series_fee_change_arr": []}).encode()
    found = compose.instruments_from_bodies(
        [events], series, changes, [json.dumps(polymarket["gamma_events"]).encode()]
    )
    runtime.deliver_event(ev.InstrumentsAdded(tuple(found)), 1)
    links = compose.links_from_pairs(made["pairs"], found)
    runtime.deliver_event(ev.LinksAdded(tuple(links)), 1)
    for conn, venue in enumerate(("kalshi", "polymarket")):
        runtime.deliver_event(compose.conn_opened(runtime, venue, conn, 0), 1)
    clock = [1]

    def give(body: bytes) -> None:
        clock[0] += 1_000_000
        conn = 0 if b'"type"' in body else 1
        runtime.deliver_frame(Frame(conn, 0, clock[0], body))

    return give


def targets() -> list[Target]:
    """Every codec of market data and of trading, and discovery to its verdicts."""
    made, frames = _session()
    tickers, tokens = _markets()
    kalshi = frames["kalshi"][:400] + _kalshi_more() * 12
    polymarket = frames["polymarket"][:400] + _polymarket_more() * 12
    event = made["kalshi"]["events"][0]
    book = {"yes_dollars": [["0.4000", "10.00"]], "no_dollars": [["0.5500", "7.50"]]}
    ticker, token = next(iter(tickers)), next(iter(tokens))
    levels = {"bids": [{"price": "0.4", "size": "10"}], "asks": [{"price": "0.5", "size": "9.25"}]}
    clob_book = {"market": "0x1", "asset_id": token, "timestamp": "1", "hash": "h", **levels}
    gamma_event = made["polymarket"]["gamma_events"][0]
    return [
        Target("kalshi socket", lambda: KalshiWsSession(tickers).receive, kalshi, 50),
        Target("kalshi socket, no-side prices",
               lambda: KalshiWsSession(tickers, False).receive, kalshi, 50),
        Target("polymarket socket", lambda: PolymarketWsSession(tokens).receive, polymarket, 50),
        Target("both sockets, whole runtime", _runtime, kalshi + polymarket, 20_000),
        _pure("kalshi orderbooks", KalshiRestSession(tickers).receive,
              {"orderbooks": [{"ticker": ticker, "orderbook_fp": book}]}),
        _pure("kalshi orderbook", lambda b: rest.decode_orderbook(b, 0), {"orderbook_fp": book}),
        _pure("kalshi trades", rest.decode_trades, {"cursor": "", "trades": [
            {"trade_id": "t", "ticker": ticker, "yes_price_dollars": "0.4", "count_fp": "1.00",
             "taker_side": "no", "created_time": "2026-01-01T00:00:00Z"}]}),
        _pure("kalshi exchange status", rest.decode_exchange_status,
              {"exchange_active": True, "trading_active": True}),
        _pure("kalshi events", _kalshi_listing, {"events": [event], "cursor": ""}),
        _pure("kalshi markets", catalog.decode_markets,
              {"markets": event["markets"], "cursor": "abc"}),
        _pure("kalshi series", catalog.decode_series_list,
              {"series": made["kalshi"].get("series", [])}),
        _pure("kalshi series fee changes", fees.decode_fee_changes, {"series_fee_change_arr": [
            {"id": "1", "series_ticker": "KX", "fee_type": "quadratic", "fee_multiplier": 1,
             "scheduled_ts": "2026-01-01T00:00:00Z"}]}),
        _pure("kalshi event fee changes", fees.decode_event_fee_changes, {"event_fee_changes": [
            {"id": "1", "event_ticker": "KX-1", "fee_type_override": "quadratic",
             "fee_multiplier_override": 0.5, "scheduled_ts": "2026-01-01T00:00:00Z"}]}),
        _pure("polymarket books", PolymarketRestSession(tokens).receive, [clob_book], clob_book),
        _pure("gamma events", _gamma_listing, [gamma_event]),
        _pure("gamma events page", gamma.decode_events_page,
              {"events": [gamma_event], "next_cursor": "x"}),
        _pure("gamma markets", gamma.decode_markets, gamma_event["markets"]),
        _pure("clob market, compact", clob.decode_compact, {
            "t": [{"t": token, "o": "Yes"}], "gst": "2026-01-01T00:00:00Z",
            "mts": 0.01, "mos": 5, "nr": False,
            "fd": {"r": 0.05, "e": 1, "to": True}, "c": "0x1"}),
        _pure("clob market", lambda b: clob.payouts_of(clob.decode_market(b)), {
            "condition_id": "0x1", "question": "q", "enable_order_book": True,
            "accepting_orders": True, "closed": False, "minimum_tick_size": 0.01,
            "minimum_order_size": 5, "neg_risk": False,
            "tokens": [{"token_id": token, "outcome": "Yes", "price": 0.5, "winner": False},
                       {"token_id": "2", "outcome": "No", "price": 0.5, "winner": True}]}),
        _pure("clob tick size", clob.decode_tick_size, {"minimum_tick_size": 0.01}),
        *(Target(name, fresh, bodies, 50) for name, fresh, bodies in fuzz_kalshi.rows()),
        *(Target(name, fresh, bodies, 50) for name, fresh, bodies in fuzz_polymarket.rows()),
    ]  # fmt: skip


def _kalshi_listing(body: bytes) -> object:
    return catalog.instruments_from(catalog.decode_events(body).events, (), (), 0)


def _gamma_listing(body: bytes) -> object:
    return gamma.instruments_from(gamma.decode_events(body), 0)
