"""Every recorded body of both venues is known: decoded by a named decoder, or listed with why not.

A body in no list fails, and so does a list entry without its body. `index.json` names the bodies.
"""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arbees.errors import WireError
from arbees.markets.instrument import PriceBand
from arbees.messages import events as ev
from arbees.venues.kalshi import catalog, fees, rest
from arbees.venues.kalshi.rest import KalshiRestSession
from arbees.venues.kalshi.session import KalshiWsSession
from arbees.venues.polymarket import catalog as gamma
from arbees.venues.polymarket import clob
from arbees.venues.polymarket.session import PolymarketRestSession, PolymarketWsSession
from tests.venues.undecoded import ERROR, NOT_DECODED, USER

CONTRACT = 1_000_000
TENNIS = "KXWTACHALLENGERMATCH-26JUN11JIMLEP-LEP"
HITS = "KXMLBHIT-26JUN111310AZMIA-"
COMBO = "MULTIGAMEEXTENDED-S202667DDE5A948C-EAAA448B85D"
NVIDIA = "0x311d0c4b6671ab54af4970c06fcf58662516f5168997bdda209ec3db5aa6b0c1"
BUY, SELL, OVER = ev.BookSide.BID, ev.BookSide.ASK, ev.MarketStatus.DETERMINED
CENTS, MILLS = (PriceBand(0, 10_000, 100),), (PriceBand(0, 10_000, 10),)
Fact = Callable[[bytes], object]


def listed(body: bytes) -> tuple[int, str, set[str], str]:
    page = catalog.decode_markets(body)
    kinds = {m.status for m in page.markets}
    return len(page.markets), page.markets[0].ticker, kinds, page.cursor[-6:]


def tennis(body: bytes) -> tuple[str, str, str]:
    market = catalog.decode_market(body)
    return market.ticker, market.yes_sub_title, market.status


def prints(body: bytes) -> tuple[int, ev.PublicTrade]:
    page = rest.decode_trades(body)
    assert {t.ticker for t in page.trades} == {"KXPGATOUR-USO26-JDAY"}
    return len(page.trades), rest.trade_of(0, page.trades[0])


def book(body: bytes) -> tuple[int, int, int]:
    """Levels of both sides and the best bid and ask."""
    token = json.loads(body)["asset_id"]
    (event,) = PolymarketRestSession({token: 0}).receive(body)
    assert isinstance(event, ev.BookSnapshot)
    return len(event.bids) + len(event.asks), max(event.bids)[0], min(event.asks)[0]


def socket_book(body: bytes) -> tuple[int, int, int]:
    token = json.loads(body)["asset_id"]
    (event,) = PolymarketWsSession({token: 0}).receive(body)
    assert isinstance(event, ev.BookSnapshot)
    return len(event.bids) + len(event.asks), max(event.bids)[0], min(event.asks)[0]


def told(body: bytes) -> list[ev.EngineEvent]:
    """What the socket says of every token that the frame names, numbered in its order."""
    said = json.loads(body)
    changes = said.get("price_changes", ())
    names = [c["asset_id"] for c in changes] or said.get("assets_ids") or [said["asset_id"]]
    tokens = {name: ix for ix, name in enumerate(dict.fromkeys(names))}
    return list(PolymarketWsSession(tokens).receive(body))


def result(body: bytes) -> tuple[bool, list[int]]:
    market = clob.decode_market(body)
    return market.is_tradable, [pips for _, pips in clob.payouts_of(market)]


def conditions(body: bytes) -> tuple[int, str, int, int]:
    page = clob.decode_page(body)
    settled = sum(bool(clob.payouts_of(m)) for m in page.data)
    return len(page.data), page.next_cursor, settled, sum(m.is_tradable for m in page.data)


def gamma_market(body: bytes) -> tuple[str, bool, int]:
    """Its slug, whether it can be traded, and the taker rate (-1: unknown or no token)."""
    (market,) = gamma.decode_markets(body)
    found, _ = gamma.instruments_from([gamma.GammaEvent("e", markets=(market,))], 0)
    term = found[0].fees.at(0) if found else None
    rate = term.taker_rate if term and term.is_known else -1
    return market.slug[:20], any(i.is_open for i in found), rate


