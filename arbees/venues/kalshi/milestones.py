"""Kalshi's facts about events that are not prices: milestones, structured targets, dated fees, and
the requests that read them (kalshi.md sections 5.1, 5.4 and 5.10). Pure.

A market's `custom_strike` names a structured target, and so does its milestone: that chain, not the
title, says who plays whom and when.
"""

from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from arbees.messages.requests import Request, RequestKind
from arbees.venues.kalshi.orders import API
from arbees.venues.parsing import decode_body

MILESTONES_MAX = 500
TARGETS_MAX = 2_000


class Milestone(msgspec.Struct, frozen=True, gc=False):
    """A game, a release, a speech: what events are about. `details` differ by type."""

    id: str
    type: str = ""
    category: str = ""
    title: str = ""
    start_date: str = ""
    end_date: str | None = None
    related_event_tickers: tuple[str, ...] = ()
    primary_event_tickers: tuple[str, ...] = ()
    details: dict[str, Any] = {}
    source_ids: dict[str, Any] = {}
    last_updated_ts: str = ""

    def detail(self, name: str) -> str | None:
        """A text of the details, such as `home_team_id`."""
        value = self.details.get(name)
        return value if isinstance(value, str) and value else None


class Target(msgspec.Struct, frozen=True, gc=False):
    """A team, a player, a competitor, by the venue's own id."""

    id: str
    name: str = ""
    type: str = ""
    details: dict[str, Any] = {}
    source_ids: dict[str, Any] = {}
    last_updated_ts: str = ""


class MilestonesPage(msgspec.Struct, frozen=True, gc=False):
    """GET /milestones."""

    milestones: tuple[Milestone, ...]
    cursor: str = ""


class TargetsPage(msgspec.Struct, frozen=True, gc=False):
    """GET /structured_targets."""

    structured_targets: tuple[Target, ...]
    cursor: str = ""


class _OneMilestone(msgspec.Struct, frozen=True, gc=False):
    milestone: Milestone


class _OneTarget(msgspec.Struct, frozen=True, gc=False):
    structured_target: Target


def milestones_request(
    *, category: str = "", related_event: str = "", updated_since: int | None = None,
    cursor: str = "", limit: int = MILESTONES_MAX,
) -> Request:  # fmt: skip
    """`limit` is required by the venue, 1 to 500."""
    said = {
        "limit": limit, "category": category, "related_event_ticker": related_event,
        "min_updated_ts": updated_since, "cursor": cursor,
    }  # fmt: skip
    return _get("/milestones", list(said.items()))


def milestone_request(milestone_id: str) -> Request:
    return _get(f"/milestones/{quote(milestone_id, safe='')}", [])


def targets_request(ids: tuple[str, ...] = (), *, kind: str = "", cursor: str = "") -> Request:
    """`ids` as a repeated parameter."""
    said: list[tuple[str, object]] = [("ids", one) for one in ids]
    said += [("type", kind), ("cursor", cursor), ("page_size", TARGETS_MAX)]
    return _get("/structured_targets", said)


def fee_changes_request(series: str = "", *, is_historical: bool = False) -> Request:
    shown = "true" if is_historical else ""
    return _get("/series/fee_changes", [("series_ticker", series), ("show_historical", shown)])


def event_fee_changes_request(event: str = "", cursor: str = "") -> Request:
    return _get("/events/fee_changes", [("event_ticker", event), ("cursor", cursor)])


def decode_milestones(body: bytes) -> MilestonesPage:
    return decode_body(body, MilestonesPage, "kalshi milestones")


def decode_milestone(body: bytes) -> Milestone:
    return decode_body(body, _OneMilestone, "kalshi milestone").milestone


def decode_targets(body: bytes) -> TargetsPage:
    return decode_body(body, TargetsPage, "kalshi structured targets")


def decode_target(body: bytes) -> Target:
    return decode_body(body, _OneTarget, "kalshi structured target").structured_target


def _get(path: str, said: list[tuple[str, Any]]) -> Request:
    query = urlencode([(key, value) for key, value in said if value not in (None, "")])
    whole = f"{API}{path}{'?' + query if query else ''}"
    return Request("GET", whole, RequestKind.READ, cost=10, is_idempotent=True)
