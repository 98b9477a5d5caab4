"""Sans-I/O protocol state of Polymarket's user socket: bytes in, events out (polymarket.md 5).

There is no snapshot and no replay: after every connection the open orders and trades must be read
(`needs_reading`). The one rule: which order is ours is known by its id, computed before it left.
"""

from collections.abc import Sequence

import msgspec

from arbees.errors import WireError
from arbees.messages.events import EngineEvent
from arbees.units import NS_PER_MS
from arbees.venues.parsing import UNREADABLE, size_of
from arbees.venues.polymarket.auth import ApiKeys
from arbees.venues.polymarket.life import OrderLives
from arbees.venues.polymarket.refusals import judge_text
from arbees.venues.polymarket.trades import STAMP_MAX, Trade

PATH = "/ws/user"
ENDS = ("CANCELED", "CANCELLED", "INVALID", "UNMATCHED")
"""Statuses that end an order, by prefix: the venue appends a reason or a whole sentence."""


class UserOrder(msgspec.Struct, frozen=True, gc=False):
    """An order message, or a row of /data/orders. `type` is the socket's only."""

    id: str
    status: str
    size_matched: str | None = None
    original_size: str | None = None
    type: str | None = None
    timestamp: str | None = None
    market: str = ""
    asset_id: str = ""


TYPES = {"PLACEMENT": "order", "UPDATE": "order", "CANCELLATION": "order", "TRADE": "trade"}
"""By `type`, for messages without `event_type` (captures have some)."""


class _Kind(msgspec.Struct, frozen=True, gc=False):
    event_type: str | None = None
    type: str | None = None

    @property
    def name(self) -> str | None:
        return self.event_type or TYPES.get(self.type or "")


_raws = msgspec.json.Decoder(tuple[msgspec.Raw, ...])
_kind = msgspec.json.Decoder(_Kind)
_trade = msgspec.json.Decoder(Trade)
_order = msgspec.json.Decoder(UserOrder)


def end_of(order: UserOrder) -> str | None:
    """Why it no longer rests, in a short word; None while it does."""
    status = order.status.upper()
    if status == "MATCHED":
        return "filled"
    cancelled = (order.type or "").upper() == "CANCELLATION"
    if not cancelled and not status.startswith(ENDS):
        return None
    verdict = judge_text(order.status, 200)
    if verdict is not None:
        return verdict.reason
    tail = order.status[8:].strip("_ ").lower() if status.startswith("CANCELED") else ""
    return "venue_cancel" if status == "INVALID" else (tail or "canceled").replace(" ", "_")[:60]


def matched_of(order: UserOrder) -> int | None:
    """Shares matched so far; an empty text is not a zero. Raises WireError if unreadable."""
    return size_of(order.size_matched, f"order {order.id}") if order.size_matched else None


class PolymarketUserSession:
    """One connection. Orders live in `lives`, which outlives it."""

    def __init__(self, lives: OrderLives, keys: ApiKeys, markets: Sequence[str] = ()) -> None:
        self.lives = lives
        self.needs_reading = True
        self.unknown = 0
        self.unreadable = 0
        self.last_error = ""
        self._keys = keys
        self._markets = tuple(markets)

    def __repr__(self) -> str:
        return f"PolymarketUserSession({self._keys!r})"

    def subscribe_commands(self) -> list[bytes]:
        """The first frame: who we are; without markets, all of them."""
        body: dict[str, object] = {"type": "user", "auth": self._keys.subscription()}
        if self._markets:
            body["markets"] = self._markets
        return [msgspec.json.encode(body)]

    def outgoing(self) -> list[bytes]:
        """Nothing is ever asked of this socket."""
        return []

    def receive(self, data: bytes) -> Sequence[EngineEvent]:
        """Events of one frame. Raises WireError if it is no JSON; a message in it that cannot be
        read is counted, and everything must then be read anew."""
        if data == b"PONG":
            return ()
        try:
            parts = _raws.decode(data) if data[:1] == b"[" else (data,)
            kinds = [_kind.decode(part).name for part in parts]
        except UNREADABLE as error:
            self._doubt(str(error))
            raise WireError(str(error), "polymarket user frame") from error
        events: list[EngineEvent] = []
        for part, kind in zip(parts, kinds, strict=True):
            try:
                events.extend(self._message(kind, part))
            except (WireError, *UNREADABLE) as error:
                self._doubt(str(error))
        return events

    def _doubt(self, why: str) -> None:
        self.unreadable += 1
        self.last_error = why
        self.needs_reading = True

    def _message(self, kind: str | None, part: bytes | msgspec.Raw) -> Sequence[EngineEvent]:
        if kind == "trade":
            return self.lives.trade(_trade.decode(part))
        if kind == "order":
            return self._order(_order.decode(part))
        self.unknown += 1
        return ()

    def _order(self, order: UserOrder) -> Sequence[EngineEvent]:
        life = self.lives.by_venue.get(order.id)
        if life is None:
            self.lives.foreign += 1
            return ()
        text = order.timestamp or ""
        is_time = text.isascii() and text.isdigit() and len(text) <= STAMP_MAX
        ts_ns = int(text) * NS_PER_MS if is_time else 0
        return self.lives.told(life, matched_of(order), end_of(order), ts_ns)
