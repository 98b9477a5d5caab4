"""Token buckets by the venue's own costs (kalshi.md section 10).

One rule: a request is charged before anything is done; a batch must fit into the bucket whole.
"""

from collections.abc import Callable
from dataclasses import dataclass

from arbees.simulator.kalshi.errors import too_many

DEFAULT_COST = 10
COSTS = {
    ("GET", "/portfolio/orders/:order_id"): 2,
    ("DELETE", "/portfolio/events/orders/:order_id"): 2,
    ("DELETE", "/portfolio/events/orders"): 2,
    ("DELETE", "/portfolio/events/orders/batched"): 2,
}


@dataclass(frozen=True, slots=True)
class Tier:
    """Tokens per second and bucket sizes, reads and writes."""

    name: str
    read: int
    write: int
    read_capacity: int
    write_capacity: int


BASIC = Tier("basic", 200, 100, 200, 100)
PRESTIGE = Tier("prestige", 12_000, 9_600, 24_000, 19_200)
TIERS = {tier.name: tier for tier in (BASIC, PRESTIGE)}


class Bucket:
    """Tokens that refill with time (seconds of any clock that the owner gives)."""

    def __init__(self, rate: float, capacity: float, clock: Callable[[], float]) -> None:
        self._rate, self._capacity, self._clock = rate, capacity, clock
        self._tokens, self._at = capacity, clock()

    def take(self, cost: float) -> bool:
        now = self._clock()
        self._tokens = min(self._capacity, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if cost > self._tokens:
            return False
        self._tokens -= cost
        return True


class Limits:
    """Buckets per user: reads, and writes per shard. `speed` is the session's pace."""

    def __init__(self, tier: Tier, clock: Callable[[], float], speed: float = 1.0) -> None:
        self.tier = tier
        self._clock = clock
        self._speed = speed
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self.refused = 0

    def _bucket(self, user: str, kind: str) -> Bucket:
        key = (user, kind)
        if key not in self._buckets:
            write = kind != "read"
            rate = (self.tier.write if write else self.tier.read) * self._speed
            capacity = self.tier.write_capacity if write else self.tier.read_capacity
            self._buckets[key] = Bucket(rate, capacity, self._clock)
        return self._buckets[key]

    def anonymous(self, address: str, rate: int) -> None:
        """Unsigned requests have a bucket per address. Raises Problem 429."""
        key = (address, "anonymous")
        if key not in self._buckets:
            self._buckets[key] = Bucket(rate * self._speed, rate, self._clock)
        self._charge(address, "anonymous", DEFAULT_COST)

    def _charge(self, user: str, kind: str, cost: int) -> None:
        if not self._bucket(user, kind).take(cost):
            self.refused += 1
            raise too_many(self.refused)

    def read(self, user: str, cost: int = DEFAULT_COST) -> None:
        """Raises Problem 429."""
        self._charge(user, "read", cost)

    def write(self, user: str, cost: int = DEFAULT_COST, shard: int | None = None) -> None:
        """An explicit shard from 1 on has a bucket of its own. Raises Problem 429."""
        self._charge(user, f"write{shard}" if shard else "write", cost)
