"""Stopping: cancel everything that rests on the account, and confirm it by reading.

Needs a client only, so that it works for the kill switch of a process that is dead.
"""

import anyio

from arbees.errors import VenueError, WireError
from arbees.messages.requests import RequestKind
from arbees.ports import Clock
from arbees.venues.kalshi import orders, queries, replies
from arbees.venues.kalshi.client import KalshiClient
from arbees.venues.kalshi.reads import decode_orders

CONFIRM_S = 30.0
AGAIN_S = 0.5


async def cancel_everything(
    client: KalshiClient, clock: Clock, subaccount: int | None = None
) -> int | None:
    """Orders left resting: 0 is confirmed, None is not known (say so, and look at the venue).

    The venue also cancels what arrives in the next minute."""
    left: int | None = None
    with anyio.move_on_after(CONFIRM_S):
        while left != 0:
            try:
                answer = await client.send(orders.cancel_all(subaccount))
                replies.check(answer, RequestKind.CANCEL, "cancel all")
                left = await _resting(client)
            except (VenueError, WireError):
                left = None
            if left != 0:
                await clock.sleep(AGAIN_S)
    return left


async def _resting(client: KalshiClient) -> int:
    page = decode_orders(await client.read(queries.orders_request(status="resting")))
    return len(page.rows)
