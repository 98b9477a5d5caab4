"""Token buckets by the venue's own costs (kalshi.md section 10). Pure; the time is given.

Cancels are never starved by orders, nor look-ups of orders by other reads: the others leave a share
of the bucket alone. There is no Retry-After, so after a 429 the bucket is taken to be empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from arbees.errors import VenueRejected, WireError
from arbees.messages.requests import Request, RequestKind
from arbees.units import NS_PER_S
from arbees.venues.kalshi.orders import API, AUTO, ORDERS
from arbees.venues.parsing import decode_body

DEFAULT_COST = 10
LOOKUP = "lookup"
"""The bucket name of reads that find out about an order."""
RESERVED_SHARE = 5
"""One fifth of a bucket is for cancels and look-ups alone."""
MICRO_TOKEN = 1_000_000


class Bucket(msgspec.Struct, frozen=True, gc=False):
    """Size and refill of one budget, in tokens and tokens a second."""

    bucket_capacity: int
    refill_rate: int


class Limits(msgspec.Struct, frozen=True, gc=False):
    """GET /account/limits."""

    read: Bucket
    write: Bucket
    usage_tier: str = ""


BASIC = Limits(Bucket(200, 200), Bucket(100, 100), "basic")


class EndpointCost(msgspec.Struct, frozen=True, gc=False):
    """What one call, or one item of a batch, costs. Paths have `:name` and `*name` parts."""

    method: str
    path: str
    cost: int


class EndpointCosts(msgspec.Struct, frozen=True, gc=False):
    """GET /account/endpoint_costs."""

    default_cost: int
    endpoint_costs: tuple[EndpointCost, ...] = ()


DOCUMENTED = EndpointCosts(
    DEFAULT_COST,
    (
        EndpointCost("GET", f"{API}/portfolio/orders/:order_id", 2),
        EndpointCost("DELETE", ORDERS, 2),
        EndpointCost("DELETE", f"{ORDERS}/:order_id", 2),
        EndpointCost("DELETE", f"{ORDERS}/batched", 2),
    ),
)


def decode_limits(body: bytes) -> Limits:
    """Raises WireError also where a bucket could never let anything through."""
    found = decode_body(body, Limits, "kalshi limits")
    for bucket in (found.read, found.write):
        if bucket.refill_rate < 1 or bucket.bucket_capacity < 1:
            raise WireError("a budget that lets nothing through", "kalshi limits")
    return found


def decode_costs(body: bytes) -> EndpointCosts:
    return decode_body(body, EndpointCosts, "kalshi endpoint costs")


class Costs:
    """Looks a request's cost up. An exact path wins over one with placeholders."""

    def __init__(self, stated: EndpointCosts = DOCUMENTED) -> None:
        self._default = stated.default_cost
        self._exact: dict[tuple[str, str], int] = {}
        self._patterns: list[tuple[str, tuple[str, ...], int]] = []
        for row in stated.endpoint_costs:
            if ":" in row.path or "*" in row.path:
                self._patterns.append((row.method, tuple(row.path.split("/")), row.cost))
            else:
                self._exact[(row.method, row.path)] = row.cost

    def each(self, method: str, path: str) -> int:
        """Tokens of one item at this path (without query)."""
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact
        parts = tuple(path.split("/"))
        for known, pattern, cost in self._patterns:
            if known == method and _fits(pattern, parts):
                return cost
        return self._default

    def of(self, request: Request) -> int:
        """Tokens of a request: what the venue states, for as many items as it carries."""
        path = request.sign_path
        items = max(1, request.cost // DOCUMENTED_COSTS.each(request.method, path))
        return items * self.each(request.method, path)


def _fits(pattern: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    if pattern[-1].startswith("*"):
        return len(parts) >= len(pattern) and _fits(pattern[:-1], parts[: len(pattern) - 1])
    return len(pattern) == len(parts) and all(
        name.startswith(":") or name == part for name, part in zip(pattern, parts, strict=True)
    )


DOCUMENTED_COSTS = Costs()


@dataclass(slots=True)
class TokenBucket:
    """Refills evenly up to its capacity; full at the start. Amounts in micro-tokens."""

    capacity: int
    refill_rate: int
    level: int = field(default=-1)
    at_ns: int = 0

    def __post_init__(self) -> None:
        if self.level < 0:
            self.level = self.capacity * MICRO_TOKEN

    def wait_ns(self, cost: int, floor: int, now_ns: int) -> int:
        """How long until `cost` can be taken with `floor` tokens left; 0 is now."""
        self._refill(now_ns)
        lacking = (cost + floor) * MICRO_TOKEN - self.level
        if lacking <= 0:
            return 0
        return -(-lacking * NS_PER_S // (self.refill_rate * MICRO_TOKEN))

    def take(self, cost: int) -> None:
        """May go below zero where the caller insists (the venue then says no, not we)."""
        self.level -= cost * MICRO_TOKEN

    def empty(self, now_ns: int) -> None:
        """The venue says that there is nothing left."""
        self._refill(now_ns)
        self.level = min(self.level, 0)

    def _refill(self, now_ns: int) -> None:
        if now_ns < self.at_ns:  # the clock was set back: count from here
            self.at_ns = now_ns
        elif now_ns > self.at_ns:
            if self.at_ns:
                gained = (now_ns - self.at_ns) * self.refill_rate * MICRO_TOKEN // NS_PER_S
                self.level = min(self.capacity * MICRO_TOKEN, self.level + gained)
            self.at_ns = now_ns


class Pacer:
    """All budgets of an account. Nothing waits in here: it says how long a request must."""

    def __init__(
        self, limits: Limits = BASIC, costs: EndpointCosts = DOCUMENTED, shards: int = 4
    ) -> None:
        self.costs = Costs(costs)
        self.throttled = 0
        self._shards = shards
        self._limits: Limits | None = None
        self._read = TokenBucket(0, 1)
        self._writes: dict[str, TokenBucket] = {}
        self.configure(limits)

    def configure(self, limits: Limits) -> None:
        """New limits of the account; only then do the buckets start full."""
        if limits == self._limits:
            return
        self._limits = limits
        read, write = limits.read, limits.write
        self._read = TokenBucket(read.bucket_capacity, read.refill_rate)
        names = ["", *(f"shard{index}" for index in range(1, self._shards))]
        self._writes = {
            name: TokenBucket(write.bucket_capacity, write.refill_rate) for name in names
        }

    def take(self, request: Request, now_ns: int) -> int:
        """0 and the tokens are taken, else ns until they could be. Raises VenueRejected for a
        request that never fits."""
        cost, wait = self.costs.of(request), 0
        buckets = self._buckets(request)
        is_first = request.kind is RequestKind.CANCEL or request.bucket == LOOKUP
        for bucket in buckets:
            floor = 0 if is_first else bucket.capacity // RESERVED_SHARE
            if cost + floor > bucket.capacity:
                raise VenueRejected(
                    f"kalshi: {request!r} costs {cost} of {bucket.capacity} tokens; make the"
                    " batch smaller", "no_budget", "orders",
                )  # fmt: skip
            wait = max(wait, bucket.wait_ns(cost, floor, now_ns))
        if wait == 0:
            for bucket in buckets:
                bucket.take(cost)
        return wait

    def refused(self, request: Request, now_ns: int) -> None:
        """A 429: what we think is left is not."""
        self.throttled += 1
        for bucket in self._buckets(request):
            bucket.empty(now_ns)

    def levels(self) -> Mapping[str, int]:
        """Whole tokens left in each budget, for the status."""
        found = {f"write{'/' + name if name else ''}": b for name, b in self._writes.items()}
        return {name: b.level // MICRO_TOKEN for name, b in ({"read": self._read} | found).items()}

    def _buckets(self, request: Request) -> list[TokenBucket]:
        if request.kind is RequestKind.READ:
            return [self._read]
        if request.bucket == AUTO:
            return list(self._writes.values())
        return [self._writes.get(request.bucket) or self._writes[""]]