def gamma_events(body: bytes) -> list[tuple[str, int]]:
    return [(e.id, len(e.markets or ())) for e in gamma.decode_events(body)]


def found_by_search(body: bytes) -> tuple[int, int, int]:
    page = gamma.decode_search(body)
    count = sum(len(e.markets or ()) for e in page.events)
    return len(page.events), count, page.pagination.total_results


def lines(body: bytes, use_yes_price: bool) -> list[tuple[int, int, int]]:
    """(bid, ask, size at the ask) of the snapshot, then (side, price, change) of each delta."""
    session = KalshiWsSession({TENNIS: 0}, use_yes_price)
    told = [e for line in body.splitlines() for e in session.receive(line)]
    assert (session.gaps, session.unknown) == (0, 0)
    (snapshot,) = [e for e in told if isinstance(e, ev.BookSnapshot)]
    deltas = [e for e in told if isinstance(e, ev.BookDelta)]
    first = (max(snapshot.bids)[0], min(snapshot.asks)[0], snapshot.asks[0][1])
    return [first, *((d.side.value, d.price, d.qty_change) for d in deltas)]


DECODED: dict[str, tuple[Fact, object]] = {
    "kalshi/exchange/status.json": (
        lambda b: (s := rest.decode_exchange_status(b)).exchange_active and s.trading_active,
        True,
    ),
    "kalshi/markets/garbage_cursor.json": (
        listed,
        (5, f"{HITS}AZKMARTE4-4", {"initialized"}, "TzItMw"),
    ),
    "kalshi/markets/page1.json": (
        listed,
        (5, f"{HITS}AZKMARTE4-4", {"initialized"}, "TzItMw"),
    ),
    "kalshi/markets/page2.json": (listed, (5, f"{HITS}AZGPERDOMO2-2", {"initialized"}, "TDctMg")),
    "kalshi/markets/page3.json": (listed, (5, f"{HITS}AZCCARROLL7-1", {"initialized"}, "Ew3LTI")),
    "kalshi/markets/high_temp.json": (
        listed,
        (18, "KXHIGHNY-26JUN15-T85", {"active", "determined"}, ""),
    ),
    "kalshi/markets/single_filter_lastpage.json": (listed, (1, TENNIS, {"active"}, "")),
    "kalshi/markets/status_open.json": (listed, (200, f"KXMVESPORTS{COMBO}", {"active"}, "IyMy01")),
    "kalshi/markets/status_closed.json": (
        listed,
        (5, "KXQUICKSETTLE-11JUN26H0220-3", {"determined"}, "kxLjg5"),
    ),
    "kalshi/markets/status_settled.json": (
        listed,
        (5, "KXMVECROSSCATEGORY-S20261A92736411A-0876414E15B", {"finalized"}, "TMwLTI"),
    ),
    "kalshi/markets/unauth_list.json": (
        listed,
        (2, f"{HITS}AZKMARTE4-4", {"initialized"}, "EU0LTM"),
    ),
    "kalshi/markets/single.json": (tennis, (TENNIS, "Varvara Lepchenko", "active")),
    "kalshi/markets/unauth_single.json": (tennis, (TENNIS, "Varvara Lepchenko", "active")),
    "kalshi/orderbook/base.json": (
        lambda b: rest.decode_orderbook(b, 0),
        ev.BookSnapshot(0, ((4_700, 3 * CONTRACT),), ((5_200, 3 * CONTRACT),), 0),
    ),
    "kalshi/series/fee_changes.json": (fees.decode_fee_changes, ()),
    "kalshi/trades/public_recorded.json": (
        prints,
        (12, ev.PublicTrade(0, 300, 7_770_000, BUY, 1_781_538_522_609_997_000)),
    ),
    "kalshi/ws/orderbook_trade_noleg.jsonl": (
        lambda b: lines(b, False),
        [
            (4_700, 5_200, 2 * CONTRACT),
            (0, 4_700, -3 * CONTRACT),
            (1, 5_200, -2 * CONTRACT),
            (0, 4_700, 3 * CONTRACT),
            (1, 5_200, CONTRACT),
        ],
    ),
    "kalshi/ws/orderbook_trade_yes.jsonl": (
        lambda b: lines(b, True),
        [
            (4_700, 5_200, CONTRACT),
            (1, 5_200, -CONTRACT),
            (1, 5_200, 2 * CONTRACT),
        ],
    ),
    "polymarket/clob/book_py.json": (book, (12, 1_000, 1_400)),
    "polymarket/clob/book_response.json": (book, (6, 5_000, 5_100)),
    "polymarket/clob/market_closed_binary_accepting_false.json": (result, (False, [0, 10_000])),
    "polymarket/clob/market_closed_binary_accepting_true.json": (result, (False, [10_000, 0])),
    "polymarket/clob/market_py.json": (result, (True, [])),
    "polymarket/clob/markets_py.json": (conditions, (100, "MTAw", 24, 1)),
    "polymarket/gamma/event.json": (gamma_events, [("30829", 2)]),
    "polymarket/gamma/event_py.json": (gamma_events, [("185377", 3)]),
    "polymarket/gamma/events_list_py.json": (gamma_events, [("2890", 1), ("2891", 1), ("2892", 1)]),
    "polymarket/gamma/market.json": (gamma_market, ("btc-updown-5m-177330", True, -1)),
    "polymarket/gamma/market_closed_binary_accepting_false.json": (
        gamma_market,
        ("katana-fdv-above-1b-", False, 0),
    ),
    "polymarket/gamma/market_closed_binary_accepting_true.json": (
        gamma_market,
        ("russia-x-ukraine-cea", False, 0),
    ),
    "polymarket/gamma/market_closed_nonbinary_legacy.json": (
        gamma_market,
        ("what-will-the-total-", False, -1),
    ),
    "polymarket/gamma/market_closed_zero_zero_legacy.json": (
        gamma_market,
        ("will-joe-biden-get-c", False, -1),
    ),
    "polymarket/gamma/market_slug_py.json": (gamma_market, ("kamala-harris-divorc", False, -1)),
    "polymarket/gamma/market_sports_market_map_handicap.json": (
        gamma_market,
        ("cs2-faze-ill-2026-04", False, 30_000),
    ),
    "polymarket/gamma/market_sports_market_money_line.json": (
        gamma_market,
        ("cs2-faze-ill-2026-04", False, 30_000),
    ),
    "polymarket/gamma/markets_list_py.json": (
        lambda b: [m.slug for m in gamma.decode_markets(b)],
        ["fed-rate-hike-in-2025", "btc-price-above-100k", "eth-price-above-5k"],
    ),
    "polymarket/gamma/search_response.json": (found_by_search, (1, 1, 46_940)),
    "polymarket/ws_market/best_bid_ask.json": (
        told,
        [ev.QuoteHint(0, 7_300, 7_700, 1_766_789_469_958_000_000)],
    ),
    "polymarket/ws_market/book.json": (socket_book, (4, 5_000, 5_100)),
    "polymarket/ws_market/book_py.json": (socket_book, (162, 5_110, 5_140)),
    "polymarket/ws_market/last_trade_2.json": (
        told,
        [ev.PublicTrade(0, 5_100, 25 * CONTRACT, BUY, 1_703_875_202_000_000_000)],
    ),
    "polymarket/ws_market/last_trade_price_py.json": (
        told,
        [ev.PublicTrade(0, 4_910, 85_360_000, SELL, 1_724_564_136_087_000_000)],
    ),
    "polymarket/ws_market/new_market.json": (
        told,
        [ev.MarketSeen("polymarket", NVIDIA, 1_766_790_415_550_000_000)],
    ),
    "polymarket/ws_market/price_change.json": (
        told,
        [ev.LevelSet(0, BUY, 5_100, 150 * CONTRACT, 1_703_875_201_000_000_000)],
    ),
    "polymarket/ws_market/price_change_py.json": (
        told,
        [ev.LevelSet(0, SELL, 5_140, 21_574_080_000, 1_723_967_931_411_000_000)],
    ),
    "polymarket/ws_market/price_change_v2_py.json": (
        told,
        [
            ev.LevelSet(0, BUY, price, size * CONTRACT, 1_729_084_877_448_000_000)
            for price, size in ((6_000, 3_300), (5_000, 3_400), (7_000, 3_400))
        ],
    ),
    "polymarket/ws_market/resolved.json": (
        told,
        [
            ev.StatusChanged(0, OVER, 1_766_790_415_550_000_000),
            ev.StatusChanged(1, OVER, 1_766_790_415_550_000_000),
            ev.MarketSettled(0, 10_000, 1_766_790_415_550_000_000),
            ev.MarketSettled(1, 0, 1_766_790_415_550_000_000),
        ],
    ),
    "polymarket/ws_market/tick_size.json": (
        told,
        [ev.GridChanged(0, CENTS, True, 1_703_875_210_000_000_000)],
    ),
    "polymarket/ws_market/tick_size_change_py.json": (
        told,
        [ev.GridChanged(0, MILLS, True, 1_739_068_041_853_000_000)],
    ),
}

