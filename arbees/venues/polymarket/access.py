"""Whether Polymarket serves this place and this account; live trading asks here. Pure.

The one rule: it fails closed. Only two plain answers, "not blocked" for the place and "not closed
only" for the account, both recent, allow an order; anything else refuses with the venue's reason.
Nothing here, or anywhere in Arbees, helps around a refusal.
"""

from dataclasses import dataclass
from typing import TypeVar

import msgspec

from arbees.messages.requests import Request, RequestKind, Response
from arbees.units import NS_PER_S
from arbees.venues.parsing import UNREADABLE
from arbees.venues.polymarket.refusals import ACCOUNT_LOST, judge

GEOBLOCK_PATH = "/api/geoblock"
"""On the website's host, not on the CLOB's (section 1.1)."""
CLOSED_ONLY_PATH = "/auth/ban-status/closed-only"
FRESH_S = 900
T = TypeVar("T")


class _Place(msgspec.Struct, frozen=True, gc=False):
    blocked: bool
    ip: str
    country: str
    region: str = ""


class _Account(msgspec.Struct, frozen=True, gc=False):
    closed_only: bool


def geoblock() -> Request:
    """Unsigned; by the egress that orders will take."""
    return Request("GET", GEOBLOCK_PATH, RequestKind.READ, is_idempotent=True)


def closed_only() -> Request:
    """L2-signed."""
    return Request("GET", CLOSED_ONLY_PATH, RequestKind.READ, is_idempotent=True)


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer: None in `refusal` allows. `ip` as the venue saw it, so that a change is heard."""

    refusal: str | None
    ip: str = ""


def read_place(answer: Response | str) -> Finding:
    """A text stands for an answer that never came, and is its reason."""
    said = _decoded(answer, "geoblock check", _Place)
    if isinstance(said, str):
        return Finding(said)
    where = "-".join(part for part in (said.country, said.region) if part) or "an unnamed place"
    if said.blocked:
        return Finding(f"Polymarket does not serve {where}: its geoblock check says so", said.ip)
    return Finding(None, said.ip)


def read_account(answer: Response | str) -> Finding:
    """The same for the account."""
    said = _decoded(answer, "closed-only check", _Account)
    if isinstance(said, str):
        return Finding(said)
    if said.closed_only:
        return Finding("Polymarket holds this account in closed-only mode")
    return Finding(None)


def _decoded(answer: Response | str, name: str, kind: type[T]) -> T | str:
    """The decoded body, or why there is none."""
    if isinstance(answer, str):
        return f"the {name} was not answered: {answer}"
    if answer.status != 200:
        verdict = judge(answer, may_exist=False)
        return f"the {name} answered HTTP {answer.status}: {verdict.text}"
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except UNREADABLE as error:
        return f"the {name} answered nothing readable: {error}"


class AccessGate:
    """Remembers the last answers. Not asked yet is refused."""

    def __init__(self, fresh_s: float = FRESH_S) -> None:
        self._fresh_ns = int(fresh_s * NS_PER_S)
        self._checked_ns = 0
        self.losses = 0
        self._refusal: str | None = "Polymarket's access checks were not made yet"
        self.ip = ""

    def record(
        self, place: Finding, account: Finding, now_ns: int, losses: int | None = None
    ) -> None:
        """Both answers of one check. A refusal that came while it ran (`losses` were fewer when it
        began) is younger than its answers and stands."""
        self.ip = place.ip or self.ip
        refusal = place.refusal or account.refusal
        if refusal is not None or losses in (None, self.losses):
            self._refusal = refusal
        self._checked_ns = now_ns

    def lost(self, reason: str, text: str) -> None:
        """A refusal of an order that holds for all: closed until the next check says otherwise."""
        if reason in ACCOUNT_LOST:
            self.losses += 1
            self._refusal = f"Polymarket refused an order: {text}"

    def refusal(self, now_ns: int) -> str | None:
        """Why no order may leave now; None allows it."""
        if self._refusal is None and not 0 <= now_ns - self._checked_ns <= self._fresh_ns:
            return "Polymarket's access checks are too old"
        return self._refusal

    def is_due(self, now_ns: int) -> bool:
        """Whether to ask again: well before the answers are too old, and after a refusal."""
        is_young = 0 <= now_ns - self._checked_ns <= self._fresh_ns // 2
        return self._refusal is not None or not is_young
