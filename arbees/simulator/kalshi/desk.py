"""What the venue holds: its exchange, catalogue, users, histories and clock.

One rule: everything that another module changes passes through here once, so that the read side can
lag behind (kalshi.md section 16.7) and every id follows from the seed.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from arbees.simulator.exchange.core import Exchange
from arbees.simulator.exchange.events import Paid, Posting, Trade
from arbees.simulator.exchange.fees import MAKER_SHARE, KalshiFees
from arbees.simulator.exchange.orders import CENT_GRID, Band, Market, Order, Phase
from arbees.simulator.faults import Faults
from arbees.simulator.kalshi.keys import Keys
from arbees.simulator.kalshi.limits import BASIC, Limits, Tier
from arbees.simulator.kalshi.shapes import Body, order_body, split_account
from arbees.units import MICRO, NS_PER_MS, NS_PER_S, parse_pips

VERSIONS_KEPT = 16
PHASES = {
    "initialized": Phase.UNOPENED, "active": Phase.OPEN, "inactive": Phase.PAUSED,
    "finalized": Phase.SETTLED,
}  # fmt: skip
"""Any other status is past its close."""


@dataclass(frozen=True, slots=True)
class Options:
    """How this venue is to behave."""

    seed: int = 1
    cash: int = 100_000 * MICRO
    """Micro-dollars that each user starts with on shard 0."""
    read_lag_ms: int = 0
    tier: Tier = BASIC
    speed: float = 1.0
    cache_s: float = 15.0
    """`GET /markets` shows quotes of this age."""
    anonymous_rate: int | None = None
    """Tokens per second of unsigned requests from one address; None: unlimited."""
    thursday: bool = True
    """Pause trading on Thursdays from 03:00 to 05:00 ET of the session clock."""


class Desk:
    """State shared by the venue's handlers."""

    def __init__(self, catalog: Body, faults: Faults, options: Options) -> None:
        self.options, self.faults = options, faults
        self.exchange = Exchange(options.seed)
        self.keys = Keys(faults)
        self.limits = Limits(options.tier, self._seconds, options.speed)
        self.clock: Callable[[], int] = time.time_ns
        self.steady: Callable[[], int] = time.monotonic_ns
        self.wall: Callable[[], int] = time.time_ns
        """The clock of signatures and of the Date header: the machine's, not the session's."""
        self.catalog = catalog
        self.series: dict[str, Body] = {s["ticker"]: s for s in catalog.get("series", [])}
        self.events: dict[str, Body] = {e["event_ticker"]: e for e in catalog["events"]}
        self.markets: dict[str, Body] = {}
        self.known: set[str] = set()
        self.hidden_until: dict[str, int] = {}
        """New markets that `GET /markets/{ticker}` does not find yet."""
        self.fills: dict[str, list[tuple[int, Trade, Posting]]] = {}
        self.settlements: dict[str, list[Paid]] = {}
        self.prints: list[Trade] = []
        self.last: dict[str, tuple[int, int]] = {}
        self.volume: dict[str, int] = {}
        self.transfers: list[Body] = []
        self._versions: dict[str, list[tuple[int, Body]]] = {}
        self._mine: dict[str, list[Order]] = {}
        self._ids = 0
        self.by_series: dict[str, list[Body]] = {}
        for event in catalog["events"]:
            self.by_series.setdefault(event.get("series_ticker", ""), []).append(event)
            for market in event.get("markets", []):
                self.markets[market["ticker"]] = market
                self.listed(market["ticker"])

    def now_ns(self) -> int:
        """The session's time."""
        return self.clock()

    def _seconds(self) -> float:
        return self.steady() / NS_PER_S

    def new_id(self) -> str:
        self._ids += 1
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"kalshi {self.options.seed} {self._ids}"))

    def open_account(self, user: str, *, subaccount: int = 0) -> str:
        """A funded account, as the exchange names it."""
        account = f"{user}/{subaccount}"
        cash = self.options.cash if subaccount == 0 else 0
        self.exchange.accounts.deposit(account, cash)
        return account

    def listed(self, ticker: str) -> Market:
        """The exchange's market of a ticker; one without catalogue entry gets the defaults."""
        if ticker in self.exchange.markets:
            return self.exchange.markets[ticker]
        body = self.markets.get(ticker, {})
        bands = bands_of(body.get("price_ranges") or [])
        shard = int(body.get("exchange_index") or 0)
        market = Market(ticker, self.fees_of(ticker), bands, shard=shard, nets=True)
        market.phase = PHASES.get(body.get("status", "active"), Phase.CLOSED)
        self.exchange.add(market)
        return market

    def event_of(self, ticker: str) -> Body:
        return self.events.get(self.markets.get(ticker, {}).get("event_ticker", ""), {})

    def fees_of(self, ticker: str) -> KalshiFees:
        """(type, multiplier): the event's override where it has one, else the series'."""
        event = self.event_of(ticker)
        series = self.series.get(event.get("series_ticker", ""), {})
        kind = event.get("fee_type_override") or series.get("fee_type") or "quadratic"
        factor = event.get("fee_multiplier_override")
        if factor is None:
            factor = series.get("fee_multiplier", 1)
        if kind not in MAKER_SHARE:
            kind = "quadratic"
        return KalshiFees(kind, Fraction(str(factor)))

    def remember(self, order: Order) -> None:
        """The order as readers will see it, once the read side has caught up."""
        if order.id not in self._versions:
            self._mine.setdefault(split_account(order.terms.account)[0], []).append(order)
        versions = self._versions.setdefault(order.id, [])
        market = self.exchange.markets[order.terms.market]
        versions.append((self.steady(), order_body(order, market)))
        del versions[:-VERSIONS_KEPT]

    def seen(self, order_id: str) -> Body | None:
        """The order as the lagging read side shows it; None: not there yet, or never."""
        horizon = self.steady() - self.options.read_lag_ms * NS_PER_MS
        old = [body for at, body in self._versions.get(order_id, []) if at <= horizon]
        return old[-1] if old else None

    def orders_of(self, user: str) -> list[Body]:
        """All of a user's orders that readers can see, newest first."""
        bodies = [self.seen(order.id) for order in reversed(self._mine.get(user, []))]
        return [body for body in bodies if body is not None]

    def fills_of(self, user: str) -> list[tuple[Trade, Posting]]:
        """Fills that readers can see, newest first."""
        horizon = self.steady() - self.options.read_lag_ms * NS_PER_MS
        return [
            (trade, posting)
            for account, rows in self.fills.items() if split_account(account)[0] == user
            for at, trade, posting in reversed(rows) if at <= horizon
        ]  # fmt: skip

    def count(self, ticker: str, price: int, qty: int) -> None:
        """A trade happened, ours or a recorded one."""
        self.last[ticker] = price, qty
        self.volume[ticker] = self.volume.get(ticker, 0) + qty

    def took_part(self, trade: Trade) -> list[Posting]:
        """Keep a trade in both parties' histories; their postings."""
        self.prints.append(trade)
        self.count(trade.market, trade.price, trade.qty)
        mine = [posting for posting in trade.postings if posting.order is not None]
        for posting in mine:
            rows = self.fills.setdefault(posting.account, [])
            rows.append((self.steady(), trade, posting))
        return mine


def bands_of(ranges: list[dict[str, Any]]) -> tuple[Band, ...]:
    """`price_ranges` as bands in pips."""
    rows = tuple(
        (parse_pips(r["start"]), parse_pips(r["end"]), parse_pips(r["step"])) for r in ranges
    )
    return rows or CENT_GRID
