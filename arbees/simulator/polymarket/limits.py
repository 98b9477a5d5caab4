"""Rate limits: sliding windows per endpoint group, and a bucket per signer (polymarket.md 10).

One rule: a request is charged before anything is done; a batch is admitted whole or not at all.
"""

from collections import deque
from dataclasses import dataclass, field

from arbees.simulator.polymarket.errors import throttled
from arbees.units import NS_PER_S

WINDOW_NS = 10 * NS_PER_S
LONG_NS = 600 * NS_PER_S
GROUPS: dict[str, int] = {
    "gamma": 4_000, "clob": 9_000, "/events": 500, "/markets": 300, "listings": 900,
    "/public-search": 350, "/tags": 200, "/book": 1_500, "/price": 1_500, "/midpoint": 1_500,
    "/books": 500, "/prices": 500, "/midpoints": 500, "/prices-history": 1_000,
    "/tick-size": 200, "/data/orders": 500, "/data/trades": 500, "/balance-allowance": 200,
    "/balance-allowance/update": 50, "/auth/api-key": 100, "/notifications": 125,
    "POST /order": 5_000, "DELETE /order": 5_000, "POST /orders": 2_000, "DELETE /orders": 2_000,
    "DELETE /cancel-all": 250, "DELETE /cancel-market-orders": 1_500,
}  # fmt: skip
SUSTAINED: dict[str, int] = {
    "POST /order": 120_000, "DELETE /order": 120_000, "POST /orders": 21_000,
    "DELETE /orders": 15_000, "DELETE /cancel-all": 6_000,
    "DELETE /cancel-market-orders": 21_000,
}  # fmt: skip
GAMMA_PREFIXES = ("/events", "/markets/keyset", "/series", "/tags", "/sports", "/teams", "/public")


def groups_of(method: str, path: str) -> list[str]:
    """The windows that a request is counted in."""
    keyset = path.removesuffix("/keyset")
    if path.startswith(GAMMA_PREFIXES):
        found = ["gamma", keyset]
        return [*found, "listings"] if keyset in ("/events", "/markets") else found
    return ["clob", path, f"{method} {path}"]


@dataclass(frozen=True, slots=True)
class Tier:
    """Orders and cancels per second, and how many at once."""

    name: str
    orders: int
    orders_most: int
    cancels: int
    cancels_most: int


STANDARD = Tier("standard", 40, 60, 80, 120)


@dataclass(slots=True)
class _Bucket:
    rate: int
    most: int
    tokens: float
    at_ns: int

    def take(self, cost: int, now_ns: int) -> bool:
        passed = max(0, now_ns - self.at_ns) / NS_PER_S
        self.tokens = min(float(self.most), self.tokens + passed * self.rate)
        self.at_ns = now_ns
        if cost > self.tokens:
            return False
        self.tokens -= cost
        return True


@dataclass(slots=True)
class Limits:
    """`enforce` makes the signers' buckets refuse; else they only warn, as since 2026-07-24."""

    tier: Tier = STANDARD
    enforce: bool = False
    refused: int = 0
    _windows: dict[tuple[str, int], deque[int]] = field(default_factory=dict)
    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)

    def request(self, method: str, path: str, now_ns: int) -> None:
        """Count one request in its windows. Raises Problem 429."""
        wanted = [
            (group, span, table[group])
            for group in groups_of(method, path)
            for span, table in ((WINDOW_NS, GROUPS), (LONG_NS, SUSTAINED))
            if group in table
        ]
        for group, span, most in wanted:
            seen = self._windows.setdefault((group, span), deque())
            while seen and seen[0] <= now_ns - span:
                seen.popleft()
            if len(seen) >= most:
                self.refused += 1
                raise throttled(max(1, (seen[0] + span - now_ns) // NS_PER_S))
        for group, span, _ in wanted:
            self._windows[group, span].append(now_ns)

    def charge(self, signer: str, kind: str, cost: int, now_ns: int) -> dict[str, str]:
        """Charge `cost` "orders" or "cancels"; the headers that say so. Raises Problem 429."""
        orders = kind == "orders"
        rate = self.tier.orders if orders else self.tier.cancels
        most = self.tier.orders_most if orders else self.tier.cancels_most
        bucket = self._buckets.setdefault(
            (signer, kind), _Bucket(rate, most, float(most), now_ns)
        )  # fmt: skip
        taken = bucket.take(cost, now_ns)
        if not taken and self.enforce:
            self.refused += 1
            raise throttled()
        headers = {
            "Poly-RateLimit-Remaining": str(int(bucket.tokens)),
            "Poly-RateLimit-Reset": str(now_ns // NS_PER_S + 1),
            "Poly-RateLimit-Tier": self.tier.name,
        }
        return headers if taken else {**headers, "Poly-RateLimit-Warning": "limit exceeded"}