UNTYPED = {
    "polymarket/ws_market/book_snapshot.json": "book",
    "polymarket/ws_market/last_trade.json": "last_trade_price",
    "polymarket/ws_market/quotes.json": "price_change",
    "polymarket/ws_market/tick_size_change.json": "tick_size_change",
}
"""Handwritten frames without their `event_type`. The venue sends it always, so a frame without
one is refused; with it, they are what they say."""

DECODERS: tuple[Fact, ...] = (
    catalog.decode_event, catalog.decode_events, catalog.decode_market, catalog.decode_markets,
    catalog.decode_series_list, fees.decode_fee_changes, fees.decode_event_fee_changes,
    rest.decode_exchange_status, rest.decode_trades, lambda b: rest.decode_orderbook(b, 0),
    KalshiRestSession({}).receive, KalshiWsSession({}).receive,
    gamma.decode_events, gamma.decode_markets, gamma.decode_search,
    clob.decode_compact, clob.decode_market, clob.decode_page, clob.decode_tick_size,
    PolymarketRestSession({}).receive, PolymarketWsSession({}).receive,
)  # fmt: skip


def read(root: Path, name: str) -> bytes:
    return (root / "captures" / name).read_bytes()


@pytest.mark.parametrize("name", DECODED)
def test_a_public_body_is_decoded_to_its_fact(test_data: Path, name: str) -> None:
    decode, fact = DECODED[name]
    assert decode(read(test_data, name)) == fact


