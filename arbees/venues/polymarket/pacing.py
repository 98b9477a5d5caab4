"""Polymarket's rate limits: windows per endpoint group, token buckets per signer (section 10).

Pure; the time is given. Nothing waits in here: `take` says how long a request must. Cancels have
budgets of their own and a share of the common one that orders and reads cannot touch.
"""

from collections import deque
from dataclasses import dataclass, field

from arbees.messages.requests import Request, RequestKind, Response
from arbees.units import NS_PER_S

TEN_S = 10 * NS_PER_S
TEN_MIN = 600 * NS_PER_S
CLOB_TOTAL = 9_000
CANCEL_SHARE = 900
"""Of CLOB_TOTAL, what only cancels may use."""
SLOTS = 50
"""A window is counted in so many parts, and one part more than it spans: never too generous."""
MILLI = 1_000

GROUPS: dict[tuple[str, str], tuple[tuple[int, int], ...]] = {
    ("POST", "order"): ((5_000, TEN_S), (120_000, TEN_MIN)),
    ("DELETE", "order"): ((5_000, TEN_S), (120_000, TEN_MIN)),
    ("POST", "orders"): ((2_000, TEN_S), (21_000, TEN_MIN)),
    ("DELETE", "orders"): ((2_000, TEN_S), (15_000, TEN_MIN)),
    ("DELETE", "cancel_all"): ((250, TEN_S), (6_000, TEN_MIN)),
    ("DELETE", "cancel_market"): ((1_500, TEN_S), (21_000, TEN_MIN)),
    ("GET", "data"): ((500, TEN_S),),
    ("GET", "balance"): ((200, TEN_S),),
    ("GET", "balance_update"): ((50, TEN_S),),
    ("GET", "tick_size"): ((200, TEN_S),),
}
"""(method, Request.bucket) -> (requests, window ns)."""
API_KEY_WINDOW = (100, TEN_S)
TIERS = {
    "standard": (40, 60, 80, 120),
    "copper": (60, 90, 120, 180),
    "bronze": (80, 120, 160, 240),
    "silver": (200, 300, 400, 600),
    "gold": (400, 600, 800, 1_200),
    "platinum": (450, 675, 900, 1_350),
    "diamond": (525, 787, 1_050, 1_575),
    "elite": (600, 900, 1_200, 1_800),
}
"""Orders a second and burst, cancels a second and burst."""


@dataclass(slots=True)
class Window:
    """At most `limit` in any `span_ns`, counted in SLOTS parts."""

    limit: int
    span_ns: int
    count: int = 0
    parts: deque[tuple[int, int]] = field(default_factory=deque)

    def wait_ns(self, reserve: int, now_ns: int) -> int:
        """ns until one more fits with `reserve` left."""
        part = self.span_ns // SLOTS
        oldest = now_ns // part - SLOTS
        while self.parts and self.parts[-1][0] > now_ns // part:
            self.count -= self.parts.pop()[1]  # the clock was set back
        while self.parts and self.parts[0][0] < oldest:
            self.count -= self.parts.popleft()[1]
        if self.count + reserve < self.limit:
            return 0
        first = self.parts[0][0] if self.parts else oldest
        return (first + SLOTS + 1) * part - now_ns

    def take(self, now_ns: int) -> None:
        slot = now_ns // (self.span_ns // SLOTS)
        self.count += 1
        if self.parts and self.parts[-1][0] == slot:
            self.parts[-1] = (slot, self.parts[-1][1] + 1)
        else:
            self.parts.append((slot, 1))


@dataclass(slots=True)
class Bucket:
    """Refills evenly at `rate` a second up to `burst`. Levels in thousandths."""

    rate: int
    burst: int
    level: int = 0
    at_ns: int = 0

    def __post_init__(self) -> None:
        self.level = self.burst * MILLI

    def wait_ns(self, cost: int, now_ns: int) -> int:
        """ns until `cost` is there; what is beyond the burst is admitted when it is full."""
        self._refill(now_ns)
        lacking = min(cost, self.burst) * MILLI - self.level
        return -(-lacking * NS_PER_S // (self.rate * MILLI)) if lacking > 0 else 0

    def empty(self, now_ns: int) -> None:
        """The venue says that nothing is left."""
        self._refill(now_ns)
        self.level = min(self.level, 0)

    def _refill(self, now_ns: int) -> None:
        if now_ns <= self.at_ns:
            self.at_ns = now_ns  # the clock was set back: count from here
            return
        if self.at_ns:
            gained = (now_ns - self.at_ns) * self.rate * MILLI // NS_PER_S
            self.level = min(self.burst * MILLI, self.level + gained)
        self.at_ns = now_ns


class Pacer:
    """All limits of one account."""

    def __init__(self, tier: str = "standard") -> None:
        self.tier = ""
        self.throttled = 0
        self.last_warning = ""
        self._total = Window(CLOB_TOTAL, TEN_S)
        self._groups = {
            key: [Window(limit, span) for limit, span in rows] for key, rows in GROUPS.items()
        }
        for method in ("GET", "POST", "DELETE"):
            self._groups[(method, "api_key")] = [Window(*API_KEY_WINDOW)]
        self._buckets: dict[RequestKind, Bucket] = {}
        self.use_tier(tier)

    def use_tier(self, tier: str) -> None:
        """The signer's tier; one that nobody knows counts as the lowest."""
        name = tier.lower()
        if name == self.tier:
            return
        rate, burst, cancel_rate, cancel_burst = TIERS.get(name, TIERS["standard"])
        self.tier = name
        self._buckets = {
            RequestKind.ORDER: Bucket(rate, burst),
            RequestKind.CANCEL: Bucket(cancel_rate, cancel_burst),
        }

    def take(self, request: Request, now_ns: int) -> int:
        """0 and it is counted, else ns until it could go."""
        is_cancel = request.kind is RequestKind.CANCEL
        windows = self._groups.get((request.method, request.bucket), [])
        wait = self._total.wait_ns(0 if is_cancel else CANCEL_SHARE, now_ns)
        for window in windows:
            wait = max(wait, window.wait_ns(0, now_ns))
        bucket = self._buckets.get(request.kind)
        if bucket is not None:
            wait = max(wait, bucket.wait_ns(request.cost, now_ns))
        if wait > 0:
            return wait
        self._total.take(now_ns)
        for window in windows:
            window.take(now_ns)
        if bucket is not None:
            bucket.level -= request.cost * MILLI
        return 0

    def heard(self, request: Request, response: Response, now_ns: int) -> None:
        """What an answer says about limits: tier, warning, and a 429."""
        tier = response.header("poly-ratelimit-tier")
        if tier:
            self.use_tier(tier)
        self.last_warning = response.header("poly-ratelimit-warning") or self.last_warning
        if response.status == 429:
            self.throttled += 1
            bucket = self._buckets.get(request.kind)
            if bucket is not None:
                bucket.empty(now_ns)
