"""What Polymarket's market socket sends, in its words (polymarket.md section 4)."""

from typing import Any

import msgspec


class Level(msgspec.Struct, frozen=True, gc=False):
    """One level; sizes are absolute."""

    price: str
    size: str


class Change(msgspec.Struct, frozen=True, gc=False):
    """One changed level; the middle schema has no asset id of its own."""

    price: str
    size: str
    side: str
    asset_id: str | None = None


class Message(msgspec.Struct, frozen=True, gc=False):
    """Any event; which fields are set depends on `event_type`."""

    event_type: str | None = None
    asset_id: str | None = None
    market: str | None = None
    timestamp: str | None = None
    bids: tuple[Level, ...] | None = None
    asks: tuple[Level, ...] | None = None
    buys: tuple[Level, ...] | None = None
    sells: tuple[Level, ...] | None = None
    price_changes: tuple[Change, ...] | None = None
    changes: tuple[Change, ...] | None = None
    price: str | None = None
    size: str | None = None
    side: str | None = None
    tick_size: Any = None
    new_tick_size: str | None = None
    best_bid: str | None = None
    best_ask: str | None = None
    assets_ids: tuple[str, ...] = ()
    winning_asset_id: str | None = None
    condition_id: str | None = None


class Loose(msgspec.Struct, frozen=True, gc=False):
    """Just enough to know whose book is lost."""

    event_type: str | None = None
    market: str | None = None
    asset_id: str | None = None
    price_changes: list[dict[str, object]] | None = None
