"""What Polymarket answers to orders, cancels and heartbeats (polymarket.md 7.3 and 7.5).

An answer is a fact or raises by what may be concluded (refusals.py). The one rule: `success: true`
alone proves nothing; accepted are only success, no error, our own order id and a known status.
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from arbees.errors import OutcomeUnknown, VenueError, VenueUnavailable
from arbees.messages.requests import Response
from arbees.units import parse_cash
from arbees.venues.parsing import UNREADABLE
from arbees.venues.polymarket.refusals import Conclusion, Verdict, judge, judge_text


class PlaceStatus(StrEnum):
    """What became of an accepted order."""

    LIVE = "live"
    MATCHED = "matched"
    DELAYED = "delayed"


class Placed(msgspec.Struct, frozen=True, gc=False):
    """An accepted order. Amounts in millionths of what was given and taken so far."""

    venue_id: str
    status: PlaceStatus
    making: int
    taking: int
    trade_ids: tuple[str, ...]


class _Reply(msgspec.Struct, frozen=True, gc=False):
    success: bool
    orderID: str | None = None  # noqa: N815
    errorMsg: str | None = None  # noqa: N815
    status: str | None = None
    makingAmount: str | None = None  # noqa: N815
    takingAmount: str | None = None  # noqa: N815
    tradeIDs: tuple[str, ...] | None = None  # noqa: N815


Leg = Placed | VenueError


def read_place(response: Response, venue_id: str, subject: str, *, rests: bool) -> Placed:
    """The answer to POST /order. `rests`: the order may stay in the book. Raises by conclusion."""
    leg = _legs(response, ((venue_id, subject, rests),), _Reply)[0]
    if isinstance(leg, VenueError):
        raise leg
    return leg


def read_batch(response: Response, orders: Sequence[tuple[str, str, bool]]) -> tuple[Leg, ...]:
    """The answers to POST /orders in its order; each is a Placed or the error of that leg alone.
    `orders`: (venue id, subject, rests)."""
    return _legs(response, orders, tuple[_Reply, ...])


def _legs(
    response: Response, orders: Sequence[tuple[str, str, bool]], kind: object
) -> tuple[Leg, ...]:
    if not 200 <= response.status < 300:
        verdict = judge(response, may_exist=True)
        return tuple(verdict.error(subject) for _, subject, _ in orders)
    try:
        said = msgspec.json.decode(response.body, type=kind)
    except UNREADABLE as error:
        return tuple(OutcomeUnknown(f"polymarket {s}: unreadable: {error}") for _, s, _ in orders)
    replies: tuple[_Reply, ...] = said if isinstance(said, tuple) else (said,)
    if len(replies) != len(orders):
        text = f"{len(replies)} answers to {len(orders)} orders"
        return tuple(OutcomeUnknown(f"polymarket {s}: {text}") for _, s, _ in orders)
    return tuple(
        _leg(reply, *order, response.status) for reply, order in zip(replies, orders, strict=True)
    )


def _leg(reply: _Reply, venue_id: str, subject: str, rests: bool, http: int) -> Leg:
    """Accepted are only success, no error, an id and a known status, all four (7.3)."""
    said = reply.errorMsg or ""
    if said or not reply.success:
        verdict = judge_text(said, http)
        if verdict is None:
            verdict = Verdict(
                Conclusion.REJECTED, "other", "order", said or "no reason given", http
            )
        return verdict.error(subject)
    if reply.status == "unmatched" and not rests:
        return Verdict(Conclusion.REJECTED, "no_match", "order", "unmatched", http).error(subject)
    try:
        status = PlaceStatus(reply.status or "")
        making = parse_cash(reply.makingAmount or "0")
        taking = parse_cash(reply.takingAmount or "0")
    except ValueError as error:
        return OutcomeUnknown(f"polymarket {subject}: accepted, but {error}")
    if (reply.orderID or "").lower() != venue_id:
        text = f"accepted as {reply.orderID!r} and not as {venue_id}, which was computed"
        return OutcomeUnknown(f"polymarket {subject}: {text}")
    return Placed(venue_id, status, making, taking, reply.tradeIDs or ())


class Cancelled(msgspec.Struct, frozen=True, gc=False):
    """What a cancel did: HTTP 200 says nothing by itself (7.5)."""

    canceled: tuple[str, ...] = ()
    not_canceled: dict[str, str] = {}


def read_cancel(response: Response, subject: str) -> Cancelled:
    """Raises by conclusion; an answer that cannot be read leaves the cancel unknown."""
    if not 200 <= response.status < 300:
        raise judge(response, may_exist=False).error(subject)
    try:
        said = msgspec.json.decode(response.body, type=_Canceled)
    except UNREADABLE as error:
        raise OutcomeUnknown(f"polymarket {subject}: unreadable: {error}") from error
    return Cancelled(said.canceled or (), said.not_canceled or {})


class _Canceled(msgspec.Struct, frozen=True, gc=False):
    canceled: tuple[str, ...] | None
    not_canceled: dict[str, str] | None


class Heartbeat(msgspec.Struct, frozen=True, gc=False):
    """The id to send next. `is_expected`: the venue corrected ours."""

    heartbeat_id: str
    is_expected: bool = True


def read_heartbeat(response: Response) -> Heartbeat:
    """A wrong id is answered with the right one, which is then used. Raises by conclusion."""
    is_good = 200 <= response.status < 300
    try:
        said = msgspec.json.decode(response.body, type=Heartbeat)
    except UNREADABLE:
        said = None
    if said is not None and said.heartbeat_id and (is_good or response.status == 400):
        return Heartbeat(said.heartbeat_id, is_good)
    if is_good:
        raise VenueUnavailable("polymarket heartbeat: the answer holds no heartbeat_id")
    raise judge(response, may_exist=False).error("heartbeat")
