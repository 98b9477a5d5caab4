"""What the fuzzer attacks of Polymarket's trading codecs, and of discovery: answers to orders, the
account's reads, the user socket, refusals, and listings all the way to terms. Bodies are made after
the documents' shapes."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from arbees.app.discovery.pages import KalshiFees, kalshi_page, polymarket_page
from arbees.app.links import load_matcher
from arbees.errors import ConfigError, VenueError, WireError
from arbees.markets.instrument import FeeRounding, FeeTerm
from arbees.matching.records import KalshiRecord
from arbees.messages.requests import Response
from arbees.simulator.catalog import build_catalog
from arbees.venues.http_message import AnswerParser
from arbees.venues.polymarket import access, clob, reads, refusals, replies
from arbees.venues.polymarket.amounts import Amounts
from arbees.venues.polymarket.auth import ApiKeys, decode_keys
from arbees.venues.polymarket.life import OrderLives
from arbees.venues.polymarket.orders import OrderType, SignedOrder
from arbees.venues.polymarket.user import PolymarketUserSession
from benchmarks.fuzz_kalshi import Row

OURS = "0x" + "ab" * 32
SHARE = 1_000_000
KEYS = ApiKeys("0x" + "11" * 20, "key", "c2VjcmV0", "phrase")
PLACED: dict[str, Any] = {
    "success": True, "errorMsg": "", "orderID": OURS, "status": "matched", "makingAmount": "10",
    "takingAmount": "20", "tradeIDs": ["t1"], "transactionsHashes": ["0x1"],
}  # fmt: skip
ORDER: dict[str, Any] = {
    "id": OURS, "status": "LIVE", "owner": "key", "market": "0xm", "asset_id": "2174",
    "side": "BUY", "original_size": "15", "size_matched": "5", "price": "0.5", "outcome": "Yes",
    "order_type": "GTC", "created_at": 1_700_000_000, "expiration": "0", "associate_trades": ["t"],
}  # fmt: skip
TRADE: dict[str, Any] = {
    "id": "t1", "taker_order_id": OURS, "market": "0xm", "asset_id": "2174", "side": "BUY",
    "size": "5", "price": "0.5", "status": "MATCHED", "match_time": "1700000000",
    "last_update": "1700000001", "fee_rate_bps": "0", "trader_side": "TAKER",
    "maker_orders": [{"order_id": OURS, "matched_amount": "5", "price": "0.5", "asset_id": "2174",
                      "side": "SELL", "outcome": "Yes", "fee_rate_bps": "0"}],
}  # fmt: skip
REFUSALS: tuple[Any, ...] = (
    {"error": "not enough balance / allowance"}, {"error": "order couldn't be fully filled"},
    {"error": "'0xf39' address in closed only mode"}, {"error": "the market is not yet ready"},
    {"errorMsg": "invalid tick size", "success": False}, {"error": "Unauthorized/Invalid api key"},
    {"message": "Too Many Requests"}, {"error": {"code": 7}}, "refused", [],
)  # fmt: skip


def _bodies(*said: object) -> list[bytes]:
    return [json.dumps(one).encode() for one in said]


REFUSED = frozenset(_bodies(*REFUSALS))


def _answer(decode: Callable[[Response], object]) -> Callable[[bytes], object]:
    """Every status; a VenueError is what these decoders are for."""

    def read(body: bytes) -> object:
        refused = 0
        for status in (200, 400, 401, 403, 404, 425, 429, 500, 503):
            try:
                decode(Response(status, body))
            except VenueError as error:
                refused += bool(str(error))
        if refused == 9:
            raise WireError("refused", "polymarket answer")
        return refused

    return read


def _judged(body: bytes) -> object:
    """Whatever a refusal says, it concludes something that prints."""
    for status in (400, 401, 403, 404, 409, 425, 429, 500, 502, 503):
        for may_exist in (True, False):
            verdict = refusals.judge(Response(status, body), may_exist=may_exist)
            assert isinstance(verdict.error("x"), VenueError)
    return None


def _user() -> Callable[[bytes], object]:
    free = FeeTerm(0, 0, 0, rounding=FeeRounding.POLYMARKET)
    lives = OrderLives(lambda token, ts: free)
    amounts = Amounts(8 * SHARE, 15 * SHARE)
    lives.add(SignedOrder("e-1-0", OURS, amounts, True, OrderType.GTC, b""), "2174", 0)
    return PolymarketUserSession(lives, KEYS).receive


def _read_trades(body: bytes) -> object:
    free = FeeTerm(0, 0, 0, rounding=FeeRounding.POLYMARKET)
    lives = OrderLives(lambda token, ts: free)
    lives.add(SignedOrder("e-1-0", OURS, Amounts(8, 15), True, OrderType.GTC, b""), "2174", 0)
    return [lives.trade(trade) for trade in reads.decode_trades(body).data]


def _keys(body: bytes) -> object:
    try:
        return decode_keys(body, KEYS.address)
    except ConfigError as error:  # a secret that is none
        raise WireError(str(error), "polymarket keys") from error


def _finding(body: bytes) -> object:
    """Both gates, whatever comes: a text, never a permission that was not said."""
    answer = Response(200, body)
    return access.read_place(answer).refusal, access.read_account(answer).refusal


def _listed(body: bytes) -> object:
    """A page of both venues, to the terms and to a verdict of each pair."""
    matcher, found = load_matcher(), []
    page = kalshi_page if b'"event_ticker"' in body else None
    dropped: Counter[str] = Counter()
    events = page(body, KalshiFees(), dropped) if page else polymarket_page(body, dropped)
    for event in events:
        for market in event.markets:
            record = market.record
            of = matcher.of_kalshi if isinstance(record, KalshiRecord) else matcher.of_polymarket
            found.append(of(record))  # type: ignore[arg-type]
    return [matcher.judge(a, b) for a in found[:3] for b in found[:3]]


def _http(body: bytes) -> object:
    """An answer on the order connection, in two parts wherever it is cut."""
    parser, at = AnswerParser(), len(body) // 2
    return parser.feed(body[:at]) or parser.feed(body[at:])


HTTP = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"2\r\n{}\r\n0\r\n\r\n",
    b"HTTP/1.1 503 x\r\nConnection: close\r\nContent-Length: 6\r\n\r\n<html>",
)


def rows() -> list[Row]:
    """(name, how to make a receiver, whole bodies)."""
    catalog = build_catalog(60.0)
    events, gamma = catalog["kalshi"]["events"], catalog["polymarket"]["gamma_events"]
    plain: dict[str, tuple[Callable[[bytes], object], list[bytes]]] = {
        "polymarket placed": (
            _answer(lambda r: replies.read_place(r, OURS, "order x", rests=True)),
            _bodies(PLACED, PLACED | {"status": "live"}, *REFUSALS)),
        "polymarket batch": (
            _answer(lambda r: replies.read_batch(r, ((OURS, "x", True), ("0x2", "y", False)))),
            _bodies([PLACED, {"success": False, "errorMsg": "no"}], *REFUSALS)),
        "polymarket cancelled": (
            _answer(lambda r: replies.read_cancel(r, "cancel")),
            _bodies({"canceled": [OURS], "not_canceled": {"0x2": "matched"}}, *REFUSALS)),
        "polymarket heartbeat": (
            _answer(replies.read_heartbeat), _bodies({"heartbeat_id": "h"}, *REFUSALS)),
        "polymarket refusals": (_judged, _bodies(*REFUSALS)),
        "polymarket order": (reads.decode_order, _bodies(ORDER)),
        "polymarket orders": (
            reads.decode_orders, _bodies({"data": [ORDER, ORDER], "next_cursor": "LTE="})),
        "polymarket trades": (
            _read_trades, _bodies({"data": [TRADE], "next_cursor": "LTE="})),
        "polymarket balance": (
            reads.decode_balance, _bodies({"balance": "5", "allowances": {"0x1": "7"}})),
        "polymarket neg risk": (reads.decode_neg_risk, _bodies({"neg_risk": True})),
        "polymarket version": (reads.decode_version, _bodies({"version": 2})),
        "polymarket time": (reads.decode_time, [b"1700000000"]),
        "polymarket keys": (
            _keys, _bodies({"apiKey": "k", "secret": "c2VjcmV0", "passphrase": "p"})),
        "polymarket gates": (
            _finding, _bodies({"blocked": False, "ip": "203.0.113.9", "country": "CO"},
                              {"closed_only": False})),
        "polymarket facts": (
            lambda b: reads.facts_from(clob.decode_compact(b)), _bodies({
                "t": [{"t": "2174", "o": "Yes"}, {"t": "2175", "o": "No"}], "mts": 0.01,
                "mos": 5, "nr": False,
                "fd": {"r": 0.05, "e": 1, "to": True}, "c": "0x1"})),
        "http answers": (_http, list(HTTP)),
        "listings to verdicts": (
            _listed, _bodies({"events": events[:2], "cursor": ""},
                             {"events": gamma[:2], "next_cursor": None})),
    }  # fmt: skip
    frames = [ORDER | {"event_type": "order", "type": kind} for kind in ("PLACEMENT", "UPDATE")] + [
        ORDER | {"event_type": "order", "type": "CANCELLATION", "status": "CANCELED"}
    ]
    trades = [
        TRADE | {"event_type": "trade", "type": "TRADE", "status": status}
        for status in ("MATCHED", "MINED", "CONFIRMED", "RETRYING", "FAILED")
    ]
    made: list[Row] = [
        (name, lambda decode=decode: decode, bodies)  # type: ignore[misc]
        for name, (decode, bodies) in plain.items()
    ]
    return [*made, ("polymarket user socket", _user, _bodies(*frames, *trades, [*frames, *trades]))]
