"""Settlement terms: what one outcome pays for, field by field, each with where it was read.

What lives here: the record and its fingerprint. What does not: reading it from a venue
(kalshi.py, polymarket.py) or comparing it (verdicts.py). The one rule: a field that was not
read is UNREAD, which is a value of its own and equal to nothing, itself included.
"""

import hashlib
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")


class Said(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """A value and where it was read: `kalshi.floor_strike`, `polymarket.slug`,
    `convention:nfl/tie`, ..."""

    value: T | None
    source: str


UNREAD: Said[Any] = Said(None, "")


class Domain(StrEnum):
    """What part of the world a market is about."""

    SPORTS = "sports"
    CRYPTO = "crypto"
    ECONOMICS = "economics"
    POLITICS = "politics"
    OTHER = "other"


class Measure(StrEnum):
    """What is measured."""

    MONEYLINE = "moneyline"
    SPREAD = "spread"
    TOTAL = "total"
    SERIES = "series"  # a best-of-n of games
    CHAMPION = "champion"  # of a season, cup, conference, award
    PROP = "prop"  # a player's or any other number inside a game
    LEVEL_AT = "level at"
    AVERAGE = "average over"
    TOUCH = "touch"
    UP_DOWN = "up or down"
    RELEASE = "release"  # an indicator as printed
    RATE_CHANGE = "rate change"
    RATE_LEVEL = "rate level"
    NOMINEE = "nominee"
    TICKET = "ticket"  # two people together
    OFFICE = "office winner"
    PARTY = "office party"
    CLAIM = "claim"  # nothing but words


class Interval(msgspec.Struct, frozen=True, gc=False):
    """Values in micro-units (10^-6 of `units`); None is unbounded."""

    low: int | None = None
    low_closed: bool = False
    high: int | None = None
    high_closed: bool = False

    def mirrored(self) -> "Interval":
        """The same statement about the negated quantity."""
        low = None if self.high is None else -self.high
        high = None if self.low is None else -self.low
        return Interval(low, self.high_closed, high, self.low_closed)

    def on_grid(self, step: int) -> "Interval":
        """The same multiples of `step`, for a quantity that takes no other values, as a half-open
        interval: > 4.1 is [4.2, inf), <= 4.1 is (-inf, 4.2), so that a statement and its opposite
        meet."""
        low, high = self.low, self.high
        if low is not None:
            low = -(-low // step) * step + (step if not self.low_closed and low % step == 0 else 0)
        if high is not None:
            up = self.high_closed and high % step == 0
            high = -(-high // step) * step + (step if up else 0)
        return Interval(low, low is not None, high, False)


class Competitor(msgspec.Struct, frozen=True, gc=False):
    """A side of a contest as a venue names it: canonical id when the tables know it, else words
    and a code."""

    entity: str = ""
    name: str = ""
    code: str = ""


class Terms(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What YES of one outcome pays for. Field order is the order in which they are compared."""

    market_id: str
    venue: str
    domain: Said[Domain] = UNREAD
    measure: Said[Measure] = UNREAD
    scope: Said[str] = UNREAD
    """League, competition, asset, indicator, or office and place."""
    segment: Said[str] = UNREAD
    """`full`, `set 1`, `map 2`, `game 3`, `1h`."""
    competitors: Said[tuple[Competitor, Competitor]] = UNREAD
    subject: Said[Competitor] = UNREAD
    """Of whom; `draw` is an entity."""
    date: Said[str] = UNREAD
    """ISO date in US Eastern; two dates joined by `/` where the venue's zone is not known."""
    ways: Said[int] = UNREAD
    """Outcomes a contest can end in: 2, or 3 where a draw is one."""
    start: Said[int] = UNREAD
    """Unix seconds: start of a game; the instant (or end of the window) of a price."""
    window: Said[int] = UNREAD
    """Seconds from start to end of an up/down or touch window."""
    game_number: Said[int] = UNREAD
    period: Said[str] = UNREAD
    """Season end, reference month, meeting month or election year."""
    interval: Said[Interval] = UNREAD
    units: Said[str] = UNREAD
    claim: Said[str] = UNREAD
    """Folded words of a market that only words describe."""
    negated: bool = False
    """The outcome is the NO of what the other fields describe."""

    source: Said[str] = UNREAD
    rounding: Said[str] = UNREAD
    tie: Said[str] = UNREAD
    overtime: Said[str] = UNREAD
    postponement: Said[str] = UNREAD
    cancellation: Said[str] = UNREAD
    early: Said[str] = UNREAD
    deadline: Said[str] = UNREAD
    revisions: Said[str] = UNREAD

    faults: tuple[str, ...] = ()
    """Fields whose sources contradict each other or are absurd; any fault makes it unknown."""
    rules_print: str = ""
    """Hash of the rules text, so that a decision falls away when the text changes."""


SETTLEMENT_FIELDS = (
    "source",
    "rounding",
    "tie",
    "overtime",
    "postponement",
    "cancellation",
    "early",
    "deadline",
    "revisions",
)


def text_print(text: str) -> str:
    """A short hash of a text with its white space evened out."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:16] if text else ""


def fingerprint(terms: Terms) -> str:
    """Identifies the terms' meaning: every value, the faults and the rules text."""
    return hashlib.sha256(msgspec.json.encode(terms)).hexdigest()[:24]
