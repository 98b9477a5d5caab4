"""Cash on the right shard: balances as the venue states them, and transfers between shards.

Never on the way of an order: an order whose shard lacks cash is refused by the venue, and the next
one finds it there.
"""

from arbees.errors import VenueRejected, VenueUnavailable
from arbees.messages.requests import RequestKind
from arbees.ports import Clock
from arbees.venues.kalshi import replies, shards
from arbees.venues.kalshi.client import KalshiClient
from arbees.venues.kalshi.orders import Route
from arbees.venues.kalshi.shards import Shards

ARRIVES_TRIES = 10
ARRIVES_S = 0.5


async def read_balances(client: KalshiClient, known: Shards) -> int:
    """Micro-dollars in all; `known.cash` is then what each shard has."""
    request = shards.balance_request(Route(None, known.subaccount))
    total, by_shard = shards.decode_balance(await client.read(request))
    known.cash = dict(by_shard)
    return total


async def move_cash(
    client: KalshiClient, clock: Clock, known: Shards, index: int, cash: int
) -> None:
    """Move `cash` micro-dollars to shard `index` from the richest other one, and wait until it is
    there. Raises VenueRejected if no shard can spare it, VenueUnavailable if it does not arrive;
    OutcomeUnknown leaves it to the next reading of the balances."""
    await read_balances(client, known)
    source = known.source_for(index, cash)
    if source is None:
        raise VenueRejected(
            f"kalshi: no shard can spare {cash} micro-dollars for shard {index}",
            "insufficient_balance", "balance",
        )  # fmt: skip
    wanted = known.cash.get(index, 0) + cash // shards.CENTI_CENT * shards.CENTI_CENT
    request = shards.transfer_request(cash, source, index)
    about = f"transfer of {cash} micro-dollars from shard {source} to {index}"
    replies.check(await client.send(request), RequestKind.WRITE, about)
    for _ in range(ARRIVES_TRIES):
        await read_balances(client, known)
        if known.cash.get(index, 0) >= wanted:
            return
        await clock.sleep(ARRIVES_S)
    raise VenueUnavailable(f"kalshi: {about} was taken and has not arrived", ARRIVES_S)
