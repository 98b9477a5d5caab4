"""Funnel: what became of every candidate. One reason per dropped item; nothing vanishes.

For each stage in = passed + refused + in flight, at every moment.
"""

from collections import Counter
from enum import StrEnum


class Stage(StrEnum):
    """Stages in order."""

    DETECT = "detect"
    SIZE = "size"
    RISK = "risk"
    EXECUTE = "execute"
    UNWIND = "unwind"
    """Beside the way: repairs of baskets whose legs differ, each look at one an entry."""

    __hash__ = str.__hash__  # Enum hashes names in Python, several times a candidate


class Reason(StrEnum):
    """Why a candidate went no further."""

    BOOK_UNKNOWN = "book_unknown"
    BELOW_MIN_EDGE = "below_min_edge"
    FEES = "fees"
    LOT_TOO_SMALL = "lot_too_small"
    BELOW_MIN_PROFIT = "below_min_profit"
    THIN = "thin"
    STALE = "stale"
    MARKET_NOT_OPEN = "market_not_open"
    FEE_UNKNOWN = "fee_unknown"
    UNCHANGED = "unchanged"
    BELOW_MINIMUM = "below_minimum"
    MAX_COST = "max_cost"
    BALANCE = "balance"
    KILLED = "killed"
    DAILY_LOSS = "daily_loss"
    BUSY = "busy"
    BROKEN = "broken"
    COOLDOWN = "cooldown"
    ALREADY_TAKEN = "already_taken"
    WOULD_NET = "would_net"
    POSITION_LIMIT = "position_limit"
    EVENT_LIMIT = "event_limit"
    OPEN_LIMIT = "open_limit"
    VENUE_SHUT = "venue_shut"
    UNFILLED = "unfilled"
    LEG_IMBALANCE = "leg_imbalance"
    REJECTED = "rejected"
    UNWIND_LOSS = "unwind_loss"
    NOT_SETTLED = "not_settled"

    __hash__ = str.__hash__


PASSING = frozenset(
    {
        Reason.BALANCE, Reason.KILLED, Reason.DAILY_LOSS, Reason.BUSY, Reason.BROKEN,
        Reason.COOLDOWN,
        Reason.ALREADY_TAKEN, Reason.WOULD_NET, Reason.POSITION_LIMIT, Reason.EVENT_LIMIT,
        Reason.OPEN_LIMIT, Reason.VENUE_SHUT,
    }
)  # fmt: skip
"""Reasons that may end while the basket's own books stay as they are."""


class Funnel:
    """Counters per stage."""

    def __init__(self) -> None:
        self.entered: Counter[Stage] = Counter()
        self.passed: Counter[Stage] = Counter()
        self.refused: dict[Stage, Counter[Reason]] = {stage: Counter() for stage in Stage}

    def enter(self, stage: Stage) -> None:
        self.entered[stage] += 1

    def accept(self, stage: Stage) -> None:
        self.passed[stage] += 1

    def refuse(self, stage: Stage, reason: Reason) -> None:
        self.refused[stage][reason] += 1

    def in_flight(self, stage: Stage) -> int:
        return self.entered[stage] - self.passed[stage] - self.refused[stage].total()

    def reasons(self) -> dict[str, int]:
        """All refusals over all stages, by reason."""
        total: Counter[str] = Counter()
        for counts in self.refused.values():
            total.update({reason.value: n for reason, n in counts.items()})
        return dict(sorted(total.items()))

    def table(self) -> dict[str, dict[str, object]]:
        """Plain figures for `arbees status`."""
        return {
            stage.value: {
                "in": self.entered[stage],
                "passed": self.passed[stage],
                "refused": {r.value: n for r, n in sorted(self.refused[stage].items())},
                "in_flight": self.in_flight(stage),
            }
            for stage in Stage
        }
