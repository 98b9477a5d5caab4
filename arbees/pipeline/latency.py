"""Latency figures: fixed buckets, so that adding one costs the same after a month."""


class LatencyHistogram:
    """Microsecond buckets up to 10 ms, then one for the rest; the maximum is exact."""

    def __init__(self) -> None:
        self._buckets = [0] * 10_001
        self.n = 0
        self.max_ns = 0

    def add(self, ns: int) -> None:
        self._buckets[min(ns // 1_000, 10_000)] += 1
        self.n += 1
        if ns > self.max_ns:
            self.max_ns = ns

    def quantile_us(self, q: float) -> float:
        """Upper edge of the bucket that holds the q-quantile; 0 when nothing was added."""
        rank = q * self.n
        seen = 0
        for bucket, count in enumerate(self._buckets):
            seen += count
            if count and seen >= rank:
                return min(bucket + 1.0, self.max_ns / 1_000)
        return 0.0

    def summary(self) -> dict[str, float]:
        return {
            "p50": self.quantile_us(0.5),
            "p99": self.quantile_us(0.99),
            "max": self.max_ns / 1_000,
            "n": self.n,
        }