@pytest.mark.parametrize("name", UNTYPED)
def test_a_frame_that_does_not_say_what_it_is_is_refused(test_data: Path, name: str) -> None:
    body = read(test_data, name)
    with pytest.raises(WireError, match="event_type"):
        PolymarketWsSession({}).receive(body)
    typed = json.loads(body) | {"event_type": UNTYPED[name]}
    assert told(json.dumps(typed).encode())


@pytest.mark.parametrize("name", NOT_DECODED[ERROR])
def test_an_error_body_is_refused_by_every_decoder(test_data: Path, name: str) -> None:
    for decode in DECODERS:
        with pytest.raises(WireError):
            decode(read(test_data, f"{name}.json"))


@pytest.mark.parametrize("name", NOT_DECODED[USER])
def test_the_public_socket_makes_nothing_of_private_frames(test_data: Path, name: str) -> None:
    body = read(test_data, f"{name}.json")
    for frame in json.loads(body) if body.lstrip()[:1] == b"[" else [json.loads(body)]:
        events: Any = ()
        with contextlib.suppress(WireError):
            events = PolymarketWsSession({frame["asset_id"]: 0}).receive(json.dumps(frame).encode())
        assert events == ()


def test_every_body_of_the_index_is_in_exactly_one_list(test_data: Path) -> None:
    index: list[dict[str, Any]] = json.loads(read(test_data, "index.json"))
    bodies = [row["file"] for row in index if not row["file"].startswith("espn/")]
    reasons = [f"{name}.json" for names in NOT_DECODED.values() for name in names]
    assert sorted(bodies) == sorted([*DECODED, *UNTYPED, *reasons])
    assert len(bodies) == 135


def test_a_refusal_of_the_venue_is_listed_as_an_error(test_data: Path) -> None:
    """The recorder's own status says which Kalshi bodies are errors."""
    index: list[dict[str, Any]] = json.loads(read(test_data, "index.json"))
    refused = {r["file"] for r in index if (r.get("status") or 0) >= 400}
    assert refused == {f"{n}.json" for n in NOT_DECODED[ERROR] if n.startswith("kalshi/")}
