"""Microseconds to sign one Kalshi request: Ed25519, RSA, and signed ahead.

`python -m benchmarks.signing`. Hot is a loop; paced has 5 ms of idle before each signature, as an
order path has that runs rarely. The bound (Ed25519, hot median) is 50 us.
"""

import platform
import statistics
import time
from collections.abc import Callable

from arbees.venues.kalshi.auth import KalshiSigner, Presigned
from arbees.venues.kalshi.orders import ORDERS
from tests.venues.kalshi.keys import ed25519_key, pem, rsa_key

ROUNDS = 5
HOT, PACED = 400, 60
IDLE_S = 0.005
BOUND_US = 50.0
NOW_MS = 1_795_600_000_000


def measure(sign: Callable[[int], object], count: int, idle_s: float) -> tuple[float, float]:
    """(median, 99th percentile) in microseconds."""
    taken: list[float] = []
    for number in range(count):
        if idle_s:
            time.sleep(idle_s)
        began = time.perf_counter()
        sign(number)
        taken.append((time.perf_counter() - began) * 1e6)
    taken.sort()
    return statistics.median(taken), taken[int(len(taken) * 0.99)]


def cases() -> dict[str, Callable[[int], object]]:
    """The ways, each given a running number."""
    fast = KalshiSigner("key", pem(ed25519_key()))
    slow = KalshiSigner("key", pem(rsa_key()))
    ahead = Presigned(slow)
    ahead.watch("POST", ORDERS)
    ahead.refresh(NOW_MS)
    return {
        "Ed25519": lambda n: fast.signed("POST", ORDERS, NOW_MS + n),
        "RSA-2048": lambda n: slow.signed("POST", ORDERS, NOW_MS + n),
        "either, ahead": lambda n: ahead.signed("POST", ORDERS, NOW_MS),
    }


def main() -> int:
    print(f"machine: {platform.machine()} {platform.python_version()}, {ROUNDS} rounds")
    ways = cases()
    medians: dict[str, float] = {}
    for idle_s, count, how in ((0.0, HOT, "hot"), (IDLE_S, PACED, "paced")):
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, sign in ways.items():
                found[name].append(measure(sign, count, idle_s))
        for name, rows in found.items():
            p50, p99 = (statistics.median(row[at] for row in rows) for at in (0, 1))
            print(f"{how:6} {name:15} p50 {p50:7.1f} us  p99 {p99:7.1f} us  ({count} a round)")
            medians.setdefault(name, p50)
    ok = medians["Ed25519"] <= BOUND_US
    print(
        f"Ed25519 hot p50 {medians['Ed25519']:.1f} us, bound {BOUND_US:.0f}: {'ok' if ok else 'NO'}"
    )
    return 0 if ok else 1


if __name__ == "__main__":
    raise SystemExit(main())
