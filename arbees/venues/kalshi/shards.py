"""Shards: which one a market is on, the cash on each, and moving cash between them (kalshi.md 7.6,
11). Pure.

A market's own `exchange_index` is the truth; where it is not known the venue routes by ticker. Cash
must be on the shard before the order is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from arbees.errors import VenueRejected, WireError
from arbees.messages.requests import Request, RequestKind
from arbees.units import parse_cash
from arbees.venues.kalshi.catalog import KalshiEvent
from arbees.venues.kalshi.orders import API, Route
from arbees.venues.parsing import decode_body

TRANSFER = f"{API}/portfolio/intra_exchange_instance_transfer"
CENTI_CENT = 100
"""Micro-dollars in the unit of a transfer's amount (section 4)."""
SHARD_MAX = 63


class ShardCash(msgspec.Struct, frozen=True, gc=False):
    """The balance of one shard, in dollars."""

    exchange_index: int
    balance: str


class Balance(msgspec.Struct, frozen=True, gc=False):
    """GET /portfolio/balance. `balance` is whole cents, cut off; the strings are exact."""

    balance: int
    balance_dollars: str | None = None
    balance_breakdown: tuple[ShardCash, ...] | None = None
    portfolio_value: int = 0
    updated_ts: int = 0


class TransferMade(msgspec.Struct, frozen=True, gc=False):
    """The answer to a transfer; it is carried out soon after."""

    transfer_id: str = ""
    id: str = ""


@dataclass(slots=True)
class Shards:
    """What is known of each shard. `cash` in micro-dollars by index."""

    index_of: dict[str, int] = field(default_factory=dict)
    cash: dict[int, int] = field(default_factory=dict)
    subaccount: int | None = None

    def learn(self, ticker: str, exchange_index: int | None) -> None:
        """A market object or message said where it is."""
        if exchange_index is not None and 0 <= exchange_index <= SHARD_MAX:
            self.index_of[ticker] = exchange_index

    def learn_events(self, events: Sequence[KalshiEvent]) -> None:
        """From the catalogue. A market that does not say is left to the venue's own routing."""
        for event in events:
            for market in event.markets or ():
                self.learn(market.ticker, market.exchange_index)

    def forget(self, ticker: str) -> None:
        """The venue did not find it there: let it route by ticker."""
        self.index_of.pop(ticker, None)

    def route(self, ticker: str) -> Route:
        """Explicit where known, which is faster and charged to one bucket."""
        return Route(self.index_of.get(ticker), self.subaccount)

    def lacking(self, ticker: str, cash: int) -> int:
        """Micro-dollars that are missing on the market's shard; 0 where nothing is known."""
        index = self.index_of.get(ticker)
        if index is None or index not in self.cash:
            return 0
        return max(0, cash - self.cash[index])

    def source_for(self, index: int, cash: int) -> int | None:
        """A shard that can spare `cash` for shard `index`, the richest; None if there is none."""
        others = [(held, -other) for other, held in self.cash.items() if other != index]
        held, other = max(others, default=(0, 0))
        return -other if held >= cash > 0 else None


def balance_request(route: Route = Route()) -> Request:
    """Of all shards, unless the route names one."""
    said = {"subaccount": route.subaccount, "exchange_index": route.exchange_index}
    query = "&".join(f"{key}={value}" for key, value in said.items() if value is not None)
    path = f"{API}/portfolio/balance{'?' + query if query else ''}"
    return Request("GET", path, RequestKind.READ, cost=10, is_idempotent=True)


def decode_balance(body: bytes) -> tuple[int, Mapping[int, int]]:
    """(micro-dollars in all, micro-dollars by shard). The breakdown is empty for keys that are
    locked to a subaccount. Raises WireError if it does not add up to the total."""
    said = decode_body(body, Balance, "kalshi balance")
    try:
        exact = parse_cash(said.balance_dollars) if said.balance_dollars else said.balance * 10_000
        by_shard = {
            row.exchange_index: parse_cash(row.balance) for row in said.balance_breakdown or ()
        }
    except ValueError as error:
        raise WireError(str(error), "kalshi balance") from error
    if by_shard and said.balance_dollars and sum(by_shard.values()) != exact:
        raise WireError(f"{exact} in all, {sum(by_shard.values())} by shard", "balance_breakdown")
    return exact, by_shard


def transfer_request(cash: int, source: int, destination: int) -> Request:
    """Move micro-dollars between shards; whole centi-cents, rounded down."""
    amount = cash // CENTI_CENT
    if amount <= 0 or source == destination or min(source, destination) < 0:
        raise VenueRejected(
            f"kalshi transfer of {cash} from shard {source} to {destination}: nothing to move",
            "invalid_transfer", "amount",
        )  # fmt: skip
    body = msgspec.json.encode(
        {
            "source": "event_contract", "destination": "event_contract", "amount": amount,
            "source_exchange_shard": source, "destination_exchange_shard": destination,
        }
    )  # fmt: skip
    return Request("POST", TRANSFER, RequestKind.WRITE, body, cost=10)


def transfers_request(transfer_id: str = "") -> Request:
    """All transfers, or one."""
    tail = f"/{transfer_id}" if transfer_id else ""
    return Request("GET", f"{TRANSFER}s{tail}", RequestKind.READ, cost=10, is_idempotent=True)


def decode_transfer(body: bytes) -> str:
    """The transfer's id; empty if the venue names none."""
    said = decode_body(body, TransferMade, "kalshi transfer")
    return said.transfer_id or said.id
